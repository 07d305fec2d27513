//! `cargo xtask crash`: kills servers and databases under load, many times, and compares every acknowledged answer with
//! the database; then the proofs of the bank (longer than in every test run), of overload and of connections. The tests themselves
//! lie in `src/server/tests/http/`.

use anyhow::Result;

use crate::checks::{POSTGRES_VARIABLE, Postgres};
use crate::program::Program;
use crate::server::cargo;
use crate::workspace::Workspace;

/// Requests of each of the bank's clients.
const BANK_REQUESTS: &str = "100";

/// What `cargo xtask crash` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many times something is killed, paused or stopped
    #[arg(long, value_name = "N", default_value_t = 20)]
    cycles: u32,
    /// On which database
    #[arg(long, default_value = "both", value_parser = ["sqlite", "postgres", "both"])]
    engine: String,
    /// How many servers on PostgreSQL; one or three, as the seed chooses, where it is not set
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    servers: Option<u8>,
    /// Only mishaps of this kind, such as `PauseServer`; with `--engine` where one database alone knows it
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Repeats the choices of an earlier run, which printed it
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
}

/// Runs the proofs; fails when one of them did.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    let proof = |tests: &[&str]| {
        let mut program = Program::new(cargo())
            .args(["test", "--workspace", "--test", "http", "--"])
            .args(tests)
            .args(["--nocapture", "--test-threads", "1"])
            .env("DRAWDOWN_CRASH_CYCLES", options.cycles.to_string())
            .env("DRAWDOWN_CRASH_ENGINE", &options.engine)
            .env("DRAWDOWN_BANK_REQUESTS", BANK_REQUESTS)
            .folder(workspace.root());
        if let Some(seed) = options.seed {
            program = program.env("DRAWDOWN_CRASH_SEED", seed.to_string());
        }
        if let Some(servers) = options.servers {
            program = program.env("DRAWDOWN_CRASH_SERVERS", servers.to_string());
        }
        if let Some(fault) = &options.fault {
            program = program.env("DRAWDOWN_CRASH_FAULT", fault);
        }
        program
    };
    proof(&["--exact", "crash::cycles", "--ignored"]).run_shown()?;
    let postgres = Postgres::start()?;
    proof(&["bank::", "connections::", "overload::"])
        .env(POSTGRES_VARIABLE, postgres.url())
        .run_shown()
}
