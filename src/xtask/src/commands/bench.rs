//! `cargo xtask bench`: builds the server and the load client with optimisation, starts a PostgreSQL of its own, and lets
//! `drawdown-bench` measure. What it measures, and how, is in `src/bench/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::checks::postgres::Postgres;
use crate::interrupt::{self, RegisteredCleanup};
use crate::program::Program;
use crate::progress::{Outcome, note, step};
use crate::server::cargo;
use crate::workspace::Workspace;

const WHATS: [&str; 4] = ["engine", "ingest", "pages", "all"];
const LINES: [&str; 13] = [
    "authorize-postgres",
    "authorize-hot",
    "authorize-latency",
    "authorize-sqlite",
    "overload-postgres",
    "overload-sqlite",
    "processes",
    "organizations",
    "customers",
    "ingest-postgres",
    "ingest-sqlite",
    "pages",
    "simulation",
];
/// Folders for what is kept a while, the better one first.
const PLACES: [&str; 2] = ["/var/tmp", "/tmp"];
/// File systems in memory: there, a commit costs nothing, and nothing is proven.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

/// What `cargo xtask bench` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which lines to measure
    #[arg(default_value = "all", value_parser = WHATS)]
    what: String,
    /// Only these lines, whatever their group
    #[arg(long, value_name = "LINE", value_parser = LINES, num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// How often each contestant runs, in turn with the others
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long each run is measured, in seconds, after one second that is not
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// One short round with few organizations and events: only to see that it works
    #[arg(long)]
    quick: bool,
    /// Leaves the baselines out: for trying changes
    #[arg(long)]
    no_baselines: bool,
    /// Connections of the load client for authorize
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=4096))]
    connections: u32,
    /// How many events the larger database of the pages gets
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// For how many seconds at most events are put into it
    #[arg(long, default_value_t = 600)]
    seed_seconds: u32,
    /// Measures this binary `drawdown` in place of one that is built now
    #[arg(long, value_name = "PATH")]
    server_binary: Option<PathBuf>,
    /// A further argument of `drawdown serve`; may be repeated
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    server_argument: Vec<String>,
    /// Where results.json and results.md are written [default: bench in the build folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Measures and prints the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    let release = workspace.target().join("release");
    step("release build", || build(&workspace, options.server_binary.is_none()))?;
    let server = match &options.server_binary {
        Some(path) => path
            .canonicalize()
            .with_context(|| format!("there is no {}", path.display()))?,
        None => release.join("drawdown"),
    };
    let out = options.out.clone().unwrap_or_else(|| workspace.target().join("bench"));
    let place = Path::new(disk(&fs::read_to_string("/proc/mounts").unwrap_or_default())?);
    let scratch = Scratch::make(place)?;
    let postgres = Postgres::start_in(place)?;
    note(&format!("databases lie in {}", place.display()));
    arguments(Program::new(release.join("drawdown-bench")), options)
        .arg("--server")
        .arg(server)
        .args(["--postgres-url", &postgres.url(), "--postgres-programs"])
        .arg(postgres.programs())
        .arg("--folder")
        .arg(scratch.folder.path())
        .arg("--out")
        .arg(std::env::current_dir()?.join(out))
        .args(["--commit", &commit(&workspace, options.server_binary.is_some())])
        .args(["--root-process", &std::process::id().to_string()])
        .run_shown_with(|_| ())
}

fn arguments(program: Program, options: &Options) -> Program {
    let number = |name: &str, value: u64| format!("--{name}={value}");
    let flags = [("--quick", options.quick), ("--no-baselines", options.no_baselines)];
    let program = program
        .arg(&options.what)
        .arg(number("rounds", options.rounds.into()))
        .arg(number("seconds", options.seconds.into()))
        .arg(number("connections", options.connections.into()))
        .arg(number("events", options.events))
        .arg(number("seed-seconds", options.seed_seconds.into()))
        .args(options.only.iter().map(|line| format!("--only={line}")))
        .args(
            options
                .server_argument
                .iter()
                .map(|word| format!("--server-argument={word}")),
        );
    program.args(flags.into_iter().filter_map(|(flag, given)| given.then_some(flag)))
}

fn build(workspace: &Workspace, with_server: bool) -> Result<Outcome> {
    let mut cargo = Program::new(cargo())
        .args(["build", "--release", "--workspace", "--bin", "drawdown-bench"])
        .folder(workspace.root());
    if with_server {
        cargo = cargo.args(["--bin", "drawdown"]);
    }
    cargo.run_quietly()?;
    Ok(Outcome::Done)
}

/// What is measured, as the results name it.
fn commit(workspace: &Workspace, given_binary: bool) -> String {
    if given_binary {
        return "unknown (a binary that was given)".to_owned();
    }
    let git = |words: &[&str]| Program::new("git").args(words).folder(workspace.root()).answer();
    let Ok(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown".to_owned();
    };
    match git(&["status", "--porcelain"]) {
        Ok(changes) if changes.is_empty() => commit,
        _ => format!("{commit} with changes"),
    }
}

/// The first of the places that lies on a disk.
fn disk(mounts: &str) -> Result<&'static str> {
    let in_memory = |place: &&str| {
        let found = mounts
            .lines()
            .filter_map(|line| {
                let mut words = line.split(' ').skip(1);
                let (point, kind) = (words.next()?, words.next()?);
                Path::new(place).starts_with(point).then_some((point.len(), kind))
            })
            .max_by_key(|(length, _)| *length);
        found.is_some_and(|(_, kind)| IN_MEMORY.contains(&kind))
    };
    match PLACES
        .into_iter()
        .find(|place| Path::new(place).is_dir() && !in_memory(place))
    {
        Some(place) => Ok(place),
        None => bail!(
            "{} lie in memory: what is measured there says nothing",
            PLACES.join(" and ")
        ),
    }
}

/// How often the folder of databases is tried to be removed, while those who wrote to it end.
const REMOVALS_MAX: u32 = 100;
const REMOVAL_INTERVAL: Duration = Duration::from_millis(50);

/// A folder for databases, removed with all that is in it on every way out.
struct Scratch {
    folder: tempfile::TempDir,
    _cleanup: RegisteredCleanup,
}

impl Scratch {
    fn make(place: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("drawdown-bench-").tempdir_in(place)?;
        let path = folder.path().to_path_buf();
        let cleanup = interrupt::register_cleanup(move || {
            // A server that is being ended may still write: a bounded poll until nobody does.
            for _ in 0..REMOVALS_MAX {
                if fs::remove_dir_all(&path).is_ok() {
                    return;
                }
                std::thread::sleep(REMOVAL_INTERVAL);
            }
        });
        Ok(Self {
            folder,
            _cleanup: cleanup,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_never_lie_in_memory() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /var/tmp tmpfs rw 0 0\n";
        assert_eq!(disk(mounts).unwrap(), "/tmp");
        assert_eq!(disk("overlay / overlay rw 0 0\n").unwrap(), "/var/tmp");
        assert!(disk("tmpfs / tmpfs rw 0 0\n").is_err());
    }
}
