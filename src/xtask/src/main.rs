//! The developer's commands: `cargo xtask serve`, `build`, `test`, `bench`, `simulate` and `crash`.
//! Each installs what it lacks, shows one line per step and skips what is up to date; what the product itself does
//! stays in the other crates.
#![allow(clippy::print_stdout, reason = "a command-line tool answers on standard output")]

mod browser;
mod charts;
mod checks;
mod commands;
mod compress;
mod debian;
mod interrupt;
mod npm;
mod part;
mod program;
mod progress;
mod server;
mod site;
mod stamp;
mod static_files;
mod styles;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{bench, build, crash, serve, simulate, test};

/// The developer's commands of Drawdown.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds everything and starts the server with demo data
    Serve(serve::Options),
    /// Builds the server with its site folder beside it; prints the path of the binary as its last line
    Build(build::Options),
    /// Runs every check and test, starting the services that they need
    Test(test::Options),
    /// Measures the server against baselines on this machine; prints a table of ratios
    Bench(bench::Options),
    /// Plays seeds of the engine's simulator until one goes wrong
    Simulate(simulate::Options),
    /// Kills servers and databases under load and compares what was acknowledged with what is there
    Crash(crash::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = interrupt::install().and_then(|()| match arguments.command {
        Command::Serve(options) => serve::run(&options),
        Command::Build(options) => build::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Crash(options) => crash::run(&options),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
