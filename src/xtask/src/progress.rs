//! What the person at the terminal sees: one line per step, with its time or the word that it was up to date.
//! A step that takes long shows a moving line on a terminal and a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often a long step says that it is still alive where the output is not a terminal.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did its work.
    Done,
    /// Its inputs were those of the last time and its products are there.
    UpToDate,
}

/// Runs one step and prints its line; an error carries the name of the step.
pub(crate) fn step(name: &str, work: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
    let started = Instant::now();
    transient(name, "...");
    let result = work();
    clear();
    let outcome = result.with_context(|| format!("{name} failed"))?;
    match outcome {
        Outcome::Done => eprintln!("  {name:<22} {}", seconds(started.elapsed())),
        Outcome::UpToDate => eprintln!("  {name:<22} up to date"),
    }
    Ok(outcome)
}

/// Prints a sentence of its own among the steps.
pub(crate) fn note(sentence: &str) {
    clear();
    eprintln!("  {sentence}");
}

/// A duration as people read it.
pub(crate) fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole >= 60 {
        format!("{} min {:02} s", whole / 60, whole % 60)
    } else {
        format!("{}.{} s", whole, duration.subsec_millis() / 100)
    }
}

/// Follows a program that runs for long: tells its latest line without flooding the terminal.
pub(crate) struct Follower {
    started: Instant,
    last_shown: Instant,
    compiled: usize,
}

impl Follower {
    /// Starts to follow; nothing is shown yet.
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            last_shown: now,
            compiled: 0,
        }
    }

    /// Takes note of one line of the program's output.
    pub(crate) fn line(&mut self, line: &str) {
        let line = line.trim();
        let Some((verb, rest)) = line.split_once(' ') else {
            return;
        };
        if !matches!(verb, "Compiling" | "Checking" | "Downloading" | "Downloaded") {
            return;
        }
        if matches!(verb, "Compiling" | "Checking") {
            self.compiled += 1;
        }
        self.show(&format!(
            "{} ({} crates so far)",
            rest.split(" (").next().unwrap_or(rest),
            self.compiled
        ));
    }

    /// Tells that the program is still running although it says nothing.
    pub(crate) fn silence(&mut self) {
        if self.compiled > 0 {
            self.show(&format!("{} crates so far", self.compiled));
        } else {
            self.show("");
        }
    }

    fn show(&mut self, what: &str) {
        let elapsed = seconds(self.started.elapsed());
        if std::io::stderr().is_terminal() {
            transient(&format!("{elapsed:>10}"), what);
        } else if self.last_shown.elapsed() >= HEARTBEAT {
            self.last_shown = Instant::now();
            eprintln!("    still at it after {elapsed}  {what}");
        }
    }
}

fn transient(name: &str, what: &str) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let line: String = format!("  {name:<22} {what}").chars().take(78).collect();
        let _ = write!(stderr, "\r\x1b[2K{line}").and_then(|()| stderr.flush());
    }
}

fn clear() {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[2K");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_a_clock() {
        assert_eq!(seconds(Duration::from_millis(340)), "0.3 s");
        assert_eq!(seconds(Duration::from_millis(59_990)), "59.9 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn an_error_names_its_step() {
        let error = step("wasm", || anyhow::bail!("no compiler")).unwrap_err();
        assert_eq!(format!("{error:#}"), "wasm failed: no compiler");
    }
}
