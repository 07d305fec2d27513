//! What `cargo xtask bench` runs: starts servers of Drawdown, loads them over HTTP, runs the baselines in turn with them
//! and prints one table of ratios. Whoever starts it gives it a PostgreSQL, a binary and a folder on a disk.
//!
//! The load client shares the cores with what it measures, so it is lean: one thread, requests made beforehand, and no
//! HTTP library.
#![allow(clippy::print_stdout, reason = "a command-line tool answers on standard output")]
#![allow(clippy::cast_precision_loss, reason = "figures of a measurement are far below 2^53")]

mod baseline;
mod bench;
mod figures;
mod http;
mod installation;
mod lines;
mod load;
mod machine;
mod options;
mod processor;
mod reader;
mod report;
mod seed;
mod traffic;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser as _;

use crate::bench::Bench;
use crate::options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the client's runtime cannot be started")?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let mut bench = Bench::new(options).await?;
        let measured = lines::run(&mut bench).await;
        // What was measured before a failure is worth keeping.
        bench.report()?;
        measured
    })
}
