//! What money buys: the conversion rate, and better ones for larger purchases. Every discount lives here, none elsewhere.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::PlanTerms;
use crate::credits::{Credits, CreditsError};
use crate::money::Money;

/// A better rate for larger purchases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversionTier {
    /// The least amount of one purchase that has it.
    pub from: Money,
    /// Credits for one major unit of money, for the whole purchase.
    pub rate: Decimal,
}

impl PlanTerms {
    /// The rate of a purchase of that amount: the best that the amount reaches, for all of it. More money never buys
    /// fewer credits.
    pub fn rate_for(&self, amount: Money) -> Decimal {
        rate_for(self.conversion_rate, &self.conversion_tiers, amount)
    }

    /// The credits that one purchase of that amount buys, rounded half-even to the micro-credit.
    ///
    /// # Errors
    /// [`CreditsError::TooLarge`] where they do not fit.
    pub fn buys(&self, amount: Money) -> Result<Credits, CreditsError> {
        amount.buys(self.rate_for(amount))
    }
}

/// The rate of a purchase of that amount, where `base` is the rate of the smallest (see [`PlanTerms::rate_for`]).
pub fn rate_for(base: Decimal, tiers: &[ConversionTier], amount: Money) -> Decimal {
    let reached = tiers.iter().take_while(|tier| tier.from.minor <= amount.minor);
    reached.last().map_or(base, |tier| tier.rate)
}

/// The discount of `agreed` credits for a unit of money against `list`, in percent of the price of a credit: 100 for 78
/// is 22. `None` where a rate is not above zero.
pub fn discount_percent(list: Decimal, agreed: Decimal) -> Option<Decimal> {
    if list <= Decimal::ZERO || agreed <= Decimal::ZERO {
        return None;
    }
    let price = list.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(agreed)?;
    Decimal::ONE_HUNDRED
        .checked_sub(price)
        .map(|percent| percent.normalize())
}
