//! A PostgreSQL of the tests' own: a fresh cluster in a temporary folder, on a free port of this machine only, gone when
//! the tests are. Its server never runs as root, and ends with this tool even when that is killed.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::debian;
use crate::interrupt::{self, RegisteredCleanup};
use crate::program::{Program, on_path};

/// Where tests find a PostgreSQL on which they may create databases.
pub(crate) const POSTGRES_VARIABLE: &str = "DRAWDOWN_TEST_POSTGRES_URL";
/// The cluster's own superuser.
const USER: &str = "drawdown";
const PACKAGE: &str = "postgresql";
/// Where Debian puts the versions that are installed.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";
const START_TIME_MAX: Duration = Duration::from_mins(1);
const STOP_TIME_MAX: Duration = Duration::from_secs(15);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Users as which the server may run when we are root, the better one first.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];
/// Many tests run at once, each with pools of its own; durability stays as it is in earnest.
const SETTINGS: [&str; 4] = [
    "max_connections=300",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "log_min_messages=fatal",
];

/// A running cluster; dropping it stops it and removes its folder.
pub(crate) struct Postgres {
    child: Child,
    port: u16,
    programs: PathBuf,
    _cleanup: RegisteredCleanup,
    _folder: tempfile::TempDir,
}

impl Postgres {
    /// Makes and starts a cluster, installing PostgreSQL first where it is missing.
    pub(crate) fn start() -> Result<Self> {
        Self::start_in(Path::new("/tmp"))
    }

    /// The same, with its folder in `place`.
    pub(crate) fn start_in(place: &Path) -> Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new()
            .prefix("drawdown-postgres-")
            .tempdir_in(place)?;
        let user = unprivileged_user()?;
        if let Some(user) = &user {
            std::os::unix::fs::chown(folder.path(), Some(user.id), Some(user.group))?;
        }
        let data = folder.path().join("data");
        as_user(user.as_ref(), &programs.join("initdb"))
            .args([
                "--username",
                USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .folder(folder.path())
            .run_quietly()?;
        let port = free_port()?;
        let log = folder.path().join("log");
        let child = launch(&programs, user.as_ref(), folder.path(), port, &log)?;
        let cleanup = clean_up_when_interrupted(child.id(), folder.path().to_path_buf());
        let mut postgres = Self {
            child,
            port,
            programs,
            _cleanup: cleanup,
            _folder: folder,
        };
        postgres.wait_until_ready(&log)?;
        Ok(postgres)
    }

    /// The folder of its programs, such as `pgbench`.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// The address of its maintenance database, for a user who may create others.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < START_TIME_MAX {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "PostgreSQL ended with {status}: {}",
                    std::fs::read_to_string(log).unwrap_or_default()
                );
            }
            let port = self.port.to_string();
            let asked = Program::new(self.programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &port])
                .answer();
            if asked.is_ok() {
                return Ok(());
            }
            // A bounded poll: a process tells nobody that it has ended or is ready.
            std::thread::sleep(POLL_INTERVAL);
        }
        bail!(
            "PostgreSQL did not answer: {}",
            std::fs::read_to_string(log).unwrap_or_default()
        );
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        signal(self.child.id(), "INT");
        let started = Instant::now();
        while started.elapsed() < STOP_TIME_MAX {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            // A bounded poll: std has no wait with an end.
            std::thread::sleep(POLL_INTERVAL);
        }
        // Nothing in it is worth keeping.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(programs: &Path, user: Option<&User>, folder: &Path, port: u16, log: &Path) -> Result<Child> {
    let mut program = as_user(user, &programs.join("postgres"));
    program = program.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    program = program.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    program = SETTINGS
        .iter()
        .fold(program, |program, setting| program.args(["-c", setting]))
        .folder(folder);
    let log = File::create(log)?;
    let mut command = program.into_command();
    command.stdout(Stdio::null()).stderr(log);
    command.spawn().context("PostgreSQL cannot be started")
}

/// The folder of the installed programs, newest version first.
fn programs() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    debian::install(&[PACKAGE], "PostgreSQL for tests")?;
    installed().context("PostgreSQL was installed, but its programs were not found")
}

fn installed() -> Option<PathBuf> {
    let told = Program::new("pg_config")
        .arg("--bindir")
        .answer()
        .ok()
        .map(PathBuf::from);
    let mut versions: Vec<PathBuf> = std::fs::read_dir(DEBIAN_VERSIONS)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.sort_by_key(|path| version_of(path));
    let debian = versions.into_iter().rev().map(|path| path.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let whole = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    told.into_iter().chain(debian).chain(on_path).find(whole)
}

fn version_of(path: &Path) -> u32 {
    path.file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.parse().ok())
        .unwrap_or(0)
}

struct User {
    name: &'static str,
    id: u32,
    group: u32,
}

/// The user to run as, where we are root; nobody else can take on another's name.
fn unprivileged_user() -> Result<Option<User>> {
    if !debian::is_root() {
        return Ok(None);
    }
    let ask = |option: &str, name: &str| -> Option<u32> {
        Program::new("id").args([option, name]).answer().ok()?.parse().ok()
    };
    UNPRIVILEGED
        .into_iter()
        .find_map(|name| {
            Some(User {
                name,
                id: ask("-u", name)?,
                group: ask("-g", name)?,
            })
        })
        .map(Some)
        .context("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as")
}

/// A program run as that user, ending with this process where the system can arrange it.
fn as_user(user: Option<&User>, program: &Path) -> Program {
    if !on_path("setpriv") {
        return Program::new(program);
    }
    let mut wrapped = Program::new("setpriv").args(["--pdeathsig", "INT"]);
    if let Some(user) = user {
        wrapped = wrapped
            .arg(format!("--reuid={}", user.id))
            .arg(format!("--regid={}", user.group))
            .arg("--init-groups")
            .env("USER", user.name)
            .env("HOME", "/tmp");
    }
    wrapped.arg(program)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn clean_up_when_interrupted(process: u32, folder: PathBuf) -> RegisteredCleanup {
    interrupt::register_cleanup(move || {
        signal(process, "QUIT");
        // The folder may be half gone by now; what is left lies among temporary files.
        let _ = std::fs::remove_dir_all(folder);
    })
}

fn signal(process: u32, name: &str) {
    // A process that is gone already needs no signal.
    let _ = Program::new("kill").args(["-s", name, &process.to_string()]).answer();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_sort_as_numbers() {
        assert!(version_of(Path::new("/usr/lib/postgresql/15")) > version_of(Path::new("/usr/lib/postgresql/9")));
        assert_eq!(version_of(Path::new("/usr/lib/postgresql/common")), 0);
    }
}
