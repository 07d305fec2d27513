//! Signing in and out.

use drawdown_service::Person;
use leptos::prelude::*;
use secrecy::SecretString;

use crate::address::{safe_next, staff_next, with_query};
use crate::answer::{Answer, done, lead_to, refused};
use crate::error::PageError;
use crate::routes::staff_home;
use crate::visit::Visit;

/// Signs in and leads to `next`, an address of ours.
#[server(prefix = "/actions", endpoint = "sign-in")]
pub(super) async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Answer {
    let visit = Visit::current();
    let entered = async {
        let person = visit
            .service()
            .sign_in(&email, SecretString::from(password), visit.address())
            .await?;
        visit.begin_session(&person).await?;
        Ok::<_, PageError>(person)
    };
    match entered.await {
        Ok(Person::Member(_)) => lead_to(safe_next(Some(&next))),
        Ok(Person::Staff(staff)) => lead_to(staff_next(&next, staff_home(&staff))),
        Err(error) => {
            let page = with_query("/login", &[("next", &next)]);
            refused(&visit, &page, super::FORM, &[("email", &email)], error)
        }
    }
}

/// Ends the session.
#[server(prefix = "/actions", endpoint = "sign-out")]
pub(super) async fn sign_out() -> Answer {
    let visit = Visit::current();
    match visit.end_session().await {
        Ok(()) => done(&visit, "/login", "You are signed out."),
        Err(error) => refused(&visit, "/overview", "sign-out", &[], error),
    }
}
