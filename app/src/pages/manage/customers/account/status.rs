//! `/manage/customers/{id}/status`: suspends a customer, or resumes it, for a reason, once it is confirmed.

use drawdown_domain::organization::OrganizationStatus;
use leptos::prelude::*;

use super::super::head::CustomerPages;
use crate::components::form::{Area, ErrorSummary};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
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
    let place = Place::current();
    let customer = place.customer.map(|id| id.to_string());
    let (sentence, meaning, next, class, button) = match status {
        OrganizationStatus::Active => (
            format!("Suspend {name}, from now."),
            "Every run that asks is refused until it is resumed. Runs in progress end as they would; usage that is reported is \
             still recorded. Credits keep their ends, members can still sign in and read.",
            "suspended",
            "button danger",
            "Suspend the customer",
        ),
        OrganizationStatus::Suspended => (
            format!("Resume {name}, from now."),
            "Runs are allowed again, as far as credits and limits go.",
            "active",
            "button primary",
            "Resume the customer",
        ),
    };
    view! {
        <CustomerPages/>
        <PageHeader title=title sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <ErrorSummary form=FORM/>
            <form class="confirm" method="post" action="/actions/manage-status">
                <p class="confirm-sentence">{sentence}</p>
                <p class="quiet">{meaning}</p>
                <input type="hidden" name="customer" value=customer/>
                <input type="hidden" name="status" value=next/>
                <Area form=FORM name="reason" label="Reason" length_max=500 help="In the audit log."/>
                <div class="buttons">
                    <button class=class type="submit">{button}</button>
                    <a class="button quiet" href=place.link("")>"Change nothing"</a>
                </div>
            </form>
        </Panel>
    }
}
