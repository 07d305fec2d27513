//! Why a command did not do what it was asked: one sentence, with what to do where that is known.

use drawdown_service::ServiceError;
use drawdown_store::StoreError;

use crate::config::ConfigError;
use crate::http::sessions::SessionsError;
use crate::http::site::SiteError;
use crate::replay::ReplayError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A setting.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database.
    #[error("{0}")]
    Store(String),
    /// A use case refused.
    #[error("{}", describe(.0))]
    Service(#[from] ServiceError),
    /// The sessions' store.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
    /// The site folder.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// Its manifest.
    #[error(transparent)]
    Assets(#[from] drawdown_app::assets::AssetsError),
    /// A replay.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A file that the command was given.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What failed.
        source: std::io::Error,
    },
    /// The address to listen on.
    #[error("--listen {address}: {source}; choose another address or port, or stop what uses it")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What failed.
        source: std::io::Error,
    },
    /// The server itself.
    #[error("the server failed: {0}")]
    Serve(std::io::Error),
    /// Threads.
    #[error("the runtime cannot start: {0}")]
    Runtime(std::io::Error),
    /// Standard output.
    #[error("cannot write the answer: {0}")]
    Output(std::io::Error),
    /// What was asked for cannot be done.
    #[error("{0}")]
    Refused(String),
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let remedy = match &error {
            StoreError::Url(_) => " (--database-url, DATABASE_URL)",
            StoreError::Migration(sqlx::migrate::MigrateError::VersionMissing(_)) => {
                "; the database was made by a newer drawdown: run that version, or a backup from before"
            }
            StoreError::Migration(sqlx::migrate::MigrateError::VersionMismatch(_)) => {
                "; the database was made by another build: run the version that made it"
            }
            StoreError::Database(_) => {
                "; check --database-url (DATABASE_URL) and that the database can be reached; \
                 `drawdown migrate` prepares a new one"
            }
            StoreError::Commit(_) => "; what was asked for may have been done: look before you repeat it",
            _ => "",
        };
        Self::Store(format!("{error}{remedy}"))
    }
}

/// The operator sees the inside too, and every field that is wrong on a line of its own.
fn describe(error: &ServiceError) -> String {
    match error {
        ServiceError::Internal(source) => format!("failed inside: {source}"),
        ServiceError::Invalid(fields) => {
            let lines = fields
                .iter()
                .map(|field| format!("\n  {}: {}", field.field, field.message));
            format!("not valid, and nothing was done:{}", lines.collect::<String>())
        }
        other => other.to_string(),
    }
}
