//! Lines of the audit log as a table: who and what lead to all of the same.

use drawdown_domain::{Money, format};
use drawdown_service::audit::{AuditCustomer, AuditEntry, AuditView};
use leptos::prelude::*;
use serde_json::Value;

use super::query::Query;
use crate::address::customer_path;
use crate::components::moment::DayAndTime;
use crate::components::table::{Listing, text};
use crate::pages::manage::changes::agreed;

/// A filter whose log is shown: who and what of a line lead to all of the same within it.
#[derive(Clone, Debug)]
pub(crate) struct Within {
    /// What is asked for.
    pub(crate) query: Query,
    /// Where the log is.
    pub(crate) path: String,
}

impl Within {
    fn link(&self, words: String, narrowed: impl FnOnce(&mut Query)) -> AnyView {
        let mut query = self.query.clone();
        narrowed(&mut query);
        view! { <a href=query.address(&self.path) rel="nofollow">{words}</a> }.into_any()
    }
}

/// Lines of the log.
#[component]
pub(crate) fn AuditTable(
    entries: Vec<AuditEntry>,
    /// The filter that they were found by.
    #[prop(optional)]
    within: Option<Within>,
    /// True where they are of all customers.
    #[prop(optional)]
    all: bool,
) -> impl IntoView {
    let row = move |AuditEntry { line, customer }: AuditEntry| {
        let (who, words) = (line.actor.clone(), what(&line));
        let pair = format!("{} {}", line.action, line.noun).replace('_', " ");
        let (who, words) = match &within {
            Some(within) => (
                within.link(who.clone(), |query| query.person = who),
                within.link(words, |query| query.what = pair),
            ),
            None => (who.into_any(), words.into_any()),
        };
        view! {
            <tr>
                <th scope="row"><DayAndTime moment=line.at.clone()/></th>
                {all.then(|| view! { <td data-label="Customer" class="audit-customer">{whose(customer)}</td> })}
                <td data-label="Who" class="audit-word">{who}</td>
                <td data-label="What" class="audit-word">{words}</td>
                <Details line=line/>
            </tr>
        }
    };
    let mut heads = vec![text("When")];
    heads.extend(all.then(|| text("Customer")));
    heads.extend([text("Who"), text("What"), text("Details")]);
    view! {
        <Listing caption="Audit log, the newest first" heads=heads>{entries.into_iter().map(row).collect_view()}</Listing>
    }
}

/// The customer that a line is of, as a link to its log.
fn whose(customer: Option<AuditCustomer>) -> AnyView {
    match customer {
        Some(AuditCustomer { id, name, .. }) => view! { <a href=customer_path(id, "/audit")>{name}</a> }.into_any(),
        None => view! { <span class="quiet">"the installation"</span> }.into_any(),
    }
}

/// What it was before, and what it is now.
#[component]
fn Details(line: AuditView) -> impl IntoView {
    if !line.told.is_empty() {
        return view! { <td data-label="Details"><dl class="agreed">{line.told.into_iter().map(agreed).collect_view()}</dl></td> }
            .into_any();
    }
    let before = line.before.as_ref().map(facts).filter(|text| !text.is_empty());
    let after = line.after.as_ref().map(facts).unwrap_or_default();
    if before.is_none() && after.is_empty() {
        return view! { <td data-label="Details"></td> }.into_any();
    }
    view! {
        <td data-label="Details">
            <span class="cell facts-line">
                {before.map(|before| view! { <small class="quiet">{format!("before: {before}")}</small> })}
                <small>{after}</small>
            </span>
        </td>
    }
    .into_any()
}

/// `suspend customer`; a look says at what.
fn what(line: &AuditView) -> String {
    let words = |text: &str| text.replace('_', " ");
    let page = line.after.as_ref().and_then(|after| after["page"].as_str());
    match page.filter(|_| line.action == "look") {
        Some(page) => format!("look at {page}"),
        None => format!("{} {}", words(&line.action), words(&line.noun)),
    }
}

/// `status suspended, reason Unpaid invoice`: a line's content in one line, without identifiers that nobody
/// reads and what is not set. What is nested and no amount of money is written as JSON.
fn facts(value: &Value) -> String {
    let Value::Object(entries) = value else {
        return plain(value);
    };
    entries
        .iter()
        .filter(|(name, value)| !matches!(name.as_str(), "id" | "contract" | "page") && !value.is_null())
        .map(|(name, value)| format!("{} {}", name.replace('_', " "), plain(value)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn plain(value: &Value) -> String {
    if let Ok(money) = serde_json::from_value::<Money>(value.clone()) {
        return format::money(money);
    }
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_its_facts_in_words() {
        let value = serde_json::json!({ "status": "suspended", "valid_days": null, "scope": ["code"] });
        assert_eq!(facts(&value), "scope [\"code\"], status suspended");
        let paid = serde_json::json!({ "id": "payment_1", "contract": "contract_1", "money": { "minor": 5000, "currency": "USD" } });
        assert_eq!(facts(&paid), "money $50.00");
    }
}
