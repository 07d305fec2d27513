//! What is sold: use cases with their meters, modes and platforms, and the versions of the rate card that prices them.
//!
//! A version is never edited. A run is priced by the version in force at the time of its use; the first version
//! prices everything before it too.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::hold::Run;
use crate::id::RateCardVersionId;
use crate::key::Key;
use crate::quantity::Quantity;
use crate::timestamp::Timestamp;

/// The price of one meter: `credits` for every `per` units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Units that `credits` buy; above zero. One where absent.
    #[serde(default = "one")]
    pub per: Decimal,
    /// Credits for `per` units; zero or more.
    pub credits: Decimal,
    /// What one unit is called, for people: `token`, `image`, `minute`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

fn one() -> Decimal {
    Decimal::ONE
}

/// Something that is metered and sold: a coding assistant, an image renderer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseCase {
    /// Its name, for people.
    pub name: String,
    /// The modes it offers, in the order in which a run degrades; empty: every mode, never degraded.
    #[serde(default)]
    pub ladder: Vec<Key>,
    /// The meters and their rates.
    pub meters: BTreeMap<Key, Rate>,
}

/// One version of the prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Mode and its multiplier on every rate.
    pub modes: BTreeMap<Key, Decimal>,
    /// Platform and its multiplier on every rate.
    pub platforms: BTreeMap<Key, Decimal>,
    /// Use cases.
    pub use_cases: BTreeMap<Key, UseCase>,
}

/// A published version of the rate card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateCard {
    /// Its identifier.
    pub id: RateCardVersionId,
    /// 1, 2, 3…
    pub number: i64,
    /// From when it prices.
    pub effective_at: Timestamp,
    /// The prices.
    pub rates: Rates,
}

/// All published versions, oldest first. Never empty once an installation is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Ordered by `effective_at`.
    pub versions: Vec<RateCard>,
}

/// A price: exact and rounded once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Before rounding, in credits: to 28 digits, where a rate does not divide evenly.
    pub exact: Decimal,
    /// Rounded half-even at the micro-credit.
    pub credits: Credits,
}

/// Why a run has no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", content = "name", rename_all = "snake_case")]
pub enum PriceError {
    /// No catalogue was published.
    #[error("no rate card is published yet")]
    NoRateCard,
    /// No such use case.
    #[error("there is no use case {0}")]
    UnknownUseCase(Key),
    /// No such mode, or the use case does not offer it.
    #[error("there is no mode {0} for this use case")]
    UnknownMode(Key),
    /// No such platform.
    #[error("there is no platform {0}")]
    UnknownPlatform(Key),
    /// The use case does not count this.
    #[error("the use case has no meter {0}")]
    UnknownMeter(Key),
    /// No quantity was given.
    #[error("no quantity is given")]
    NoQuantity,
    /// `quantity` was given, but the use case has several meters.
    #[error("the use case has several meters: name them in quantities")]
    AmbiguousQuantity,
    /// The price does not fit.
    #[error("the price is too large")]
    TooLarge,
}

/// Why prices are not valid in themselves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RatesError {
    /// There is no mode, platform or use case.
    #[error("name at least one {0}")]
    Nothing(&'static str),
    /// A multiplier or rate below zero.
    #[error("{0} is below zero")]
    Negative(String),
    /// `per` is zero or less.
    #[error("per of {0} is not above zero")]
    Per(String),
    /// A use case without meters.
    #[error("use case {0} counts nothing: give it a meter")]
    NoMeter(Key),
    /// A ladder names a mode that there is not, or names one twice.
    #[error("the ladder of use case {use_case} names {mode}, which is no mode or stands there already")]
    Ladder {
        /// The use case.
        use_case: Key,
        /// The mode.
        mode: Key,
    },
}

impl Catalogue {
    /// The version in force at `at`: the last one effective by then, or the first of all.
    pub fn at(&self, at: Timestamp) -> Option<&RateCard> {
        let later = self.versions.partition_point(|version| version.effective_at <= at);
        self.versions.get(later.saturating_sub(1))
    }
}

