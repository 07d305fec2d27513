//! Typed identifiers: a UUID (version 7, made on the server) shown with a prefix that names its kind.
//!
//! An identifier of one kind cannot be passed where another is meant, neither in code nor through the API:
//! `grant_…` does not parse as a hold. The one table of prefixes is at the end of this file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Why a text is not an identifier of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the form {prefix}_ followed by 32 hexadecimal digits")]
pub struct IdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What its text form begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, as it is stored.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(IdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A customer's organization.
    OrganizationId = "org",
    /// A person of a customer who signs in.
    MemberId = "member",
    /// A person of the vendor who signs in.
    StaffId = "staff",
    /// A note of the staff on a customer.
    CustomerNoteId = "note",
    /// Credits to be given or taken back that a second person approves.
    AdjustmentId = "adjustment",
    /// A key for the HTTP API (not its secret).
    ApiKeyId = "key",
    /// A block of credits.
    GrantId = "grant",
    /// Reserved credits of one run.
    HoldId = "hold",
    /// A usage event, as Drawdown stores it.
    UsageEventId = "event",
    /// A cap.
    CapId = "cap",
    /// A throttle.
    ThrottleId = "throttle",
    /// A payment.
    PaymentId = "payment",
    /// A version of the rate card.
    RateCardVersionId = "rates",
    /// A version of a plan.
    PlanVersionId = "plan",
    /// A customer's contract.
    ContractId = "contract",
    /// A change of a customer's plan that is to come.
    PlanChangeId = "change",
    /// A group of customers to be moved to a version of a plan.
    PlanMoveId = "move",
    /// A line of the audit log.
    AuditId = "audit",
    /// A browser session, in the list of sessions.
    SessionId = "session",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_never_read_as_another() {
        let grant = GrantId::from_uuid(Uuid::from_u128(7));
        assert_eq!(grant.to_string(), "grant_00000000000000000000000000000007");
        assert_eq!(grant.to_string().parse::<GrantId>(), Ok(grant));
        assert!(grant.to_string().parse::<HoldId>().is_err());
        assert!("grant_7".parse::<GrantId>().is_err());
    }
}
