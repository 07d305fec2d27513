//! `cargo xtask serve`: builds what is not up to date, then becomes the server with demo data.

use anyhow::{Context, Result};

use crate::program::Program;
use crate::progress::{note, step};
use crate::workspace::Workspace;
use crate::{server, site};

/// What `cargo xtask serve` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Builds and serves with optimisation
    #[arg(long)]
    release: bool,
    /// Passed on to `drawdown serve`, such as `--listen 127.0.0.1:9000`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
}

/// Builds and serves; returns only when the server could not be started or has ended.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    note("building Drawdown (the first time takes some minutes, the next one seconds)");
    site::build(&workspace)?;
    step("server", || server::build(&workspace, options.release))?;
    let server = Program::new(server::binary(&workspace, options.release))
        .args(["serve", "--demo", "--site"])
        .arg(workspace.site())
        .args(&options.arguments);
    become_it(server).context("the server could not be started")
}

/// Replaces this process, so that signals reach the server itself.
#[cfg(unix)]
fn become_it(server: Program) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(server.into_command().exec().into())
}

#[cfg(not(unix))]
fn become_it(server: Program) -> Result<()> {
    server.run_shown()
}
