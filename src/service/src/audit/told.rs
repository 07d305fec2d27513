//! What lines of the audit log say in words rather than as the data that is stored: of contracts, and of credits that went from
//! one customer to another. Days are told by the customer's own calendar.

use std::collections::HashMap;

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::contract::{ContractTerms, Renewal};
use drawdown_domain::grant::Grant;
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::{Credits, Timestamp, format};
use drawdown_store::AuditLine;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ServiceError;
use crate::moment::Moments;
use crate::service::Service;
use crate::words;

/// Grants that lines are about.
pub(super) type Grants = HashMap<GrantId, Grant>;

/// What a line says, thing by thing; nothing of what is told as data. `moments` is the calendar of its customer.
pub(super) fn told(line: &AuditLine, moments: &Moments, grants: &Grants) -> Vec<Change> {
    match (line.noun.as_str(), source(line)) {
        ("contract", _) => contract(line, moments),
        (_, Some((_, grant))) => transfer(line, grant, grants),
        _ => Vec::new(),
    }
}

/// All that was signed or taken back, or what an amendment or an end changed.
fn contract(line: &AuditLine, moments: &Moments) -> Vec<Change> {
    let (before, after) = (line.before.as_ref(), line.after.as_ref());
    let mut changes = match (terms(before), terms(after)) {
        (Some(before), Some(after)) => before.changes_to(&after),
        (None, Some(after)) => {
            let begins = new("begins", moments.at(moments.day_start(after.starts_at)).full);
            std::iter::once(begins).chain(after.written()).collect()
        }
        (Some(before), None) => {
            let begun = new("begins", moments.at(moments.day_start(before.starts_at)).full);
            let lines = std::iter::once(begun).chain(before.written());
            lines.map(taken_back).collect()
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

/// What is not so any more.
fn taken_back(line: Change) -> Change {
    Change {
        from: line.to,
        to: None,
        ..line
    }
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

/// The grant that transferred credits came from, and whose it is; nothing of a line of anything else.
fn source(line: &AuditLine) -> Option<(OrganizationId, GrantId)> {
    let after = line.after.as_ref();
    let giver = match (line.action.as_str(), line.noun.as_str()) {
        ("transfer", "grant") => line.organization,
        ("receive", "grant") => read(after, "other"),
        _ => None,
    };
    giver.zip(read(after, "grant"))
}

/// To or from whom credits went, how many, of which grant, and why.
fn transfer(line: &AuditLine, grant: GrantId, grants: &Grants) -> Vec<Change> {
    let after = line.after.as_ref();
    let text = |name: &str| read::<String>(after, name).unwrap_or_default();
    let other = if line.action == "transfer" { "to" } else { "from" };
    let credits = read::<Credits>(after, "credits").map(format::credits_exact);
    let of = grants.get(&grant).map_or_else(
        || grant.to_string(),
        |grant| {
            let amount = format::credits_exact(grant.amount);
            format!("{}, {amount} credits", words::grant_source(grant.kind))
        },
    );
    vec![
        new(other, text("name")),
        new("credits", credits.unwrap_or_default()),
        new("of", of),
        new("reason", text("reason")),
    ]
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
    /// The grants that credits of lines came from, by one query.
    pub(super) async fn grants_of_lines(&self, lines: &[AuditLine]) -> Result<Grants, ServiceError> {
        let ids: Vec<_> = lines.iter().filter_map(source).collect();
        if ids.is_empty() {
            return Ok(Grants::new());
        }
        let found = self.store().grants_of(&ids).await?;
        Ok(found.into_iter().map(|grant| (grant.id, grant)).collect())
    }

    /// Puts the names of plans where changes have their identifiers. Versions of plans are kept in memory once they were read.
    pub(crate) async fn name_plans<'a>(
        &self,
        changes: impl Iterator<Item = &'a mut Change> + Send,
    ) -> Result<(), ServiceError> {
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
