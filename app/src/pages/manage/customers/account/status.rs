//! `/manage/customers/{id}/status`: suspends a customer, or resumes it, for a reason, once it is confirmed.

use drawdown_domain::organization::OrganizationStatus;
use leptos::prelude::*;

use super::step::LastStep;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name.
pub(super) const FORM: &str = "status";

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    let (name, status) = visit.service().customer_status(&actor, customer).await?;
    let title = match status {
        OrganizationStatus::Active => "Suspend",
        OrganizationStatus::Suspended => "Resume",
    };
    Ok(Page::new(
        title,
        move || view! { <StatusPage title=title name=name status=status/> },
    )
    .still())
}

#[component]
pub(crate) fn StatusPage(title: &'static str, name: String, status: OrganizationStatus) -> impl IntoView {
    let (sentence, meaning, next, button) = match status {
        OrganizationStatus::Active => (
            format!("Suspend {name}, from now."),
            "Every run that asks is refused until it is resumed. Runs in progress end as they would; usage that is reported is \
             still recorded. Credits keep their ends, members can still sign in and read.",
            "suspended",
            "Suspend the customer",
        ),
        OrganizationStatus::Suspended => (
            format!("Resume {name}, from now."),
            "Runs are allowed again, as far as credits and limits go.",
            "active",
            "Resume the customer",
        ),
    };
    view! {
        <LastStep
            title=title form=FORM action="/actions/manage-status" sentence=sentence consequence=meaning
            fields=vec![("status", next.to_owned())] button=button destructive={status == OrganizationStatus::Active}
            asks_reason=true back=Place::current().link("")
        />
    }
}
