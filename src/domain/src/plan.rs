//! Plans: what a customer may use, what is given each interval, at which conversion rate, under which ceilings.
//!
//! Terms are agreed as data; nothing here knows of a clock. When what is due is `schedule`, who may run what is `account`,
//! what one customer agreed beyond the plan is `contract`.

mod allotment;
mod change;
mod conversion;
mod fair_use;
mod seats;
mod stored;
mod unlimited;
mod validate;
mod validity;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::credits::Credits;
use crate::id::{CapId, PlanVersionId, ThrottleId};
use crate::key::Key;
use crate::limit::{
    Cap, CapAction, CapLimit, LimitOwner, LimitScope, Throttle, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use crate::money::{Currency, Money};

pub use allotment::{Allotment, Every, Interval, Rollover};
pub(crate) use change::LOW_BALANCE;
pub use conversion::{ConversionTier, discount_percent, rate_for};
pub use fair_use::{FairRate, FairStanding, FairStep, FairUse};
pub use seats::Seat;
pub use unlimited::{Charge, Unlimited};
pub use validate::PlanError;
pub use validity::Validity;

/// The kind of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// Free, to try.
    Trial,
    /// So much a period.
    Tier,
    /// Paid in advance, burned at the customer's own pace.
    Commitment,
    /// Everything or most of it without credits, under fair use.
    Unlimited,
}

impl PlanKind {
    /// Its name as it stands in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Tier => "tier",
            Self::Commitment => "commitment",
            Self::Unlimited => "unlimited",
        }
    }
}

/// Whether credits may be bought beside what the plan gives, and when they burn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUps {
    /// They may be bought, and burn while they are valid.
    #[default]
    Allowed,
    /// They may be bought, and burn only while the plan is active; without one they rest, and their validity runs on.
    WithPlan,
    /// They may not be bought.
    Never,
}

/// What happens to captured or recorded usage that credits cannot cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OveragePolicy {
    /// Forgiven up to so many credits an event; the rest is owed.
    Forgive(Credits),
    /// Owed, and settled by the next credits that come.
    Owe,
    /// Owed; and no run is authorised until it is settled.
    Block,
}

/// A ceiling that the plan sets: copied to the organization as a cap of the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapTerms {
    /// Which runs.
    #[serde(default)]
    pub scope: LimitScope,
    /// Over which span.
    pub window: Window,
    /// How much.
    pub limit: CapLimit,
    /// What it does when reached.
    pub action: CapAction,
}

/// A rate that the plan sets: copied to the organization as a throttle of the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThrottleTerms {
    /// Which runs.
    #[serde(default)]
    pub scope: LimitScope,
    /// How many, or how much.
    pub limit: ThrottleLimit,
    /// Per what.
    pub per: ThrottlePeriod,
    /// How much at once.
    #[serde(default)]
    pub burst: Option<u32>,
    /// What happens beyond.
    pub then: ThrottleThen,
}

/// The terms of one version of a plan. Never edited once published. Stored as JSON (see the golden file in the tests).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanTerms {
    /// Its name, for people.
    pub name: String,
    /// Its kind.
    pub kind: PlanKind,
    /// The currency of its prices.
    pub currency: Currency,
    /// Credits for one major unit of money: the only place of a discount.
    pub conversion_rate: Decimal,
    /// Better rates for larger purchases, ascending. A purchase has one rate, the best that its amount reaches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversion_tiers: Vec<ConversionTier>,
    /// Price of an interval, where there is one.
    #[serde(default)]
    pub price: Option<Money>,
    /// How often the price is due and the plan renews.
    #[serde(default)]
    pub interval: Interval,
    /// How long the plan lasts, where it ends by itself: a trial's fourteen days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Validity>,
    /// Credits given again and again, by name.
    #[serde(
        default,
        alias = "allotment",
        deserialize_with = "stored::allotments",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub allotments: BTreeMap<Key, Allotment>,
    /// Members included.
    #[serde(default)]
    pub seats: Option<u32>,
    /// Price of one more member an interval; where absent there are no more than the included ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_seat_price: Option<Money>,
    /// Use cases included; all where absent.
    #[serde(default)]
    pub use_cases: Option<Vec<Key>>,
    /// Modes included; all where absent.
    #[serde(default)]
    pub modes: Option<Vec<Key>>,
    /// Platforms included; all where absent.
    #[serde(default)]
    pub platforms: Option<Vec<Key>>,
    /// Runs that cost nothing; the first that matches counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlimited: Vec<Unlimited>,
    /// What happens beyond the credits.
    pub overage: OveragePolicy,
    /// True where a run that lacks credits may degrade down the use case's ladder.
    #[serde(default)]
    pub degrade_without_credits: bool,
    /// Whether credits may be bought, and when they burn.
    #[serde(default)]
    pub top_ups: TopUps,
    /// How long bought credits live; for ever where absent.
    #[serde(
        default,
        alias = "top_up_valid_days",
        deserialize_with = "stored::validity",
        skip_serializing_if = "Option::is_none"
    )]
    pub top_up_valid: Option<Validity>,
    /// The use cases that bought credits may pay for; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_up_use_cases: Option<Vec<Key>>,
    /// Percent of the credits given below which somebody is told that they run low.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_balance_percent: Option<u8>,
    /// What customers are told about failed runs, by use case.
    #[serde(default)]
    pub refunds: BTreeMap<Key, String>,
    /// Vendor ceilings by name.
    #[serde(default)]
    pub caps: BTreeMap<Key, CapTerms>,
    /// Vendor throttles by name.
    #[serde(default)]
    pub throttles: BTreeMap<Key, ThrottleTerms>,
}

