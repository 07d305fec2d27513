//! Compiles the binary `drawdown`.

use std::path::PathBuf;

use anyhow::Result;

use crate::program::Program;
use crate::progress::Outcome;
use crate::workspace::Workspace;

/// Compiles the server and gives the path of the binary. `--workspace` makes its dependencies the very ones that the
/// tests use: cargo would compile some of them a second time for the package alone.
pub(crate) fn build(workspace: &Workspace, release: bool) -> Result<Outcome> {
    let mut cargo = Program::new(cargo())
        .args(["build", "--workspace", "--bin", "drawdown"])
        .folder(workspace.root());
    if release {
        cargo = cargo.arg("--release");
    }
    cargo.run_quietly()?;
    Ok(Outcome::Done)
}

/// Where the compiled binary lies.
pub(crate) fn binary(workspace: &Workspace, release: bool) -> PathBuf {
    let profile = if release { "release" } else { "debug" };
    workspace
        .target()
        .join(profile)
        .join(format!("drawdown{}", std::env::consts::EXE_SUFFIX))
}

/// The cargo that runs this tool.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
