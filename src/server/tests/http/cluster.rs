//! A PostgreSQL that a test may kill and stop: a cluster of its own in a temporary folder, gone with its value. Its
//! server never runs as root.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

/// Where Debian puts the versions that are installed.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";
/// How long the server may take to be ready: after a kill it recovers first.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(10);
const SETTINGS: [&str; 4] = [
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
    "restart_after_crash=on",
];

/// See the module.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    server: Child,
}

impl Cluster {
    /// Makes and starts one; `None` where PostgreSQL is left out on purpose.
    pub(crate) fn start() -> Option<Self> {
        if std::env::var("DRAWDOWN_TEST_SQLITE_ONLY").as_deref() == Ok("1") {
            eprintln!("LEFT OUT: the PostgreSQL half of this test (DRAWDOWN_TEST_SQLITE_ONLY=1)");
            return None;
        }
        let programs = programs();
        let folder = tempfile::Builder::new()
            .prefix("drawdown-cluster-")
            .tempdir_in("/tmp")
            .unwrap();
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(folder.path()).status();
            assert!(
                owned.unwrap().success(),
                "there is a user postgres to run the server as"
            );
        }
        let made = unprivileged(&programs.join("initdb"))
            .args([
                "--username",
                "drawdown",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(folder.path().join("data"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = launch(&programs, folder.path(), port);
        Some(Self {
            programs,
            folder,
            port,
            server,
        })
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Waits until it answers, starting it where it has ended (a new server cannot start before the last process of a
    /// killed one has ended). Gives the moment.
    pub(crate) async fn ready(&mut self) -> Instant {
        let begun = Instant::now();
        let url = format!("postgres://drawdown@{}/postgres", self.address());
        loop {
            if self.server.try_wait().unwrap().is_some() {
                self.server = launch(&self.programs, self.folder.path(), self.port);
            }
            if let Ok(mut connection) = PgConnection::connect(&url).await
                && sqlx::query("SELECT 1").execute(&mut connection).await.is_ok()
            {
                return Instant::now();
            }
            assert!(begun.elapsed() < PATIENCE, "{}", self.log());
            // A bounded poll.
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Makes a database and gives its URL, by way of `address` (the cluster's own, or a wire's to it).
    pub(crate) async fn database(&mut self, name: &str, address: &str) -> String {
        self.ready().await;
        let url = format!("postgres://drawdown@{}/postgres", self.address());
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let create = format!("CREATE DATABASE {name}");
        sqlx::query(&create).execute(&mut connection).await.unwrap();
        format!("postgres://drawdown@{address}/{name}")
    }

    /// Kills the server as a power cut does: its first process, and where `all` is set every other with it (otherwise
    /// they find out and end by themselves).
    pub(crate) fn kill(&mut self, all: bool) {
        let children = self.children();
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        if all {
            send("KILL", &children);
        }
    }

    /// Kills one process that serves a connection: the server then ends all others and recovers by itself. False where
    /// there is none.
    pub(crate) fn kill_a_backend(&self, choice: usize) -> bool {
        let backends: Vec<u32> = self
            .children()
            .into_iter()
            .filter(|process| {
                let line = command_line(*process);
                line.starts_with("postgres: drawdown ") && !line.starts_with("postgres: drawdown postgres ")
            })
            .collect();
        let Some(backend) = backends.get(choice % backends.len().max(1)) else {
            return false;
        };
        send("KILL", &[*backend]);
        true
    }

    /// Stops every process, as a machine that hangs does.
    pub(crate) fn pause(&self) {
        send("STOP", &[&[self.server.id()], self.children().as_slice()].concat());
    }

    /// Lets them go on.
    pub(crate) fn resume(&self) {
        send("CONT", &[&[self.server.id()], self.children().as_slice()].concat());
    }

    fn children(&self) -> Vec<u32> {
        let listed = Command::new("ps")
            .args(["-o", "pid=", "--ppid", &self.server.id().to_string()])
            .output()
            .unwrap();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        listed.lines().filter_map(|line| line.trim().parse().ok()).collect()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let children = self.children();
        // A process that is stopped would not hear anything else.
        let _ = self.server.kill();
        let _ = self.server.wait();
        send("KILL", &children);
    }
}

fn launch(programs: &Path, folder: &Path, port: u16) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let mut command = unprivileged(&programs.join("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    command.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    command.spawn().unwrap()
}

/// Sends a signal; a process that is gone needs none.
pub(crate) fn send(signal: &str, processes: &[u32]) {
    if !processes.is_empty() {
        let _ = Command::new("kill")
            .arg(format!("-{signal}"))
            .args(processes.iter().map(ToString::to_string))
            .stderr(Stdio::null())
            .status();
    }
}

fn command_line(process: u32) -> String {
    let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().unwrap();
    told.stdout.starts_with(b"0\n")
}

/// A program as the user `postgres` where we are root, ending with this thread where the system can arrange it.
fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--pdeathsig",
            "KILL",
            "--reuid=postgres",
            "--regid=postgres",
            "--init-groups",
        ])
        .arg(program)
        .env("HOME", "/tmp");
    command
}

/// The folder of the installed programs.
fn programs() -> PathBuf {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|told| PathBuf::from(String::from_utf8_lossy(&told.stdout).trim()));
    let mut versions: Vec<PathBuf> = std::fs::read_dir(DEBIAN_VERSIONS)
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    told.into_iter()
        .chain(versions.into_iter().rev())
        .find(|folder| folder.join("initdb").is_file())
        .expect("PostgreSQL is installed (or DRAWDOWN_TEST_SQLITE_ONLY=1 leaves it out)")
}
