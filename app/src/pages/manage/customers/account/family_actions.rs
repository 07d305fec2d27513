//! What staff do to a customer's family: name its parent, and transfer unspent credits.

use drawdown_domain::Key;
use drawdown_domain::id::OrganizationId;
use drawdown_service::transfers::TransferInput;
use drawdown_service::{Actor, ServiceError};
use leptos::prelude::*;

use super::server_fns::{below, customer_of};
use super::transfer::TransferForm;
use super::{family, transfer};
use crate::address::with_query;
use crate::answer::{Answer, done, lead_to, refused};
use crate::components::amount::credits_words;
use crate::error::PageError;
use crate::visit::Visit;

/// Names a customer's parent, or says that it has none.
#[server(prefix = "/actions", endpoint = "manage-set-parent")]
pub(super) async fn set_parent(customer: String, parent: String, reason: String) -> Answer {
    let visit = Visit::current();
    let set = async {
        let id = customer_of(&visit, &customer)?;
        let key = match parent.trim() {
            "" => None,
            text => {
                let unreadable = |_| ServiceError::field("parent", "unreadable", "that is no key of a customer");
                Some(text.parse::<Key>().map_err(unreadable)?)
            }
        };
        let actor = visit.actor()?;
        Ok::<_, PageError>(visit.service().set_parent(&actor, id, key.as_ref(), &reason).await?)
    };
    match set.await {
        Ok(()) => done(&visit, &below(&customer, "#family"), "The parent is set."),
        Err(error) => refused(
            &visit,
            &below(&customer, "/parent"),
            family::FORM,
            &[("parent", &parent), ("reason", &reason)],
            error,
        ),
    }
}

/// Reads the form of a transfer and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-transfer")]
pub(super) async fn check_transfer(#[server(flatten)] form: TransferForm) -> Answer {
    let visit = Visit::current();
    let checked = async {
        let (actor, id, input) = asked(&visit, &form)?;
        Ok::<_, PageError>(visit.service().check_transfer(&actor, id, &input).await?)
    };
    match checked.await {
        Ok(_) => lead_to(&with_query(&below(&form.customer, "/transfer/confirm"), &form.pairs())),
        Err(error) => back(&visit, &form, error),
    }
}

/// Transfers the credits.
#[server(prefix = "/actions", endpoint = "manage-transfer")]
pub(super) async fn transfer_credits(#[server(flatten)] form: TransferForm) -> Answer {
    let visit = Visit::current();
    let made = async {
        let (actor, id, input) = asked(&visit, &form)?;
        Ok::<_, PageError>(visit.service().transfer_credits(&actor, id, input, &form.once).await?)
    };
    match made.await {
        Ok(grant) => {
            let credits = credits_words(grant.amount);
            let notice = format!("{credits} are transferred and can be burned there now.");
            done(&visit, &below(&form.customer, "#family"), notice)
        }
        Err(error) => back(&visit, &form, error),
    }
}

/// Who asks for a transfer, of which customer's credits, and what.
fn asked(visit: &Visit, form: &TransferForm) -> Result<(Actor, OrganizationId, TransferInput), PageError> {
    let customer = customer_of(visit, &form.customer)?;
    Ok((visit.actor()?, customer, form.read()?))
}

/// Back to the form, with what was typed and what is wrong.
fn back(visit: &Visit, form: &TransferForm, error: PageError) -> Answer {
    let page = below(&form.customer, "/transfer");
    refused(visit, &page, transfer::FORM, &form.pairs(), error)
}
