//! `drawdown replay`: see [`crate::replay`].

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use drawdown_domain::Key;
use secrecy::SecretString;

use super::{CliError, print};
use crate::replay::{self, Replay, RunLabels, ShiftTo, Speed};

/// What `drawdown replay` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "The file has a column TIMESTAMP (UTC where it names no offset) and one column for each meter; \
                        ContextTokens is the meter context_tokens. Event ids are derived from the rows and from what \
                        they are reported as, never from --shift-to or --speed: the same replay again, or one that was \
                        killed and is run again, counts each row once."
)]
pub(super) struct ReplayArgs {
    /// The trace
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// The customer who used it
    #[arg(long, value_name = "KEY")]
    customer: Key,
    /// The use case
    #[arg(long, value_name = "KEY")]
    use_case: Key,
    /// The mode [default: the first of the use case's ladder]
    #[arg(long, value_name = "KEY")]
    mode: Option<Key>,
    /// The platform [default: api]
    #[arg(long, value_name = "KEY")]
    platform: Option<Key>,
    /// Who or which agent used it
    #[arg(long, value_name = "KEY")]
    subject: Option<Key>,
    /// So many times as fast as it was; 0 or max: as fast as the server takes it
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    speed: Speed,
    /// The server
    #[arg(
        long,
        value_name = "URL",
        env = "DRAWDOWN_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    url: String,
    /// Secret of an API key of scope metering or admin
    #[arg(long, value_name = "SECRET", env = "DRAWDOWN_KEY", hide_env_values = true)]
    key: SecretString,
    /// Move the times so that the last row falls now, or at that time (RFC 3339)
    #[arg(long, value_name = "now|TIME")]
    shift_to: Option<ShiftTo>,
}

/// Plays the trace; exit code 1 where a row was rejected.
pub(super) async fn run(args: ReplayArgs) -> Result<ExitCode, CliError> {
    let replay = Replay {
        file: args.file,
        run: RunLabels {
            customer: args.customer,
            use_case: args.use_case,
            mode: args.mode,
            platform: args.platform,
            subject: args.subject,
        },
        speed: args.speed,
        url: args.url,
        secret: args.key,
        shift_to: args.shift_to,
    };
    let summary = replay::run(&replay).await?;
    print(&summary.to_string())?;
    Ok(if summary.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
