//! What staff do to a customer's ceilings: the checks, which change nothing, setting and removing.

use drawdown_domain::Key;
use drawdown_domain::limit::LimitOwner;
use drawdown_service::ServiceError;
use leptos::prelude::*;

use super::rate::RateForm;
use super::{CeilingForm, FORM, read};
use crate::address::with_query;
use crate::answer::{Answer, done, lead_to, refused};
use crate::error::PageError;
use crate::pages::limits::at_fields;
use crate::pages::manage::customers::account::server_fns::{below, customer_of};
use crate::visit::Visit;

/// The form's page: of a ceiling that is there, with its name.
fn form_of(customer: &str, page: &str, name: &str) -> String {
    let path = below(customer, page);
    if name.is_empty() {
        path
    } else {
        with_query(&path, &[("name", name)])
    }
}

/// Reads the form of a ceiling and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-ceiling")]
pub(super) async fn check_ceiling(#[server(flatten)] form: CeilingForm) -> Answer {
    let visit = Visit::current();
    let checked = async {
        let id = customer_of(&visit, &form.customer)?;
        let actor = visit.actor()?;
        visit.service().check_ceiling_reason(&actor, id, &form.reason)?;
        let limits = visit.service().limits(&actor, id).await?;
        let plan = visit.service().organization(&actor, id).await?.plan;
        Ok::<_, PageError>(read(&form, &limits, plan.as_ref())?.0)
    };
    match checked.await {
        Ok(name) => {
            let mut named = form.clone();
            named.cap.name = name.to_string();
            lead_to(&with_query(&below(&form.customer, "/ceiling/confirm"), &named.pairs()))
        }
        Err(error) => refused(
            &visit,
            &form_of(&form.customer, "/ceiling", &form.cap.name),
            FORM,
            &form.pairs(),
            error,
        ),
    }
}

/// Sets a ceiling.
#[server(prefix = "/actions", endpoint = "manage-put-ceiling")]
pub(super) async fn put_ceiling(#[server(flatten)] form: CeilingForm) -> Answer {
    let visit = Visit::current();
    let put = async {
        let id = customer_of(&visit, &form.customer)?;
        let actor = visit.actor()?;
        visit.service().check_ceiling_reason(&actor, id, &form.reason)?;
        let limits = visit.service().limits(&actor, id).await?;
        let plan = visit.service().organization(&actor, id).await?.plan;
        let (name, input) = read(&form, &limits, plan.as_ref())?;
        let service = visit.service();
        Ok::<_, PageError>(service.put_ceiling(&actor, id, &name, input, &form.reason).await?)
    };
    match put.await {
        Ok(_) => done(
            &visit,
            &below(&form.customer, "#limits"),
            "The ceiling is set and counts from now.",
        ),
        Err(error) => refused(
            &visit,
            &form_of(&form.customer, "/ceiling", &form.cap.name),
            FORM,
            &form.pairs(),
            at_fields(error),
        ),
    }
}

/// Reads the form of a ceiling on the rate and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-rate")]
pub(super) async fn check_rate(#[server(flatten)] form: RateForm) -> Answer {
    let visit = Visit::current();
    let checked = async {
        let id = customer_of(&visit, &form.customer)?;
        let actor = visit.actor()?;
        visit.service().check_ceiling_reason(&actor, id, &form.reason)?;
        let limits = visit.service().limits(&actor, id).await?;
        Ok::<_, PageError>(form.throttle.read_for(LimitOwner::Vendor, &limits)?.0)
    };
    match checked.await {
        Ok(name) => {
            let mut named = form.clone();
            named.throttle.name = name.to_string();
            lead_to(&with_query(
                &below(&form.customer, "/rate-ceiling/confirm"),
                &named.pairs(),
            ))
        }
        Err(error) => refused(
            &visit,
            &form_of(&form.customer, "/rate-ceiling", &form.throttle.name),
            FORM,
            &form.pairs(),
            error,
        ),
    }
}

/// Sets a ceiling on the rate.
#[server(prefix = "/actions", endpoint = "manage-put-rate")]
pub(super) async fn put_rate(#[server(flatten)] form: RateForm) -> Answer {
    let visit = Visit::current();
    let put = async {
        let id = customer_of(&visit, &form.customer)?;
        let actor = visit.actor()?;
        visit.service().check_ceiling_reason(&actor, id, &form.reason)?;
        let limits = visit.service().limits(&actor, id).await?;
        let (name, input) = form.throttle.read_for(LimitOwner::Vendor, &limits)?;
        let service = visit.service();
        Ok::<_, PageError>(service.put_rate_ceiling(&actor, id, &name, input, &form.reason).await?)
    };
    match put.await {
        Ok(_) => done(
            &visit,
            &below(&form.customer, "#limits"),
            "The ceiling is set and holds from now.",
        ),
        Err(error) => refused(
            &visit,
            &form_of(&form.customer, "/rate-ceiling", &form.throttle.name),
            FORM,
            &form.pairs(),
            at_fields(error),
        ),
    }
}

/// Removes a ceiling: of burn (`kind` is `cap`) or of the rate.
#[server(prefix = "/actions", endpoint = "manage-remove-ceiling")]
pub(super) async fn remove_ceiling(customer: String, kind: String, name: String, reason: String) -> Answer {
    let visit = Visit::current();
    let page = if kind == "cap" { "/ceiling" } else { "/rate-ceiling" };
    let removed = async {
        let id = customer_of(&visit, &customer)?;
        let key: Key = name.parse().map_err(|_| ServiceError::NotFound("ceiling"))?;
        let (actor, service) = (visit.actor()?, visit.service());
        if kind == "cap" {
            service.remove_ceiling(&actor, id, &key, &reason).await?;
        } else {
            service.remove_rate_ceiling(&actor, id, &key, &reason).await?;
        }
        Ok::<_, PageError>(())
    };
    match removed.await {
        Ok(()) => done(&visit, &below(&customer, "#limits"), "The ceiling is removed."),
        Err(error) => {
            let path = with_query(&below(&customer, &format!("{page}/remove")), &[("name", &name)]);
            refused(&visit, &path, FORM, &[("reason", &reason)], error)
        }
    }
}
