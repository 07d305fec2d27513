//! What staff do to an account: notes, credits given and taken back, suspending and resuming.

use drawdown_domain::id::{ContractId, CustomerNoteId, GrantId, OrganizationId};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_service::ServiceError;
use drawdown_service::adjustments::Booked;
use leptos::prelude::*;

use super::contract::{self, ContractForm};
use super::give::GiveForm;
use super::{give, notes, status, take_back};
use crate::address::{customer_path, with_query};
use crate::answer::{Answer, done, lead_to, refused};
use crate::components::amount::credits_words;
use crate::error::PageError;
use crate::routes::STAFF_HOME;
use crate::visit::Visit;

/// What is said once a second person is asked.
const ASKED: &str =
    "It is asked for. Nothing is booked until somebody else of finance or an administrator approves it.";

/// The customer that a form names; what is no identifier is nobody's.
pub(super) fn customer_of(visit: &Visit, text: &str) -> Result<OrganizationId, PageError> {
    visit.staff()?;
    text.parse().map_err(|_| PageError::NotFound("customer"))
}

/// Where a form's answer leads: the customer's account or a page below it; of a customer that is none, the list.
pub(super) fn below(customer: &str, path: &str) -> String {
    customer
        .parse::<OrganizationId>()
        .map_or_else(|_| STAFF_HOME.to_owned(), |id| customer_path(id, path))
}

/// Adds a note.
#[server(prefix = "/actions", endpoint = "manage-add-note")]
pub(super) async fn add_note(customer: String, note: String, text: String) -> Answer {
    let visit = Visit::current();
    let added = async {
        let id = customer_of(&visit, &customer)?;
        let note: CustomerNoteId = note.parse().map_err(|_| PageError::NotFound("note"))?;
        Ok::<_, PageError>(visit.service().add_note(&visit.actor()?, id, note, &text).await?)
    };
    match added.await {
        Ok(_) => done(&visit, &below(&customer, "#notes"), "The note is added."),
        Err(error) => refused(
            &visit,
            &below(&customer, "#notes"),
            notes::FORM,
            &[("text", &text)],
            error,
        ),
    }
}

/// Reads the form of giving and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-giving")]
pub(super) async fn check_giving(#[server(flatten)] form: GiveForm) -> Answer {
    let visit = Visit::current();
    let checked = async {
        let id = customer_of(&visit, &form.customer)?;
        let input = form.read()?;
        Ok::<_, PageError>(visit.service().check_giving(&visit.actor()?, id, &input).await?)
    };
    match checked.await {
        Ok(()) => lead_to(&with_query(&below(&form.customer, "/give/confirm"), &form.pairs())),
        Err(error) => refused(
            &visit,
            &below(&form.customer, "/give"),
            give::FORM,
            &form.pairs(),
            error,
        ),
    }
}

/// Gives the credits.
#[server(prefix = "/actions", endpoint = "manage-give")]
pub(super) async fn give_credits(#[server(flatten)] form: GiveForm) -> Answer {
    let visit = Visit::current();
    let given = async {
        let id = customer_of(&visit, &form.customer)?;
        let (actor, input) = (visit.actor()?, form.read()?);
        Ok::<_, PageError>(visit.service().give_credits(&actor, id, input, &form.once).await?)
    };
    match given.await {
        Ok(Booked::AtOnce(grant)) => {
            let notice = format!("{} are given and can be burned now.", credits_words(grant.amount));
            done(&visit, &below(&form.customer, "#grants"), notice)
        }
        Ok(Booked::Asked(_)) => done(&visit, &below(&form.customer, "#adjustments"), ASKED),
        Err(error) => refused(
            &visit,
            &below(&form.customer, "/give"),
            give::FORM,
            &form.pairs(),
            error,
        ),
    }
}

