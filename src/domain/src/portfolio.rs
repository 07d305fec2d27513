//! The vendor's view of its customers: health, credits that will go unused, and revenue that is not earned yet.
//!
//! Exact integers throughout. Which customers and grants are looked at, and since when, is left to the callers.

use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::money::Money;

/// Seconds in a week: credits that run out within it are a risk.
const RISK_SECONDS: i64 = 7 * 86_400;
/// Percent of the pace above which a customer is ahead.
const AHEAD_PERCENT: i128 = 115;
/// Percent of the pace below which a customer is behind.
const BEHIND_PERCENT: i128 = 75;
/// Percent of the pace below which most of the credits will go unused.
const UNUSED_PERCENT: i128 = 25;

/// What was burned in some time: mostly thirty days, fewer for a customer that is younger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burn {
    /// Credits burned.
    pub credits: Credits,
    /// In so many seconds; above zero.
    pub seconds: i64,
}

/// What endangers a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// The credits run out within a week, before new ones come.
    RunsOut,
    /// At this burn three quarters and more of the credits go unused.
    Unused,
}

/// How a customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It cannot run anything: suspended, without a plan or credits, or stopped by what it owes.
    Blocked,
    /// It will soon be stopped, or hardly uses what it has.
    AtRisk(Risk),
    /// It burns faster than its credits are meant to last.
    Ahead,
    /// It burns more slowly.
    Behind,
    /// It burns as fast as its credits are meant to last, within fifteen percent above and a quarter below.
    OnPace,
}

/// What health is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// True where it cannot run anything for another reason than credits.
    pub is_stopped: bool,
    /// True where some of its runs cost nothing: without credits they go on.
    pub runs_for_nothing: bool,
    /// Credits that it may burn.
    pub available: Credits,
    /// Of these, the credits that are meant to be burned by [`Figures::ends_in_seconds`]: what its plan brings. What it
    /// bought beside them and may keep is not.
    pub paced: Credits,
    /// What it burned of late.
    pub burn: Burn,
    /// Seconds until new credits come or those of its plan end, whichever is first; `None` for neither.
    pub ends_in_seconds: Option<i64>,
}

impl Figures {
    /// Seconds until the credits are gone at the burn of late; `None` where nothing was burned.
    pub fn depletes_in_seconds(&self) -> Option<i64> {
        depletes_in(self.available, self.burn)
    }

    /// What it would have burned in the time of its burn at the pace that uses up the credits of its plan just when they
    /// end or new ones come; `None` where nothing sets a pace. Cut to the micro-credit. Health compares the burn with it.
    pub fn pace(&self) -> Option<Credits> {
        let ends = self.paced_for()?;
        let micros = i128::from(self.paced.micros()).saturating_mul(i128::from(self.burn.seconds.max(1)));
        let micros = i64::try_from(micros / i128::from(ends)).unwrap_or(i64::MAX);
        Some(Credits::from_micros(micros))
    }

    /// Seconds for which the credits that set the pace are meant.
    fn paced_for(&self) -> Option<i64> {
        self.ends_in_seconds
            .filter(|ends| *ends > 0 && self.paced.is_positive())
    }

    /// How the customer does.
    pub fn health(&self) -> Health {
        if self.is_stopped {
            return Health::Blocked;
        }
        if !self.available.is_positive() {
            return if self.runs_for_nothing {
                Health::OnPace
            } else {
                Health::Blocked
            };
        }
        let depletes = self.depletes_in_seconds();
        let before_end = |seconds: &i64| self.ends_in_seconds.is_none_or(|ends| *seconds < ends);
        if depletes
            .filter(before_end)
            .is_some_and(|seconds| seconds < RISK_SECONDS)
        {
            return Health::AtRisk(Risk::RunsOut);
        }
        let Some(ends) = self.paced_for() else {
            return Health::OnPace;
        };
        // burned / seconds against paced / ends, without dividing.
        let burned = i128::from(self.burn.credits.micros()).saturating_mul(i128::from(ends));
        let pace = i128::from(self.paced.micros()).saturating_mul(i128::from(self.burn.seconds.max(1)));
        let below = |percent: i128| burned.saturating_mul(100) < pace.saturating_mul(percent);
        if below(UNUSED_PERCENT) {
            Health::AtRisk(Risk::Unused)
        } else if below(BEHIND_PERCENT) {
            Health::Behind
        } else if below(AHEAD_PERCENT + 1) {
            Health::OnPace
        } else {
            Health::Ahead
        }
    }
}

