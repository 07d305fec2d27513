//! What staff do to a customer's ceilings: the checks, which change nothing, setting and removing.

use drawdown_domain::Key;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::LimitOwner;
use drawdown_service::{Actor, ServiceError};
use leptos::prelude::*;

use super::{CeilingForm, CeilingKind, FORM};
use crate::address::with_query;
use crate::answer::{Answer, done, lead_to, refused};
use crate::error::PageError;
use crate::pages::limits::at_fields;
use crate::pages::limits::cap::form::CapForm;
use crate::pages::limits::throttle::form::ThrottleForm;
use crate::pages::manage::customers::account::server_fns::{below, customer_of};
use crate::visit::Visit;

/// A ceiling's form as it was read.
pub(super) struct Asked<K: CeilingKind> {
    pub(super) actor: Actor,
    pub(super) customer: OrganizationId,
    pub(super) name: Key,
    pub(super) input: K::Input,
}

/// Reads a form, of whoever may set ceilings.
async fn read<K: CeilingKind>(visit: &Visit, form: &CeilingForm<K>) -> Result<Asked<K>, PageError> {
    let customer = customer_of(visit, &form.customer)?;
    let (actor, service) = (visit.actor()?, visit.service());
    service.may_set_ceilings(&actor, customer)?;
    let limits = service.limits(&actor, customer).await?;
    let plan = service.organization(&actor, customer).await?.plan;
    let read = form.limit.read(LimitOwner::Vendor, &limits, plan.as_ref());
    let reason = service.check_ceiling_reason(&actor, customer, &form.reason);
    let (name, input) = both(read, reason)?;
    Ok(Asked {
        actor,
        customer,
        name,
        input,
    })
}

/// What was read, where its reason is one; or what is wrong with either.
fn both<T>(read: Result<T, ServiceError>, reason: Result<(), ServiceError>) -> Result<T, ServiceError> {
    match (read, reason) {
        (Err(ServiceError::Invalid(mut wrong)), Err(ServiceError::Invalid(also))) => {
            wrong.extend(also);
            Err(ServiceError::Invalid(wrong))
        }
        (read, reason) => read.and_then(|read| reason.map(|()| read)),
    }
}

/// Back to the form, with what was typed and what is wrong.
fn back<K: CeilingKind>(visit: &Visit, form: &CeilingForm<K>, error: PageError) -> Answer {
    let page = with_query(&below(&form.customer, K::PATH), &[("name", form.limit.name())]);
    refused(visit, &page, FORM, &form.pairs(), at_fields(error))
}

/// Reads the form of a ceiling and leads to its words.
async fn check<K: CeilingKind>(mut form: CeilingForm<K>) -> Answer {
    let visit = Visit::current();
    match read(&visit, &form).await {
        Ok(Asked { name, .. }) => {
            form.limit = form.limit.named(name.to_string());
            let words = format!("{}/confirm", K::PATH);
            lead_to(&with_query(&below(&form.customer, &words), &form.pairs()))
        }
        Err(error) => back(&visit, &form, error),
    }
}

/// Sets a ceiling as its form says.
async fn put<K: CeilingKind>(form: CeilingForm<K>) -> Answer {
    let visit = Visit::current();
    let put = async {
        let asked = read(&visit, &form).await?;
        K::put(visit.service(), asked, &form.reason).await?;
        Ok::<_, PageError>(())
    };
    match put.await {
        Ok(()) => done(
            &visit,
            &below(&form.customer, "#limits"),
            "The ceiling is set and counts from now.",
        ),
        Err(error) => back(&visit, &form, error),
    }
}

/// Reads the form of a ceiling on burn and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-ceiling")]
pub(super) async fn check_ceiling(#[server(flatten)] form: CeilingForm<CapForm>) -> Answer {
    check(form).await
}

/// Reads the form of a ceiling on the rate and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-rate")]
pub(super) async fn check_rate(#[server(flatten)] form: CeilingForm<ThrottleForm>) -> Answer {
    check(form).await
}

/// Sets a ceiling on burn.
#[server(prefix = "/actions", endpoint = "manage-put-ceiling")]
pub(super) async fn put_ceiling(#[server(flatten)] form: CeilingForm<CapForm>) -> Answer {
    put(form).await
}

/// Sets a ceiling on the rate.
#[server(prefix = "/actions", endpoint = "manage-put-rate")]
pub(super) async fn put_rate(#[server(flatten)] form: CeilingForm<ThrottleForm>) -> Answer {
    put(form).await
}

/// Removes a ceiling: of burn (`kind` is `cap`) or of the rate.
#[server(prefix = "/actions", endpoint = "manage-remove-ceiling")]
pub(super) async fn remove_ceiling(customer: String, kind: String, name: String, reason: String) -> Answer {
    let visit = Visit::current();
    let is_cap = kind == "cap";
    let removed = async {
        let id = customer_of(&visit, &customer)?;
        let key: Key = name.parse().map_err(|_| ServiceError::NotFound("ceiling"))?;
        let (actor, service) = (visit.actor()?, visit.service());
        if is_cap {
            service.remove_ceiling(&actor, id, &key, &reason, None).await?;
        } else {
            service.remove_rate_ceiling(&actor, id, &key, &reason, None).await?;
        }
        Ok::<_, PageError>(())
    };
    match removed.await {
        Ok(()) => done(&visit, &below(&customer, "#limits"), "The ceiling is removed."),
        Err(error) => {
            let page = if is_cap { CapForm::PATH } else { ThrottleForm::PATH };
            let path = with_query(&below(&customer, &format!("{page}/remove")), &[("name", &name)]);
            refused(&visit, &path, FORM, &[("reason", &reason)], error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_the_reason_are_told_at_once() {
        let wrong = |field: &str| ServiceError::field(field, "unreadable", "no");
        let told = |read: Result<u8, ServiceError>, reason| match both(read, reason) {
            Err(ServiceError::Invalid(wrong)) => wrong.into_iter().map(|one| one.field).collect(),
            other => vec![format!("{other:?}")],
        };
        assert_eq!(told(Err(wrong("amount")), Err(wrong("reason"))), ["amount", "reason"]);
        assert_eq!(told(Err(wrong("amount")), Ok(())), ["amount"]);
        assert_eq!(told(Ok(7), Err(wrong("reason"))), ["reason"]);
        assert_eq!(told(Ok(7), Ok(())), ["Ok(7)"]);
    }
}
