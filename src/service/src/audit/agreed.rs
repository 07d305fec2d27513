//! What lines of the audit log about contracts say, in the words of contracts rather than as the data that is stored.

use drawdown_domain::Timestamp;
use drawdown_domain::catalogue::change::Change;
use drawdown_domain::contract::{ContractTerms, Renewal};
use drawdown_store::AuditLine;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::AuditView;
use crate::error::ServiceError;
use crate::moment::Moments;
use crate::service::Service;

/// All that was signed, or what an amendment or an end changed; nothing for a line of anything else.
pub(super) fn agreed(line: &AuditLine, moments: &Moments) -> Vec<Change> {
    if line.noun != "contract" {
        return Vec::new();
    }
    let (before, after) = (line.before.as_ref(), line.after.as_ref());
    let mut changes = match (terms(before), terms(after)) {
        (Some(before), Some(after)) => before.changes_to(&after),
        (None, Some(after)) => {
            let begins = new("begins", moments.at(after.starts_at).full);
            std::iter::once(begins).chain(after.written()).collect()
        }
        _ => ends(before, after),
    };
    if let Some(at) = read::<Timestamp>(after, "effective_at") {
        changes.insert(0, new("in force from", moments.at(at).full));
    }
    if let Some(number) = read::<u32>(after, "version") {
        changes.insert(0, new("version", number.to_string()));
    }
    changes
}

fn terms(value: Option<&Value>) -> Option<ContractTerms> {
    read(value, "terms")
}

/// That a contract is not renewed any more.
fn ends(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let words = |value| read::<Renewal>(value, "renewal").map(|renewal| renewal.to_string());
    let to = words(after);
    let change = Change {
        what: "after the term".to_owned(),
        from: words(before),
        to,
    };
    change.to.is_some().then_some(change).into_iter().collect()
}

fn read<T: DeserializeOwned>(value: Option<&Value>, name: &str) -> Option<T> {
    serde_json::from_value(value?.get(name)?.clone()).ok()
}

fn new(what: &str, to: String) -> Change {
    Change {
        what: what.to_owned(),
        from: None,
        to: Some(to),
    }
}

impl Service {
    /// Puts the names of plans where lines have their identifiers. Versions of plans are kept in memory once they were read.
    pub(super) async fn name_plans<'a>(
        &self,
        lines: impl Iterator<Item = &'a mut AuditView> + Send,
    ) -> Result<(), ServiceError> {
        let changes = lines.flat_map(|line| &mut line.agreed);
        for change in changes.filter(|change| change.what == "plan") {
            for side in [&mut change.from, &mut change.to] {
                let Some(id) = side.as_ref().and_then(|text| text.parse().ok()) else {
                    continue;
                };
                if let Some(version) = self.store().plan_version(id).await? {
                    *side = Some(format!("{}, version {}", version.terms.name, version.number));
                }
            }
        }
        Ok(())
    }
}
