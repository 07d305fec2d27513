//! Caps: how much each window already holds, and whether a run still fits.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Account, Counter};
use crate::credits::Credits;
use crate::hold::{CounterKey, Hold, Run};
use crate::limit::{Cap, CapLimit, Window};
use crate::outcome::RequestError;
use crate::request::FUTURE_SECONDS_MAX;
use crate::timestamp::{MICROS_PER_SECOND, Timestamp};
use crate::window::{ROLLING_STEPS, rolling_step_micros};

/// How far ahead of a decision something may lie that a rolling window already counts, in seconds: an event may come
/// from the future, decided by a process whose clock is ahead by as much again.
const AHEAD_SECONDS_MAX: i64 = 2 * FUTURE_SECONDS_MAX;

/// The limit of a cap in credits; `None` where it is in money and there is no conversion rate. A limit in money that is
/// worth more credits than there can be never binds.
pub(super) fn limit_in_credits(limit: CapLimit, conversion_rate: Option<Decimal>) -> Option<Credits> {
    match limit {
        CapLimit::Credits(credits) => Some(credits),
        CapLimit::Money(money) => Some(money.buys(conversion_rate?).unwrap_or(Credits::MAX)),
    }
}

/// What a window holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) used: i128,
    pub(super) held: i128,
}

impl Filled {
    fn with(mut self, counter: &Counter) -> Self {
        self.used += i128::from(counter.used.micros());
        self.held += i128::from(counter.held.micros());
        self
    }

    /// What is left under `limit`, in micro-credits; below zero where it is exceeded.
    pub(super) fn room(self, limit: Credits) -> i128 {
        i128::from(limit.micros()) - self.used - self.held
    }
}

type Counters = BTreeMap<CounterKey, Counter>;

/// What the window holds whose counter (or current step) `key` names.
pub(super) fn filled(counters: &Counters, window: Window, key: &CounterKey) -> Filled {
    match window {
        Window::RollingHours(hours) => {
            let counted = steps(counters, hours, key, steps_ahead(hours));
            counted.fold(Filled::default(), |filled, (_, counter)| filled.with(counter))
        }
        _ => counters
            .get(key)
            .map_or_else(Filled::default, |counter| Filled::default().with(counter)),
    }
}

/// The steps beyond the current one that a rolling window of so many hours counts, too: see [`AHEAD_SECONDS_MAX`].
pub(super) fn steps_ahead(hours: u16) -> i64 {
    let step = rolling_step_micros(hours.max(1));
    (AHEAD_SECONDS_MAX * MICROS_PER_SECOND + step - 1) / step
}

