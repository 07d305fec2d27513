//! What usage would have cost by other prices: exact, because runs that are alike are priced as one run and counted.
//!
//! A price is that of one run (volume tiers, minimums and the rounding are), so no sum of usage can be priced; a [`Shape`]
//! with the number of its runs can. How they are counted and kept is the store's affair.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::Rates;
use crate::credits::Credits;
use crate::hold::Run;
use crate::key::Key;
use crate::plan::PlanTerms;
use crate::quantity::Quantity;
use crate::timestamp::Timestamp;

/// Everything by which a run is priced: two runs of one shape cost the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// The use case.
    pub use_case: Key,
    /// The mode.
    pub mode: Key,
    /// The platform.
    pub platform: Key,
    /// What it used, by meter.
    pub quantities: BTreeMap<Key, Quantity>,
}

/// What a number of runs cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Credits charged.
    pub credits: Credits,
    /// Runs that the rates have no price for: they would be refused.
    pub unpriced: i64,
}

impl Cost {
    /// The sum; `None` where it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            credits: self.credits.checked_add(other.credits)?,
            unpriced: self.unpriced.checked_add(other.unpriced)?,
        })
    }
}

impl Shape {
    /// Of a run that used so much.
    pub fn of(run: &Run, quantities: &BTreeMap<Key, Quantity>) -> Self {
        Self {
            use_case: run.use_case.clone(),
            mode: run.mode.clone(),
            platform: run.platform.clone(),
            quantities: quantities.clone(),
        }
    }

    fn run(&self) -> Run {
        Run {
            use_case: self.use_case.clone(),
            mode: self.mode.clone(),
            platform: self.platform.clone(),
            subject: None,
            api_key: None,
        }
    }

    /// What so many runs of this shape are charged by `rates` under a plan; `None` where the sum does not fit. A run
    /// without quantities failed, and costs nothing by any rates.
    pub fn cost(&self, rates: &Rates, terms: Option<&PlanTerms>, runs: i64) -> Option<Cost> {
        if self.quantities.is_empty() {
            return Some(Cost::default());
        }
        let run = self.run();
        let Ok(price) = rates.price(&run, &self.quantities) else {
            return Some(Cost {
                credits: Credits::ZERO,
                unpriced: runs,
            });
        };
        let charged = terms.map_or(price.credits, |terms| terms.charge(&run, price).credits);
        Some(Cost {
            credits: Credits::from_micros(charged.micros().checked_mul(runs)?),
            unpriced: 0,
        })
    }
}

/// The day on which so many credits would have run out, of the burn by day in the order of time.
pub fn runs_out(amount: Credits, days: impl IntoIterator<Item = (Timestamp, Credits)>) -> Option<Timestamp> {
    let mut burned = Credits::ZERO;
    days.into_iter()
        .find(|(_, credits)| {
            burned = burned.checked_add(*credits).unwrap_or(amount);
            burned > amount
        })
        .map(|(day, _)| day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_run_out_on_the_day_that_goes_beyond_them() {
        let day = |n: i64, credits: i64| (Timestamp::from_seconds(n), Credits::from_whole(credits).unwrap());
        let amount = Credits::from_whole(10).unwrap();
        assert_eq!(runs_out(amount, [day(1, 4), day(2, 6), day(3, 0)]), None);
        assert_eq!(
            runs_out(amount, [day(1, 4), day(2, 6), day(3, 1)]),
            Some(Timestamp::from_seconds(3))
        );
        assert_eq!(runs_out(Credits::ZERO, []), None);
    }
}