/// A published version of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanVersion {
    /// Its identifier.
    pub id: PlanVersionId,
    /// The plan.
    pub plan: Key,
    /// 1, 2, 3…
    pub number: i64,
    /// The terms.
    pub terms: PlanTerms,
}

/// Percentages of a ceiling at which somebody is told.
pub const CEILING_THRESHOLDS: [u8; 3] = [50, 80, 100];

impl PlanTerms {
    /// A plan that includes everything and gives nothing: use beyond the credits is owed.
    pub fn new(name: impl Into<String>, kind: PlanKind, currency: Currency, conversion_rate: Decimal) -> Self {
        Self {
            name: name.into(),
            kind,
            currency,
            conversion_rate,
            conversion_tiers: Vec::new(),
            price: None,
            interval: Interval::Month,
            lasts: None,
            allotments: BTreeMap::new(),
            seats: None,
            extra_seat_price: None,
            use_cases: None,
            modes: None,
            platforms: None,
            unlimited: Vec::new(),
            overage: OveragePolicy::Owe,
            degrade_without_credits: false,
            top_ups: TopUps::Allowed,
            top_up_valid: None,
            top_up_use_cases: None,
            low_balance_percent: None,
            refunds: BTreeMap::new(),
            caps: BTreeMap::new(),
            throttles: BTreeMap::new(),
        }
    }

    /// Its ceilings as limits of the vendor, each with an identifier from `id`.
    pub fn ceilings(&self, mut id: impl FnMut() -> Uuid) -> (Vec<Cap>, Vec<Throttle>) {
        let caps = self.caps.iter().map(|(name, terms)| Cap {
            id: CapId::from_uuid(id()),
            name: name.clone(),
            owner: LimitOwner::Vendor,
            scope: terms.scope.clone(),
            window: terms.window,
            limit: terms.limit,
            action: terms.action,
            thresholds: CEILING_THRESHOLDS.to_vec(),
        });
        let caps = caps.collect();
        let throttles = self.throttles.iter().map(|(name, terms)| Throttle {
            id: ThrottleId::from_uuid(id()),
            name: name.clone(),
            owner: LimitOwner::Vendor,
            scope: terms.scope.clone(),
            limit: terms.limit,
            per: terms.per,
            burst: terms.burst,
            then: terms.then,
        });
        (caps, throttles.collect())
    }

    /// The price of one interval with so many members beyond those included; `None` where nothing is charged, the plan
    /// sells no such members, or the sum does not fit.
    pub fn interval_price(&self, extra_seats: u32) -> Option<Money> {
        let base = self.price.map_or(0, |price| price.minor);
        let seats = match self.extra_seat_price {
            Some(price) => price.minor.checked_mul(i64::from(extra_seats))?,
            None if extra_seats > 0 => return None,
            None => 0,
        };
        let minor = base.checked_add(seats)?;
        (minor > 0).then(|| Money::new(minor, self.currency))
    }

    /// True where `available` credits of `granted` are so few that somebody should be told.
    pub fn is_low(&self, available: Credits, granted: Credits) -> bool {
        self.low_balance_percent.is_some_and(|percent| {
            granted.is_positive()
                && i128::from(available.micros()) * 100 < i128::from(granted.micros()) * i128::from(percent)
        })
    }
}

#[cfg(test)]
mod tests;
