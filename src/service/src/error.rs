//! The service's one error type, with a stable code for programs and a sentence for people.
//!
//! What went wrong inside stays inside: [`ServiceError::Internal`] shows nothing of its source, which the edge logs once.

use drawdown_domain::catalogue::PriceError;
use drawdown_domain::outcome::RequestError;
use drawdown_store::{LedgerError, StoreError};
use serde::Serialize;

/// One field of an input that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Which field, as a path: `credits`, `events[3].quantities.images`.
    pub field: String,
    /// Stable code: `required`, `too_large`, `unknown_use_case`…
    pub code: &'static str,
    /// For people: what is wrong and what would be right.
    pub message: String,
}

/// Why a use case was not carried out. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The key, the session or the password is not valid.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The actor may not do this.
    #[error("you may not do this: {0}")]
    Forbidden(&'static str),
    /// There is none, or the actor may not know of it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The input is not valid; every failing field is named.
    #[error("{}", describe(.0))]
    Invalid(Vec<FieldError>),
    /// It contradicts what is there.
    #[error("{message}")]
    Conflict {
        /// Stable code: `idempotency_key_reused`, `payment_ended`…
        code: &'static str,
        /// For people.
        message: String,
    },
    /// The ledger refused.
    #[error(transparent)]
    Refused(RequestError),
    /// Too many attempts of this actor.
    #[error("too many attempts; try again in {retry_after_s} seconds")]
    TooManyAttempts {
        /// Seconds until the next attempt can succeed.
        retry_after_s: i64,
    },
    /// Too much waits already, or the ledger's database is away; nothing was done.
    #[error("too busy at the moment; nothing was done; try again in {retry_after_s} seconds")]
    Overloaded {
        /// Seconds until a retry is likely to succeed.
        retry_after_s: i64,
    },
    /// The database cannot be reached. What was asked may have been done before it was lost: repeating it with the same
    /// idempotency key finds out.
    #[error("the database cannot be reached; try again in {retry_after_s} seconds")]
    Unavailable {
        /// Seconds until a retry is likely to succeed.
        retry_after_s: i64,
        /// What failed, for the log only.
        reason: String,
    },
    /// A failure of ours. The source is for the log only.
    #[error("something failed on our side; try again")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn describe(fields: &[FieldError]) -> String {
    let sentences: Vec<String> = fields
        .iter()
        .map(|field| format!("{}: {}", field.field, field.message))
        .collect();
    sentences.join("; ")
}

impl ServiceError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::Invalid(_) => "invalid",
            Self::Conflict { code, .. } => code,
            Self::Refused(error) => request_code(error),
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Overloaded { .. } => "overloaded",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// A conflict.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            message: message.into(),
        }
    }

    /// One invalid field.
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.into(),
            code,
            message: message.into(),
        }])
    }

    /// A failure of ours, with what failed, for the log.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }
}

impl From<PriceError> for ServiceError {
    fn from(error: PriceError) -> Self {
        Self::Refused(RequestError::Price(error))
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(noun) => Self::NotFound(noun),
            StoreError::AlreadyExists(noun) => {
                Self::conflict("already_exists", format!("there is already such a {noun}"))
            }
            // After a write, too: an answer may be read from what was just committed.
            other if other.is_passing() => Self::Unavailable {
                retry_after_s: 2,
                reason: other.to_string(),
            },
            other => Self::internal(other),
        }
    }
}

impl From<LedgerError> for ServiceError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::UnknownOrganization => Self::NotFound("customer"),
            LedgerError::UnknownPlanVersion => Self::NotFound("plan version"),
            LedgerError::UnknownPayment => Self::NotFound("payment"),
            LedgerError::IdempotencyConflict => Self::conflict(
                "idempotency_key_reused",
                "this idempotency key was used with another request; use a new key",
            ),
            LedgerError::PaymentExists => Self::conflict("payment_exists", "this payment was started before"),
            LedgerError::PaymentSettled(_) => Self::conflict("payment_ended", "the payment has ended in another way"),
            LedgerError::ScheduleMoved => Self::conflict(
                "changed_meanwhile",
                "somebody else has changed what is agreed with this customer; try again",
            ),
            LedgerError::GiftsAddUp => Self::conflict(
                SECOND_PERSON,
                "with what was given to this customer within 24 hours it is above the limit of what one person, or a \
                 key, gives: ask for it by POST /v1/admin/customers/{key}/grants, and a person of the staff approves it",
            ),
            LedgerError::Overloaded => Self::Overloaded { retry_after_s: 1 },
            LedgerError::Unavailable(_) | LedgerError::Closed => Self::Overloaded { retry_after_s: 2 },
            LedgerError::Unknown => Self::Unavailable {
                retry_after_s: 2,
                reason: error.to_string(),
            },
            error @ LedgerError::Internal(_) => Self::internal(error),
        }
    }
}

/// The code of the conflict with the limit above which giving needs a second person.
pub(crate) const SECOND_PERSON: &str = "second_person_needed";

/// The stable code of a refusal by the ledger.
pub fn request_code(error: &RequestError) -> &'static str {
    match error {
        RequestError::Price(price) => match price {
            PriceError::NoRateCard => "no_rate_card",
            PriceError::UnknownUseCase(_) => "unknown_use_case",
            PriceError::UnknownMode(_) => "unknown_mode",
            PriceError::UnknownPlatform(_) => "unknown_platform",
            PriceError::UnknownMeter(_) => "unknown_meter",
            PriceError::NoQuantity => "no_quantity",
            PriceError::AmbiguousQuantity => "ambiguous_quantity",
            PriceError::TooLarge => "price_too_large",
        },
        RequestError::UnknownHold => "unknown_hold",
        RequestError::HoldEnded { .. } => "hold_ended",
        RequestError::UnknownGrant => "unknown_grant",
        RequestError::GrantEnded => "grant_ended",
        RequestError::InvalidGrant(_) => "invalid_grant",
        RequestError::UnknownLimit => "unknown_limit",
        RequestError::VendorLimit => "vendor_limit",
        RequestError::AboveCeiling { .. } => "above_ceiling",
        RequestError::InvalidLimit(_) => "invalid_limit",
        RequestError::EventReused => "event_id_reused",
        RequestError::InFuture => "in_future",
        RequestError::OutOfRange(_) => "out_of_range",
        RequestError::Overflow => "overflow",
        RequestError::NoPlan => "no_plan",
    }
}

/// Collects the invalid fields of one input, so that they are told all at once.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Adds one.
    pub(crate) fn add(&mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError {
            field: field.into(),
            code,
            message: message.into(),
        });
    }

    /// How many were added.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes back those of a code that were added after the first `since`.
    pub(crate) fn forget(&mut self, since: usize, code: &str) {
        let later = self.0.split_off(since.min(self.0.len()));
        self.0.extend(later.into_iter().filter(|error| error.code != code));
    }

    /// `Ok` where none was added.
    pub(crate) fn finish(self) -> Result<(), ServiceError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ServiceError::Invalid(self.0))
        }
    }
}
