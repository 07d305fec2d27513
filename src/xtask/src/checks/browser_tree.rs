//! Proves that the browser build is what the architecture says: the app, the domain and nothing of the server.
//! Cargo adds up features over a build, so that one wrong word in a manifest would bring all of it in.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::Tally;
use crate::program::Program;
use crate::server::cargo;
use crate::workspace::Workspace;

/// Crates that must never reach a browser; a name ending in `-` forbids all that begin with it.
const FORBIDDEN: [&str; 17] = [
    "argon2",
    "axum",
    "axum-",
    "charming",
    "drawdown-service",
    "drawdown-store",
    "hyper",
    "hyper-",
    "jiff",
    "jiff-",
    "leptos_axum",
    "leptos_router",
    "reqwest",
    "rustls",
    "sqlx",
    "sqlx-",
    "tokio",
];
/// Crates without which the list is not that of the browser build at all.
const EXPECTED: [&str; 3] = ["drawdown-app", "drawdown-domain", "leptos"];

/// Lists the crates of the browser build and looks for those of the server.
pub(crate) fn run(workspace: &Workspace, _: &mut Tally) -> Result<()> {
    let list = Program::new(cargo())
        .args([
            "tree",
            "-p",
            "drawdown-app",
            "--features",
            "hydrate",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .folder(workspace.root())
        .answer()?;
    let crates: BTreeSet<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for expected in EXPECTED {
        if !crates.contains(expected) {
            bail!("{expected} is missing in what `cargo tree` lists for browsers:\n{list}");
        }
    }
    let intruders = intruders(&crates);
    if !intruders.is_empty() {
        bail!(
            "crates of the server are in the browser build: {} (`cargo tree -i` tells why)",
            intruders.join(", ")
        );
    }
    println!("{} crates in the browser build, none of the server's", crates.len());
    Ok(())
}

fn intruders<'a>(crates: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let forbidden = |name: &str| {
        FORBIDDEN.iter().any(|word| {
            if word.ends_with('-') {
                name.starts_with(word)
            } else {
                name == *word
            }
        })
    };
    crates.iter().copied().filter(|name| forbidden(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_of_the_server_are_told_from_their_namesakes() {
        let crates = ["leptos", "sqlx-core", "tokio", "tokio_nothing", "axumite", "serde"].into();
        assert_eq!(intruders(&crates), ["sqlx-core", "tokio"]);
    }
}
