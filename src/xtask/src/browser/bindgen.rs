//! Makes what browsers load out of what the compiler made: wasm-bindgen writes the script that calls the code, wasm-opt
//! and esbuild make both small. wasm-bindgen runs as a library, in the very version that the app crate was built with.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::toolchain::Toolchain;
use super::wasm;
use crate::npm;
use crate::part::{Draft, Part};
use crate::program::Program;
use crate::progress::Outcome;
use crate::stamp::{Inputs, files_below};
use crate::styles::BROWSERS;
use crate::workspace::Workspace;

/// The stem of both files' names.
const NAME: &str = "drawdown";
/// What every browser of the last years knows and the compiler uses.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Makes the part `browser`.
pub(crate) fn build(workspace: &Workspace, toolchain: &Toolchain) -> Result<Outcome> {
    let compiled = wasm::product(workspace, toolchain);
    let inputs = Inputs::new()
        .word(&wasm_bindgen_shared_version())
        .word(BROWSERS)
        .word(&WASM_FEATURES.join(" "))
        .file("wasm", &compiled)
        .file("package-lock.json", &workspace.path("app/package-lock.json"))
        .finish();
    Part::of(workspace, "browser").renew(&inputs, |draft| make(workspace, &compiled, draft))
}

fn make(workspace: &Workspace, compiled: &Path, draft: &mut Draft) -> Result<()> {
    let out = tempfile::tempdir()?;
    let raw = out.path().join("raw");
    Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        .out_name(NAME)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&raw)
        .context("wasm-bindgen could not read what the compiler made")?;

    let app = workspace.path("app");
    let small_wasm = out.path().join("small.wasm");
    Program::new(npm::command(&app, "wasm-opt"))
        .args(["-Oz", "--strip-producers", "--strip-debug"])
        .args(WASM_FEATURES)
        .arg(raw.join(format!("{NAME}_bg.wasm")))
        .arg("-o")
        .arg(&small_wasm)
        .run_quietly()?;
    let small_script = out.path().join("small.js");
    Program::new(npm::command(&app, "esbuild"))
        .arg(raw.join(format!("{NAME}.js")))
        .args(["--minify", "--format=esm", "--log-level=warning", BROWSERS])
        .arg(format!("--outfile={}", small_script.display()))
        .run_quietly()?;

    draft.add_named("wasm", NAME, "wasm", &fs::read(&small_wasm)?)?;
    draft.add_named("script", NAME, "js", &fs::read(&small_script)?)?;
    // Scripts of libraries that the main one imports by their relative names.
    for snippet in files_below(&raw.join("snippets"))? {
        let relative = Path::new("pkg").join(snippet.strip_prefix(&raw)?);
        draft.add_plain(&relative, &fs::read(&snippet)?)?;
    }
    Ok(())
}

/// A word that changes with the version of wasm-bindgen that this tool was built with.
fn wasm_bindgen_shared_version() -> String {
    wasm_bindgen_shared::version()
}
