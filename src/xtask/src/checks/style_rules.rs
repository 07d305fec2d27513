//! The rules of this house that no linter knows: short files, telling names, tests that do not hope.
//! The length of functions and `unwrap` outside tests are clippy's (`.clippy.toml`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::Tally;
use crate::program::Program;
use crate::workspace::Workspace;

const FILE_LINES_MAX: usize = 400;
/// Kinds of files that people write and read.
const WRITTEN: [&str; 5] = ["rs", "js", "css", "sql", "md"];
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = [
    "common", "helper", "helpers", "manager", "misc", "util", "utility", "utils",
];
/// Ways to wait for a time instead of an event.
const SLEEPS: [&str; 3] = ["thread::sleep(", "time::sleep(", "waitForTimeout("];
/// What a bounded poll says on its line, or the line before, to be told from a sleep that hopes.
const POLL_MARK: &str = "bounded poll";
/// What a span says that is drawn from a test's seed: there is nothing to wait for.
const SEED_MARK: &str = "choice of the seed";

/// Reads every file under version control.
pub(crate) fn run(workspace: &Workspace, _: &mut Tally) -> Result<()> {
    let list = Program::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .folder(workspace.root())
        .answer()?;
    let mut broken = Vec::new();
    let mut read = 0;
    for name in list.lines() {
        let path = Path::new(name);
        broken.extend(name_broken(path));
        let Ok(text) = fs::read_to_string(workspace.path(name)) else {
            continue;
        };
        broken.extend(content_broken(path, &text));
        read += 1;
    }
    if !broken.is_empty() {
        bail!("{} of the rules' breaches:\n  {}", broken.len(), broken.join("\n  "));
    }
    println!("{read} files keep the rules");
    Ok(())
}

fn name_broken(path: &Path) -> Option<String> {
    let empty = path
        .with_extension("")
        .iter()
        .any(|part| EMPTY_NAMES.iter().any(|name| part == *name));
    empty.then(|| format!("{}: the name says nothing about what is inside", path.display()))
}

fn content_broken(path: &Path, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let extension = path.extension().unwrap_or_default();
    let lines = text.lines().count();
    if WRITTEN.iter().any(|written| extension == *written) && lines > FILE_LINES_MAX {
        broken.push(format!(
            "{}: {lines} lines, {FILE_LINES_MAX} are the most",
            path.display()
        ));
    }
    if extension == "rs" || extension == "js" {
        let sleeps = sleeps_in_tests(path, text);
        broken.extend(sleeps.map(|line| {
            format!(
                "{}:{line}: a test sleeps; wait for the event (or say `{POLL_MARK}`)",
                path.display()
            )
        }));
    }
    broken
}

/// The numbers of the lines in which a test sleeps.
fn sleeps_in_tests<'a>(path: &Path, text: &'a str) -> impl Iterator<Item = usize> + 'a {
    let test_file = is_test_file(path);
    let mut in_tests = test_file;
    let mut previous = "";
    text.lines().enumerate().filter_map(move |(index, line)| {
        // Unit tests close their file, so everything after this line is one.
        in_tests |= line.trim() == "#[cfg(test)]";
        let marked = [POLL_MARK, SEED_MARK]
            .iter()
            .any(|mark| line.contains(mark) || previous.contains(mark));
        previous = line;
        let sleeps = in_tests && !marked && SLEEPS.iter().any(|sleep| line.contains(sleep));
        sleeps.then_some(index + 1)
    })
}

fn is_test_file(path: &Path) -> bool {
    let folders: PathBuf = path.parent().map(Path::to_path_buf).unwrap_or_default();
    folders.iter().any(|part| part == "tests" || part == "end2end") || path.to_string_lossy().ends_with(".test.js")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_found_in_folders_and_files() {
        for name in [
            "src/store/src/utils.rs",
            "app/src/common/chart.rs",
            "end2end/helpers.js",
        ] {
            assert!(name_broken(Path::new(name)).is_some(), "{name}");
        }
        for name in [
            "src/store/src/grant.rs",
            "src/service/src/account_manager.rs",
            "style/pages/manage.css",
        ] {
            assert_eq!(name_broken(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn long_files_are_found_unless_a_machine_wrote_them() {
        let text = "line\n".repeat(FILE_LINES_MAX + 1);
        assert_eq!(content_broken(Path::new("a.rs"), &text).len(), 1);
        assert!(content_broken(Path::new("Cargo.lock"), &text).is_empty());
        assert!(content_broken(Path::new("a.rs"), &text[5..]).is_empty());
    }

    #[test]
    fn sleeps_are_found_in_tests_only() {
        let sleep = format!("{}10);\n", SLEEPS[0]);
        let lines = |path: &str, text: &str| sleeps_in_tests(Path::new(path), text).collect::<Vec<_>>();
        assert!(lines("src/server/src/jobs.rs", &sleep).is_empty());
        assert_eq!(lines("src/server/tests/routes.rs", &sleep), [1]);
        assert_eq!(
            lines(
                "src/server/src/jobs.rs",
                &format!("#[cfg(test)]\nmod tests {{\n{sleep}")
            ),
            [3]
        );
        for mark in [POLL_MARK, SEED_MARK] {
            assert!(lines("src/server/tests/routes.rs", &format!("// {mark}\n{sleep}")).is_empty());
        }
        assert_eq!(lines("end2end/a.js", &format!("await page.{}5)", SLEEPS[2])), [1]);
    }
}
