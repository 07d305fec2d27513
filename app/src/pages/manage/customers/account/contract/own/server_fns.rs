//! What staff do to what a contract says otherwise than its plan: the check, which changes nothing, and signing.

use drawdown_service::ServiceError;
use leptos::prelude::*;

use super::terms::agreed;
use super::{PATH, pairs};
use crate::address::with_query;
use crate::answer::{Answer, done, lead_to, refused};
use crate::error::PageError;
use crate::pages::manage::customers::account::server_fns::{below, customer_of};
use crate::pages::manage::filled::Filled;
use crate::pages::manage::plans::part::FORM;
use crate::visit::Visit;

/// Back to the form, with what was typed and what is wrong.
fn back(visit: &Visit, form: &Filled, error: PageError) -> Answer {
    let known = if form.get("known").is_empty() {
        ""
    } else {
        form.get("name")
    };
    let named = [
        ("contract", form.get("contract")),
        ("part", form.get("part")),
        ("name", known),
    ];
    let page = below(form.get("customer"), &format!("{PATH}/form"));
    refused(visit, &with_query(&page, &named), FORM, &form.pairs(), error)
}

/// Reads the form of a term, has it tried, and leads to what it changes. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-own-terms")]
pub(super) async fn check_own_terms(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let checked = async {
        let customer = customer_of(&visit, form.get("customer"))?;
        let agreed = agreed(&visit, customer, form.get("contract")).await?;
        let (terms, service) = (agreed.asked(&form)?, visit.service());
        if agreed.changes_to(&terms).is_empty() {
            let message = "nothing would change: it is agreed so already";
            return Err(ServiceError::field("", "unchanged", message).into());
        }
        let amends = Some((agreed.contract.id, agreed.effective(service.instant())));
        service
            .preview_contract(&visit.actor()?, customer, terms, amends)
            .await?;
        Ok::<_, PageError>(())
    };
    match checked.await {
        Ok(()) => {
            let page = below(form.get("customer"), &format!("{PATH}/confirm"));
            lead_to(&with_query(&page, &pairs(&form)))
        }
        Err(error) => back(&visit, &form, error),
    }
}

/// Signs the amendment.
#[server(prefix = "/actions", endpoint = "manage-put-own-terms")]
pub(super) async fn put_own_terms(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let put = async {
        let customer = customer_of(&visit, form.get("customer"))?;
        let agreed = agreed(&visit, customer, form.get("contract")).await?;
        let (terms, service) = (agreed.asked(&form)?, visit.service());
        let (actor, id) = (visit.actor()?, agreed.contract.id);
        let effective = agreed.effective(service.instant());
        service.amend_contract(&actor, customer, id, terms, effective).await?;
        Ok::<_, PageError>(())
    };
    match put.await {
        Ok(()) => {
            let page = with_query(
                &below(form.get("customer"), PATH),
                &[("contract", form.get("contract"))],
            );
            done(&visit, &page, "The amendment is signed.")
        }
        Err(error) => back(&visit, &form, error),
    }
}
