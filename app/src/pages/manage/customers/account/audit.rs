//! `/manage/customers/{id}/audit`: everything that was changed for a customer, who did it, and who of the staff looked.

use drawdown_domain::{Money, format};
use drawdown_service::audit::AuditView;
use drawdown_service::customers::Page as ListPage;
use leptos::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::super::head::CustomerPages;
use crate::address::changed;
use crate::components::moment::DayAndTime;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Pager, Table};
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// Lines of one page.
const LINES: u32 = 50;

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    before: String,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { before } = visit.query();
    let before = Some(before.as_str()).filter(|before| before.parse::<drawdown_domain::id::AuditId>().is_ok());
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    let service = visit.service();
    service.look(&actor, customer, "audit").await?;
    let lines = service.audit(&actor, Some(customer), before, LINES).await?;
    let name = service.organization(&actor, customer).await?.name;
    let older = before.is_some();
    Ok(Page::new(
        format!("Audit log of {name}"),
        move || view! { <AuditPage name=name lines=lines older=older/> },
    )
    .still())
}

#[component]
pub(crate) fn AuditPage(name: String, lines: ListPage<AuditView>, older: bool) -> impl IntoView {
    let place = Place::current();
    let to = |before: &str| changed(&place.path, &place.query, "before", before);
    let next = lines.next.as_deref().map(to);
    let first = older.then(|| to(""));
    view! {
        <CustomerPages/>
        <PageHeader title="Audit log" sentence=format!("What was changed for {name}, by whom, and who of the staff looked.")/>
        <Panel id="audit" title="Lines, the newest first">
            <AuditTable lines=lines.items/>
            <Pager nostrip:first=first nostrip:next=next what="lines"/>
        </Panel>
    }
}

/// The lines.
#[component]
pub(super) fn AuditTable(lines: Vec<AuditView>) -> impl IntoView {
    let rows = lines
        .into_iter()
        .map(|line| {
            let what = what(&line);
            let before = line.before.as_ref().map(facts).filter(|text| !text.is_empty());
            let after = line.after.as_ref().map(facts).unwrap_or_default();
            view! {
                <tr>
                    <th scope="row"><DayAndTime moment=line.at/></th>
                    <td data-label="Who" class="audit-word">{line.actor}</td>
                    <td data-label="What" class="audit-word">{what}</td>
                    <td data-label="Details">
                        <span class="cell facts-line">
                            {before.map(|before| view! { <small class="quiet">{format!("before: {before}")}</small> })}
                            <small>{after}</small>
                        </span>
                    </td>
                </tr>
            }
        })
        .collect_view();
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
            <tbody>{rows}</tbody>
        </Table>
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
