//! Takes the files of `app/public/` into the site under their own names: icons, `robots.txt`.

use anyhow::Result;

use crate::part::{Draft, Part};
use crate::progress::Outcome;
use crate::stamp::{Inputs, files_below};
use crate::workspace::Workspace;

/// Copies the files, with compressed copies beside them.
pub(crate) fn build(workspace: &Workspace) -> Result<Outcome> {
    let folder = workspace.path("app/public");
    let inputs = Inputs::new().folder(&folder)?.finish();
    Part::of(workspace, "static").renew(&inputs, |draft: &mut Draft| {
        for path in files_below(&folder)? {
            let relative = path.strip_prefix(&folder)?;
            draft.add_plain(relative, &std::fs::read(&path)?)?;
        }
        Ok(())
    })
}
