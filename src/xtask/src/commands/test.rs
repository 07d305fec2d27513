//! `cargo xtask test`: every check in turn, each under its heading, with a summary at the end.
//! Stops at the first check that fails, unless told to go on.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::checks::{ALL, Check, Tally};
use crate::progress::seconds;
use crate::workspace::Workspace;

/// What `cargo xtask test` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Runs only the checks of these names
    #[arg(long, value_name = "NAME", value_parser = names(), num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// Goes on after a check that failed
    #[arg(long)]
    keep_going: bool,
}

fn names() -> clap::builder::PossibleValuesParser {
    ALL.map(|check| check.name).into()
}

struct Report {
    name: &'static str,
    tally: Tally,
    time: Duration,
    error: Option<anyhow::Error>,
}

/// Runs the checks; fails when one of them did.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    let wanted = |check: &&Check| options.only.is_empty() || options.only.iter().any(|name| name == check.name);
    let mut results = Vec::new();
    for check in ALL.iter().filter(wanted) {
        let result = perform(check, &workspace);
        let failed = result.error.is_some();
        results.push(result);
        if failed && !options.keep_going {
            break;
        }
    }
    summarise(&results)
}

fn perform(check: &Check, workspace: &Workspace) -> Report {
    println!("\n== {}: {}", check.name, check.purpose);
    let started = Instant::now();
    let mut tally = Tally::default();
    let error = (check.run)(workspace, &mut tally).err();
    tally.settle(error.is_none());
    let time = started.elapsed();
    match &error {
        Some(error) => println!("== {} FAILED after {}: {error:#}", check.name, seconds(time)),
        None => println!("== {} passed in {}", check.name, seconds(time)),
    }
    Report {
        name: check.name,
        tally,
        time,
        error,
    }
}

fn summarise(results: &[Report]) -> Result<()> {
    println!("\n== summary");
    let mut sum = Tally::default();
    for result in results {
        let word = if result.error.is_some() { "FAILED" } else { "passed" };
        println!(
            "  {:<12} {word}  {:>5} passed {:>3} failed  {:>12}",
            result.name,
            result.tally.passed,
            result.tally.failed,
            seconds(result.time)
        );
        sum.add(result.tally);
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    let failed: Vec<&str> = results
        .iter()
        .filter(|result| result.error.is_some())
        .map(|result| result.name)
        .collect();
    if !failed.is_empty() {
        bail!(
            "failed: {} (again: cargo xtask test --only {})",
            failed.join(", "),
            failed.join(",")
        );
    }
    Ok(())
}
