//! How the service's and the ledger's refusals read in `/v1`: one place that maps them to the table of codes.

use drawdown_domain::catalogue::PriceError;
use drawdown_domain::hold::HoldState;
use drawdown_domain::outcome::RequestError;
use drawdown_service::ServiceError;

use super::code::Code;
use super::problem::{FieldProblem, Problem};

/// The code of a refusal by the ledger.
pub(super) fn request_code(error: &RequestError) -> Code {
    match error {
        RequestError::Price(price) => price_code(price),
        RequestError::UnknownHold => Code::UnknownHold,
        RequestError::HoldEnded { state } => match state {
            HoldState::Captured => Code::HoldCaptured,
            HoldState::Released => Code::HoldReleased,
            HoldState::Expired => Code::HoldExpired,
            HoldState::Open => Code::Conflict,
        },
        RequestError::UnknownGrant => Code::UnknownGrant,
        RequestError::GrantEnded => Code::GrantEnded,
        RequestError::InvalidGrant(_) => Code::InvalidGrant,
        RequestError::UnknownLimit => Code::UnknownLimit,
        RequestError::VendorLimit => Code::VendorLimit,
        RequestError::AboveCeiling { .. } => Code::AboveCeiling,
        RequestError::InvalidLimit(_) => Code::InvalidLimit,
        RequestError::EventReused => Code::EventReused,
        RequestError::InFuture => Code::InFuture,
        RequestError::OutOfRange(_) => Code::OutOfRange,
        RequestError::Overflow => Code::AmountTooLarge,
        RequestError::NoPlan => Code::NoPlan,
    }
}

fn price_code(error: &PriceError) -> Code {
    match error {
        PriceError::NoRateCard => Code::NoRateCard,
        PriceError::UnknownUseCase(_) => Code::UnknownUseCase,
        PriceError::UnknownMode(_) => Code::UnknownMode,
        PriceError::UnknownPlatform(_) => Code::UnknownPlatform,
        PriceError::UnknownMeter(_) => Code::UnknownMeter,
        PriceError::NoQuantity => Code::NoQuantity,
        PriceError::AmbiguousQuantity => Code::AmbiguousQuantity,
        PriceError::TooLarge => Code::AmountTooLarge,
    }
}

/// The field of a body that the refusal is about, where there is one.
fn request_field(error: &RequestError) -> Option<&'static str> {
    match error {
        RequestError::Price(price) => match price {
            PriceError::NoRateCard => None,
            PriceError::UnknownUseCase(_) => Some("use_case"),
            PriceError::UnknownMode(_) => Some("mode"),
            PriceError::UnknownPlatform(_) => Some("platform"),
            PriceError::AmbiguousQuantity => Some("quantity"),
            PriceError::UnknownMeter(_) | PriceError::NoQuantity | PriceError::TooLarge => Some("quantities"),
        },
        RequestError::InFuture => Some("occurred_at"),
        RequestError::EventReused => Some("id"),
        _ => None,
    }
}

/// A sentence from the domain, with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        let code = request_code(&error);
        let message = error.to_string();
        let mut problem = Self::new(code, sentence(&message));
        if let Some(field) = request_field(&error) {
            problem.errors.push(FieldProblem::new(field, code.as_str(), message));
        }
        problem
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let message = sentence(&error.to_string());
        match error {
            ServiceError::Unauthenticated(_) => Self::plain(Code::InvalidKey),
            ServiceError::Forbidden(_) => Self::new(Code::InsufficientScope, message),
            ServiceError::NotFound(noun) => Self::new(not_found(noun), message),
            ServiceError::Invalid(fields) => Self::invalid(
                fields
                    .into_iter()
                    .map(|f| FieldProblem::new(f.field, f.code, f.message))
                    .collect(),
            ),
            ServiceError::Conflict { code, .. } => Self::new(Code::parse(code).unwrap_or(Code::Conflict), message),
            ServiceError::Refused(error) => error.into(),
            ServiceError::TooManyAttempts { retry_after_s } => {
                Self::new(Code::TooManyRequests, message).retry_after(retry_after_s.unsigned_abs())
            }
            ServiceError::Overloaded { retry_after_s } => {
                Self::new(Code::Overloaded, message).retry_after(retry_after_s.unsigned_abs())
            }
            ServiceError::Unavailable { retry_after_s, reason } => {
                tracing::warn!(reason, "the database cannot be reached");
                Self::new(Code::Unavailable, message).retry_after(retry_after_s.unsigned_abs())
            }
            ServiceError::Internal(source) => Self::internal(source.as_ref()),
        }
    }
}

fn not_found(noun: &str) -> Code {
    match noun {
        "customer" | "organization" => Code::UnknownCustomer,
        "hold" => Code::UnknownHold,
        "grant" => Code::UnknownGrant,
        "cap" | "throttle" | "limit" => Code::UnknownLimit,
        "plan" => Code::UnknownPlan,
        _ => Code::NotFound,
    }
}
