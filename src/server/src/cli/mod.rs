//! The command line: what there is to say to `drawdown`, and which command does it.
//!
//! Answers go to standard output, everything else to standard error. The exit code is 0 where all went well, 1 where it
//! did not (with the reason), 2 where the command line itself is wrong.

mod admin;
mod error;
mod open;
mod replay;
mod serve;
mod settings;
mod staff;
mod verify;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use error::CliError;
pub use settings::General;

use crate::config::check_environment;
use crate::{api, telemetry};

/// Sells, meters and shows prepaid credits for AI products.
#[derive(Debug, Parser)]
#[command(
    name = "drawdown",
    version,
    propagate_version = true,
    max_term_width = 120,
    after_help = "Every setting can be given by flag, by environment variable or in the TOML file of --config (names as \
                  the flags, with _ for -), and counts in that order."
)]
struct Cli {
    #[command(flatten)]
    general: General,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: pages, /v1 and background work
    Serve(serve::ServeArgs),
    /// Bring the database to this version's schema
    Migrate,
    /// Publish what is sold: rate cards and plans
    #[command(subcommand)]
    Catalogue(admin::CatalogueCommand),
    /// Create and list customers
    #[command(subcommand)]
    Customer(admin::CustomerCommand),
    /// Create the people who sign in for a customer
    #[command(subcommand)]
    Member(admin::MemberCommand),
    /// Create, list and disable your own people, and say who looks after which customer
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    /// Create, list and revoke API keys
    #[command(subcommand)]
    Key(admin::KeyCommand),
    /// Prove that the books are right: balances, invariants and the hash chain of every customer
    ///
    /// Recomputes every balance from the postings. Exits with 1 and a list of what is wrong. Runs beside a server.
    Verify,
    /// Play a usage trace from a CSV file through /v1
    Replay(replay::ReplayArgs),
    /// Print the OpenAPI document of /v1
    Openapi,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            // Nobody listens to a closed standard error.
            let _ = writeln!(std::io::stderr(), "drawdown: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, CliError> {
    check_environment(std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()))?;
    let general = cli.general.resolve()?;
    telemetry::start(&general.log, general.log_format)?;
    install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(args, general).await,
            Command::Migrate => admin::migrate(&general).await,
            Command::Catalogue(command) => admin::catalogue(command, &general).await,
            Command::Customer(command) => admin::customer(command, &general).await,
            Command::Member(command) => admin::member(command, &general).await,
            Command::Staff(command) => staff::staff(command, &general).await,
            Command::Key(command) => admin::key(command, &general).await,
            Command::Verify => verify::run(&general).await,
            Command::Replay(args) => replay::run(args).await,
            Command::Openapi => print(&api::document_text()),
        }
    })
}

/// Chooses the one cryptography provider of the process, for everything that speaks TLS. Again is the same.
pub fn install_tls() {
    // It fails only where one is chosen already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Writes an answer to standard output.
fn print(text: &str) -> Result<ExitCode, CliError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(CliError::Output)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::Cli;
    use crate::config::ENVIRONMENT;

    fn variables(command: &clap::Command) -> BTreeSet<String> {
        let own = command.get_arguments().filter_map(clap::Arg::get_env);
        let own = own.map(|name| name.to_string_lossy().into_owned());
        own.chain(command.get_subcommands().flat_map(variables)).collect()
    }

    #[test]
    fn every_flags_variable_is_known_and_nothing_else() {
        let known: BTreeSet<String> = ENVIRONMENT.map(str::to_owned).into();
        assert_eq!(variables(&Cli::command()), known);
    }
}
