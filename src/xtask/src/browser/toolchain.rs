//! Finds a compiler for browsers, or installs one. In this order, what is there before what must be fetched:
//!
//! 1. the running toolchain's own `wasm32-unknown-unknown`;
//! 2. Debian's compiler, which builds the standard library from source;
//! 3. `rustup target add`, unless `RUSTUP_AUTO_INSTALL=0` forbids to install toolchains unasked;
//! 4. Debian's packages by apt-get.
//!
//! `DRAWDOWN_BROWSER_TOOLCHAIN=rustup` or `=debian` leaves only one of the two ways.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::program::{Program, on_path};
use crate::progress::note;
use crate::workspace::Workspace;
use crate::{debian, server};

/// What the compiler calls a browser.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const DEBIAN_FOLDER: &str = "/usr/bin";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";
const DEBIAN_LINKERS: [&str; 2] = ["wasm-ld-19", "wasm-ld"];
/// A target is some 20 MB; a machine that cannot fetch it must not wait for long.
const RUSTUP_TIME_MAX: Duration = Duration::from_secs(90);

/// A compiler for browsers.
#[derive(Debug)]
pub(crate) struct Toolchain {
    way: Way,
    version: String,
}

#[derive(Debug)]
enum Way {
    /// The toolchain that runs this tool.
    Installed,
    /// Debian's, with this linker.
    Debian { linker: PathBuf },
}

impl Toolchain {
    /// A short name, for folders and stamps.
    pub(crate) fn name(&self) -> &'static str {
        match self.way {
            Way::Installed => "browser",
            Way::Debian { .. } => "browser-debian",
        }
    }

    /// What the compiler says of itself.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The build folder: one for each compiler, so that neither throws away the other's work.
    pub(crate) fn target_folder(&self, workspace: &Workspace) -> PathBuf {
        workspace.target().join(self.name())
    }

    /// A cargo command that compiles for browsers.
    pub(crate) fn cargo(&self, workspace: &Workspace, command: &str) -> Program {
        let program = match &self.way {
            Way::Installed => Program::new(server::cargo()).arg(command),
            Way::Debian { linker } => debian_cargo(command).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker),
        };
        program
            .arg("--target-dir")
            .arg(self.target_folder(workspace))
            .folder(workspace.root())
    }
}

/// Finds a compiler for browsers, installing one where none is there.
pub(crate) fn find() -> Result<Toolchain> {
    let wanted = std::env::var("DRAWDOWN_BROWSER_TOOLCHAIN").unwrap_or_default();
    let (rustup, debian) = match wanted.as_str() {
        "" => (true, true),
        "rustup" => (true, false),
        "debian" => (false, true),
        other => bail!("DRAWDOWN_BROWSER_TOOLCHAIN is `{other}`; it can be `rustup` or `debian`"),
    };
    if let Some(found) = present(rustup, debian) {
        return Ok(found);
    }
    let mut tried = Vec::new();
    if rustup {
        match add_by_rustup() {
            Ok(()) => return installed().context("rustup added the browser target, but it is not there"),
            Err(error) => tried.push(format!("rustup: {error:#}")),
        }
    }
    if debian {
        match debian::install(&DEBIAN_PACKAGES, "the compiler for browsers") {
            Ok(()) => return from_debian().context("Debian's compiler for browsers was installed, but cannot be used"),
            Err(error) => tried.push(format!("Debian: {error:#}")),
        }
    }
    bail!("{}", nothing_works(&tried))
}

fn present(rustup: bool, debian: bool) -> Option<Toolchain> {
    if rustup && let Ok(found) = installed() {
        return Some(found);
    }
    if debian && let Ok(found) = from_debian() {
        return Some(found);
    }
    None
}

fn nothing_works(tried: &[String]) -> String {
    format!(
        "no compiler for browsers could be found or installed ({tried}).\nEither of these helps:\n  \
         rustup target add {TARGET}\n  apt-get install -y --no-install-recommends {packages}   \
         (Debian 12 or later with its security updates)",
        tried = tried.join("; "),
        packages = DEBIAN_PACKAGES.join(" ")
    )
}

