//! A customer's changes of plan to come, on its account: told in a line each, with the button that takes it back.

use drawdown_domain::id::PlanChangeId;
use drawdown_service::ServiceError;
use drawdown_service::schedule::PlanChangeView;
use leptos::prelude::*;

use super::contract::FORM;
use super::server_fns::{below, customer_of};
use crate::answer::{Answer, done, refused};
use crate::error::PageError;
use crate::visit::{Place, Visit};

/// `Moves to Studio, version 2, at the next renewal.`
fn words(change: &PlanChangeView) -> String {
    let what = change.plan.as_ref().map_or_else(
        || "Its plan ends".to_owned(),
        |(name, number)| format!("Moves to {name}, version {number}"),
    );
    let when = (change.at.as_ref()).map_or_else(|| "at the next renewal".to_owned(), |at| at.full.clone());
    format!("{what}, {when}.")
}

/// The lines. Changes of contracts are not among them: those are told with the contract, and amended.
#[component]
pub(super) fn PlanChanges(changes: Vec<PlanChangeView>, may: bool) -> impl IntoView {
    let customer = Place::current().customer.map(|id| id.to_string());
    let line = |change: PlanChangeView| {
        let words = words(&change);
        let back = may.then(|| {
            view! {
                <input type="hidden" name="customer" value=customer.clone()/>
                <input type="hidden" name="change" value=change.id.to_string()/>
                <button class="button small" type="submit" aria-label=format!("Take it back: {words}")>"Take it back"</button>
            }
        });
        view! {
            <form class="buttons" method="post" action="/actions/manage-withdraw-plan-change">
                <span class="note">{words.clone()}</span>
                {back}
            </form>
        }
    };
    let free = changes.into_iter().filter(|change| !change.of_contract);
    free.map(line).collect_view()
}

/// Takes a change of plan back.
#[server(prefix = "/actions", endpoint = "manage-withdraw-plan-change")]
pub(super) async fn withdraw_plan_change(customer: String, change: String) -> Answer {
    let visit = Visit::current();
    let withdrawn = async {
        let id = customer_of(&visit, &customer)?;
        let change: PlanChangeId = change.parse().map_err(|_| PageError::NotFound("change"))?;
        let actor = visit.actor()?;
        Ok::<_, PageError>(visit.service().withdraw_plan_change(&actor, id, change).await?)
    };
    let back = below(&customer, "#contracts");
    match withdrawn.await {
        Ok(()) => done(&visit, &back, "Taken back: the customer stays on its plan."),
        Err(PageError::Service(ServiceError::NotFound("scheduled change of plan"))) => {
            let message = "it has taken effect, or somebody else took it back";
            refused(&visit, &back, FORM, &[], ServiceError::conflict("over", message))
        }
        Err(error) => refused(&visit, &back, FORM, &[], error),
    }
}
