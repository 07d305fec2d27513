//! Makes the one script that draws charts: the parts of ECharts that `app/charts/` names, in one file.
//! Pages with a chart load it after they are usable; no other page does.

use anyhow::Result;

use crate::npm;
use crate::part::{Draft, Part};
use crate::program::Program;
use crate::progress::Outcome;
use crate::stamp::Inputs;
use crate::styles::BROWSERS;
use crate::workspace::Workspace;

/// Makes the chart script, in the role `charts`.
pub(crate) fn build(workspace: &Workspace) -> Result<Outcome> {
    let inputs = Inputs::new()
        .word(BROWSERS)
        .folder(&workspace.path("app/charts"))?
        .file("package-lock.json", &workspace.path("app/package-lock.json"))
        .finish();
    Part::of(workspace, "charts").renew(&inputs, |draft: &mut Draft| {
        let out = tempfile::tempdir()?;
        let file = out.path().join("charts.js");
        Program::new(npm::command(&workspace.path("app"), "esbuild"))
            .arg(workspace.path("app/charts/index.js"))
            .args([
                "--bundle",
                "--minify",
                "--format=iife",
                "--log-level=warning",
                "--legal-comments=none",
                BROWSERS,
            ])
            .arg(format!("--outfile={}", file.display()))
            .run_quietly()?;
        draft.add_named("charts", "charts", "js", &std::fs::read(&file)?)
    })
}
