//! One part of the site: a folder of finished files and an index that tells which file plays which role.
//! A part is made anew as a whole, or not at all; the site is put together from parts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::compress;
use crate::progress::Outcome;
use crate::stamp::{Stamp, short_digest};
use crate::workspace::Workspace;

/// Where the site keeps its content-named files.
const PACKAGE_FOLDER: &str = "pkg";
const INDEX_FILE: &str = "index.json";
const FILES_FOLDER: &str = "files";

/// A part by its name, with its folder and stamp.
pub(crate) struct Part {
    folder: PathBuf,
    stamp: Stamp,
}

impl Part {
    /// The part of this name in this checkout's build folder.
    pub(crate) fn of(workspace: &Workspace, name: &str) -> Self {
        let parts = workspace.products().join("parts");
        Self {
            folder: parts.join(name),
            stamp: Stamp::at(parts.join(format!("{name}.stamp"))),
        }
    }

    /// Makes the part unless it was made from the same inputs before. `make` adds the files.
    pub(crate) fn renew(&self, inputs: &str, make: impl FnOnce(&mut Draft) -> Result<()>) -> Result<Outcome> {
        if self.folder.join(INDEX_FILE).is_file() && self.stamp.holds(inputs) {
            return Ok(Outcome::UpToDate);
        }
        self.stamp.remove()?;
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        let mut draft = Draft {
            files: self.folder.join(FILES_FOLDER),
            roles: BTreeMap::new(),
        };
        fs::create_dir_all(&draft.files)?;
        make(&mut draft)?;
        fs::write(
            self.folder.join(INDEX_FILE),
            serde_json::to_string_pretty(&draft.roles)?,
        )?;
        self.stamp.write(inputs)?;
        Ok(Outcome::Done)
    }

    /// The folder whose content goes into the site as it is.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.join(FILES_FOLDER)
    }

    /// Which address plays which role: `style` -> `/pkg/style.0123456789abcdef.css`.
    pub(crate) fn roles(&self) -> Result<BTreeMap<String, String>> {
        let path = self.folder.join(INDEX_FILE);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// A part that is being made.
pub(crate) struct Draft {
    files: PathBuf,
    roles: BTreeMap<String, String>,
}

impl Draft {
    /// Adds a file that is named after its content, with its compressed copies, and gives it a role.
    pub(crate) fn add_named(&mut self, role: &str, stem: &str, extension: &str, content: &[u8]) -> Result<()> {
        let name = format!("{stem}.{}.{extension}", short_digest(content));
        self.add_plain(Path::new(PACKAGE_FOLDER).join(&name).as_path(), content)?;
        self.roles.insert(role.to_owned(), format!("/{PACKAGE_FOLDER}/{name}"));
        Ok(())
    }

    /// Adds a file under the name that it has, with its compressed copies.
    pub(crate) fn add_plain(&mut self, relative: &Path, content: &[u8]) -> Result<()> {
        let path = self.files.join(relative);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, content)?;
        compress::beside(&path, content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_made_once_for_the_same_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let part = Part {
            folder: folder.path().join("style"),
            stamp: Stamp::at(folder.path().join("stamp")),
        };
        let make = |content: &'static str| {
            move |draft: &mut Draft| draft.add_named("style", "style", "css", content.as_bytes())
        };
        assert_eq!(part.renew("one", make("a{}")).unwrap(), Outcome::Done);
        assert_eq!(part.renew("one", make("never made")).unwrap(), Outcome::UpToDate);
        let first = part.roles().unwrap()["style"].clone();
        assert_eq!(part.renew("two", make("b{}")).unwrap(), Outcome::Done);
        let second = part.roles().unwrap()["style"].clone();
        assert_ne!(first, second);
        assert!(part.files().join(&second[1..]).is_file());
        assert!(!part.files().join(&first[1..]).exists());
    }

    #[test]
    fn a_part_that_failed_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let part = Part {
            folder: folder.path().join("style"),
            stamp: Stamp::at(folder.path().join("stamp")),
        };
        assert!(part.renew("one", |_| anyhow::bail!("broken")).is_err());
        assert_eq!(part.renew("one", |_| Ok(())).unwrap(), Outcome::Done);
    }
}
