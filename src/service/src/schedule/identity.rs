//! Identifiers of what comes of a step: the same whenever and wherever the step is done.

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A UUIDv7 of an instant whose other bits come of the organization, the step's key and what it is for.
pub(super) fn identity(organization: OrganizationId, key: &str, what: &str, at: Timestamp) -> Uuid {
    let mut hasher = Sha256::new();
    hasher.update(b"drawdown step 1\0");
    hasher.update(organization.uuid().as_bytes());
    hasher.update(what.as_bytes());
    hasher.update([0]);
    hasher.update(key.as_bytes());
    let mut bits = [0; 10];
    bits.copy_from_slice(&hasher.finalize()[..10]);
    let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &bits).into_uuid()
}
