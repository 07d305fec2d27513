//! `cargo xtask simulate`: the seeded simulator of the domain crate, for more seeds than the test suite plays, or for the
//! one that went wrong.

use anyhow::{Result, bail};

use crate::program::Program;
use crate::server::cargo;
use crate::workspace::Workspace;

/// The test that plays; it reads its order from the environment.
const TEST: &str = "nothing_goes_wrong_in_any_seed";

/// What `cargo xtask simulate` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many seeds
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    seeds: u64,
    /// The first seed; the test suite plays those below 2000
    #[arg(long, value_name = "SEED", default_value_t = 2_000)]
    first_seed: u64,
    /// Only this seed; what goes wrong is printed as a short list of operations
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "first_seed"])]
    seed: Option<u64>,
    /// Operations of each seed
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
    operations: u32,
    /// Threads; as many as there are processors where it is left out
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    threads: u32,
}

/// Plays the seeds, saying now and then how far it is; fails at the first that goes wrong.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    let (first, seeds) = match options.seed {
        Some(seed) => (seed, 1),
        None => (options.first_seed, options.seeds),
    };
    let played = Program::new(cargo())
        .args(["test", "--quiet", "--workspace", "--test", "simulator"])
        .args(["--", "--exact", TEST, "--nocapture"])
        .env("DRAWDOWN_SIMULATE_SEEDS", seeds.to_string())
        .env("DRAWDOWN_SIMULATE_FIRST_SEED", first.to_string())
        .env("DRAWDOWN_SIMULATE_OPERATIONS", options.operations.to_string())
        .env("DRAWDOWN_SIMULATE_THREADS", options.threads.to_string())
        .env("RUST_BACKTRACE", "0")
        .folder(workspace.root())
        .run_shown();
    if played.is_err() {
        bail!("a seed went wrong: its story is above");
    }
    Ok(())
}
