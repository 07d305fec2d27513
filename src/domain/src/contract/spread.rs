//! How a sum is spread over a contract's term: all at once, evenly, or by a table of percentages.
//!
//! Parts are cut down to the smallest unit and the last one has the remainder, so that they sum to the whole exactly.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ContractError;
use crate::plan::Interval;

/// The most decimal places of a percentage.
const PERCENT_PLACES_MAX: u32 = 6;

/// A part of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Months after the term's first day; 0 for that day itself.
    pub month: u32,
    /// How much of the sum, in percent; above zero.
    pub percent: Decimal,
}

/// A sum over a term.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// On the first day.
    #[default]
    AtOnce,
    /// In equal parts, at the beginning of each interval.
    Every(Interval),
    /// By a table, ascending; the percentages are 100 together.
    Table(Vec<Part>),
}

/// A part of a term: when it is due and how it weighs against the others.
#[cfg(feature = "engine")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weighed {
    /// Months after the term's first day.
    pub(super) month: u32,
    /// Its weight: millionths of a percent in a table.
    pub(super) weight: i128,
}

impl Spread {
    /// The parts in a term of so many months.
    #[cfg(feature = "engine")]
    pub(super) fn parts(&self, months: u32) -> Vec<Weighed> {
        let even = |month| Weighed { month, weight: 1 };
        match self {
            Self::AtOnce => vec![even(0)],
            Self::Every(interval) => {
                let step = usize::try_from(interval.months()).unwrap_or(1);
                (0..months).step_by(step).map(even).collect()
            }
            Self::Table(parts) => parts
                .iter()
                .map(|part| Weighed {
                    month: part.month,
                    weight: weight_of(part.percent),
                })
                .collect(),
        }
    }

    /// Checks a spread over a term of so many months: a table has parts above zero, ascending, within the term, 100
    /// percent together.
    pub(super) fn validate(&self, what: &'static str, months: u32) -> Result<(), ContractError> {
        let Self::Table(parts) = self else { return Ok(()) };
        let wrong = |fault| Err(ContractError::Table { what, fault });
        if parts.is_empty() {
            return wrong("has at least one line");
        }
        let fine = |part: &Part| part.percent.normalize().scale() > PERCENT_PLACES_MAX;
        if parts.iter().any(|part| part.percent <= Decimal::ZERO || fine(part)) {
            return wrong("has percentages above zero with at most six decimal places");
        }
        if parts.windows(2).any(|pair| pair[1].month <= pair[0].month) {
            return wrong("has its months in order, each once");
        }
        if parts.iter().any(|part| part.month >= months) {
            return wrong("ends within the term");
        }
        if parts.iter().map(|part| part.percent).sum::<Decimal>() != Decimal::ONE_HUNDRED {
            return wrong("adds up to 100 percent");
        }
        Ok(())
    }
}

#[cfg(feature = "engine")]
fn weight_of(percent: Decimal) -> i128 {
    let scaled = percent * Decimal::from(10_i64.pow(PERCENT_PLACES_MAX));
    i128::try_from(scaled.trunc()).unwrap_or(0)
}

/// Divides `amount` (zero or more) by weights (above zero): each part cut down to a whole unit, the last with the rest.
#[cfg(feature = "engine")]
pub(super) fn divide(amount: i64, weights: &[Weighed]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|part| part.weight).sum();
    let mut left = amount;
    let last = weights.len().saturating_sub(1);
    let mut parts = Vec::with_capacity(weights.len());
    for (place, part) in weights.iter().enumerate() {
        let share = if place == last {
            left
        } else {
            let share = (i128::from(amount) * part.weight).checked_div(whole);
            share.and_then(|share| i64::try_from(share).ok()).unwrap_or(0)
        };
        left -= share;
        parts.push(share);
    }
    parts
}
