//! `/manage/customers`: the customers that whoever is signed in looks after.

use drawdown_domain::Key;
use drawdown_service::customers::{CustomerView, Page as ListPage, Standing};
use leptos::prelude::*;
use serde::Deserialize;

use crate::address::with_query;
use crate::components::amount::Amount;
use crate::components::badge::Badge;
use crate::components::empty::Empty;
use crate::components::notice::Tone;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Pager, Table};
use crate::error::PageError;
use crate::routes::STAFF_HOME;
use crate::shell::Page;
use crate::visit::Visit;

/// Customers of one page.
const ROWS: u32 = 50;

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    after: String,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { after } = visit.query();
    let after: Option<Key> = after.parse().ok();
    let customers = visit.service().portfolio(&visit.actor()?, after.as_ref(), ROWS).await?;
    let later = after.is_some();
    Ok(Page::new(
        "Customers",
        move || view! { <CustomersPage customers=customers later=later/> },
    )
    .still())
}

#[component]
pub(crate) fn CustomersPage(customers: ListPage<CustomerView>, later: bool) -> impl IntoView {
    let shown = customers.items.len();
    let sentence = if shown == 0 {
        "You look after no customer yet."
    } else {
        "In the order of their keys."
    };
    let next = customers.next.map(|next| with_query(STAFF_HOME, &[("after", &next)]));
    let first = later.then(|| STAFF_HOME.to_owned());
    view! {
        <PageHeader title="Customers" sentence=sentence/>
        <Panel id="customers" title="All customers">
            {if shown == 0 {
                view! {
                    <Empty title="No customers yet" words="Customers that are created or put into your hands appear here."/>
                }.into_any()
            } else {
                view! { <Rows customers=customers.items/> }.into_any()
            }}
            <Pager nostrip:first=first nostrip:next=next what="customers" ascending=true/>
        </Panel>
    }
}

#[component]
fn Rows(customers: Vec<CustomerView>) -> impl IntoView {
    view! {
        <Table caption="Customers, by key">
            <thead>
                <tr>
                    <th scope="col">"Customer"</th>
                    <th scope="col">"Plan"</th>
                    <th scope="col" class="number">"Credits left"</th>
                    <th scope="col">"Standing"</th>
                </tr>
            </thead>
            <tbody>{customers.into_iter().map(|customer| view! { <Row customer=customer/> }).collect_view()}</tbody>
        </Table>
    }
}

#[component]
fn Row(customer: CustomerView) -> impl IntoView {
    let (tone, word) = match customer.standing {
        Standing::Suspended => (Tone::Danger, "suspended"),
        Standing::Owing => (Tone::Danger, "owing"),
        Standing::Exhausted => (Tone::Danger, "exhausted"),
        Standing::Low => (Tone::Warn, "low"),
        Standing::Active => (Tone::Ok, "active"),
    };
    view! {
        <tr>
            <th scope="row">{customer.name}" "<small class="quiet">{customer.key.to_string()}</small></th>
            <td data-label="Plan">{customer.plan.map_or_else(|| "none".to_owned(), |plan| plan.name)}</td>
            <td data-label="Credits left" class="number"><Amount credits=customer.balance/></td>
            <td data-label="Standing"><Badge tone=tone word=word/></td>
        </tr>
    }
}
