//! The forms of a cap: the check, which changes nothing, setting and removing.

use drawdown_domain::Key;
use drawdown_domain::limit::LimitOwner;
use leptos::prelude::*;

use super::form::CapForm;
use super::{CONFIRM_PATH, FORM, FORM_PATH, address, key, limits_and_plan};
use crate::answer::{Answer, done, lead_to, refused};
use crate::error::PageError;
use crate::pages::limits::form::LimitForm as _;
use crate::pages::limits::{PATH, at_fields};
use crate::visit::Visit;

/// Reads the form and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "check-cap")]
pub(super) async fn check_cap(#[server(flatten)] form: CapForm) -> Answer {
    let visit = Visit::current();
    match checked(&visit, &form).await {
        Ok(name) => lead_to(&address(CONFIRM_PATH, &form.named(name.to_string()))),
        Err(error) => refused(&visit, &form_of(&form), FORM, &form.pairs(), error),
    }
}

async fn checked(visit: &Visit, form: &CapForm) -> Result<Key, PageError> {
    let (limits, plan) = limits_and_plan(visit).await?;
    Ok(form.read(LimitOwner::Customer, &limits, plan.as_ref())?.0)
}

/// Sets the cap.
#[server(prefix = "/actions", endpoint = "put-cap")]
pub(super) async fn put_cap(#[server(flatten)] form: CapForm) -> Answer {
    let visit = Visit::current();
    match put(&visit, &form).await {
        Ok(name) => done(
            &visit,
            &format!("{PATH}#cap-{name}"),
            "The cap is set and counts from now.",
        ),
        Err(error) => refused(&visit, &form_of(&form), FORM, &form.pairs(), at_fields(error)),
    }
}

async fn put(visit: &Visit, form: &CapForm) -> Result<Key, PageError> {
    let (limits, plan) = limits_and_plan(visit).await?;
    let (name, input) = form.read(LimitOwner::Customer, &limits, plan.as_ref())?;
    let (actor, organization) = (visit.actor()?, visit.member()?.organization);
    visit
        .service()
        .put_cap(&actor, organization, &name, input, None)
        .await?;
    Ok(name)
}

/// The form's page, with nothing but the name: what was typed comes in the message.
fn form_of(form: &CapForm) -> String {
    crate::address::with_query(FORM_PATH, &[("name", &form.name)])
}

/// Removes the cap.
#[server(prefix = "/actions", endpoint = "remove-cap")]
pub(super) async fn remove_cap(name: String) -> Answer {
    let visit = Visit::current();
    let removed = async {
        let (actor, organization) = (visit.actor()?, visit.member()?.organization);
        visit
            .service()
            .delete_cap(&actor, organization, &key(&name)?, None, None)
            .await?;
        Ok::<_, PageError>(())
    };
    match removed.await {
        Ok(()) => done(&visit, PATH, "The cap is removed. It stops nothing any more."),
        Err(error) => refused(&visit, PATH, "limits", &[], error),
    }
}
