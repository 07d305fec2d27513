//! Lines of the audit log as a table: who and what lead to all of the same.

use drawdown_domain::{Money, format};
use drawdown_service::audit::{AuditEntry, AuditView};
use leptos::prelude::*;
use serde_json::Value;

use super::query::Query;
use crate::address::customer_path;
use crate::components::moment::DayAndTime;
use crate::components::table::Table;

/// The lines of a filtered log.
#[component]
pub(crate) fn LogTable(
    entries: Vec<AuditEntry>,
    query: Query,
    /// Where the log is.
    path: String,
    /// True where it is of all customers.
    all: bool,
) -> impl IntoView {
    let row = move |entry: AuditEntry| {
        let AuditEntry { line, customer } = entry;
        let by_person = Query {
            person: line.actor.clone(),
            ..query.clone()
        }
        .address(&path);
        let pair = format!("{} {}", line.action, line.noun).replace('_', " ");
        let by_what = Query {
            what: pair,
            ..query.clone()
        }
        .address(&path);
        let customer = customer.map_or_else(
            || view! { <span class="quiet">"the installation"</span> }.into_any(),
            |customer| view! { <a href=customer_path(customer.id, "/audit")>{customer.name}</a> }.into_any(),
        );
        let words = what(&line);
        view! {
            <tr>
                <th scope="row"><DayAndTime moment=line.at.clone()/></th>
                {all.then(|| view! { <td data-label="Customer" class="audit-customer">{customer}</td> })}
                <td data-label="Who" class="audit-word"><a href=by_person rel="nofollow">{line.actor.clone()}</a></td>
                <td data-label="What" class="audit-word"><a href=by_what rel="nofollow">{words}</a></td>
                <Details line=line/>
            </tr>
        }
    };
    view! {
        <Table caption="Audit log, the newest first">
            <thead>
                <tr>
                    <th scope="col">"When"</th>
                    {all.then(|| view! { <th scope="col">"Customer"</th> })}
                    <th scope="col">"Who"</th>
                    <th scope="col">"What"</th>
                    <th scope="col">"Details"</th>
                </tr>
            </thead>
            <tbody>{entries.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
}

/// Some lines, as a customer's account shows them.
#[component]
pub(crate) fn AuditTable(lines: Vec<AuditView>) -> impl IntoView {
    let row = |line: AuditView| {
        let words = what(&line);
        view! {
            <tr>
                <th scope="row"><DayAndTime moment=line.at.clone()/></th>
                <td data-label="Who" class="audit-word">{line.actor.clone()}</td>
                <td data-label="What" class="audit-word">{words}</td>
                <Details line=line/>
            </tr>
        }
    };
    view! {
        <Table caption="Audit log, the newest first">
            <thead>
                <tr>
                    <th scope="col">"When"</th>
                    <th scope="col">"Who"</th>
                    <th scope="col">"What"</th>
                    <th scope="col">"Details"</th>
                </tr>
            </thead>
            <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
}

/// What it was before, and what it is now.
#[component]
fn Details(line: AuditView) -> impl IntoView {
    let before = line.before.as_ref().map(facts).filter(|text| !text.is_empty());
    let after = line.after.as_ref().map(facts).unwrap_or_default();
    view! {
        <td data-label="Details">
            <span class="cell facts-line">
                {before.map(|before| view! { <small class="quiet">{format!("before: {before}")}</small> })}
                <small>{after}</small>
            </span>
        </td>
    }
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

/// `status suspended, reason Unpaid invoice`: a line's content in one line, without the names of things that nobody
/// reads and of what is not set. What is nested and no amount of money is written as JSON.
fn facts(value: &Value) -> String {
    let Value::Object(entries) = value else {
        return plain(value);
    };
    entries
        .iter()
        .filter(|(name, value)| !matches!(name.as_str(), "id" | "page") && !value.is_null())
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
        let paid = serde_json::json!({ "id": "payment_1", "money": { "minor": 5000, "currency": "USD" } });
        assert_eq!(facts(&paid), "money $50.00");
    }
}
