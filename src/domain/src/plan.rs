//! Plans: what a customer may use, at which conversion rate, under which ceilings.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::credits::Credits;
use crate::id::{CapId, PlanVersionId, ThrottleId};
use crate::key::Key;
use crate::limit::{
    Cap, CapAction, CapLimit, LimitError, LimitOwner, LimitScope, Throttle, ThrottleLimit, ThrottlePeriod,
    ThrottleThen, Window, validate_rate,
};
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

/// Percentages of a ceiling at which somebody is told.
pub const CEILING_THRESHOLDS: [u8; 3] = [50, 80, 100];

/// Why terms are not valid in themselves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The conversion rate is zero or less.
    #[error("the conversion rate is above zero")]
    ConversionRate,
    /// An amount below zero.
    #[error("{0} is never negative")]
    Negative(&'static str),
    /// Money in another currency than the plan's.
    #[error("{0} is in another currency than the plan")]
    Currency(String),
    /// A ceiling or throttle that is not valid.
    #[error("{name}: {error}")]
    Limit {
        /// Its name.
        name: Key,
        /// What is wrong.
        error: LimitError,
    },
}

impl PlanTerms {
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

    /// Checks everything that can be checked without the rate card.
    ///
    /// # Errors
    /// The first [`PlanError`] found.
    pub fn validate(&self) -> Result<(), PlanError> {
        if self.conversion_rate <= Decimal::ZERO {
            return Err(PlanError::ConversionRate);
        }
        if self.allotment.is_some_and(Credits::is_negative) {
            return Err(PlanError::Negative("an allotment"));
        }
        if let Some(price) = self.price {
            if price.minor < 0 {
                return Err(PlanError::Negative("a price"));
            }
            self.check_currency(price, "the price")?;
        }
        if matches!(self.overage, OveragePolicy::Forgive(most) if most.is_negative()) {
            return Err(PlanError::Negative("what is forgiven"));
        }
        for (name, terms) in &self.caps {
            let wrong = |error| PlanError::Limit {
                name: name.clone(),
                error,
            };
            terms.scope.validate().map_err(wrong)?;
            terms.window.validate().map_err(wrong)?;
            terms.limit.validate().map_err(wrong)?;
            if let CapLimit::Money(money) = terms.limit {
                self.check_currency(money, name.as_str())?;
            }
        }
        for (name, terms) in &self.throttles {
            let wrong = |error| PlanError::Limit {
                name: name.clone(),
                error,
            };
            terms.scope.validate().map_err(wrong)?;
            validate_rate(terms.limit, terms.per, terms.burst).map_err(wrong)?;
        }
        Ok(())
    }

    fn check_currency(&self, money: Money, what: &str) -> Result<(), PlanError> {
        if money.currency == self.currency {
            Ok(())
        } else {
            Err(PlanError::Currency(what.to_owned()))
        }
    }
}
