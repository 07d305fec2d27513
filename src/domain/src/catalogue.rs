//! What is sold: use cases with their meters, modes and platforms, and the versions of the rate card that prices them.
//!
//! A version is never edited. A run is priced by the version in force at the time of its use; the first version
//! prices everything before it too. How a price comes about is `price`, what makes no sense is refused by `validate`,
//! and what a new version changes is told by `change`.

pub mod change;
mod price;
mod validate;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::id::RateCardVersionId;
use crate::key::Key;
use crate::quantity::Quantity;
use crate::timestamp::Timestamp;

pub use price::{Factor, Price, PriceError, PriceLine, Pricing};
pub use validate::RatesError;

/// A band of a graduated rate: what the units of one run beyond `above` cost, until the next band begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The band holds for the units of one run beyond this many. Above zero.
    pub above: Decimal,
    /// Credits for `per` units of the rate that it belongs to; zero or more.
    pub credits: Decimal,
}

/// The price of one meter: `credits` for every `per` units, and other prices for the units of one run beyond some
/// number.
///
/// Tiers are graduated: with 4 credits and a tier of 3 above 100, a run of 130 images costs 100 × 4 + 30 × 3. Each run
/// begins at the first unit again; what earlier runs used does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Units that `credits` buy; above zero. One where absent.
    #[serde(default = "one")]
    pub per: Decimal,
    /// Credits for `per` units, up to the first tier; zero or more.
    pub credits: Decimal,
    /// Prices beyond, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
    /// What one unit is called, for people: `token`, `image`, `minute`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

fn one() -> Decimal {
    Decimal::ONE
}

impl Rate {
    /// So many credits for `per` units, without tiers and without a word for the unit.
    pub const fn flat(credits: Decimal, per: Decimal) -> Self {
        Self {
            per,
            credits,
            tiers: Vec::new(),
            unit: None,
        }
    }
}

/// The price of one meter in one mode on one platform, in place of the rate and both multipliers. It counts by the
/// rate's own `per`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnRate {
    /// Credits for `per` units of the meter's rate, up to the first tier; zero or more.
    pub credits: Decimal,
    /// Prices beyond, ascending; those of the rate do not apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
}

/// Prices of their own for one combination of use case, mode and platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The mode.
    pub mode: Key,
    /// The platform.
    pub platform: Key,
    /// The meters that have a price of their own here; the others keep rate and multipliers.
    pub meters: BTreeMap<Key, OwnRate>,
}

/// Something that is metered and sold: a coding assistant, an image renderer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseCase {
    /// Its name, for people.
    pub name: String,
    /// The modes it offers, in the order in which a run degrades; empty: every mode, never degraded.
    #[serde(default)]
    pub ladder: Vec<Key>,
    /// The meters and their rates.
    pub meters: BTreeMap<Key, Rate>,
    /// The least that a run costs, in credits, whatever its mode and platform. A run that costs nothing stays free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Decimal>,
    /// Combinations with prices of their own; at most one for a mode and platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
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

impl Catalogue {
    /// The version in force at `at`: the last one effective by then, or the first of all.
    pub fn at(&self, at: Timestamp) -> Option<&RateCard> {
        let later = self.versions.partition_point(|version| version.effective_at <= at);
        self.versions.get(later.saturating_sub(1))
    }

    /// The version of that identifier.
    pub fn version(&self, id: RateCardVersionId) -> Option<&RateCard> {
        self.versions.iter().rev().find(|version| version.id == id)
    }
}

impl Rates {
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
        let multiplier = if use_case.offers(mode) {
            self.modes.get(mode)
        } else {
            None
        };
        multiplier.copied().ok_or_else(|| PriceError::UnknownMode(mode.clone()))
    }
}

impl UseCase {
    /// True where it runs in that mode.
    pub fn offers(&self, mode: &Key) -> bool {
        self.ladder.is_empty() || self.ladder.contains(mode)
    }

    /// The prices of its own that a combination has.
    pub fn exception(&self, mode: &Key, platform: &Key) -> Option<&Exception> {
        self.exceptions
            .iter()
            .find(|exception| exception.mode == *mode && exception.platform == *platform)
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
