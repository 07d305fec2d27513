//! What a run costs and why: every meter by its tiers, times mode and platform or by an exception, then the minimum;
//! exact, and rounded once, half-even, at the micro-credit. The figure and its explanation come from the same steps.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Rates, Tier};
use crate::credits::Credits;
use crate::hold::Run;
use crate::key::Key;
use crate::quantity::Quantity;

/// A price: exact and rounded once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Before rounding, in credits: to 28 digits, where a rate does not divide evenly.
    pub exact: Decimal,
    /// Rounded half-even at the micro-credit.
    pub credits: Credits,
}

/// What stands between a rate and a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// The multipliers of mode and platform.
    Multipliers {
        /// Of the mode.
        mode: Decimal,
        /// Of the platform.
        platform: Decimal,
    },
    /// Nothing: the combination has a price of its own.
    Exception,
}

/// One line of an explained price: the units of a meter in one tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceLine {
    /// The meter.
    pub meter: Key,
    /// What one unit is called.
    pub unit: Option<String>,
    /// The units of the run beyond which this tier holds; zero for the first.
    pub above: Decimal,
    /// Units in this tier.
    pub quantity: Decimal,
    /// Units that `credits` buy.
    pub per: Decimal,
    /// Credits for `per` units.
    pub credits: Decimal,
    /// What it is multiplied by.
    pub factor: Factor,
    /// What these units cost, in credits: to 28 digits, where it does not divide evenly.
    pub exact: Decimal,
}

/// A price with its lines, as a quote and the page of rates show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pricing {
    /// Meter by meter in the order of their keys, tier by tier.
    pub lines: Vec<PriceLine>,
    /// The least that a run costs, where it lifted the price.
    pub minimum: Option<Decimal>,
    /// What it comes to.
    pub price: Price,
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

/// The units of a run in one tier, and the tier's price.
#[derive(Clone, Copy)]
struct Band {
    above: Decimal,
    units: Decimal,
    credits: Decimal,
}

/// The bands that a quantity reaches: the first always, so that nothing used has its line too.
fn bands(first: Decimal, tiers: &[Tier], quantity: Decimal) -> impl Iterator<Item = Band> {
    let starts = std::iter::once((Decimal::ZERO, first)).chain(tiers.iter().map(|tier| (tier.above, tier.credits)));
    let ends = tiers.iter().map(|tier| Some(tier.above)).chain(std::iter::once(None));
    starts
        .zip(ends)
        .take_while(move |((above, _), _)| above.is_zero() || quantity > *above)
        .map(move |((above, credits), end)| Band {
            above,
            units: end.map_or(quantity, |end| quantity.min(end)) - above,
            credits,
        })
}

/// What a meter is priced by in one mode on one platform.
struct Scale {
    factor: Factor,
    per: Decimal,
}

impl Scale {
    /// Credits for a sum of units × credits. The division comes last: a third times three would not be whole again.
    fn apply(&self, product: Decimal) -> Option<Decimal> {
        let product = match self.factor {
            Factor::Multipliers { mode, platform } => product.checked_mul(mode)?.checked_mul(platform)?,
            Factor::Exception => product,
        };
        product.checked_div(self.per)
    }
}

impl Rates {
    /// Prices a run: the sum over its meters of units × credits (by tiers), times the multipliers of mode and platform or
    /// by the exception of the combination, divided by `per`; lifted to the use case's minimum where it is above zero;
    /// exact, then rounded once.
    ///
    /// # Errors
    /// A [`PriceError`] that names what is unknown or does not fit.
    pub fn price(&self, run: &Run, quantities: &BTreeMap<Key, Quantity>) -> Result<Price, PriceError> {
        self.work_out(run, quantities, |_| {}).map(|(price, _)| price)
    }

    /// The same price with the lines that it is made of.
    ///
    /// # Errors
    /// As [`Rates::price`].
    pub fn explain(&self, run: &Run, quantities: &BTreeMap<Key, Quantity>) -> Result<Pricing, PriceError> {
        let mut lines = Vec::new();
        let (price, minimum) = self.work_out(run, quantities, |line| lines.push(line()))?;
        Ok(Pricing { lines, minimum, price })
    }

    /// Works a price out, giving each line to `tell` (as a function, so that a price alone makes no lines).
    fn work_out(
        &self,
        run: &Run,
        quantities: &BTreeMap<Key, Quantity>,
        mut tell: impl FnMut(&dyn Fn() -> PriceLine),
    ) -> Result<(Price, Option<Decimal>), PriceError> {
        let use_case = self.use_case(&run.use_case)?;
        let mode = self.mode(use_case, &run.mode)?;
        let platform = self.platforms.get(&run.platform).copied();
        let platform = platform.ok_or_else(|| PriceError::UnknownPlatform(run.platform.clone()))?;
        if quantities.is_empty() {
            return Err(PriceError::NoQuantity);
        }
        let exception = use_case.exception(&run.mode, &run.platform);
        let mut sum = Decimal::ZERO;
        for (meter, quantity) in quantities {
            let rate = use_case.meters.get(meter);
            let rate = rate.ok_or_else(|| PriceError::UnknownMeter(meter.clone()))?;
            let own = exception.and_then(|exception| exception.meters.get(meter));
            let (first, tiers, factor) = match own {
                Some(own) => (own.credits, &own.tiers, Factor::Exception),
                None => (rate.credits, &rate.tiers, Factor::Multipliers { mode, platform }),
            };
            let scale = Scale { factor, per: rate.per };
            let mut product = Decimal::ZERO;
            for band in bands(first, tiers, quantity.to_decimal()) {
                let part = band.units.checked_mul(band.credits).ok_or(PriceError::TooLarge)?;
                product = product.checked_add(part).ok_or(PriceError::TooLarge)?;
                let exact = scale.apply(part).ok_or(PriceError::TooLarge)?;
                tell(&|| PriceLine {
                    meter: meter.clone(),
                    unit: rate.unit.clone(),
                    above: band.above,
                    quantity: band.units,
                    per: rate.per,
                    credits: band.credits,
                    factor,
                    exact: exact.normalize(),
                });
            }
            let part = scale.apply(product).ok_or(PriceError::TooLarge)?;
            sum = sum.checked_add(part).ok_or(PriceError::TooLarge)?;
        }
        let minimum = use_case.minimum.filter(|minimum| sum > Decimal::ZERO && sum < *minimum);
        let exact = minimum.unwrap_or(sum).normalize();
        let credits = Credits::round(exact).map_err(|_| PriceError::TooLarge)?;
        Ok((Price { exact, credits }, minimum))
    }
}
