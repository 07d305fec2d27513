//! The settings that every command takes, and where each comes from.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use drawdown_service::adjustments::ADJUSTMENT_LIMIT_CREDITS_DEFAULT;
use secrecy::SecretString;

use super::CliError;
use crate::config::{DATABASE_URL_DEFAULT, FileSettings, LogFormat};
use crate::telemetry::LOG_DEFAULT;

/// The vendor's name where none is given.
pub(super) const VENDOR_DEFAULT: &str = "Drawdown";

/// Settings of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings of every command")]
pub struct General {
    /// TOML file with settings
    #[arg(long, global = true, value_name = "FILE", env = "DRAWDOWN_CONFIG")]
    config: Option<PathBuf>,
    /// Database: sqlite:FILE or postgres://… [default: sqlite:data/drawdown.db; with --demo sqlite:data/demo.db]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<SecretString>,
    /// PostgreSQL replica for charts and lists
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DRAWDOWN_DATABASE_READ_URL",
        hide_env_values = true
    )]
    database_read_url: Option<SecretString>,
    /// Most PostgreSQL connections for reading [default: 10]
    #[arg(long, global = true, value_name = "N", env = "DRAWDOWN_CONNECTIONS", value_parser = clap::value_parser!(u32).range(2..=500))]
    connections: Option<u32>,
    /// Writers of the ledger side by side, on PostgreSQL [default: one for each processor, at least 2 and at most 8]
    #[arg(long, global = true, value_name = "N", env = "DRAWDOWN_LEDGER_WRITERS", value_parser = clap::value_parser!(u32).range(1..=64))]
    ledger_writers: Option<u32>,
    /// What is logged: a level, or levels by part [default: info, libraries less]
    #[arg(long, global = true, value_name = "FILTER", env = "DRAWDOWN_LOG")]
    log: Option<String>,
    /// How the log is written [default: text]
    #[arg(long, global = true, value_enum, value_name = "FORMAT", env = "DRAWDOWN_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// Credits above which a second person approves what a customer is given within a day, or what is taken back [default: 10000]
    #[arg(long, global = true, value_name = "CREDITS", env = "DRAWDOWN_ADJUSTMENT_LIMIT")]
    adjustment_limit: Option<u32>,
    /// Name of who sells, for people [default: Drawdown]
    #[arg(long, global = true, value_name = "NAME", env = "DRAWDOWN_VENDOR")]
    vendor: Option<String>,
}

/// The settings of every command, settled.
#[derive(Debug)]
pub(super) struct Settings {
    /// As given; the default depends on the command.
    database_url: Option<SecretString>,
    pub(super) database_read_url: Option<SecretString>,
    pub(super) connections: u32,
    pub(super) ledger_writers: u32,
    pub(super) log: String,
    pub(super) log_format: LogFormat,
    /// In whole credits.
    pub(super) adjustment_limit: u32,
    pub(super) vendor: String,
    /// What the file says beside.
    pub(super) file: FileSettings,
}

impl General {
    pub(super) fn resolve(self) -> Result<Settings, CliError> {
        let mut file = FileSettings::read(self.config.as_deref())?;
        Ok(Settings {
            database_url: self.database_url.or(file.database_url.take()),
            database_read_url: self.database_read_url.or(file.database_read_url.take()),
            connections: self.connections.or(file.connections).unwrap_or(10),
            ledger_writers: self
                .ledger_writers
                .or(file.ledger_writers)
                .unwrap_or_else(writers_default),
            log: self.log.or(file.log.take()).unwrap_or_else(|| LOG_DEFAULT.to_owned()),
            log_format: self.log_format.or(file.log_format).unwrap_or_default(),
            adjustment_limit: self
                .adjustment_limit
                .or(file.adjustment_limit)
                .unwrap_or(ADJUSTMENT_LIMIT_CREDITS_DEFAULT),
            vendor: self
                .vendor
                .or(file.vendor.take())
                .unwrap_or_else(|| VENDOR_DEFAULT.to_owned()),
            file,
        })
    }
}

/// A writer keeps about a processor busy, with its share of PostgreSQL; fewer of them have larger batches.
fn writers_default() -> u32 {
    let processors = std::thread::available_parallelism().map_or(2, NonZero::get);
    u32::try_from(processors).map_or(8, |processors| processors.clamp(2, 8))
}

impl Settings {
    /// The database; `default` where none is named.
    pub(super) fn database_url_or(&self, default: &str) -> SecretString {
        self.database_url
            .clone()
            .unwrap_or_else(|| SecretString::from(default.to_owned()))
    }

    /// The database of commands other than a demo.
    pub(super) fn database_url(&self) -> SecretString {
        self.database_url_or(DATABASE_URL_DEFAULT)
    }
}
