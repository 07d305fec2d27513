//! `/manage/adjustments`: all adjustments that wait for a second person, for finance and administrators. Each leads to its
//! page, where it is approved or refused once everything it does was read.

use drawdown_service::adjustments::WaitingAdjustment;
use leptos::prelude::*;

use super::customers::account::adjustments::WaitingTable;
use crate::components::empty::Empty;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::routes::STAFF_HOME;
use crate::shell::Page;
use crate::visit::Visit;

/// Where the list is.
pub(crate) const HOME: &str = "/manage/adjustments";

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let waiting = visit.service().waiting_adjustments(&visit.actor()?).await?;
    Ok(Page::new("Adjustments", move || view! { <AdjustmentsPage waiting=waiting/> }).still())
}

#[component]
pub(crate) fn AdjustmentsPage(waiting: Vec<WaitingAdjustment>) -> impl IntoView {
    let may_decide = waiting.iter().filter(|one| one.request.may_decide).count();
    let sentence = match (waiting.len(), may_decide) {
        (0, _) => "Nothing waits for a second person.".to_owned(),
        (1, 1) => "1 waits, and you may decide on it.".to_owned(),
        (1, _) => "1 waits, for somebody else.".to_owned(),
        (all, yours) if all == yours => format!("{all} wait, and you may decide on each."),
        (all, yours) => format!("{all} wait; you may decide on {yours} of them."),
    };
    let list = if waiting.is_empty() {
        view! {
            <Empty
                title="Nothing waits"
                words="Above the limit one person asks to give or take credits back, and somebody else approves it here."
            >
                <p class="buttons"><a class="button" href=STAFF_HOME>"To the customers"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        let of_customer = |one: WaitingAdjustment| (Some((one.customer, one.name)), one.request);
        view! { <WaitingTable adjustments=waiting.into_iter().map(of_customer).collect()/> }.into_any()
    };
    view! {
        <PageHeader title="Adjustments" sentence=sentence/>
        <Panel
            id="waiting" title="Waiting for a second person"
            words="The oldest first. Whoever asked never decides; each is read in full before it is approved or refused."
        >
            {list}
        </Panel>
    }
}
