//! Makes one style sheet of `style/`: esbuild follows the imports of `main.css` and shortens the result.

use anyhow::{Result, bail};

use crate::npm;
use crate::part::{Draft, Part};
use crate::program::Program;
use crate::progress::Outcome;
use crate::stamp::Inputs;
use crate::workspace::Workspace;

/// The oldest browsers whose syntax need not be rewritten; they know nesting, layers, `oklch()` and `light-dark()`.
pub(crate) const BROWSERS: &str = "--target=chrome123,edge123,firefox128,safari17.5";

/// Makes the style sheet, in the role `style`.
pub(crate) fn build(workspace: &Workspace) -> Result<Outcome> {
    let main = workspace.path("style/main.css");
    if !main.is_file() {
        bail!("{} is missing", main.display());
    }
    let inputs = Inputs::new()
        .word(BROWSERS)
        .folder(&workspace.path("style"))?
        .file("package-lock.json", &workspace.path("app/package-lock.json"))
        .finish();
    Part::of(workspace, "style").renew(&inputs, |draft: &mut Draft| {
        let out = tempfile::tempdir()?;
        let file = out.path().join("style.css");
        Program::new(npm::command(&workspace.path("app"), "esbuild"))
            .arg(&main)
            .args(["--bundle", "--minify", "--log-level=warning", BROWSERS])
            .arg(format!("--outfile={}", file.display()))
            .run_quietly()?;
        draft.add_named("style", "style", "css", &std::fs::read(&file)?)
    })
}
