//! The checks of `cargo xtask test`, in the order in which they run: the cheap ones first.

mod browser_tree;
mod end_to_end;
pub(crate) mod postgres;
mod rust;
mod scripts;
mod sizes;
mod style_rules;

use anyhow::Result;

use crate::workspace::Workspace;

pub(crate) use postgres::{POSTGRES_VARIABLE, Postgres};

/// One check.
pub(crate) struct Check {
    /// The word by which `--only` selects it.
    pub(crate) name: &'static str,
    /// What it proves.
    pub(crate) purpose: &'static str,
    /// Runs it, counting what it tested.
    pub(crate) run: fn(&Workspace, &mut Tally) -> Result<()>,
}

/// All checks.
pub(crate) const ALL: [Check; 9] = [
    Check {
        name: "format",
        purpose: "the Rust code is formatted by rustfmt",
        run: rust::format,
    },
    Check {
        name: "rules",
        purpose: "files keep the rules of this house",
        run: style_rules::run,
    },
    Check {
        name: "tree",
        purpose: "no server crate is in the browser build",
        run: browser_tree::run,
    },
    Check {
        name: "lint",
        purpose: "clippy has nothing to say",
        run: rust::lint,
    },
    Check {
        name: "lint-browser",
        purpose: "nor about what runs in browsers",
        run: rust::lint_browser,
    },
    Check {
        name: "rust",
        purpose: "unit, property, store and HTTP tests, on both databases",
        run: rust::test,
    },
    Check {
        name: "sizes",
        purpose: "what browsers load stays within its budget",
        run: sizes::run,
    },
    Check {
        name: "scripts",
        purpose: "unit tests of the scripts for browsers",
        run: scripts::run,
    },
    Check {
        name: "end2end",
        purpose: "journeys in Chromium against the built server",
        run: end_to_end::run,
    },
];

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds another count.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Counts a check without tests of its own as one, and a failure at least once.
    pub(crate) fn settle(&mut self, succeeded: bool) {
        if succeeded && *self == Self::default() {
            self.passed = 1;
        }
        if !succeeded && self.failed == 0 {
            self.failed = 1;
        }
    }

    /// Counts a line in which cargo's or node's test runner sums up.
    pub(crate) fn read_line(&mut self, line: &str) {
        let number = |text: &str| text.trim().parse::<u64>().unwrap_or(0);
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            for part in rest.split([';', '.']) {
                if let Some(count) = part.trim().strip_suffix(" passed") {
                    self.passed += number(count);
                } else if let Some(count) = part.trim().strip_suffix(" failed") {
                    self.failed += number(count);
                }
            }
        } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("\u{2139} ")) {
            if let Some(count) = rest.strip_prefix("pass ") {
                self.passed += number(count);
            } else if let Some(count) = rest.strip_prefix("fail ") {
                self.failed += number(count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runners_closing_lines_are_counted() {
        let mut tally = Tally::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "# pass 4",
            "\u{2139} pass 5",
            "\u{2139} fail 1",
            "pass the salt",
        ] {
            tally.read_line(line);
        }
        assert_eq!(tally, Tally { passed: 24, failed: 3 });
    }

    #[test]
    fn a_check_counts_at_least_once() {
        let mut passed = Tally::default();
        passed.settle(true);
        assert_eq!(passed, Tally { passed: 1, failed: 0 });
        let mut broken = Tally { passed: 7, failed: 0 };
        broken.settle(false);
        assert_eq!(broken, Tally { passed: 7, failed: 1 });
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<&str> = ALL.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
