//! Holds: credits reserved for one run, from its authorisation to its capture, release or expiry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::id::{ApiKeyId, CapId, GrantId, HoldId, RateCardVersionId};
use crate::key::Key;
use crate::quantity::Quantity;
use crate::timestamp::Timestamp;

/// How a hold stands. It leaves `Open` exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Its credits are reserved.
    Open,
    /// Ended by a capture.
    Captured,
    /// Ended by a release.
    Released,
    /// Ended by the clock.
    Expired,
}

/// What a run is: the dimensions by which it is priced, limited and reported.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Run {
    /// The use case.
    pub use_case: Key,
    /// The mode that was granted (or, in a request, asked for).
    pub mode: Key,
    /// The platform.
    pub platform: Key,
    /// Who or which agent runs; `None` where the vendor does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Key>,
    /// The API key by which it was asked or reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<ApiKeyId>,
}

impl Run {
    /// True where it has the use case, mode and platform that are asked for; none asked for means any.
    pub(crate) fn has(&self, use_case: Option<&Key>, mode: Option<&Key>, platform: Option<&Key>) -> bool {
        let same = |wanted: Option<&Key>, actual: &Key| wanted.is_none_or(|key| key == actual);
        same(use_case, &self.use_case) && same(mode, &self.mode) && same(platform, &self.platform)
    }
}

/// Credits reserved from one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The grant.
    pub grant: GrantId,
    /// How much of it.
    pub credits: Credits,
}

/// A cap counter that a hold counts in: the cap, the `each` value (empty where the cap counts all together) and the
/// start of the window (or of the step, in rolling windows).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CounterKey {
    /// The cap.
    pub cap: CapId,
    /// Value of the `each` dimension, or empty.
    pub each: String,
    /// Start of the window or step.
    pub window_start: Timestamp,
}

/// Reserved credits of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its identifier.
    pub id: HoldId,
    /// How it stands.
    pub state: HoldState,
    /// The run.
    pub run: Run,
    /// The mode that was asked for, where another was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_mode: Option<Key>,
    /// The quantities that were asked for.
    pub quantities: BTreeMap<Key, Quantity>,
    /// The credits reserved at authorisation.
    pub credits: Credits,
    /// From which grants; they sum to `credits`.
    pub shares: Vec<Share>,
    /// The cap counters in which it counts while open.
    pub counters: Vec<CounterKey>,
    /// When it was authorised: the window in which it counts, and the time of its usage event.
    pub authorized_at: Timestamp,
    /// The version of the rate card that priced it, and prices what it used; `None` for holds of before this was kept: those
    /// go by the version in force at `authorized_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_card_version: Option<RateCardVersionId>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The credits captured, once it is.
    pub captured: Option<Credits>,
    /// Why it was released or captured at zero.
    pub end_reason: Option<String>,
}
