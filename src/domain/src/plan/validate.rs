//! Which terms make sense in themselves: what is published passes here first. What the rate card knows of use cases, modes
//! and platforms is checked by whoever has both.

use rust_decimal::Decimal;

use super::{Allotment, Every, FairUse, OveragePolicy, PlanKind, PlanTerms, Rollover, TopUps, Validity};
use crate::credits::Credits;
use crate::key::Key;
use crate::limit::{CapLimit, LimitError, validate_rate};
use crate::money::Money;

/// The most intervals that an allotment lives.
const ALLOTMENT_INTERVALS_MAX: u32 = 120;

/// Why terms are not valid in themselves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The conversion rate is zero or less.
    #[error("the conversion rate is above zero")]
    ConversionRate,
    /// Rates for larger purchases that do not rise.
    #[error("rates for larger purchases rise: each from a larger amount, each better than the one before")]
    ConversionTiers,
    /// An amount below zero.
    #[error("{0} is never negative")]
    Negative(&'static str),
    /// Money in another currency than the plan's.
    #[error("{0} is in another currency than the plan")]
    Currency(String),
    /// A span of no length.
    #[error("{0} is at least a day")]
    Validity(&'static str),
    /// A percentage out of range.
    #[error("low balance is told at 1 to 99 percent")]
    LowBalance,
    /// An unlimited plan without anything unlimited.
    #[error("an unlimited plan says which runs cost nothing")]
    NothingUnlimited,
    /// Top-ups that may not be made have a validity or a scope.
    #[error("credits that may not be bought have no validity and no use cases")]
    NoTopUps,
    /// An allotment that is not valid.
    #[error("allotment {name}: {fault}")]
    Allotment {
        /// Its name.
        name: Key,
        /// What is wrong.
        fault: &'static str,
    },
    /// A fair use that is not valid.
    #[error("fair use: {0}")]
    FairUse(&'static str),
    /// A ceiling of nothing.
    #[error(
        "{0}: a ceiling allows more than zero; what is not to be used at all is left out of what the plan includes"
    )]
    NoCeiling(Key),
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
    /// Checks everything that can be checked without the rate card.
    ///
    /// # Errors
    /// The first [`PlanError`] found.
    pub fn validate(&self) -> Result<(), PlanError> {
        self.validate_money()?;
        for (name, allotment) in &self.allotments {
            if let Some(fault) = fault_of(allotment) {
                return Err(PlanError::Allotment {
                    name: name.clone(),
                    fault,
                });
            }
        }
        if self.lasts.is_some_and(Validity::is_zero) {
            return Err(PlanError::Validity("a plan that ends by itself"));
        }
        if self
            .low_balance_percent
            .is_some_and(|percent| !(1..=99).contains(&percent))
        {
            return Err(PlanError::LowBalance);
        }
        if self.kind == PlanKind::Unlimited && self.unlimited.is_empty() {
            return Err(PlanError::NothingUnlimited);
        }
        let mut fair = self
            .unlimited
            .iter()
            .filter_map(|unlimited| unlimited.fair_use.as_ref());
        fair.try_for_each(FairUse::validate)?;
        self.validate_limits()
    }

    fn validate_money(&self) -> Result<(), PlanError> {
        if self.conversion_rate <= Decimal::ZERO {
            return Err(PlanError::ConversionRate);
        }
        let (mut from, mut rate) = (0, self.conversion_rate);
        for tier in &self.conversion_tiers {
            self.check_currency(tier.from, "the amount of a better rate")?;
            if tier.from.minor <= from || tier.rate <= rate {
                return Err(PlanError::ConversionTiers);
            }
            (from, rate) = (tier.from.minor, tier.rate);
        }
        self.check_price(self.price, "a price", "the price")?;
        self.check_price(self.extra_seat_price, "the price of a seat", "the price of a seat")?;
        if matches!(self.overage, OveragePolicy::Forgive(most) if most.is_negative()) {
            return Err(PlanError::Negative("what is forgiven"));
        }
        if self.top_up_valid.is_some_and(Validity::is_zero) {
            return Err(PlanError::Validity("the life of bought credits"));
        }
        let has_terms = self.top_up_valid.is_some() || self.top_up_use_cases.is_some();
        if self.top_ups == TopUps::Never && has_terms {
            return Err(PlanError::NoTopUps);
        }
        Ok(())
    }

    fn validate_limits(&self) -> Result<(), PlanError> {
        for (name, terms) in &self.caps {
            let wrong = |error| PlanError::Limit {
                name: name.clone(),
                error,
            };
            terms.scope.validate().map_err(wrong)?;
            terms.window.validate().map_err(wrong)?;
            terms.limit.validate().map_err(wrong)?;
            if terms.limit.is_zero() {
                return Err(PlanError::NoCeiling(name.clone()));
            }
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

    fn check_price(&self, price: Option<Money>, negative: &'static str, currency: &str) -> Result<(), PlanError> {
        let Some(price) = price else { return Ok(()) };
        if price.minor < 0 {
            return Err(PlanError::Negative(negative));
        }
        self.check_currency(price, currency)
    }

    fn check_currency(&self, money: Money, what: &str) -> Result<(), PlanError> {
        if money.currency == self.currency {
            Ok(())
        } else {
            Err(PlanError::Currency(what.to_owned()))
        }
    }
}

fn fault_of(allotment: &Allotment) -> Option<&'static str> {
    if allotment.credits.is_negative() || allotment.per_extra_seat.is_negative() {
        return Some("an allotment is never negative");
    }
    if !(1..=ALLOTMENT_INTERVALS_MAX).contains(&allotment.lasts) {
        return Some("it lives 1 to 120 intervals");
    }
    if allotment.every == Every::Once && (allotment.lasts > 1 || allotment.rollover.carries()) {
        return Some("what is given once lives as long as the plan, and carries nothing over");
    }
    if allotment.rollover.carries() && allotment.lasts > 1 {
        return Some("what is carried over ends with each interval: give it a rollover or several intervals, not both");
    }
    if matches!(allotment.rollover, Rollover::UpTo(multiple) if multiple <= Decimal::ZERO) {
        return Some("it carries over a multiple above zero");
    }
    if allotment.use_cases.as_ref().is_some_and(Vec::is_empty) {
        return Some("it pays for at least one use case");
    }
    None
}

impl FairUse {
    fn validate(&self) -> Result<(), PlanError> {
        let wrong = |fault| Err(PlanError::FairUse(fault));
        if self.window.validate().is_err() {
            return wrong("a rolling window has 1 to 720 hours");
        }
        if self.steps.is_empty() {
            return wrong("it has at least one step");
        }
        if self.steps.iter().any(|step| step.rate.requests == 0) {
            return wrong("each step still admits a run: use slows down, it never stops");
        }
        if self.allowance() <= Credits::ZERO {
            return wrong("the first step begins above zero credits: what comes before it is the soft allowance");
        }
        for pair in self.steps.windows(2) {
            if pair[1].above <= pair[0].above {
                return wrong("each step begins above the one before");
            }
            if !pair[1].rate.is_slower_than(pair[0].rate) {
                return wrong("each step is slower than the one before");
            }
        }
        Ok(())
    }
}
