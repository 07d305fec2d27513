//! Fair use: a soft allowance per window, then a rate that shrinks step by step, and never to nothing.
//!
//! The rule alone: which rate holds after so much use. Counting the use and admitting runs at the rate is left to
//! `account`, which shows the standing with every answer.

use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::limit::{ThrottlePeriod, Window};

/// A rate of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FairRate {
    /// So many runs; one at least.
    pub requests: u32,
    /// Per what.
    pub per: ThrottlePeriod,
}

impl FairRate {
    /// True where it admits fewer runs in the same time than `other`.
    pub const fn is_slower_than(self, other: Self) -> bool {
        (self.requests as i64) * other.per.seconds() < (other.requests as i64) * self.per.seconds()
    }
}

/// What holds beyond so much use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FairStep {
    /// Use in the window, in credits at the rate card's price, beyond which it holds.
    pub above: Credits,
    /// The rate.
    pub rate: FairRate,
}

/// A soft allowance and the steps behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FairUse {
    /// Over which span use is counted. It begins anew with each.
    pub window: Window,
    /// The steps, ascending; the first begins where the soft allowance ends. One at least.
    pub steps: Vec<FairStep>,
}

/// Where a customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairStanding {
    /// Use in the window so far.
    pub used: Credits,
    /// How many steps it has gone down: 0 within the allowance.
    pub step: u32,
    /// The rate that holds; `None` within the allowance, where no rate of fair use does.
    pub rate: Option<FairRate>,
    /// The use beyond which it shrinks (again); `None` on the last step.
    pub next_above: Option<Credits>,
    /// The rate that holds beyond.
    pub next_rate: Option<FairRate>,
}

impl FairUse {
    /// Use in a window that has no effect.
    pub fn allowance(&self) -> Credits {
        self.steps.first().map_or(Credits::MAX, |step| step.above)
    }

    /// The standing after `used` in the window: what has been used and what open runs are reserved for, before the run
    /// that is asked about. A run that crosses a step is still admitted at the rate before it.
    pub fn standing(&self, used: Credits) -> FairStanding {
        let down = self.steps.partition_point(|step| step.above < used);
        let now = down.checked_sub(1).and_then(|last| self.steps.get(last));
        let next = self.steps.get(down);
        FairStanding {
            used,
            step: u32::try_from(down).unwrap_or(u32::MAX),
            rate: now.map(|step| step.rate),
            next_above: next.map(|step| step.above),
            next_rate: next.map(|step| step.rate),
        }
    }
}
