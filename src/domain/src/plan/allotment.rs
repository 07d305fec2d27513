//! Allotments: credits that a plan gives again and again, how long they live, and what of them is carried over.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::PlanTerms;
use crate::credits::Credits;
use crate::key::Key;

/// A span of whole calendar months, counted from the organization's anchor day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// One month.
    #[default]
    Month,
    /// Three months.
    Quarter,
    /// Six months.
    HalfYear,
    /// Twelve months.
    Year,
}

impl Interval {
    /// Its length in months.
    pub const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }

    /// Its name as it stands in files and keys: `month`, `half_year`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::HalfYear => "half_year",
            Self::Year => "year",
        }
    }
}

/// How often an allotment is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Once an interval of the plan.
    #[default]
    Interval,
    /// Once, when the plan begins; it lives as long as the plan.
    Once,
    /// Once a month.
    Month,
    /// Once a quarter.
    Quarter,
    /// Once a half-year.
    HalfYear,
    /// Once a year.
    Year,
}

impl Every {
    /// The interval, where the plan's own is `plan`; `None` for [`Every::Once`].
    pub const fn interval(self, plan: Interval) -> Option<Interval> {
        match self {
            Self::Interval => Some(plan),
            Self::Once => None,
            Self::Month => Some(Interval::Month),
            Self::Quarter => Some(Interval::Quarter),
            Self::HalfYear => Some(Interval::HalfYear),
            Self::Year => Some(Interval::Year),
        }
    }
}

/// What of an allotment is carried over when it ends. What is carried lives until the next end, and can be carried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rollover {
    /// Nothing.
    #[default]
    None,
    /// All that is left.
    All,
    /// What is left, at most so many times the allotment.
    UpTo(Decimal),
}

/// Credits given again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allotment {
    /// Credits each time.
    pub credits: Credits,
    /// More of them for every member beyond those included.
    #[serde(default)]
    pub per_extra_seat: Credits,
    /// How often.
    #[serde(default)]
    pub every: Every,
    /// How many intervals they live: one for "until the next are given".
    #[serde(default = "one")]
    pub lasts: u32,
    /// What is carried over.
    #[serde(default)]
    pub rollover: Rollover,
    /// The use cases they pay for; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_cases: Option<Vec<Key>>,
}

const fn one() -> u32 {
    1
}

impl Allotment {
    /// So many credits an interval of the plan, for everything, until the interval ends.
    pub const fn plain(credits: Credits) -> Self {
        Self {
            credits,
            per_extra_seat: Credits::ZERO,
            every: Every::Interval,
            lasts: 1,
            rollover: Rollover::None,
            use_cases: None,
        }
    }

    /// What is given with so many members beyond those included; `None` on overflow.
    pub fn credits_with(&self, extra_seats: u32) -> Option<Credits> {
        let more = self.per_extra_seat.micros().checked_mul(i64::from(extra_seats))?;
        self.credits.checked_add(Credits::from_micros(more))
    }

    /// What is carried over of `left`, where the allotment that begins is of `given` credits. A multiple is cut to the
    /// micro-credit.
    pub fn carried(&self, left: Credits, given: Credits) -> Credits {
        match self.rollover {
            Rollover::None => Credits::ZERO,
            Rollover::All => left,
            Rollover::UpTo(multiple) => {
                let most = Decimal::from(given.micros()).checked_mul(multiple);
                let most = most.and_then(|most| i64::try_from(most.trunc()).ok());
                most.map_or(left, |most| left.min(Credits::from_micros(most)))
            }
        }
    }
}

impl Rollover {
    /// True where something is carried over.
    pub fn carries(self) -> bool {
        self != Self::None
    }
}

impl PlanTerms {
    /// The credits of all allotments together; `None` where the plan gives none, or they do not fit.
    pub fn allotted(&self) -> Option<Credits> {
        let sum = Credits::checked_sum(self.allotments.values().map(|allotment| allotment.credits));
        sum.filter(|_| !self.allotments.is_empty())
    }
}