/// The counted steps of a rolling window whose current step `key` names, oldest first, and so many ahead of it.
fn steps<'a>(
    counters: &'a Counters,
    hours: u16,
    key: &CounterKey,
    ahead: i64,
) -> impl Iterator<Item = (Timestamp, &'a Counter)> + use<'a> {
    let oldest = CounterKey {
        window_start: key
            .window_start
            .plus_micros(-ROLLING_STEPS * rolling_step_micros(hours)),
        ..key.clone()
    };
    let newest = CounterKey {
        window_start: key.window_start.plus_micros(ahead * rolling_step_micros(hours)),
        ..key.clone()
    };
    counters
        .range(oldest..=newest)
        .map(|(key, counter)| (key.window_start, counter))
}

/// When a step of a rolling window stops counting.
fn leaves_at(hours: u16, step: Timestamp) -> Timestamp {
    step.plus_micros((ROLLING_STEPS + 1) * rolling_step_micros(hours))
}

/// When a rolling window next loses something; `None` where it is empty.
pub(super) fn rolling_reset(counters: &Counters, hours: u16, key: &CounterKey) -> Option<Timestamp> {
    steps(counters, hours, key, steps_ahead(hours))
        .find(|(_, counter)| counter.used.is_positive() || counter.held.is_positive())
        .map(|(step, _)| leaves_at(hours, step))
}

/// When a rolling window will have lost enough for `requested` to fit by time alone; `None` where it never will.
pub(super) fn rolling_unblock(
    counters: &Counters,
    hours: u16,
    key: &CounterKey,
    limit: Credits,
    requested: Credits,
) -> Option<Timestamp> {
    let mut room = filled(counters, Window::RollingHours(hours), key).room(limit);
    for (step, counter) in steps(counters, hours, key, steps_ahead(hours)) {
        room += i128::from(counter.used.micros()) + i128::from(counter.held.micros());
        if room >= i128::from(requested.micros()) {
            return Some(leaves_at(hours, step));
        }
    }
    None
}

impl Account {
    /// The counters in which a run at `at` counts: one for each cap that matches it, also those about to be set.
    pub(super) fn counter_keys(&mut self, run: &Run, at: Timestamp) -> Vec<CounterKey> {
        let calendar = &mut self.journal.calendar;
        let mut keys: Vec<CounterKey> = self
            .caps
            .iter()
            .filter(|cap| cap.scope.matches(run))
            .map(|cap| counter_key(cap, run, calendar.counter_start(cap.window, at)))
            .collect();
        for (cap, calendar) in &mut self.journal.awaiting {
            let key = counter_key(cap, run, calendar.counter_start(cap.window, at));
            if cap.scope.matches(run) && !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// Adds to a counter: what is now used, and the change of what is held.
    pub(super) fn count(&mut self, key: &CounterKey, used: Credits, held: i64) -> Result<(), RequestError> {
        if used.is_zero() && held == 0 {
            return Ok(());
        }
        let mut counter = self.counters.get(key).copied().unwrap_or_default();
        counter.used = counter.used.checked_add(used).ok_or(RequestError::Overflow)?;
        counter.held = counter
            .held
            .checked_add(Credits::from_micros(held))
            .ok_or(RequestError::Overflow)?;
        debug_assert!(
            !counter.held.is_negative(),
            "a counter never holds less than nothing: {key:?}"
        );
        counter.held = counter.held.max(Credits::ZERO);
        self.set_counter(key.clone(), counter);
        Ok(())
    }

    /// True where the counter belongs to a cap that is there, or about to be set.
    pub(super) fn is_counted(&self, key: &CounterKey) -> bool {
        let awaiting = self.journal.awaiting.iter().map(|(cap, _)| cap);
        self.caps.iter().chain(awaiting).any(|cap| cap.id == key.cap)
    }

    /// What the blocking caps in which a hold counts leave for more, in micro-credits; `None` without such a cap.
    ///
    /// Of a cap that was counted anew in another zone only the window of that zone binds. A rolling window slides: every
    /// one that holds the hold's step must have room.
    pub(super) fn room_beside(&mut self, hold: &Hold) -> Option<i128> {
        let rate = self.plan.as_ref().map(|plan| plan.terms.conversion_rate);
        let mut least: Option<i128> = None;
        for cap in self.caps.iter().filter(|cap| cap.blocks()) {
            let Some(limit) = limit_in_credits(cap.limit, rate) else {
                continue;
            };
            if hold.counters.iter().all(|key| key.cap != cap.id) {
                continue;
            }
            let start = self.journal.calendar.counter_start(cap.window, hold.authorized_at);
            let key = counter_key(cap, &hold.run, start);
            if !hold.counters.contains(&key) {
                continue;
            }
            let room = match cap.window {
                Window::RollingHours(hours) => self.rolling_room(hours, &key, limit),
                window => filled(&self.counters, window, &key).room(limit),
            };
            least = Some(least.map_or(room, |least| least.min(room)));
        }
        least
    }

    fn rolling_room(&self, hours: u16, key: &CounterKey, limit: Credits) -> i128 {
        let mut window_end = key.clone();
        let mut room = i128::MAX;
        for _ in 0..=ROLLING_STEPS {
            let counted = steps(&self.counters, hours, &window_end, 0);
            let filled = counted.fold(Filled::default(), |filled, (_, counter)| filled.with(counter));
            room = room.min(filled.room(limit));
            window_end.window_start = window_end.window_start.plus_micros(rolling_step_micros(hours));
        }
        room
    }
}

/// The counter of a cap for a run in the window (or step) that begins at `start`.
pub(super) fn counter_key(cap: &Cap, run: &Run, start: Timestamp) -> CounterKey {
    CounterKey {
        cap: cap.id,
        each: cap.scope.each_value(run),
        window_start: start,
    }
}
