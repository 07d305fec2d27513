//! Settings: by flag, else by environment, else by an optional TOML file, else by default.
//!
//! Flags and environment come through the command line (`cli`); this module reads the file, refuses settings that do not
//! exist, and checks values. Every error names the setting and what to do.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use drawdown_domain::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use crate::api::time::{self, TimeError};

/// The database where none is named.
pub const DATABASE_URL_DEFAULT: &str = "sqlite:data/drawdown.db";
/// The database of a demo where none is named: never the real one.
pub const DEMO_DATABASE_URL_DEFAULT: &str = "sqlite:data/demo.db";
/// Where the server listens where nothing is said.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:8080";

/// The environment variables that are settings.
pub const ENVIRONMENT: [&str; 21] = [
    "DRAWDOWN_ADJUSTMENT_LIMIT",
    "DRAWDOWN_CLIENTS_MAX",
    "DRAWDOWN_CLOCK_STARTS_AT",
    "DRAWDOWN_CONFIG",
    "DRAWDOWN_CONNECTIONS",
    "DRAWDOWN_DATABASE_READ_URL",
    "DRAWDOWN_DEMO",
    "DRAWDOWN_DEMO_STILL",
    "DRAWDOWN_KEY",
    "DRAWDOWN_LEDGER_WRITERS",
    "DRAWDOWN_LISTEN",
    "DRAWDOWN_LOG",
    "DRAWDOWN_LOG_FORMAT",
    "DRAWDOWN_PUBLIC_URL",
    "DRAWDOWN_REQUESTS_MAX",
    "DRAWDOWN_SANDBOX",
    "DRAWDOWN_SECRET",
    "DRAWDOWN_SITE",
    "DRAWDOWN_URL",
    "DRAWDOWN_VENDOR",
    "DATABASE_URL",
];
/// Fewer letters than this between a name and a setting's: a typing error, not another name.
const TYPING_ERRORS_MAX: usize = 3;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("--config: cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("--config: {}: {message}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
    /// An environment variable that looks like a setting and is none.
    #[error("{name} is not a setting; {remedy}")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// What to do.
        remedy: String,
    },
    /// A value that does not fit.
    #[error("{setting}: {message}")]
    Value {
        /// The setting.
        setting: &'static str,
        /// What is wrong and what would be right.
        message: String,
    },
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// A line a message, for people.
    #[default]
    Text,
    /// A JSON object a line, for machines.
    Json,
}

