//! The checks that cargo does: formatting, lints and the tests of every crate.

use anyhow::Result;

use super::Tally;
use super::postgres::{POSTGRES_VARIABLE, Postgres};
use crate::program::Program;
use crate::server::cargo;
use crate::workspace::Workspace;

/// `cargo fmt --check`.
pub(crate) fn format(workspace: &Workspace, _: &mut Tally) -> Result<()> {
    Program::new(cargo())
        .args(["fmt", "--all", "--check"])
        .folder(workspace.root())
        .run_shown()
}

/// Clippy over everything that runs on servers and developers' machines, tests included.
pub(crate) fn lint(workspace: &Workspace, _: &mut Tally) -> Result<()> {
    let what = ["clippy", "--workspace", "--all-targets"];
    Program::new(cargo())
        .args(what)
        .args(["--", "-D", "warnings"])
        .folder(workspace.root())
        .run_shown()
}

/// Clippy over what runs in browsers. It reads the code as for this machine, because the linter is at hand for it
/// everywhere; that it compiles for browsers is proven by the build of the site.
pub(crate) fn lint_browser(workspace: &Workspace, _: &mut Tally) -> Result<()> {
    let what = [
        "clippy",
        "-p",
        "drawdown-domain",
        "-p",
        "drawdown-app",
        "--lib",
        "--features",
        "drawdown-app/hydrate",
    ];
    Program::new(cargo())
        .args(what)
        .args(["--", "-D", "warnings"])
        .folder(workspace.root())
        .run_shown()
}

/// All tests of all crates, with a PostgreSQL of their own.
pub(crate) fn test(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let postgres = Postgres::start()?;
    Program::new(cargo())
        .args(["test", "--workspace"])
        .env(POSTGRES_VARIABLE, postgres.url())
        .folder(workspace.root())
        .run_shown_with(|line| tally.read_line(line))
}
