//! The journeys of `end2end/`: what a person does in a browser, in Chromium, against the server as it was built.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::Tally;
use super::postgres::{POSTGRES_VARIABLE, Postgres};
use crate::program::{Program, on_path};
use crate::progress::step;
use crate::stamp::files_below;
use crate::workspace::Workspace;
use crate::{debian, npm, server, site};

/// Names under which a browser of the Chromium family is installed.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const PACKAGE: &str = "chromium";
/// Names the browser's binary, where it is not one of the usual ones.
const BROWSER_VARIABLE: &str = "DRAWDOWN_CHROMIUM";

/// Files that run at once: one waits for its server or its browser half of the time.
const AT_ONCE: u32 = 2;

/// Builds what the journeys need and runs them.
pub(crate) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let folder = workspace.path("end2end");
    site::build(workspace)?;
    step("server", || server::build(workspace, false))?;
    step("npm packages (tests)", || npm::install(&folder))?;
    let journeys = files_below(&folder.join("journeys"))?;
    let journeys: Vec<PathBuf> = journeys
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.js"))
        .collect();
    if journeys.is_empty() {
        bail!("{} holds no journeys", folder.join("journeys").display());
    }
    let postgres = Postgres::start()?;
    Program::new("node")
        .args([
            "--test",
            &format!("--test-concurrency={AT_ONCE}"),
            "--test-reporter=spec",
        ])
        .args(journeys)
        .env("DRAWDOWN_BINARY", server::binary(workspace, false))
        .env("DRAWDOWN_SITE", workspace.site())
        .env(BROWSER_VARIABLE, browser()?)
        .env(POSTGRES_VARIABLE, postgres.url())
        .folder(&folder)
        .run_shown_with(|line| tally.read_line(line))
}

fn browser() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(BROWSER_VARIABLE) {
        return Ok(path.into());
    }
    if let Some(found) = installed() {
        return Ok(found);
    }
    debian::install(&[PACKAGE], "the browser for tests")
        .with_context(|| format!("or name a browser of the Chromium family in {BROWSER_VARIABLE}"))?;
    installed().context("Chromium was installed, but is not on PATH")
}

fn installed() -> Option<PathBuf> {
    let name = BROWSERS.into_iter().find(|name| on_path(name))?;
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
