//! What one customer has otherwise than the plan says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::money::Money;
use crate::plan::{CapTerms, OveragePolicy, PlanTerms, ThrottleTerms};

/// What differs from a plan; what is absent stays as the plan says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overrides {
    /// Price of an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// Members included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// Price of one more member an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_seat_price: Option<Money>,
    /// Use cases included, in place of the plan's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_cases: Option<Vec<Key>>,
    /// Modes included, in place of the plan's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modes: Option<Vec<Key>>,
    /// Platforms included, in place of the plan's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platforms: Option<Vec<Key>>,
    /// What happens beyond the credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overage: Option<OveragePolicy>,
    /// Percent below which somebody is told; 0: nobody is, whatever the plan says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_balance_percent: Option<u8>,
    /// What the customer is told about failed runs, by use case: beside the plan's words or in place of them; `null` takes
    /// the plan's away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refunds: BTreeMap<Key, Option<String>>,
    /// Ceilings beside the plan's or in place of one of that name; `null` takes the plan's away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub caps: BTreeMap<Key, Option<CapTerms>>,
    /// Throttles likewise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub throttles: BTreeMap<Key, Option<ThrottleTerms>>,
}

impl Overrides {
    /// Writes what differs over the terms of a plan.
    pub fn apply(&self, terms: &mut PlanTerms) {
        replace(&mut terms.price, self.price.as_ref());
        replace(&mut terms.seats, self.seats.as_ref());
        replace(&mut terms.extra_seat_price, self.extra_seat_price.as_ref());
        replace(&mut terms.use_cases, self.use_cases.as_ref());
        replace(&mut terms.modes, self.modes.as_ref());
        replace(&mut terms.platforms, self.platforms.as_ref());
        if let Some(percent) = self.low_balance_percent {
            terms.low_balance_percent = (percent > 0).then_some(percent);
        }
        if let Some(overage) = self.overage {
            terms.overage = overage;
        }
        merge(&mut terms.refunds, &self.refunds);
        merge(&mut terms.caps, &self.caps);
        merge(&mut terms.throttles, &self.throttles);
    }
}

fn replace<T: Clone>(of_plan: &mut Option<T>, own: Option<&T>) {
    if let Some(own) = own {
        *of_plan = Some(own.clone());
    }
}

fn merge<T: Clone>(of_plan: &mut BTreeMap<Key, T>, own: &BTreeMap<Key, Option<T>>) {
    for (name, terms) in own {
        match terms {
            Some(terms) => of_plan.insert(name.clone(), terms.clone()),
            None => of_plan.remove(name),
        };
    }
}
