//! Throttles: every run that was let through is remembered, and each question goes through all of them again.
//!
//! A bucket that is full at any run and loses what came since must never be overdrawn: not since the first run, not since
//! the second, and so on. That is the promise (burst + rate × time), taken literally.

use drawdown_domain::limit::ThrottleThen;

use super::Model;
use super::caps::{matches, together};
use crate::market::LADDER;
use crate::operation::{Kind, RateAsk, ThrottleAsk};

/// A throttle that is set.
#[derive(Clone, Debug)]
pub(crate) struct Throttle {
    pub(crate) terms: ThrottleAsk,
    /// Which runs were let through by it: it keeps them while name, owner, scope and unit stay.
    number: u64,
    /// True while its figures are those with which it began.
    unchanged: bool,
}

/// A run that a throttle let through.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    throttle: u64,
    kind: Kind,
    at: i64,
    units: i64,
    /// Nanoseconds that it takes at the rate of that time.
    takes: i128,
}

impl Throttle {
    fn is_same(&self, ask: &ThrottleAsk) -> bool {
        let mine = &self.terms;
        let counts_runs = |rate| matches!(rate, RateAsk::Runs(_));
        (mine.name, mine.owner, mine.scope) == (ask.name, ask.owner, ask.scope)
            && counts_runs(mine.rate) == counts_runs(ask.rate)
    }

    /// Units of a run of so many micro-credits; units a period; units at once; nanoseconds of the period.
    fn figures(&self, micros: i64) -> (i64, i64, i64, i64) {
        let terms = &self.terms;
        let period = terms.per.seconds() * 1_000_000_000;
        match terms.rate {
            RateAsk::Runs(runs) => {
                let rate = i64::from(runs);
                (1, rate, terms.burst.map_or(rate, i64::from), period)
            }
            RateAsk::Micros(rate) => {
                let burst = terms.burst.map_or(rate, |credits| i64::from(credits) * 1_000_000);
                (micros, rate, burst, period)
            }
        }
    }

    /// Nanoseconds that so many units take, rounded up, and that the burst takes, rounded down. A run always takes the
    /// same whole number of them.
    fn times(&self, micros: i64) -> (i128, i128) {
        let (units, rate, burst, period) = self.figures(micros);
        let wide = i128::from;
        let up = |units: i64| (wide(units) * wide(period) + wide(rate) - 1) / wide(rate);
        match self.terms.rate {
            RateAsk::Runs(_) => (up(1), up(1) * wide(burst)),
            RateAsk::Micros(_) => (up(units), wide(burst) * wide(period) / wide(rate)),
        }
    }
}

impl Model {
    /// Throttles that count a run of this kind: a throttle that degrades leaves the last mode alone, unless it is about it.
    pub(super) fn throttles_of(&self, kind: &Kind) -> Vec<Throttle> {
        let is_refuge = |terms: &ThrottleAsk| {
            terms.then == ThrottleThen::Degrade && terms.scope.mode.is_none() && kind.mode == LADDER[LADDER.len() - 1]
        };
        let throttles = self.throttles.iter();
        let counting = throttles.filter(|throttle| matches(&throttle.terms.scope, kind) && !is_refuge(&throttle.terms));
        counting.cloned().collect()
    }

    /// May a run of so many micro-credits pass at `now`?
    pub(super) fn admits(&self, throttle: &Throttle, kind: &Kind, micros: i64, now: i64) -> bool {
        let (units, _, burst, _) = throttle.figures(micros);
        if units == 0 {
            return true;
        }
        let (takes, burst_takes) = throttle.times(micros);
        let now = i128::from(now) * 1_000;
        let (mut since, mut busy_until) = (0, i128::MIN);
        for earlier in self.arrivals_of(throttle, kind).rev() {
            since += earlier.takes;
            busy_until = busy_until.max(i128::from(earlier.at) * 1_000 + since);
        }
        units <= burst && (busy_until <= now || busy_until + takes - burst_takes <= now)
    }

    fn arrivals_of<'a>(
        &'a self,
        throttle: &'a Throttle,
        kind: &'a Kind,
    ) -> impl DoubleEndedIterator<Item = &'a Arrival> {
        let ours = move |arrival: &&Arrival| {
            arrival.throttle == throttle.number && together(&throttle.terms.scope, kind, &arrival.kind)
        };
        self.arrivals.iter().filter(ours)
    }

    /// Remembers that a run passed the throttles that count it. Gives what is wrong if one was overdrawn.
    pub(super) fn pass_throttles(&mut self, kind: Kind, micros: i64, now: i64) -> Result<(), String> {
        for throttle in self.throttles_of(&kind) {
            let (units, rate, burst, period) = throttle.figures(micros);
            if units == 0 {
                continue;
            }
            self.arrivals.push(Arrival {
                throttle: throttle.number,
                kind,
                at: now,
                units,
                takes: throttle.times(micros).0,
            });
            if !throttle.unchanged {
                continue;
            }
            let mut sum = 0;
            for earlier in self.arrivals_of(&throttle, &kind).rev() {
                sum += i128::from(earlier.units);
                let nanos = i128::from(now - earlier.at) * 1_000;
                let most = i128::from(burst) * i128::from(period) + i128::from(rate) * nanos;
                if sum * i128::from(period) > most {
                    return Err(format!("{sum} units passed {:?} since {}", throttle.terms, earlier.at));
                }
            }
        }
        Ok(())
    }

    /// Sets a throttle by name and owner.
    pub(super) fn set_throttle(&mut self, ask: ThrottleAsk, before: &[Throttle]) {
        let throttle = match before.iter().find(|throttle| throttle.is_same(&ask)) {
            Some(same) => Throttle {
                terms: ask,
                number: same.number,
                unchanged: same.unchanged
                    && same.terms.rate == ask.rate
                    && same.terms.per == ask.per
                    && same.terms.burst == ask.burst,
            },
            None => Throttle {
                terms: ask,
                // A plan sets several at once.
                number: self.sequence * 100 + self.throttles.len() as u64,
                unchanged: true,
            },
        };
        let place = |known: &Throttle| known.terms.name == ask.name && known.terms.owner == ask.owner;
        match self.throttles.iter().position(place) {
            Some(place) => self.throttles[place] = throttle,
            None => self.throttles.push(throttle),
        }
    }
}
