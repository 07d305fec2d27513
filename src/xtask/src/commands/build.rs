//! `cargo xtask build`: the binary with its site folder beside it, ready to be copied to another machine.

use anyhow::{Context, Result};

use crate::progress::step;
use crate::workspace::Workspace;
use crate::{server, site};

/// What `cargo xtask build` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Builds with optimisation
    #[arg(long)]
    release: bool,
}

/// Builds; the last line on standard output is the path of the binary.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    site::build(&workspace)?;
    step("server", || server::build(&workspace, options.release))?;
    let binary = server::binary(&workspace, options.release);
    let beside = binary.parent().context("a binary lies in a folder")?.join("site");
    step("site beside the binary", || site::copy_to(&workspace, &beside))?;
    println!("{}", binary.display());
    Ok(())
}
