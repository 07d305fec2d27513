//! The forms of a throttle: the check, which changes nothing, setting and removing.

use drawdown_domain::Key;
use drawdown_domain::limit::LimitOwner;
use drawdown_service::ServiceError;
use leptos::prelude::*;

use super::form::ThrottleForm;
use super::{CONFIRM_PATH, FORM, FORM_PATH, limits};
use crate::address::with_query;
use crate::answer::{Answer, done, lead_to, refused};
use crate::error::PageError;
use crate::pages::limits::form::LimitForm as _;
use crate::pages::limits::{PATH, at_fields};
use crate::visit::Visit;

/// Reads the form and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "check-throttle")]
pub(super) async fn check_throttle(#[server(flatten)] form: ThrottleForm) -> Answer {
    let visit = Visit::current();
    let checked = async { Ok::<_, PageError>(form.read(LimitOwner::Customer, &limits(&visit).await?, None)?.0) };
    match checked.await {
        Ok(name) => {
            let named = form.named(name.to_string());
            lead_to(&with_query(CONFIRM_PATH, &named.pairs()))
        }
        Err(error) => refused(&visit, &form_of(&form), FORM, &form.pairs(), error),
    }
}

/// Sets the throttle.
#[server(prefix = "/actions", endpoint = "put-throttle")]
pub(super) async fn put_throttle(#[server(flatten)] form: ThrottleForm) -> Answer {
    let visit = Visit::current();
    match put(&visit, &form).await {
        Ok(name) => done(
            &visit,
            &format!("{PATH}#throttle-{name}"),
            "The throttle is set and acts from now.",
        ),
        Err(error) => refused(&visit, &form_of(&form), FORM, &form.pairs(), at_fields(error)),
    }
}

async fn put(visit: &Visit, form: &ThrottleForm) -> Result<Key, PageError> {
    let (name, input) = form.read(LimitOwner::Customer, &limits(visit).await?, None)?;
    let (actor, organization) = (visit.actor()?, visit.member()?.organization);
    visit
        .service()
        .put_throttle(&actor, organization, &name, input, None)
        .await?;
    Ok(name)
}

/// The form's page, with nothing but the name: what was typed comes in the message.
fn form_of(form: &ThrottleForm) -> String {
    with_query(FORM_PATH, &[("name", &form.name)])
}

/// Removes the throttle.
#[server(prefix = "/actions", endpoint = "remove-throttle")]
pub(super) async fn remove_throttle(name: String) -> Answer {
    let visit = Visit::current();
    let removed = async {
        let (actor, organization) = (visit.actor()?, visit.member()?.organization);
        let name: Key = name.parse().map_err(|_| ServiceError::NotFound("throttle"))?;
        visit
            .service()
            .delete_throttle(&actor, organization, &name, None, None)
            .await?;
        Ok::<_, PageError>(())
    };
    match removed.await {
        Ok(()) => done(&visit, PATH, "The throttle is removed. It slows nothing any more."),
        Err(error) => refused(&visit, PATH, "limits", &[], error),
    }
}
