//! Holds what browsers load to its budget, as it travels: compressed by brotli.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Tally;
use crate::compress::with_suffix;
use crate::site;
use crate::workspace::Workspace;

/// The most that each role may weigh, in bytes after brotli; 1 kB is 1000 bytes.
const BUDGET_BYTES: [(&str, u64); 4] = [
    ("wasm", 110_000),
    ("script", 15_000),
    ("style", 15_000),
    ("charts", 185_000),
];

/// Builds the site and weighs it.
pub(crate) fn run(workspace: &Workspace, _: &mut Tally) -> Result<()> {
    site::build(workspace)?;
    let folder = workspace.site();
    let manifest = fs::read_to_string(folder.join(site::MANIFEST))?;
    let roles: BTreeMap<String, String> = serde_json::from_str(&manifest)?;
    let mut over = Vec::new();
    println!("  {:<8} {:>10} {:>10} {:>10}", "", "bytes", "brotli", "budget");
    for (role, budget) in BUDGET_BYTES {
        let address = roles.get(role).with_context(|| format!("the site has no {role}"))?;
        let path = folder.join(address.trim_start_matches('/'));
        let whole = size(&path)?;
        // Where compressing would not make it smaller, it travels as it is.
        let travels = size(&with_suffix(&path, "br")).unwrap_or(whole);
        println!("  {role:<8} {whole:>10} {travels:>10} {budget:>10}");
        if travels > budget {
            over.push(format!("{role} by {} bytes", travels - budget));
        }
    }
    if !over.is_empty() {
        bail!("beyond the budget: {}", over.join(", "));
    }
    Ok(())
}

fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path)
        .with_context(|| format!("{} is missing", path.display()))?
        .len())
}