/// Seconds until `available` is gone at that burn; `None` where nothing was burned.
pub fn depletes_in(available: Credits, burn: Burn) -> Option<i64> {
    let seconds = i128::from(available.micros()).saturating_mul(i128::from(burn.seconds.max(1)));
    let seconds = seconds.checked_div(i128::from(burn.credits.micros()))?;
    Some(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// Unburned credits with one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Credits.
    pub credits: Credits,
    /// Seconds until they expire; `None` for never.
    pub ends_in_seconds: Option<i64>,
}

/// The credits of the lots, given in burn order, that will expire unburned if the burn stays as it is. What is burned is
/// cut to the micro-credit, so that breakage is rather too large than too small.
pub fn expected_breakage(lots: &[Lot], burn: Burn) -> Credits {
    Credits::checked_sum(breakage_by_lot(lots, burn)).unwrap_or(Credits::MAX)
}

/// The same of each lot.
pub fn breakage_by_lot(lots: &[Lot], burn: Burn) -> Vec<Credits> {
    let mut burned = 0_i128;
    let mut of = |lot: &Lot| {
        let credits = i128::from(lot.credits.micros());
        let Some(seconds) = lot.ends_in_seconds else {
            return Credits::ZERO;
        };
        let until = i128::from(burn.credits.micros()).saturating_mul(i128::from(seconds.max(0)))
            / i128::from(burn.seconds.max(1));
        let from_this = (until - burned).clamp(0, credits);
        burned += from_this;
        Credits::from_micros(i64::try_from(credits - from_this).unwrap_or(i64::MAX))
    };
    lots.iter().map(&mut of).collect()
}

/// What was paid for a grant, divided by what became of its credits. The three are `paid` together, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revenue {
    /// Earned: the credits were burned.
    pub burned: Money,
    /// Earned: the credits expired or were voided.
    pub broken: Money,
    /// Deferred: the credits can still be burned.
    pub deferred: Money,
}

/// Divides what was paid for `amount` credits, of which so many are burned and so many broken (expired or voided).
///
/// Earned revenue is rounded half-even to the minor unit, first for what is burned and then for both; what is left is
/// deferred. So nothing is earned before a credit is gone, and all of it when all are. Of a grant that was carried over,
/// pass what is left of `paid` and of `amount` after [`cost_basis`] and credits went to the new grant.
pub fn revenue(paid: Money, amount: Credits, burned: Credits, broken: Credits) -> Revenue {
    let gone = Credits::from_micros(burned.micros().saturating_add(broken.micros()));
    let earned_by_burning = cost_basis(paid, burned, amount);
    let earned = cost_basis(paid, gone, amount);
    let money = |minor| Money::new(minor, paid.currency);
    Revenue {
        burned: earned_by_burning,
        broken: money(earned.minor - earned_by_burning.minor),
        deferred: money(paid.minor - earned.minor),
    }
}

/// What was paid for a grant that gave a part of its credits to another one (carried over, or transferred), divided like
/// [`revenue`]: the part goes with its share of what was paid. Together they are `paid` less that share, exactly.
pub fn revenue_after_moving(paid: Money, amount: Credits, moved: Credits, burned: Credits, broken: Credits) -> Revenue {
    let gone = cost_basis(paid, moved, amount);
    let own = Money::new(paid.minor.saturating_sub(gone.minor), paid.currency);
    revenue(own, amount.saturating_sub(moved), burned, broken)
}

/// The share of `paid` that belongs to `part` of `whole` credits, rounded half-even to the minor unit; nothing where
/// `whole` is nothing.
pub fn cost_basis(paid: Money, part: Credits, whole: Credits) -> Money {
    let product = i128::from(paid.minor) * i128::from(part.micros());
    let minor = half_even(product, i128::from(whole.micros()));
    Money::new(i64::try_from(minor).unwrap_or(i64::MAX), paid.currency)
}

/// `numerator / denominator`, a half to the even neighbour; zero where the denominator is not above zero.
fn half_even(numerator: i128, denominator: i128) -> i128 {
    if denominator <= 0 {
        return 0;
    }
    let floor = numerator.div_euclid(denominator);
    let twice = numerator.rem_euclid(denominator) * 2;
    let up = twice > denominator || (twice == denominator && floor % 2 != 0);
    floor + i128::from(up)
}

#[cfg(test)]
mod tests;
