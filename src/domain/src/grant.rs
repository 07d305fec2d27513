//! Grants: blocks of credits with a kind, a lifetime, a priority and an optional scope.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::id::GrantId;
use crate::key::Key;
use crate::money::Money;
use crate::portfolio::cost_basis;
use crate::timestamp::Timestamp;

/// Where the credits of a grant come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// Given at trial sign-up.
    Trial,
    /// Given by the plan for one period.
    Allotment,
    /// Bought by a top-up.
    Purchase,
    /// Released by a contract.
    Commitment,
    /// A gift.
    Promotional,
    /// A correction by the vendor.
    Adjustment,
    /// Carried over from an earlier period.
    Rollover,
}

/// Whether a grant may be burned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Not yet paid: its credits do not exist yet (the amount is not in any balance).
    Pending,
    /// May be burned between its effective and expiry instants.
    Active,
    /// Voided: what was unspent is gone.
    Void,
    /// Past its expiry; what was unspent is in `expired`.
    Expired,
}

/// A block of credits and what became of it: `amount = remaining + held + burned + expired + voided` unless pending,
/// when all five parts are zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its identifier.
    pub id: GrantId,
    /// Where it comes from.
    pub kind: GrantKind,
    /// Whether it may be burned.
    pub state: GrantState,
    /// The credits granted.
    pub amount: Credits,
    /// Unspent and unreserved.
    pub remaining: Credits,
    /// Reserved by open holds.
    pub held: Credits,
    /// Spent.
    pub burned: Credits,
    /// Unspent at expiry.
    pub expired: Credits,
    /// Unspent when voided.
    pub voided: Credits,
    /// Lower burns first.
    pub priority: i32,
    /// From when it may be burned.
    pub effective_at: Timestamp,
    /// Until when (exclusive); `None` for never.
    pub expires_at: Option<Timestamp>,
    /// What was paid for it: its cost basis, kept through refund and expiry.
    pub paid: Option<Money>,
    /// The use cases that it may pay for; `None` for all.
    pub scope: Option<Vec<Key>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// A sentence for people: why it was given.
    pub note: Option<String>,
}

impl Grant {
    /// True where `at` lies in its lifetime (whatever its state).
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        self.effective_at <= at && self.expires_at.is_none_or(|end| at < end)
    }

    /// True where it may pay for `use_case`.
    pub fn covers(&self, use_case: &Key) -> bool {
        self.scope.as_ref().is_none_or(|keys| keys.contains(use_case))
    }

    /// What belongs of what was paid to so many of its credits that go to another grant, after what went before: together the
    /// shares are never more than what was paid.
    pub fn paid_share_of(&self, credits: Credits) -> Option<Money> {
        let paid = self.paid?;
        let after = Credits::from_micros(self.voided.micros().saturating_add(credits.micros()));
        let before = cost_basis(paid, self.voided, self.amount);
        Some(Money::new(
            cost_basis(paid, after, self.amount).minor - before.minor,
            paid.currency,
        ))
    }

    /// The key of the burn order: priority, then soonest expiry, then free before paid, then oldest; the identifier
    /// breaks ties, so that the order is total.
    pub fn burn_order(&self) -> impl Ord + use<> {
        (
            self.priority,
            self.expires_at.unwrap_or(Timestamp::MAX),
            self.paid.is_some_and(|paid| paid.minor > 0),
            self.created_at,
            self.id,
        )
    }

    /// True where its parts sum to its amount and none is negative (see the type).
    pub fn is_balanced(&self) -> bool {
        let parts = [self.remaining, self.held, self.burned, self.expired, self.voided];
        if parts.iter().any(|part| part.is_negative()) {
            return false;
        }
        let expected = if self.state == GrantState::Pending {
            Credits::ZERO
        } else {
            self.amount
        };
        Credits::checked_sum(parts) == Some(expected)
    }
}

/// The newest first: for lists that people read.
pub fn newest_first(grant: &Grant) -> impl Ord + use<> {
    Reverse((grant.created_at, grant.id))
}