/// Takes back what is unspent of a grant.
#[server(prefix = "/actions", endpoint = "manage-take-back")]
pub(super) async fn take_credits_back(customer: String, grant: String, reason: String) -> Answer {
    let visit = Visit::current();
    let taken = async {
        let id = customer_of(&visit, &customer)?;
        let grant: GrantId = grant.parse().map_err(|_| PageError::NotFound("grant"))?;
        let actor = visit.actor()?;
        Ok::<_, PageError>(visit.service().take_back(&actor, id, grant, reason.clone()).await?)
    };
    match taken.await {
        Ok(Booked::AtOnce(_)) => done(&visit, &below(&customer, "#grants"), "What was unspent is taken back."),
        Ok(Booked::Asked(_)) => done(&visit, &below(&customer, "#adjustments"), ASKED),
        Err(error) => {
            let form = with_query(&below(&customer, "/take-back"), &[("grant", &grant)]);
            // Of a grant of which nothing is left there is no form any more.
            let ended = matches!(
                &error,
                PageError::Service(ServiceError::Conflict { .. } | ServiceError::Refused(_))
            );
            let path = if ended { below(&customer, "") } else { form };
            refused(&visit, &path, take_back::FORM, &[("reason", &reason)], error)
        }
    }
}

/// Suspends or resumes.
#[server(prefix = "/actions", endpoint = "manage-status")]
pub(super) async fn set_status(customer: String, status: String, reason: String) -> Answer {
    let visit = Visit::current();
    let set = async {
        let id = customer_of(&visit, &customer)?;
        let (wanted, notice) = match status.as_str() {
            "suspended" => (
                OrganizationStatus::Suspended,
                "The customer is suspended: every run is refused.",
            ),
            "active" => (
                OrganizationStatus::Active,
                "The customer is resumed: runs are allowed again.",
            ),
            _ => return Err(PageError::NotFound("status")),
        };
        let actor = visit.actor()?;
        visit.service().set_customer_status(&actor, id, wanted, &reason).await?;
        Ok(notice)
    };
    match set.await {
        Ok(notice) => done(&visit, &below(&customer, ""), notice),
        Err(error) => refused(
            &visit,
            &below(&customer, "/status"),
            status::FORM,
            &[("reason", &reason)],
            error,
        ),
    }
}

/// Reads the form of a contract, has it tried, and leads to what it will do. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-contract")]
pub(super) async fn check_contract(#[server(flatten)] form: ContractForm) -> Answer {
    let visit = Visit::current();
    let checked = async {
        let id = customer_of(&visit, &form.customer)?;
        form.preview(&visit, id).await
    };
    match checked.await {
        Ok(_) => lead_to(&with_query(&below(&form.customer, "/contract/confirm"), &form.pairs())),
        Err(error) => refused(
            &visit,
            &form.address(&below(&form.customer, "/contract")),
            contract::FORM,
            &form.pairs(),
            error,
        ),
    }
}

/// Signs a contract, or an amendment.
#[server(prefix = "/actions", endpoint = "manage-sign-contract")]
pub(super) async fn sign_contract(#[server(flatten)] form: ContractForm) -> Answer {
    let visit = Visit::current();
    let signed = async {
        let id = customer_of(&visit, &form.customer)?;
        form.sign(&visit, id).await
    };
    match signed.await {
        Ok(notice) => done(&visit, &below(&form.customer, "#contracts"), notice),
        Err(error) => refused(
            &visit,
            &form.address(&below(&form.customer, "/contract")),
            contract::FORM,
            &form.pairs(),
            error,
        ),
    }
}

/// Ends a contract with its present term.
#[server(prefix = "/actions", endpoint = "manage-end-contract")]
pub(super) async fn end_contract(customer: String, contract: String) -> Answer {
    let visit = Visit::current();
    let ended = async {
        let id = customer_of(&visit, &customer)?;
        let contract: ContractId = contract.parse().map_err(|_| PageError::NotFound("contract"))?;
        let actor = visit.actor()?;
        Ok::<_, PageError>(visit.service().end_contract(&actor, id, contract).await?)
    };
    match ended.await {
        Ok(()) => {
            let notice = "The contract ends with its present term.";
            done(&visit, &below(&customer, "#contracts"), notice)
        }
        Err(error) => {
            let path = with_query(&below(&customer, "/contract/end"), &[("contract", &contract)]);
            refused(&visit, &path, contract::FORM, &[], error)
        }
    }
}
