//! Throttles: a rate with a burst, by the generic cell rate algorithm (ITU-T I.371, virtual scheduling).
//!
//! The whole state is one instant, the theoretical arrival time in nanoseconds. Intervals are rounded up and the burst
//! down, so that no interval of length t ever admits more than burst + rate × t.

use crate::credits::{Credits, MICROS_PER_CREDIT};
use crate::hold::Run;
use crate::key::Key;
use crate::limit::{Throttle, ThrottleLimit, ThrottlePeriod, ThrottleThen};
use crate::timestamp::Timestamp;

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const NANOS_PER_MICRO: i128 = 1_000;

/// A rate in units (runs, or micro-credits).
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    period_nanos: i128,
    units_per_period: i128,
    burst_units: i128,
    counts_runs: bool,
}

/// How a run fares with a throttle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    /// The state once it has arrived; `None` where the run is not admitted now.
    pub(super) state_after: Option<i128>,
    /// The first instant at which it would be; `None` where it never is.
    pub(super) admitted_at: Option<Timestamp>,
}

impl Rate {
    /// The rate of a throttle.
    pub(super) fn of(throttle: &Throttle) -> Self {
        let (units_per_period, unit, counts_runs) = match throttle.limit {
            ThrottleLimit::Requests(runs) => (i128::from(runs), 1, true),
            ThrottleLimit::Credits(credits) => (i128::from(credits.micros()), i128::from(MICROS_PER_CREDIT), false),
        };
        Self {
            period_nanos: i128::from(throttle.per.seconds()) * NANOS_PER_SECOND,
            units_per_period,
            burst_units: throttle
                .burst
                .map_or(units_per_period, |burst| i128::from(burst) * unit),
            counts_runs,
        }
    }

    /// So many runs in a period, one at a time.
    pub(super) fn of_runs(runs: u32, per: ThrottlePeriod) -> Self {
        Self {
            period_nanos: i128::from(per.seconds()) * NANOS_PER_SECOND,
            units_per_period: i128::from(runs),
            burst_units: 1,
            counts_runs: true,
        }
    }

    /// The units that a run of so many credits takes.
    pub(super) fn units_of(&self, credits: Credits) -> i128 {
        if self.counts_runs {
            1
        } else {
            i128::from(credits.micros())
        }
    }

    /// Units as figures of a limit: one run is written as one credit.
    pub(super) fn figure(&self, units: i128) -> Credits {
        let scale = if self.counts_runs {
            i128::from(MICROS_PER_CREDIT)
        } else {
            1
        };
        i64::try_from(units.saturating_mul(scale)).map_or(Credits::MAX, Credits::from_micros)
    }

    /// The burst, in units.
    pub(super) fn burst_units(&self) -> i128 {
        self.burst_units
    }

    /// The time that `units` take at the rate, rounded up.
    fn interval_nanos(&self, units: i128) -> i128 {
        if self.counts_runs {
            // Every run is the same number of nanoseconds, so that a burst of N is N intervals exactly.
            return units * ceil_div(self.period_nanos, self.units_per_period.max(1));
        }
        ceil_div(units * self.period_nanos, self.units_per_period.max(1))
    }

    /// The time that the whole burst takes, rounded down.
    pub(super) fn burst_nanos(&self) -> i128 {
        if self.counts_runs {
            return self.interval_nanos(self.burst_units);
        }
        self.burst_units * self.period_nanos / self.units_per_period.max(1)
    }

    /// The units of the burst that are used at `now`, rounded up.
    pub(super) fn used_units(&self, state: i64, now: Timestamp) -> i128 {
        let ahead = (i128::from(state) - nanos(now)).max(0);
        if self.counts_runs {
            return ceil_div(ahead, self.interval_nanos(1));
        }
        ceil_div(ahead * self.units_per_period, self.period_nanos)
    }

    /// Whether a run of so many units may start at `now`, and the state after it.
    pub(super) fn arrive(&self, state: i64, units: i128, now: Timestamp) -> Arrival {
        let (state, now_nanos) = (i128::from(state), nanos(now));
        if units == 0 {
            return Arrival {
                state_after: Some(state),
                admitted_at: Some(now),
            };
        }
        if units > self.burst_units || self.units_per_period <= 0 {
            return Arrival {
                state_after: None,
                admitted_at: None,
            };
        }
        let interval = self.interval_nanos(units);
        // A full bucket admits a whole burst, whatever rounding made of its length.
        let earliest = (state + interval - self.burst_nanos()).min(state);
        if earliest <= now_nanos {
            return Arrival {
                state_after: Some(state.max(now_nanos) + interval),
                admitted_at: Some(now),
            };
        }
        Arrival {
            state_after: None,
            admitted_at: Some(from_nanos(earliest)),
        }
    }
}

/// True where the throttle counts the run. One that degrades, and names no mode, leaves the last mode of a ladder
/// alone: that is where it sends runs.
pub(super) fn applies(throttle: &Throttle, run: &Run, ladder: &[Key]) -> bool {
    let is_refuge = throttle.then == ThrottleThen::Degrade
        && throttle.scope.mode.is_none()
        && ladder.len() > 1
        && ladder.last() == Some(&run.mode);
    !is_refuge && throttle.scope.matches(run)
}

/// The instant of a state, rounded up to the microsecond.
pub(super) fn from_nanos(nanos: i128) -> Timestamp {
    i64::try_from(ceil_div(nanos, NANOS_PER_MICRO)).map_or(Timestamp::MAX, Timestamp::from_micros)
}

fn nanos(at: Timestamp) -> i128 {
    i128::from(at.micros()) * NANOS_PER_MICRO
}

fn ceil_div(dividend: i128, divisor: i128) -> i128 {
    dividend.div_euclid(divisor) + i128::from(dividend.rem_euclid(divisor) != 0)
}
