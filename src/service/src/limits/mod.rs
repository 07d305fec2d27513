//! Limits: caps and throttles, the vendor's ceilings and the customer's own, with what is used of each.
//!
//! Members set the customer's own, below the ceilings; admin keys set either. What a new cap would have done last month
//! is [`Service::what_if`].

use drawdown_domain::Credits;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::limit::{
    CapAction, CapLimit, LimitOwner, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::metering::Idempotency;
use crate::moment::Moment;
use crate::service::Service;

/// A cap as it is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapInput {
    /// On whose behalf: of a key the vendor's where absent; of a member always the customer's.
    pub owner: Option<LimitOwner>,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// Over which span.
    pub window: Window,
    /// How much it allows.
    pub limit: CapLimit,
    /// What it does when reached.
    pub action: CapAction,
    /// Percentages at which somebody is told; 80 and 100 where empty.
    pub thresholds: Vec<u8>,
}

/// A throttle as it is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottleInput {
    /// As of [`CapInput`].
    pub owner: Option<LimitOwner>,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// How many, or how much.
    pub limit: ThrottleLimit,
    /// Per what.
    pub per: ThrottlePeriod,
    /// How much at once; the limit where absent.
    pub burst: Option<u32>,
    /// What happens beyond.
    pub then: ThrottleThen,
}

/// One counter of a cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapUse {
    /// The subject or key, of an `each` cap.
    pub each: Option<String>,
    /// Captured and recorded in the window.
    pub used: Credits,
    /// Reserved in the window.
    pub held: Credits,
    /// `used + held` in percent of the limit, rounded down.
    pub percent: u32,
    /// When it first refused a run in this window.
    pub hit: Option<Moment>,
}

/// A cap, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapView {
    /// Its name.
    pub name: Key,
    /// Who set it.
    pub owner: LimitOwner,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// The same in words: `Image render, fast`, `Everything, each subject`.
    pub scope_words: String,
    /// Over which span.
    pub window: Window,
    /// The same in words: `a day`.
    pub window_words: String,
    /// How much it allows, as it was set.
    pub limit: CapLimit,
    /// The same in credits.
    pub limit_credits: Credits,
    /// What it does.
    pub action: CapAction,
    /// Percentages at which somebody is told.
    pub thresholds: Vec<u8>,
    /// When the window ends; `None` for lifetimes.
    pub resets: Option<Moment>,
    /// What is used: one, or of an `each` cap the fullest counters first, at most ten (then possibly none).
    pub used: Vec<CapUse>,
    /// True where this actor may change it.
    pub editable: bool,
}

/// A throttle, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottleView {
    /// Its name.
    pub name: Key,
    /// Who set it.
    pub owner: LimitOwner,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// The same in words.
    pub scope_words: String,
    /// How many, or how much.
    pub limit: ThrottleLimit,
    /// Per what.
    pub per: ThrottlePeriod,
    /// How much at once.
    pub burst: Option<u32>,
    /// What happens beyond.
    pub then: ThrottleThen,
    /// The whole rule in words: `50 runs an hour, at most 10 at once; beyond that: relaxed`.
    pub rule_words: String,
    /// Runs of its scope that were slowed or refused by throttles today (of the whole scope, not of this rule alone).
    pub throttled_today: i64,
    /// Of those, how many were degraded instead of refused.
    pub degraded_today: i64,
    /// True where this actor may change it.
    pub editable: bool,
}

/// What the forms of `/limits` offer to choose from: keys and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeChoices {
    /// Use cases.
    pub use_cases: Vec<(Key, String)>,
    /// Modes.
    pub modes: Vec<Key>,
    /// Platforms.
    pub platforms: Vec<Key>,
}

/// All that limits an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsView {
    /// Credits that can be burned now.
    pub left: Credits,
    /// Credits reserved.
    pub held: Credits,
    /// Caps, the fullest first.
    pub caps: Vec<CapView>,
    /// Throttles.
    pub throttles: Vec<ThrottleView>,
    /// What forms offer.
    pub choices: ScopeChoices,
    /// True where the actor may set the customer's own limits.
    pub may_set: bool,
}

/// A day on which a cap would have stopped runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIfStop {
    /// The local day.
    pub day: Moment,
    /// Used in its window by the end of that day.
    pub used: Credits,
}

/// What a cap would have done in the last 31 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// `This cap, in the last 31 days, would have stopped you on 21 Nov.`
    pub sentence: String,
    /// The first day of each window in which it would have stopped runs.
    pub stops: Vec<WhatIfStop>,
    /// The most used in one window.
    pub peak: Credits,
}

impl Service {
    /// All caps and throttles with what is used of each.
    pub async fn limits(&self, actor: &Actor, organization: OrganizationId) -> Result<LimitsView, ServiceError> {
        let _ = (actor, organization);
        Err(Self::unfinished())
    }

    /// Sets a cap by its name.
    pub async fn put_cap(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        input: CapInput,
        idempotency: Option<Idempotency>,
    ) -> Result<CapView, ServiceError> {
        let _ = (actor, organization, name, input, idempotency);
        Err(Self::unfinished())
    }

    /// Removes a cap; `owner` as in [`CapInput`].
    pub async fn delete_cap(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        owner: Option<LimitOwner>,
        idempotency: Option<Idempotency>,
    ) -> Result<(), ServiceError> {
        let _ = (actor, organization, name, owner, idempotency);
        Err(Self::unfinished())
    }

    /// Sets a throttle by its name.
    pub async fn put_throttle(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        input: ThrottleInput,
        idempotency: Option<Idempotency>,
    ) -> Result<ThrottleView, ServiceError> {
        let _ = (actor, organization, name, input, idempotency);
        Err(Self::unfinished())
    }

    /// Removes a throttle; `owner` as in [`CapInput`].
    pub async fn delete_throttle(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        owner: Option<LimitOwner>,
        idempotency: Option<Idempotency>,
    ) -> Result<(), ServiceError> {
        let _ = (actor, organization, name, owner, idempotency);
        Err(Self::unfinished())
    }

    /// What this cap would have done in the last 31 days, by the day's roll-ups. Changes nothing.
    pub async fn what_if(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        cap: &CapInput,
    ) -> Result<WhatIf, ServiceError> {
        let _ = (actor, organization, cap);
        Err(Self::unfinished())
    }
}
