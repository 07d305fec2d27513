//! Why a page is not shown, and the page that is shown instead: what happened, that nothing was lost, what to do.

use std::error::Error;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use drawdown_service::ServiceError;
use leptos::prelude::*;

use crate::address::with_query;
use crate::assets::Assets;
use crate::components::brand::Brand;
use crate::shell::{self, Head};

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignIn,
    /// One of the staff is on a page for members; the answer leads to where that person begins.
    #[error("this page is for members of a customer")]
    ForMembers(&'static str),
    /// The roles of this person of the staff do not allow it.
    #[error("you may not do this: {0}")]
    StaffRole(&'static str),
    /// There is no such page or thing; the text names it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The service refused or failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A failure of ours outside of the service.
    #[error("something failed on our side")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl PageError {
    /// A failure of ours, with what failed, for the log.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The status that it is answered with.
    pub fn status(&self) -> StatusCode {
        self.words().status
    }

    /// The answer to a visit of `wanted` (path and query).
    pub fn answer(&self, assets: &Assets, wanted: &str) -> Response {
        if matches!(self, Self::SignIn) {
            return Redirect::to(&with_query("/login", &[("next", wanted)])).into_response();
        }
        if let Self::ForMembers(home) = self {
            return Redirect::to(home).into_response();
        }
        let words = self.words();
        if words.status.is_server_error() {
            let source = self.source().map(ToString::to_string).unwrap_or_default();
            tracing::error!(error = %self, source, page = wanted, "page failed");
        }
        let (status, title) = (words.status, words.title.to_owned());
        let mut response = shell::document(
            assets,
            &Head {
                title,
                islands: false,
                ahead: false,
            },
            move || problem(words),
        );
        *response.status_mut() = status;
        response
    }

    fn words(&self) -> Words {
        match self {
            Self::SignIn => Words::new(StatusCode::UNAUTHORIZED, "Sign in first", "This page is for members."),
            Self::ForMembers(_) => Words::new(
                StatusCode::FORBIDDEN,
                "This page is for members",
                "You are signed in as staff.",
            ),
            Self::StaffRole(reason) => Words::new(
                StatusCode::FORBIDDEN,
                "Your role does not allow this",
                format!("You are signed in, but {reason}. An administrator of your company can change your roles."),
            ),
            Self::NotFound(noun) | Self::Service(ServiceError::NotFound(noun)) => Words::new(
                StatusCode::NOT_FOUND,
                "There is nothing here",
                format!(
                    "This address leads to no {noun} that you can see. It may have moved, or the link was cut short."
                ),
            ),
            Self::Service(ServiceError::Forbidden(reason)) => Words::new(
                StatusCode::FORBIDDEN,
                "Your role does not allow this",
                format!(
                    "You are signed in, but {reason}. An owner of your organization can do it or change your role."
                ),
            ),
            Self::Service(ServiceError::Overloaded { .. }) => Words::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too busy for a moment",
                "Nothing was lost and nothing was changed. Load the page again in a few seconds.",
            ),
            Self::Service(ServiceError::Unavailable { .. }) => Words::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The database is away for a moment",
                "Load the page again in a few seconds, and look whether what you did is there before you do it again.",
            ),
            Self::Service(ServiceError::Unauthenticated(_) | ServiceError::TooManyAttempts { .. }) => {
                Words::new(StatusCode::UNAUTHORIZED, "Sign in again", "Your session has ended.")
            }
            Self::Service(ServiceError::Invalid(_) | ServiceError::Conflict { .. } | ServiceError::Refused(_)) => {
                let Self::Service(error) = self else {
                    unreachable!("matched above")
                };
                let told = error.to_string();
                let mut letters = told.chars();
                let sentence = letters
                    .next()
                    .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
                Words::new(
                    StatusCode::BAD_REQUEST,
                    "That did not work",
                    format!("{sentence}. Nothing was changed."),
                )
            }
            Self::Service(ServiceError::Internal(_)) | Self::Internal(_) => Words::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something failed on our side",
                "Nothing was lost: what you saved before is safe. Load the page again; if it fails again, tell your \
                 vendor the time and this address.",
            ),
        }
    }
}

struct Words {
    status: StatusCode,
    title: &'static str,
    sentence: String,
}

impl Words {
    fn new(status: StatusCode, title: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            status,
            title,
            sentence: sentence.into(),
        }
    }
}

fn problem(words: Words) -> AnyView {
    view! {
        <div class="problem">
            <header><Brand/></header>
            <main id="main">
                <span class="badge">{words.status.as_u16()}</span>
                <h1>{words.title}</h1>
                <p>{words.sentence}</p>
                <p class="buttons"><a class="button primary" href="/">"Go to the start"</a></p>
            </main>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_error_page_leads_on() {
        let response = PageError::NotFound("page").answer(&crate::gallery::assets(), "/nowhere");
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let html = crate::gallery::written("not-found", response).await;
        assert!(
            html.contains("There is nothing here") && html.contains("href=\"/\""),
            "{html}"
        );
    }

    #[test]
    fn who_is_not_signed_in_is_led_to_the_login_and_back() {
        let response = PageError::SignIn.answer(&crate::gallery::assets(), "/usage?group=mode");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()["location"], "/login?next=%2Fusage%3Fgroup%3Dmode");
    }

    #[test]
    fn each_error_has_its_status_and_the_inside_stays_inside() {
        let inside = || ServiceError::internal("SQLITE_BUSY: table grant");
        let table = [
            (PageError::NotFound("page"), 404),
            (ServiceError::NotFound("grant").into(), 404),
            (
                ServiceError::Forbidden("topping up needs the role owner or billing").into(),
                403,
            ),
            (ServiceError::Overloaded { retry_after_s: 1 }.into(), 503),
            (
                ServiceError::conflict("payment_ended", "the payment has ended").into(),
                400,
            ),
            (inside().into(), 500),
            (PageError::internal(inside()), 500),
        ];
        for (error, status) in table {
            let words = error.words();
            assert_eq!(words.status.as_u16(), status, "{error:?}");
            assert!(!words.sentence.contains("SQLITE"), "{}", words.sentence);
        }
    }
}
