//! The unit tests of the scripts in `app/charts/`, by Node's own test runner.

use anyhow::Result;

use super::Tally;
use crate::program::Program;
use crate::stamp::files_below;
use crate::workspace::Workspace;

/// Runs them.
pub(crate) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let tests = files_below(&workspace.path("app/charts"))?;
    let tests = tests
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.js"));
    Program::new("node")
        .args(["--test", "--test-reporter=spec"])
        .args(tests)
        .folder(workspace.root())
        .run_shown_with(|line| tally.read_line(line))
}
