//! `/manage/customers/{id}/audit`: everything that was changed for a customer, who did it, and who of the staff looked.

use axum::response::Response;
use leptos::prelude::*;

use super::super::head::CustomerPages;
use crate::components::page::PageHeader;
use crate::error::PageError;
use crate::pages::manage::audit::{Log, Shown, file, shown};
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    let service = visit.service();
    service.look(&actor, customer, "audit").await?;
    let shown = shown(&visit, Some(customer)).await?;
    let name = service.organization(&actor, customer).await?.name;
    Ok(Page::new(
        format!("Audit log of {name}"),
        move || view! { <AuditPage name=name shown=shown/> },
    )
    .still())
}

/// The same lines as a file.
pub async fn csv(visit: Visit) -> Result<Response, PageError> {
    visit.staff()?;
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    let key = visit.service().organization(&actor, customer).await?.key;
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let key: String = key.as_str().chars().map(plain).collect();
    file(&visit, Some(customer), &format!("audit-{key}.csv")).await
}

#[component]
fn AuditPage(name: String, shown: Shown) -> impl IntoView {
    let place = Place::current();
    view! {
        <CustomerPages/>
        <PageHeader title="Audit log" sentence=format!("What was changed for {name}, by whom, and who of the staff looked.")/>
        <Log shown=shown path=place.link("/audit") all=false/>
    }
}
