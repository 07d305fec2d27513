//! Golden files: the form of whatever is stored as JSON. What was stored must be read for ever, so a change here is an
//! addition, or comes with a migration. `DRAWDOWN_GOLDEN=write` writes the files anew.

#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

#[path = "../bench/mod.rs"]
mod bench;
mod samples;

use std::fmt::Debug;
use std::path::Path;

use drawdown_domain::outcome::Outcome;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Compares a sample with its file, both ways.
fn compare<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, sample: &T) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.json"));
    let mut written = serde_json::to_string_pretty(sample).unwrap();
    written.push('\n');
    if std::env::var("DRAWDOWN_GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(&path, &written).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap();
    assert_eq!(stored, written, "{name} is written as it always was");
    let read: T = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, *sample, "{name} is read as it always was");
}

#[test]
fn outcomes() {
    compare("outcomes", &samples::outcomes());
}

#[test]
fn an_answer_of_before_holds_kept_their_card_is_read() {
    let mut stored = serde_json::to_value(samples::outcomes()).unwrap();
    let hold = stored.pointer_mut("/2/captured/hold").unwrap().as_object_mut().unwrap();
    assert!(hold.remove("rate_card_version").is_some());
    let read: Vec<Outcome> = serde_json::from_value(stored).unwrap();
    assert!(matches!(&read[2], Outcome::Captured(captured) if captured.hold.rate_card_version.is_none()));
}

#[test]
fn requests() {
    compare("requests", &samples::requests());
}

#[test]
fn plan_terms() {
    compare("plan_terms", &samples::plan_terms());
}

#[test]
fn plan_terms_of_before_are_read() {
    let stored = include_str!("plan_terms_of_one_allotment.json");
    let read: drawdown_domain::plan::PlanTerms = serde_json::from_str(stored).unwrap();
    assert_eq!(read, samples::plan_terms_of_one_allotment());
}

#[test]
fn contract_versions() {
    compare("contract_versions", &samples::contract_versions());
}

#[test]
fn rates_of_every_kind() {
    compare("rates_of_every_kind", &samples::rates());
}

#[test]
fn rates() {
    compare("rates", &bench::rates());
}
