//! What staff do to an adjustment that waits for a second person: approve, refuse, withdraw.

use drawdown_domain::id::{AdjustmentId, OrganizationId};
use drawdown_service::adjustments::{AdjustmentState, AdjustmentView};
use leptos::prelude::*;

use super::adjustments::FORM;
use super::server_fns::{below, customer_of};
use crate::answer::{Answer, done, refused};
use crate::components::amount::credits_words;
use crate::error::PageError;
use crate::visit::Visit;

fn named(visit: &Visit, customer: &str, request: &str) -> Result<(OrganizationId, AdjustmentId), PageError> {
    let customer = customer_of(visit, customer)?;
    let request = request.parse().map_err(|_| PageError::NotFound("adjustment"))?;
    Ok((customer, request))
}

/// The request's own page; of what is no request, the account.
fn page_of(customer: &str, request: &str) -> String {
    match request.parse::<AdjustmentId>() {
        Ok(id) => below(customer, &format!("/adjustments/{id}")),
        Err(_) => below(customer, ""),
    }
}

/// What became of an approval.
fn approved_words(request: &AdjustmentView) -> String {
    let credits = credits_words(request.credits);
    match request.state {
        AdjustmentState::Booked => format!("Approved and booked: {credits}."),
        AdjustmentState::Failed => {
            let why = request.outcome.as_deref().unwrap_or("it cannot be booked any more");
            format!("Approved, but the ledger refused it and nothing was changed: {why}.")
        }
        _ => "Approved. The ledger is busy; it is booked within seconds, and nothing more has to be done.".to_owned(),
    }
}

/// Approves a request and books it.
#[server(prefix = "/actions", endpoint = "manage-approve-adjustment")]
pub(super) async fn approve_adjustment(customer: String, request: String) -> Answer {
    let visit = Visit::current();
    let approved = async {
        let (organization, id) = named(&visit, &customer, &request)?;
        let actor = visit.actor()?;
        Ok::<_, PageError>(visit.service().approve_adjustment(&actor, organization, id).await?)
    };
    match approved.await {
        Ok(view) => done(&visit, &page_of(&customer, &request), approved_words(&view)),
        Err(error) => refused(&visit, &page_of(&customer, &request), FORM, &[], error),
    }
}

/// Refuses a request, for a reason.
#[server(prefix = "/actions", endpoint = "manage-refuse-adjustment")]
pub(super) async fn refuse_adjustment(customer: String, request: String, reason: String) -> Answer {
    let visit = Visit::current();
    let refusal = async {
        let (organization, id) = named(&visit, &customer, &request)?;
        let actor = visit.actor()?;
        let service = visit.service();
        Ok::<_, PageError>(service.refuse_adjustment(&actor, organization, id, &reason).await?)
    };
    match refusal.await {
        Ok(_) => done(
            &visit,
            &page_of(&customer, &request),
            "It is refused. Nothing was booked.",
        ),
        Err(error) => refused(
            &visit,
            &page_of(&customer, &request),
            FORM,
            &[("reason", &reason)],
            error,
        ),
    }
}

/// Withdraws what whoever is signed in has asked for.
#[server(prefix = "/actions", endpoint = "manage-withdraw-adjustment")]
pub(super) async fn withdraw_adjustment(customer: String, request: String) -> Answer {
    let visit = Visit::current();
    let withdrawn = async {
        let (organization, id) = named(&visit, &customer, &request)?;
        let actor = visit.actor()?;
        Ok::<_, PageError>(visit.service().withdraw_adjustment(&actor, organization, id).await?)
    };
    match withdrawn.await {
        Ok(_) => done(
            &visit,
            &page_of(&customer, &request),
            "It is withdrawn. Nothing was booked.",
        ),
        Err(error) => refused(&visit, &page_of(&customer, &request), FORM, &[], error),
    }
}