/// What the TOML file may say. Names are those of the flags, with `_` for `-`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileSettings {
    /// `--database-url`.
    pub database_url: Option<SecretString>,
    /// `--database-read-url`.
    pub database_read_url: Option<SecretString>,
    /// `--connections`.
    pub connections: Option<u32>,
    /// `--ledger-writers`.
    pub ledger_writers: Option<u32>,
    /// `--log`.
    pub log: Option<String>,
    /// `--log-format`.
    pub log_format: Option<LogFormat>,
    /// `--adjustment-limit`.
    pub adjustment_limit: Option<u32>,
    /// `--vendor`.
    pub vendor: Option<String>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--public-url`.
    pub public_url: Option<PublicUrl>,
    /// `--clients-max`.
    pub clients_max: Option<u32>,
    /// `--requests-max`.
    pub requests_max: Option<u32>,
    /// `--site`.
    pub site: Option<Vec<PathBuf>>,
    /// `--secret`.
    pub secret: Option<SecretString>,
    /// `--sandbox`.
    pub sandbox: Option<bool>,
    /// `--clock-starts-at`.
    pub clock_starts_at: Option<ClockStart>,
    /// `--demo`.
    pub demo: Option<bool>,
    /// `--demo-still`.
    pub demo_still: Option<bool>,
}

impl FileSettings {
    /// Reads the file; without one, nothing is set.
    ///
    /// # Errors
    /// Where it cannot be read, or says something that is no setting or no value of it.
    pub fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_path_buf(),
            source,
        })?;
        toml::from_str(&text).map_err(|error| {
            // toml's own message shows the line, which may hold a secret: the place and the reason are enough.
            let line = error
                .span()
                .map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            ConfigError::Invalid {
                path: path.to_path_buf(),
                message: format!("line {line}: {}", error.message()),
            }
        })
    }
}

/// Refuses environment variables that are mistyped settings: they must not pass for a default. Other names that begin
/// with `DRAWDOWN_` are the developer's tools' own.
///
/// # Errors
/// [`ConfigError::UnknownVariable`] with the setting that is meant.
pub fn check_environment(names: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    for name in names.filter(|name| name.starts_with("DRAWDOWN_") && !ENVIRONMENT.contains(&name.as_str())) {
        let distance = |known: &&&str| strsim::damerau_levenshtein(known, &name);
        if let Some(meant) = ENVIRONMENT.iter().find(|known| distance(known) <= TYPING_ERRORS_MAX) {
            let remedy = format!("did you mean {meant}? Correct its name or unset it");
            return Err(ConfigError::UnknownVariable { name, remedy });
        }
    }
    Ok(())
}

/// Where browsers reach this server: scheme and authority, nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where browsers come by https.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Of the address that a server listens on.
    pub fn of_listener(address: SocketAddr) -> Self {
        let host = if address.ip().is_unspecified() {
            "127.0.0.1".to_owned()
        } else {
            address.ip().to_string()
        };
        let host = if address.is_ipv6() && !address.ip().is_unspecified() {
            format!("[{host}]")
        } else {
            host
        };
        Self(format!("http://{host}:{}", address.port()))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            "expected http:// or https:// with a host and nothing behind, such as https://credits.example.com";
        let plain = text.strip_suffix('/').unwrap_or(text);
        let rest = plain
            .strip_prefix("https://")
            .or_else(|| plain.strip_prefix("http://"))
            .ok_or(expected)?;
        let uri: axum::http::Uri = plain.parse().map_err(|_| expected)?;
        let host = uri.host().unwrap_or_default();
        if host.is_empty() || rest.contains(['/', '?', '#', '@']) {
            return Err(expected.to_owned());
        }
        Ok(Self(plain.to_ascii_lowercase()))
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The instant that a server's clock shows when it starts, where that is not the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockStart(Timestamp);

impl ClockStart {
    /// The instant.
    pub const fn instant(self) -> Timestamp {
        self.0
    }
}

impl FromStr for ClockStart {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        time::parse(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for ClockStart {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The fewest characters of a secret.
pub const SECRET_CHARS_MIN: usize = 32;

/// Checks a secret.
///
/// # Errors
/// Where it is too short to be one.
pub fn check_secret(secret: &SecretString) -> Result<(), ConfigError> {
    use secrecy::ExposeSecret as _;
    if secret.expose_secret().chars().count() >= SECRET_CHARS_MIN {
        return Ok(());
    }
    let message = format!("has at least {SECRET_CHARS_MIN} characters; `openssl rand -hex 32` makes one");
    Err(ConfigError::Value {
        setting: "DRAWDOWN_SECRET (--secret)",
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<FileSettings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drawdown.toml");
        std::fs::write(&path, text).unwrap();
        FileSettings::read(Some(&path)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_may_set_what_flags_set() {
        let settings = file("listen = \"0.0.0.0:80\"\nsite = [\"site\"]\nlog_format = \"json\"\n").unwrap();
        let set = file("clock_starts_at = \"2027-01-01T00:00:00Z\"\n").unwrap();
        let start = set.clock_starts_at.map(ClockStart::instant);
        assert_eq!(start, Some(Timestamp::from_seconds(1_798_761_600)));
        assert_eq!(settings.listen.unwrap().port(), 80);
        assert_eq!(settings.log_format, Some(LogFormat::Json));
    }

    #[test]
    fn a_wrong_file_is_refused_by_setting_and_line_without_its_values() {
        let error = file("vendor = \"x\"\nlistn = \"secret-value\"\n").unwrap_err();
        assert!(
            error.contains("line 2") && error.contains("listn") && error.contains("listen"),
            "{error}"
        );
        assert!(!error.contains("secret-value"), "{error}");
        let error = file("listen = \"here\"\n").unwrap_err();
        assert!(error.contains("line 1") && error.contains("socket address"), "{error}");
        assert!(
            file("public_url = \"credits.example\"\n")
                .unwrap_err()
                .contains("https://")
        );
    }

    #[test]
    fn a_mistyped_variable_is_refused_with_the_nearest_setting() {
        let check = |name: &str| check_environment([name.to_owned()].into_iter()).map_err(|error| error.to_string());
        assert_eq!(check("DRAWDOWN_LISTEN"), Ok(()));
        for developers in [
            "BINARY",
            "TEST_POSTGRES_URL",
            "TEST_SQLITE_ONLY",
            "BROWSER_TOOLCHAIN",
            "CHROMIUM",
            "GALLERY",
        ] {
            assert_eq!(check(&format!("DRAWDOWN_{developers}")), Ok(()), "{developers}");
        }
        assert_eq!(check("PATH"), Ok(()));
        for mistyped in ["DRAWDOWN_LISTN", "DRAWDOWN_LISTENS", "DRAWDOWN_LSITEN"] {
            assert!(check(mistyped).unwrap_err().contains("DRAWDOWN_LISTEN?"), "{mistyped}");
        }
    }

    #[test]
    fn a_public_url_is_scheme_and_host_only() {
        let parse = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());
        assert_eq!(
            parse("https://credits.example/").as_deref(),
            Ok("https://credits.example")
        );
        assert_eq!(parse("http://127.0.0.1:8080").as_deref(), Ok("http://127.0.0.1:8080"));
        for bad in [
            "credits.example",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            PublicUrl::of_listener("0.0.0.0:8080".parse().unwrap()).as_str(),
            "http://127.0.0.1:8080"
        );
        assert_eq!(
            PublicUrl::of_listener("[::1]:8080".parse().unwrap()).as_str(),
            "http://[::1]:8080"
        );
    }
}
