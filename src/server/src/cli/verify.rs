//! `drawdown verify`: the proof that the books are right.

use std::fmt::Write as _;
use std::process::ExitCode;

use super::settings::Settings;
use super::{CliError, open, print};

/// Checks everything; exit code 1 and a list where something is wrong.
pub(super) async fn run(settings: &Settings) -> Result<ExitCode, CliError> {
    let (store, _) = open::reading(settings).await?;
    let proof = store.verify().await?;
    store.close().await;
    let mut text = String::new();
    for finding in &proof.findings {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}: {}: must be {}, is {}",
            finding.organization, finding.what, finding.expected, finding.found
        );
    }
    let _ = write!(
        text,
        "{}: {} customers, {} postings, {} usage events, {} findings",
        if proof.findings.is_empty() { "right" } else { "WRONG" },
        proof.organizations,
        proof.postings,
        proof.events,
        proof.findings.len()
    );
    print(&text)?;
    Ok(if proof.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
