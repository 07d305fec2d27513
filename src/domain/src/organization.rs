//! The customer: an organization with a zone, a currency and a standing.

use serde::{Deserialize, Serialize};

/// Whether an organization may run anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationStatus {
    /// May run what its limits allow.
    Active,
    /// Suspended by the vendor: every authorize is refused, recorded usage still counts.
    Suspended,
}

/// What a member of an organization may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Also tops up and sees payments; sets limits.
    Billing,
    /// Everything.
    Owner,
}
