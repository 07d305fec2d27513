//! One installation of Drawdown: a database of its own, a catalogue, a key, and a server that runs on them. Dropped, the
//! server is ended.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::options::Options;
use crate::processor;

const CATALOGUE: &str = include_str!("catalogue.toml");
/// The site's files are not loaded here; the server only wants to know their names.
const MANIFEST: &str =
    r#"{"script": "/pkg/a.js", "wasm": "/pkg/a.wasm", "style": "/pkg/a.css", "charts": "/pkg/c.js"}"#;
const STOP_TIME_MAX: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Ends a program with this one, where it is installed.
const WRAPPER: &str = "/usr/bin/setpriv";

/// A running server with what is needed to talk to it.
#[derive(Debug)]
pub(crate) struct Installation {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The secret of a key of scope admin.
    pub(crate) key: String,
    place: Place,
    child: Child,
}

/// Where an installation keeps its things, and how its binary is run.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    binary: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    database_url: String,
}

impl Place {
    /// A folder of this name for the database at `database_url`; `None` is an `SQLite` file in the folder.
    pub(crate) fn new(options: &Options, name: &str, database_url: Option<String>) -> Result<Self> {
        let folder = options.folder.join(name);
        fs::create_dir_all(folder.join("site/pkg"))?;
        fs::write(folder.join("site/manifest.json"), MANIFEST)?;
        fs::write(folder.join("catalogue.toml"), CATALOGUE)?;
        let file = folder.join("drawdown.db");
        Ok(Self {
            binary: options.server.clone(),
            arguments: options.server_arguments.clone(),
            database_url: database_url.unwrap_or_else(|| format!("sqlite:{}", file.display())),
            folder,
        })
    }

    /// A command of the binary with nothing of this process' settings.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = if Path::new(WRAPPER).is_file() {
            let mut wrapped = Command::new(WRAPPER);
            wrapped.args(["--pdeathsig", "KILL"]).arg(&self.binary);
            wrapped
        } else {
            Command::new(&self.binary)
        };
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DRAWDOWN_") {
                command.env_remove(name);
            }
        }
        command
            .args(words)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env("DATABASE_URL", &self.database_url)
            .env("DRAWDOWN_LOG", "error")
            .env("DRAWDOWN_SITE", self.folder.join("site"));
        command
    }

    /// Runs a command to its end and gives its standard output.
    pub(crate) fn answer(&self, words: &[&str]) -> Result<String> {
        let output = self.command(words).output().context("the binary cannot be started")?;
        if !output.status.success() {
            bail!(
                "`drawdown {}`: {}",
                words.join(" "),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Makes the schema, the catalogue and a key, then starts a server with further arguments.
    pub(crate) fn install(mut self, arguments: &[&str]) -> Result<Installation> {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self.answer(&["catalogue", "apply", "catalogue.toml"])?;
        let key = self.answer(&["key", "create", "--name", "bench", "--scope", "admin"])?;
        self.serve(key, "server.log")
    }

    fn serve(self, key: String, log_name: &str) -> Result<Installation> {
        let log = File::create(self.folder.join(log_name))?;
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(&self.arguments).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().context("the server cannot be started")?;
        let found = child
            .stdout
            .take()
            .context("standard output was asked for")
            .and_then(address);
        match found {
            Ok(address) => Ok(Installation {
                address,
                key,
                place: self,
                child,
            }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                let log = fs::read_to_string(self.folder.join(log_name)).unwrap_or_default();
                Err(error.context(log))
            }
        }
    }
}

/// The address in the line that the server prints when it is ready.
fn address(output: impl std::io::Read) -> Result<SocketAddr> {
    for line in BufReader::new(output).lines() {
        if let Some(url) = line?.strip_prefix("Drawdown is at http://") {
            return url.trim().parse().context("the server's address");
        }
    }
    bail!("the server ended before it was ready")
}

impl Installation {
    /// One more server on the same database, with further arguments: on PostgreSQL only.
    pub(crate) fn one_more(&self, name: &str, arguments: &[&str]) -> Result<Self> {
        let mut place = self.place.clone();
        place.arguments.extend(arguments.iter().map(ToString::to_string));
        place.serve(self.key.clone(), &format!("{name}.log"))
    }

    /// Runs a command of the binary beside the server: on PostgreSQL only, where it writes.
    pub(crate) fn answer(&self, words: &[&str]) -> Result<String> {
        self.place.answer(words)
    }

    /// Its database.
    pub(crate) fn database_url(&self) -> &str {
        &self.place.database_url
    }

    /// Ends the server and gives what `drawdown verify` says of what it has left.
    pub(crate) fn verified(mut self) -> Result<String> {
        self.end();
        self.place.answer(&["verify"])
    }

    /// The server's resident memory, in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        processor::resident_bytes(self.child.id())
    }

    fn end(&mut self) {
        // The server finishes what it has; nothing of it is needed after some time.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", "TERM", &id]).status();
        let started = Instant::now();
        while started.elapsed() < STOP_TIME_MAX {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            // A bounded poll: std has no wait with an end.
            std::thread::sleep(POLL_INTERVAL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_among_what_the_server_prints() {
        let printed = b"starting\nDrawdown is at http://127.0.0.1:4000\n";
        assert_eq!(address(&printed[..]).unwrap().port(), 4000);
        assert!(address(&b"no\n"[..]).is_err());
    }
}
