//! How a server function answers a plain form: always by a redirect, with a notice, or with what was wrong and
//! everything that was typed.

use axum::http::{HeaderValue, StatusCode, header};
use drawdown_service::ServiceError;
use leptos::prelude::{ServerFnError, expect_context};
use leptos_axum::ResponseOptions;

use crate::error::PageError;
use crate::flash::{Flash, FormError};
use crate::visit::Visit;

/// What a server function returns: its answer is the redirect.
pub type Answer = Result<(), ServerFnError>;

/// Leads to `path`.
pub fn lead_to(path: &str) -> Answer {
    let response = expect_context::<ResponseOptions>();
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/overview"));
    response.insert_header(header::LOCATION, location);
    response.set_status(StatusCode::SEE_OTHER);
    Ok(())
}

/// Leads to `path` and says there what was done.
pub fn done(visit: &Visit, path: &str, notice: impl Into<String>) -> Answer {
    lead_to(&visit.address_with(path, &Flash::notice(notice)))
}

/// Leads back to `path` (the page of the form) with what was wrong and what was typed. Failures of ours are logged and
/// told as such; whoever is not signed in any more is led to `/login`.
pub fn refused(visit: &Visit, path: &str, form: &str, typed: &[(&str, &str)], error: impl Into<PageError>) -> Answer {
    let error = error.into();
    match error {
        PageError::SignIn => return lead_to(&crate::address::with_query("/login", &[("next", path)])),
        PageError::ForMembers(home) => return lead_to(home),
        _ => {}
    }
    let mut flash = Flash {
        form: form.to_owned(),
        errors: errors_of(&error),
        ..Flash::default()
    };
    for (field, value) in typed {
        flash = flash.value(field, value);
    }
    lead_to(&visit.address_with(path, &flash))
}

/// What a form's fields say of an error.
pub(crate) fn errors_of(error: &PageError) -> Vec<FormError> {
    let general = |message: String| {
        vec![FormError {
            field: String::new(),
            message,
        }]
    };
    match error {
        PageError::Service(ServiceError::Invalid(fields)) => fields
            .iter()
            .map(|field| FormError {
                field: field.field.clone(),
                message: sentence(&field.message),
            })
            .collect(),
        PageError::Service(error @ ServiceError::Internal(_)) => {
            tracing::error!(error = ?error, "form failed");
            general("Something failed on our side. Nothing was changed; try again.".to_owned())
        }
        PageError::Internal(source) => {
            tracing::error!(error = ?source, "form failed");
            general("Something failed on our side. Nothing was changed; try again.".to_owned())
        }
        other => general(sentence(&other.to_string())),
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let capital: String = letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    if capital.ends_with(['.', '?']) {
        capital
    } else {
        format!("{capital}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_told_and_the_inside_is_not() {
        let invalid = ServiceError::field("credits", "too_large", "at most 500 a day");
        let told = errors_of(&invalid.into());
        assert_eq!(
            told,
            [FormError {
                field: "credits".to_owned(),
                message: "At most 500 a day.".to_owned()
            }]
        );
        let failed = errors_of(&ServiceError::internal("UNIQUE constraint failed").into());
        assert!(failed[0].message.contains("Nothing was changed") && !failed[0].message.contains("UNIQUE"));
        let busy = errors_of(&ServiceError::TooManyAttempts { retry_after_s: 30 }.into());
        assert_eq!(busy[0].message, "Too many attempts; try again in 30 seconds.");
    }
}
