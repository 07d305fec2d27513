//! What usage would have cost by other prices: exact, because runs that are alike are priced as one run and counted.
//!
//! A price is that of one run (volume tiers, minimums and the rounding are), so no sum of usage can be priced; a [`Shape`]
//! with the number of its runs can. How they are counted and kept is the store's affair.

mod stock;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::Rates;
use crate::credits::Credits;
use crate::hold::Run;
use crate::key::Key;
use crate::plan::PlanTerms;
use crate::quantity::Quantity;

pub use stock::{Stock, run_out_days};

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
