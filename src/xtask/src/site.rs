//! Puts the site folder together: what the server hands out to browsers, with `manifest.json` naming each file's role.
//!
//! The server looks for the folder by `--site`, then by `DRAWDOWN_SITE`, then for `site` beside its binary. The manifest
//! maps `script`, `wasm`, `style` and `charts` to addresses. Every address below `/pkg/` may be cached for ever.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::part::Part;
use crate::progress::{Outcome, step};
use crate::stamp::{Inputs, Stamp, files_below};
use crate::workspace::Workspace;
use crate::{browser, charts, npm, static_files, styles};

/// The file that names each file's role.
pub(crate) const MANIFEST: &str = "manifest.json";
const PARTS: [&str; 4] = ["static", "style", "charts", "browser"];

/// Builds every part of the site and the folder itself.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    step("npm packages", || npm::install(&workspace.path("app")))?;
    step("static files", || static_files::build(workspace))?;
    step("style sheet", || styles::build(workspace))?;
    step("chart script", || charts::build(workspace))?;
    browser::build(workspace)?;
    step("site folder", || assemble(workspace, &workspace.site()))?;
    Ok(())
}

/// Copies the finished site into another folder.
pub(crate) fn copy_to(workspace: &Workspace, folder: &Path) -> Result<Outcome> {
    assemble(workspace, folder)
}

fn assemble(workspace: &Workspace, site: &Path) -> Result<Outcome> {
    let mut inputs = Inputs::new().word(&site.to_string_lossy());
    for name in PARTS {
        inputs = inputs.folder(&Part::of(workspace, name).files())?;
    }
    let inputs = inputs.finish();
    // Beside the site, not in it: nothing of ours is handed out to browsers.
    let stamp = Stamp::at(site.with_extension("stamp"));
    if site.join(MANIFEST).is_file() && stamp.holds(&inputs) {
        return Ok(Outcome::UpToDate);
    }
    stamp.remove()?;
    if site.exists() {
        fs::remove_dir_all(site)?;
    }
    fs::create_dir_all(site)?;
    let mut roles = BTreeMap::new();
    for name in PARTS {
        let part = Part::of(workspace, name);
        copy_folder(&part.files(), site)?;
        roles.extend(part.roles()?);
    }
    fs::write(site.join(MANIFEST), serde_json::to_string_pretty(&roles)?)?;
    stamp.write(&inputs)?;
    Ok(Outcome::Done)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for path in files_below(from)? {
        let target = to.join(path.strip_prefix(from)?);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&path, &target).with_context(|| format!("cannot copy to {}", target.display()))?;
    }
    Ok(())
}
