//! Installs the npm packages of a folder exactly as its lock file says, unless they are there already.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::program::{Program, on_path};
use crate::progress::Outcome;
use crate::stamp::{Inputs, Stamp};

/// Installs the packages of `folder` from its `package-lock.json`.
pub(crate) fn install(folder: &Path) -> Result<Outcome> {
    if !on_path("npm") {
        bail!("npm is missing: install Node 20 or later with npm (Debian: apt-get install nodejs npm)");
    }
    let inputs = Inputs::new()
        .file("package.json", &folder.join("package.json"))
        .file("package-lock.json", &folder.join("package-lock.json"))
        .finish();
    // The stamp lies among the packages, so that whoever deletes them deletes it too.
    let stamp = Stamp::at(folder.join("node_modules/.installed-from"));
    if stamp.holds(&inputs) {
        return Ok(Outcome::UpToDate);
    }
    Program::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .folder(folder)
        .run_quietly()?;
    stamp.write(&inputs)?;
    Ok(Outcome::Done)
}

/// The path of a command that a package of `folder` brings.
pub(crate) fn command(folder: &Path, name: &str) -> PathBuf {
    folder.join("node_modules/.bin").join(name)
}
