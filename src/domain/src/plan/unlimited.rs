//! Runs that cost nothing under a plan: a relaxed mode without end, or everything.
//!
//! The rate card stays the same for every plan: such a run has its price like any other, and the plan says that nothing of
//! it is charged. Fair use counts that price.

use serde::{Deserialize, Serialize};

use super::{FairUse, PlanTerms};
use crate::catalogue::Price;
use crate::credits::Credits;
use crate::hold::Run;
use crate::key::Key;

/// Runs that cost nothing: those that match every given dimension; none given means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlimited {
    /// Only this use case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_case: Option<Key>,
    /// Only this mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Key>,
    /// Only this platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Key>,
    /// How the rate shrinks with use; never where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fair_use: Option<FairUse>,
}

impl Unlimited {
    /// True where it is about every run.
    pub fn is_of_all(&self) -> bool {
        self.use_case.is_none() && self.mode.is_none() && self.platform.is_none()
    }

    /// True where it is about `run`.
    pub fn matches(&self, run: &Run) -> bool {
        run.has(self.use_case.as_ref(), self.mode.as_ref(), self.platform.as_ref())
    }
}

/// What a run is charged under a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge<'a> {
    /// What the rate card says it costs: what fair use counts.
    pub list: Price,
    /// What is charged: the same, or nothing.
    pub credits: Credits,
    /// The place in the terms' list, and the terms, by which it costs nothing.
    pub unlimited: Option<(usize, &'a Unlimited)>,
}

impl PlanTerms {
    /// What a run of that price is charged: nothing where the plan includes it without limit, else the price.
    pub fn charge(&self, run: &Run, list: Price) -> Charge<'_> {
        let mut entries = self.unlimited.iter().enumerate();
        let unlimited = entries.find(|(_, unlimited)| unlimited.matches(run));
        let credits = if unlimited.is_some() {
            Credits::ZERO
        } else {
            list.credits
        };
        Charge {
            list,
            credits,
            unlimited,
        }
    }
}
