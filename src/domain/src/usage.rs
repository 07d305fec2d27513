//! Usage events: what was really used, as the vendor's product reports it and as Drawdown keeps it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::hold::{Run, Share};
use crate::id::{HoldId, RateCardVersionId, UsageEventId};
use crate::key::Key;
use crate::quantity::Quantity;
use crate::timestamp::Timestamp;

/// A usage event as it is reported: what `record` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEvent {
    /// Drawdown's own identifier, made before the request is queued.
    pub id: UsageEventId,
    /// The reporter's identifier: the same one is never counted twice.
    pub key: String,
    /// What ran.
    pub run: Run,
    /// How much of each meter.
    pub quantities: BTreeMap<Key, Quantity>,
    /// When it was used.
    pub occurred_at: Timestamp,
}

/// A usage event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageEvent {
    /// Its identifier.
    pub id: UsageEventId,
    /// The reporter's identifier, unique in the organization (for a capture: the hold's identifier).
    pub key: String,
    /// SHA-256 of the reported content, cut to 16 bytes: tells a repeat from a reused identifier.
    pub content_hash: [u8; 16],
    /// What ran.
    pub run: Run,
    /// How much of each meter.
    pub quantities: BTreeMap<Key, Quantity>,
    /// When it was used.
    pub occurred_at: Timestamp,
    /// When Drawdown took it in.
    pub recorded_at: Timestamp,
    /// The rate card version that priced it.
    pub rate_card_version: RateCardVersionId,
    /// Its price before rounding, in credits.
    pub exact: Decimal,
    /// Its price, rounded half-even at the micro-credit.
    pub credits: Credits,
    /// What each grant paid of it.
    pub charges: Vec<Share>,
    /// What no grant could pay, and is owed.
    pub owed: Credits,
    /// What no grant could pay, and was forgiven.
    pub forgiven: Credits,
    /// The hold that it captured.
    pub hold: Option<HoldId>,
}
