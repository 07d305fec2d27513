//! Logs: one line or one JSON object a message, on standard error. Secrets never get here: headers and bodies are not
//! logged, and settings that hold one are of a type that prints as `[REDACTED]`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, LogFormat};

/// What is logged where nothing is said.
pub const LOG_DEFAULT: &str = "info,sqlx=warn,tower_sessions=warn,hyper=warn";

/// Starts logging.
///
/// # Errors
/// Where the filter is not one.
pub fn start(filter: &str, format: LogFormat) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(filter).map_err(|error| ConfigError::Value {
        setting: "--log (DRAWDOWN_LOG)",
        message: format!("{error}; expected a level or a list such as {LOG_DEFAULT}"),
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        LogFormat::Text => logs.with_target(false).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    // Somebody else's subscriber (in tests) stays.
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    Ok(())
}