fn installed() -> Result<Toolchain> {
    let folder = Program::new(rustc())
        .args(["--print", "target-libdir", "--target", TARGET])
        .answer()?;
    let whole = std::fs::read_dir(&folder)
        .with_context(|| format!("{folder} cannot be read"))?
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"));
    if !whole {
        bail!("{folder} holds no standard library");
    }
    let version = Program::new(rustc()).arg("-vV").answer()?;
    Ok(Toolchain {
        way: Way::Installed,
        version,
    })
}

fn add_by_rustup() -> Result<()> {
    if !on_path("rustup") {
        bail!("it is not installed");
    }
    if std::env::var("RUSTUP_AUTO_INSTALL").is_ok_and(|value| value == "0") {
        bail!("RUSTUP_AUTO_INSTALL=0 forbids it to install anything unasked");
    }
    note("fetching the browser target by rustup");
    Program::new("rustup")
        .args(["target", "add", TARGET])
        .time_limit(RUSTUP_TIME_MAX)
        .run_quietly()
}

fn from_debian() -> Result<Toolchain> {
    let compiler = Path::new(DEBIAN_FOLDER).join("rustc");
    let version = without_rustup(Program::new(&compiler)).arg("-vV").answer()?;
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    if !is_recent(&version, oldest) {
        let first_line = version.lines().next().unwrap_or_default();
        bail!("Debian's compiler is {first_line}, and {oldest} is the oldest that compiles this project");
    }
    if !Path::new(DEBIAN_SOURCES).is_file() {
        bail!("{DEBIAN_SOURCES} is missing (package rust-web-src)");
    }
    let linker = DEBIAN_LINKERS
        .iter()
        .map(|name| Path::new(DEBIAN_FOLDER).join(name))
        .find(|path| path.is_file())
        .context("wasm-ld is missing (package lld-19)")?;
    Ok(Toolchain {
        way: Way::Debian { linker },
        version,
    })
}

/// Debian's cargo, told to build the standard library too. The variable that allows it is rustc's own for such builds.
fn debian_cargo(command: &str) -> Program {
    let path = std::env::var("PATH").unwrap_or_default();
    without_rustup(Program::new(Path::new(DEBIAN_FOLDER).join("cargo")))
        .args([command, "-Z", "build-std=std,panic_abort"])
        .env("PATH", format!("{DEBIAN_FOLDER}:{path}"))
        .env("RUSTC", Path::new(DEBIAN_FOLDER).join("rustc"))
        .env("RUSTC_BOOTSTRAP", "1")
}

/// Takes away what the running toolchain put into the environment.
fn without_rustup(program: Program) -> Program {
    [
        "CARGO",
        "LD_LIBRARY_PATH",
        "RUSTUP_TOOLCHAIN",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
    ]
    .into_iter()
    .fold(program, Program::env_remove)
}

fn rustc() -> String {
    std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())
}

/// Whether `rustc -vV` tells a release that is at least `oldest`.
fn is_recent(version: &str, oldest: &str) -> bool {
    let release = version
        .lines()
        .find_map(|line| line.strip_prefix("release: "))
        .unwrap_or_default();
    !release.is_empty() && numbers(release) >= numbers(oldest)
}

fn numbers(version: &str) -> Vec<u32> {
    version
        .split(['.', '-', '+'])
        .map_while(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_as_numbers() {
        let said = |release: &str| format!("rustc {release}\nbinary: rustc\nrelease: {release}\nLLVM version: 19");
        assert!(is_recent(&said("1.96.0"), "1.95"));
        assert!(is_recent(&said("1.95.0-nightly"), "1.95"));
        assert!(is_recent(&said("1.100.0"), "1.95"));
        assert!(!is_recent(&said("1.85.0"), "1.95"));
        assert!(!is_recent("", "1.95"));
    }

    #[test]
    fn the_message_names_both_remedies() {
        let message = nothing_works(&["rustup: it is not installed".to_owned()]);
        assert!(
            message.contains("rustup target add wasm32-unknown-unknown"),
            "{message}"
        );
        assert!(
            message.contains("apt-get install -y --no-install-recommends rustc-web cargo-web"),
            "{message}"
        );
        assert!(message.contains("it is not installed"), "{message}");
    }
}
