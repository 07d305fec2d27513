//! What staff do to what a contract says otherwise than its plan: the check, which changes nothing, and signing.

use drawdown_service::ServiceError;
use leptos::prelude::*;

use super::terms::agreed;
use super::{PATH, pairs};
use crate::address::{with_form, with_query};
use crate::answer::{Answer, done, lead_to, refused};
use crate::error::PageError;
use crate::pages::manage::customers::account::server_fns::{below, customer_of};
use crate::pages::manage::filled::Filled;
use crate::pages::manage::plans::part::FORM;
use crate::visit::Visit;

/// The list of the contract that a form names.
fn list(form: &Filled) -> String {
    with_query(
        &below(form.get("customer"), PATH),
        &[("contract", form.get("contract"))],
    )
}

/// Back to the form with what was typed and what is wrong; to the list, where a term was to be taken back or away.
fn back(visit: &Visit, form: &Filled, error: PageError) -> Answer {
    let error = at_fields(form, error);
    if !form.get("act").is_empty() {
        return refused(visit, &list(form), FORM, &[], error);
    }
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

/// What is refused of all terms at once, where this form says it: the overrides are the amount of its ceiling. What it has no
/// field for is an error of the whole form.
fn at_fields(form: &Filled, error: PageError) -> PageError {
    let PageError::Service(ServiceError::Invalid(mut wrong)) = error else {
        return error;
    };
    for one in &mut wrong {
        if one.field == "overrides" {
            "amount".clone_into(&mut one.field);
        }
        if !form.has(&one.field) {
            one.field.clear();
        }
    }
    ServiceError::Invalid(wrong).into()
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
            lead_to(&with_form(&page, &pairs(&form)))
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
        Ok(()) => done(&visit, &list(&form), "The amendment is signed."),
        Err(error) => back(&visit, &form, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(form: &str, field: &str) -> String {
        let form: Filled = serde_urlencoded::from_str(form).unwrap();
        let refused = ServiceError::field(field, "refused", "no");
        let PageError::Service(ServiceError::Invalid(wrong)) = at_fields(&form, refused.into()) else {
            panic!("it is no error of fields")
        };
        wrong[0].field.clone()
    }

    #[test]
    fn an_error_leads_to_a_field_that_the_form_has() {
        let cap = "contract=1&part=cap&name=daily&amount=5&window=day";
        assert_eq!(fields(cap, "overrides"), "amount");
        assert_eq!(fields(cap, "window"), "window");
        assert_eq!(fields(cap, "effective"), "");
        assert_eq!(fields("contract=1&part=refunds&refund-code=Free", "overrides"), "");
        assert_eq!(fields("contract=1&part=cap&name=daily&act=none", "overrides"), "");
    }
}
