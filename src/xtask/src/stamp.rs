//! Knows whether a step's inputs are those of its last run, by their content and never by their dates, so that a fresh
//! checkout with a kept build folder skips what it can. What the step makes of them is its own affair.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A digest over named inputs, in the order in which they are added.
#[derive(Clone, Default)]
pub(crate) struct Inputs {
    digest: Sha256,
}

impl Inputs {
    /// No inputs yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a word: an option, the version of a tool.
    pub(crate) fn word(mut self, word: &str) -> Self {
        self.feed("word", word.as_bytes());
        self
    }

    /// Adds one file by the name `name`; a file that is missing counts as such.
    pub(crate) fn file(mut self, name: &str, path: &Path) -> Self {
        match fs::read(path) {
            Ok(content) => self.feed(name, &content),
            Err(_) => self.feed(&format!("missing {name}"), b""),
        }
        self
    }

    /// Adds all files below a folder, by their paths relative to it; a folder that is missing is an empty one.
    pub(crate) fn folder(mut self, folder: &Path) -> Result<Self> {
        for path in files_below(folder)? {
            let name = path
                .strip_prefix(folder)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            self = self.file(&name, &path);
        }
        Ok(self)
    }

    /// The digest of all that was added, in hexadecimal.
    pub(crate) fn finish(self) -> String {
        hexadecimal(&self.digest.finalize())
    }

    /// Feeds lengths as well, so that no two lists of inputs look alike.
    fn feed(&mut self, name: &str, content: &[u8]) {
        for part in [name.as_bytes(), content] {
            self.digest.update((part.len() as u64).to_le_bytes());
            self.digest.update(part);
        }
    }
}

/// The file that remembers the inputs of a step's last successful run.
#[derive(Debug)]
pub(crate) struct Stamp {
    file: PathBuf,
}

impl Stamp {
    /// The stamp kept in this file.
    pub(crate) fn at(file: PathBuf) -> Self {
        Self { file }
    }

    /// Whether the last successful run had these inputs.
    pub(crate) fn holds(&self, inputs: &str) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|stamped| stamped == inputs)
    }

    /// Forgets the last run, before the products are touched.
    pub(crate) fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.file.display()))
            }
            _ => Ok(()),
        }
    }

    /// Remembers these inputs, after the products are whole.
    pub(crate) fn write(&self, inputs: &str) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, inputs).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// All files below a folder, sorted; none where the folder does not exist. Links are not followed.
pub(crate) fn files_below(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                found.insert(entry.path());
            }
        }
    }
    Ok(found)
}

/// The first sixteen hexadecimal digits of the content's SHA-256: enough to name a version of a file.
pub(crate) fn short_digest(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content)[..8])
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    fn digest_of(folder: &tempfile::TempDir) -> String {
        Inputs::new().folder(folder.path()).unwrap().finish()
    }

    #[test]
    fn equal_content_elsewhere_has_the_same_digest() {
        let one = folder_with(&[("a.css", "x"), ("deep/b.css", "y")]);
        let other = folder_with(&[("deep/b.css", "y"), ("a.css", "x")]);
        assert_eq!(digest_of(&one), digest_of(&other));
    }

    #[test]
    fn a_change_a_new_name_and_a_moved_border_each_change_the_digest() {
        let first = digest_of(&folder_with(&[("a", "xy"), ("b", "z")]));
        for files in [
            [("a", "xy"), ("b", "!")],
            [("a", "xy"), ("c", "z")],
            [("a", "x"), ("b", "yz")],
        ] {
            assert_ne!(digest_of(&folder_with(&files)), first, "{files:?}");
        }
    }

    #[test]
    fn a_missing_file_differs_from_an_empty_one() {
        let folder = folder_with(&[("empty", "")]);
        let with = |name: &str| Inputs::new().file("lock", &folder.path().join(name)).finish();
        assert_ne!(with("empty"), with("absent"));
    }

    #[test]
    fn a_stamp_holds_only_for_what_it_was_written_for() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = Stamp::at(folder.path().join("deep/stamp"));
        assert!(!stamp.holds("one"));
        stamp.remove().unwrap();
        stamp.write("one").unwrap();
        assert!(stamp.holds("one") && !stamp.holds("two"));
        stamp.remove().unwrap();
        assert!(!stamp.holds("one"));
    }

    #[test]
    fn a_short_digest_is_the_start_of_the_sha_256() {
        assert_eq!(short_digest(b"abc"), "ba7816bf8f01cfea");
    }
}
