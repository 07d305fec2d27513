//! Plans: what a customer may use, at which conversion rate, under which ceilings.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::id::PlanVersionId;
use crate::key::Key;
use crate::limit::{CapAction, CapLimit, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window};
use crate::money::{Currency, Money};

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
    /// Price of a period (a month; for a commitment the whole), where there is one.
    #[serde(default)]
    pub price: Option<Money>,
    /// Credits given each period.
    #[serde(default)]
    pub allotment: Option<Credits>,
    /// Members included.
    #[serde(default)]
    pub seats: Option<u32>,
    /// Use cases included; all where absent.
    #[serde(default)]
    pub use_cases: Option<Vec<Key>>,
    /// Modes included; all where absent.
    #[serde(default)]
    pub modes: Option<Vec<Key>>,
    /// Platforms included; all where absent.
    #[serde(default)]
    pub platforms: Option<Vec<Key>>,
    /// What happens beyond the credits.
    pub overage: OveragePolicy,
    /// True where a run that lacks credits may degrade down the use case's ladder.
    #[serde(default)]
    pub degrade_without_credits: bool,
    /// Days that bought credits live; for ever where absent.
    #[serde(default)]
    pub top_up_valid_days: Option<u32>,
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