impl Rates {
    /// Prices a run: the sum over its meters of `quantity / per * credits`, times the multipliers of mode and
    /// platform; exact, then rounded once.
    ///
    /// # Errors
    /// A [`PriceError`] that names what is unknown or does not fit.
    pub fn price(&self, run: &Run, quantities: &BTreeMap<Key, Quantity>) -> Result<Price, PriceError> {
        let use_case = self.use_case(&run.use_case)?;
        let mode = self.mode(use_case, &run.mode)?;
        let platform = self
            .platforms
            .get(&run.platform)
            .ok_or_else(|| PriceError::UnknownPlatform(run.platform.clone()))?;
        if quantities.is_empty() {
            return Err(PriceError::NoQuantity);
        }
        let mut sum = Decimal::ZERO;
        for (meter, quantity) in quantities {
            let rate = use_case
                .meters
                .get(meter)
                .ok_or_else(|| PriceError::UnknownMeter(meter.clone()))?;
            // Division comes last: a third that is multiplied by three would not be whole again.
            let part = quantity
                .to_decimal()
                .checked_mul(rate.credits)
                .and_then(|product| product.checked_mul(mode))
                .and_then(|product| product.checked_mul(*platform))
                .and_then(|product| product.checked_div(rate.per))
                .ok_or(PriceError::TooLarge)?;
            sum = sum.checked_add(part).ok_or(PriceError::TooLarge)?;
        }
        let exact = sum.normalize();
        let credits = Credits::round(exact).map_err(|_| PriceError::TooLarge)?;
        Ok(Price { exact, credits })
    }

    /// Checks that everything can be priced: multipliers and rates of zero or more, `per` above zero, at least one
    /// meter a use case, ladders of modes that there are.
    ///
    /// # Errors
    /// The first [`RatesError`] found.
    pub fn validate(&self) -> Result<(), RatesError> {
        for (what, is_empty) in [
            ("mode", self.modes.is_empty()),
            ("platform", self.platforms.is_empty()),
            ("use case", self.use_cases.is_empty()),
        ] {
            if is_empty {
                return Err(RatesError::Nothing(what));
            }
        }
        for (what, multipliers) in [("mode", &self.modes), ("platform", &self.platforms)] {
            let mut negative = multipliers
                .iter()
                .filter(|(_, multiplier)| **multiplier < Decimal::ZERO);
            if let Some((key, _)) = negative.next() {
                return Err(RatesError::Negative(format!("the multiplier of {what} {key}")));
            }
        }
        self.use_cases
            .iter()
            .try_for_each(|(key, use_case)| use_case.validate(key, &self.modes))
    }

    /// The quantities of a run that names none of its meters: `quantity` of its only one.
    ///
    /// # Errors
    /// [`PriceError::UnknownUseCase`], or [`PriceError::AmbiguousQuantity`] where it has several.
    pub fn single_quantity(&self, use_case: &Key, quantity: Quantity) -> Result<BTreeMap<Key, Quantity>, PriceError> {
        let meter = self.use_case(use_case)?.single_meter();
        let meter = meter.ok_or(PriceError::AmbiguousQuantity)?;
        Ok(BTreeMap::from([(meter.clone(), quantity)]))
    }

    /// The use case of that key.
    pub fn use_case(&self, key: &Key) -> Result<&UseCase, PriceError> {
        self.use_cases
            .get(key)
            .ok_or_else(|| PriceError::UnknownUseCase(key.clone()))
    }

    /// The multiplier of a mode that the use case offers.
    pub fn mode(&self, use_case: &UseCase, mode: &Key) -> Result<Decimal, PriceError> {
        let offered = use_case.ladder.is_empty() || use_case.ladder.contains(mode);
        let multiplier = if offered { self.modes.get(mode) } else { None };
        multiplier.copied().ok_or_else(|| PriceError::UnknownMode(mode.clone()))
    }
}

impl UseCase {
    fn validate(&self, key: &Key, modes: &BTreeMap<Key, Decimal>) -> Result<(), RatesError> {
        if self.meters.is_empty() {
            return Err(RatesError::NoMeter(key.clone()));
        }
        for (place, mode) in self.ladder.iter().enumerate() {
            if !modes.contains_key(mode) || self.ladder[..place].contains(mode) {
                return Err(RatesError::Ladder {
                    use_case: key.clone(),
                    mode: mode.clone(),
                });
            }
        }
        for (meter, rate) in &self.meters {
            if rate.per <= Decimal::ZERO {
                return Err(RatesError::Per(format!("{key}.{meter}")));
            }
            if rate.credits < Decimal::ZERO {
                return Err(RatesError::Negative(format!("the rate of {key}.{meter}")));
            }
        }
        Ok(())
    }

    /// The mode below `mode` on the ladder.
    pub fn next_mode(&self, mode: &Key) -> Option<&Key> {
        let here = self.ladder.iter().position(|step| step == mode)?;
        self.ladder.get(here + 1)
    }

    /// Its only meter, where it has just one.
    pub fn single_meter(&self) -> Option<&Key> {
        if self.meters.len() == 1 {
            self.meters.keys().next()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
