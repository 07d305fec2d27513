//! Compiles the app crate for browsers, unless every source that went into the last build is still the same.
//! Cargo's own check goes by dates and would compile everything again in a fresh checkout; this one goes by content.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::toolchain::Toolchain;
use crate::progress::Outcome;
use crate::stamp::Inputs;
use crate::workspace::Workspace;

const PROFILE: &str = "wasm-release";
const TARGET: &str = super::toolchain::TARGET;
/// Files that decide about every crate of the build, whatever it includes.
const MANIFESTS: [&str; 4] = ["Cargo.toml", "Cargo.lock", "app/Cargo.toml", "src/domain/Cargo.toml"];

/// Compiles; the result lies at [`product`].
pub(crate) fn compile(workspace: &Workspace, toolchain: &Toolchain) -> Result<Outcome> {
    let record = workspace.products().join(format!("{}.sources", toolchain.name()));
    if product(workspace, toolchain).is_file() && is_current(workspace, toolchain, &record) {
        return Ok(Outcome::UpToDate);
    }
    toolchain
        .cargo(workspace, "build")
        .args([
            "-p",
            "drawdown-app",
            "--lib",
            "--features",
            "hydrate",
            "--profile",
            PROFILE,
            "--target",
            TARGET,
        ])
        .run_quietly()?;
    let dependencies = product(workspace, toolchain).with_extension("d");
    let text =
        fs::read_to_string(&dependencies).with_context(|| format!("cargo left no {}", dependencies.display()))?;
    let sources = sources_in(&text, workspace.root());
    let digest = digest(workspace, toolchain, &sources);
    fs::create_dir_all(workspace.products())?;
    fs::write(record, format!("{digest}\n{}\n", sources.join("\n")))?;
    Ok(Outcome::Done)
}

/// The compiled file, as the compiler left it.
pub(crate) fn product(workspace: &Workspace, toolchain: &Toolchain) -> PathBuf {
    toolchain
        .target_folder(workspace)
        .join(TARGET)
        .join(PROFILE)
        .join("drawdown_app.wasm")
}

fn is_current(workspace: &Workspace, toolchain: &Toolchain, record: &Path) -> bool {
    let Ok(text) = fs::read_to_string(record) else {
        return false;
    };
    let mut lines = text.lines();
    let stamped = lines.next().unwrap_or_default();
    let sources: Vec<String> = lines.map(str::to_owned).collect();
    !sources.is_empty() && digest(workspace, toolchain, &sources) == stamped
}

fn digest(workspace: &Workspace, toolchain: &Toolchain, sources: &[String]) -> String {
    let inputs = Inputs::new().word(toolchain.version()).word(PROFILE);
    let named = MANIFESTS.iter().copied().chain(sources.iter().map(String::as_str));
    named
        .fold(inputs, |inputs, name| inputs.file(name, &workspace.path(name)))
        .finish()
}

/// The sources that a dependency file of cargo names (`PRODUCT: SOURCE SOURCE…`, spaces in names escaped), by their
/// paths below the root. A new source is always announced by a change in one of these.
fn sources_in(text: &str, root: &Path) -> Vec<String> {
    const SPACE: &str = "\u{1}";
    let Some((_, sources)) = text.split_once(": ") else {
        return Vec::new();
    };
    let escaped = sources.lines().next().unwrap_or_default().replace("\\ ", SPACE);
    let mut found: Vec<String> = escaped
        .split_whitespace()
        .map(|path| path.replace(SPACE, " "))
        .map(|path| {
            Path::new(&path)
                .strip_prefix(root)
                .map_or(path.clone(), |path| path.to_string_lossy().into_owned())
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_from_a_dependency_file() {
        let text =
            "/w/target/x/drawdown_app.wasm: /w/app/src/lib.rs /w/app/src/two\\ words.rs /w/src/domain/src/lib.rs\n";
        let sources = sources_in(text, Path::new("/w"));
        assert_eq!(
            sources,
            ["app/src/lib.rs", "app/src/two words.rs", "src/domain/src/lib.rs"]
        );
    }

    #[test]
    fn a_strange_dependency_file_names_nothing() {
        assert!(sources_in("", Path::new("/w")).is_empty());
    }
}
