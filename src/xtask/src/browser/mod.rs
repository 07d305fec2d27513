//! The code that runs in browsers: from the app crate to two small files, a script and the WebAssembly that it loads.

mod bindgen;
mod toolchain;
mod wasm;

use anyhow::Result;

use crate::progress::step;
use crate::workspace::Workspace;

/// Builds the part `browser`, with the roles `script` and `wasm`.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let toolchain = toolchain::find()?;
    step("browser code", || wasm::compile(workspace, &toolchain))?;
    step("browser bindings", || bindgen::build(workspace, &toolchain))?;
    Ok(())
}
