//! Postings: the append-only, double-entry lines of the ledger, chained by hashes.

use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::id::{GrantId, OrganizationId};
use crate::timestamp::Timestamp;

/// An account of the ledger. The first six belong to a grant, the last two to the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerAccount {
    /// Where the credits of a grant come from.
    Issued,
    /// Unspent and unreserved.
    Available,
    /// Reserved.
    Held,
    /// Spent.
    Burned,
    /// Unspent at expiry.
    Expired,
    /// Unspent when voided.
    Voided,
    /// Used beyond the credits, and owed.
    Owed,
    /// Used beyond the credits, and forgiven.
    Forgiven,
}

/// SHA-256.
pub type Hash = [u8; 32];

/// One transfer, summed over a batch: `credits` went from one account to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The organization.
    pub organization: OrganizationId,
    /// 1, 2, 3… without gaps in an organization.
    pub sequence: i64,
    /// The organization's batch that made it; its usage events carry the same number.
    pub batch: i64,
    /// When.
    pub at: Timestamp,
    /// The grant; `None` for transfers between `burned`, `owed` and `forgiven` of the organization.
    pub grant: Option<GrantId>,
    /// From here.
    pub from: LedgerAccount,
    /// To here.
    pub to: LedgerAccount,
    /// How much; above zero.
    pub credits: Credits,
    /// How many usage events stand behind it.
    pub events: i64,
    /// Digest of those events (see `events_digest`); zero where there are none.
    pub events_digest: Hash,
    /// The hash of the posting before it in the organization; zero for the first.
    pub previous_hash: Hash,
    /// SHA-256 of the previous hash and everything above.
    pub hash: Hash,
}
