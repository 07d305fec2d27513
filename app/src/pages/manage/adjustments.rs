//! `/manage/adjustments`: all adjustments that wait for a second person, for finance and administrators. Each leads to its
//! page, where it is approved or refused once everything it does was read.

use drawdown_service::adjustments::{AdjustmentState, WaitingAdjustment};
use leptos::prelude::*;

use super::customers::account::adjustments::{kind_word, state_words};
use crate::address::customer_path;
use crate::components::amount::Amount;
use crate::components::empty::Empty;
use crate::components::moment::DayAndTime;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::Table;
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
        view! { <List waiting=waiting/> }.into_any()
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

#[component]
fn List(waiting: Vec<WaitingAdjustment>) -> impl IntoView {
    let row = |one: WaitingAdjustment| {
        let WaitingAdjustment {
            customer,
            name,
            request,
        } = one;
        let word = match request.state {
            AdjustmentState::Pending if request.may_decide => "Decide",
            AdjustmentState::Pending if request.may_withdraw => "Withdraw",
            _ => "See it",
        };
        let label = format!("{word}: {name}. {}", request.sentence);
        view! {
            <tr>
                <th scope="row"><a class="customer-name" href=customer_path(customer, "")>{name}</a></th>
                <td data-label="What">
                    <span class="cell">
                        <span>{kind_word(request.kind)}</span>
                        <small class="quiet grant-note">{request.reason}</small>
                    </span>
                </td>
                <td class="number" data-label="Credits"><Amount credits=request.credits/></td>
                <td data-label="Asked by">{request.asked_by}</td>
                <td data-label="When"><DayAndTime moment=request.asked/></td>
                <td data-label="State">{state_words(request.state)}</td>
                <td data-label="Act">
                    <a
                        class="button small" aria-label=label
                        href=customer_path(customer, &format!("/adjustments/{}", request.id))
                    >
                        {word}
                    </a>
                </td>
            </tr>
        }
    };
    view! {
        <Table caption="Adjustments that wait for a second person, the oldest first">
            <thead>
                <tr>
                    <th scope="col">"Customer"</th>
                    <th scope="col">"What"</th>
                    <th scope="col" class="number">"Credits"</th>
                    <th scope="col">"Asked by"</th>
                    <th scope="col">"When"</th>
                    <th scope="col">"State"</th>
                    <th scope="col"><span class="aside">"Act"</span></th>
                </tr>
            </thead>
            <tbody>{waiting.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
}
