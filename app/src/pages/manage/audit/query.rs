//! What the audit log is asked for, as its address says it, and the form that changes it.

use drawdown_domain::id::OrganizationId;
use drawdown_service::audit::AuditInput;
use leptos::prelude::*;
use serde::Deserialize;

use crate::address::with_query;

/// What is offered to choose from: action and noun. Others are found by the links of their lines.
const WHATS: [&str; 29] = [
    "add grant",
    "void grant",
    "ask adjustment",
    "approve adjustment",
    "refuse adjustment",
    "withdraw adjustment",
    "book adjustment",
    "fail adjustment",
    "sign contract",
    "amend contract",
    "end contract",
    "create customer",
    "put customer",
    "assign customer",
    "suspend customer",
    "resume customer",
    "look customer",
    "look audit",
    "add note",
    "add member",
    "put cap",
    "put throttle",
    "start payment",
    "create api key",
    "revoke api key",
    "publish plan",
    "publish rate card",
    "add staff",
    "disable staff",
];

/// The address' parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Query {
    /// The vendor's key of a customer.
    #[serde(default)]
    pub(crate) customer: String,
    /// Who.
    #[serde(default)]
    pub(crate) person: String,
    /// What to what.
    #[serde(default)]
    pub(crate) what: String,
    /// The first day.
    #[serde(default)]
    pub(crate) from: String,
    /// The last day.
    #[serde(default)]
    pub(crate) to: String,
    /// Where the page begins.
    #[serde(default)]
    pub(crate) before: String,
}

impl Query {
    /// As the service takes it: of one customer, or of all.
    pub(crate) fn asked(&self, organization: Option<OrganizationId>) -> AuditInput {
        AuditInput {
            organization,
            customer: if organization.is_some() {
                String::new()
            } else {
                self.customer.clone()
            },
            person: self.person.clone(),
            what: self.what.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
        }
    }

    /// Whether anything but the page is asked for.
    pub(crate) fn is_filtered(&self) -> bool {
        let asked = [&self.customer, &self.person, &self.what, &self.from, &self.to];
        asked.iter().any(|text| !text.trim().is_empty())
    }

    /// The address of the same filter at its first page.
    pub(crate) fn address(&self, path: &str) -> String {
        let pairs = [
            ("customer", &self.customer),
            ("person", &self.person),
            ("what", &self.what),
            ("from", &self.from),
            ("to", &self.to),
        ];
        with_query(path, &pairs.map(|(name, value)| (name, value.trim())))
    }
}

/// A date field cannot hold what is no date: the message tells what was typed.
fn date_or_nothing(typed: String) -> String {
    let is_date = typed.len() == 10
        && typed.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_date { typed } else { String::new() }
}

/// The filter.
#[component]
pub(crate) fn FilterForm(
    query: Query,
    /// Where the log is.
    path: String,
    /// True where the log is of all customers.
    all: bool,
) -> impl IntoView {
    let filtered = query.is_filtered();
    let what = query.what.clone();
    let other = (!what.is_empty() && !WHATS.contains(&what.as_str())).then(|| what.clone());
    let offered = WHATS.into_iter().map(str::to_owned).chain(other);
    let option = move |word: String| {
        let selected = word == what;
        view! { <option value=word.clone() selected=selected>{word.clone()}</option> }
    };
    let clear = path.clone();
    view! {
        <form class="customer-search" method="get" action=path role="search" aria-label="Audit log">
            {all.then(|| view! { <Typed name="customer" label="Customer's key" kind="search" value=query.customer/> })}
            <Typed name="person" label="Who, by name" kind="search" value=query.person/>
            <div class="field">
                <label for="what">"What"</label>
                <select class="select" id="what" name="what">
                    <option value="">"Everything"</option>
                    {offered.map(option).collect_view()}
                </select>
            </div>
            <Typed name="from" label="From" kind="date" value=date_or_nothing(query.from)/>
            <Typed name="to" label="To" kind="date" value=date_or_nothing(query.to)/>
            <div class="buttons">
                <button class="button primary" type="submit">"Filter"</button>
                {filtered.then(|| view! { <a class="button quiet" href=clear>"Clear"</a> })}
            </div>
        </form>
    }
}

#[component]
fn Typed(name: &'static str, label: &'static str, kind: &'static str, value: String) -> impl IntoView {
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input class="input" type=kind id=name name=name maxlength="200" value=value/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_its_address_and_begins_at_the_first_page() {
        let query: Query = serde_urlencoded::from_str("person=Grace+Hopper&what=add+grant&before=audit_1").unwrap();
        assert_eq!(
            query.address("/manage/audit"),
            "/manage/audit?person=Grace+Hopper&what=add+grant"
        );
        assert!(query.is_filtered() && !Query::default().is_filtered());
        let one: OrganizationId = "org_00000000000000000000000000000007".parse().unwrap();
        let of_another = Query {
            customer: "other".to_owned(),
            ..Query::default()
        };
        assert_eq!(of_another.asked(Some(one)).customer, "", "a customer's log is its own");
    }
}
