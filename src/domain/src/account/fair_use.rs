//! Runs that cost nothing under the plan: what they are charged, how much of them fair use has counted, and the rate that
//! holds beyond its soft allowance.
//!
//! A place in the plan's list is counted like a cap, in credits at the rate card's price, under an identifier of its own;
//! its rate is kept like a throttle's. A plan without such places reads and writes nothing more.

use uuid::Uuid;

use super::attempt::Attempt;
use super::caps::{self, Filled};
use super::throttles::Rate;
use super::{Account, ThrottleKey, explain};
use crate::catalogue::Price;
use crate::credits::Credits;
use crate::hold::{CounterKey, Hold, Run};
use crate::id::{CapId, ThrottleId};
use crate::limit::{LimitOwner, LimitScope, Window};
use crate::outcome::{LimitKind, LimitStatus, LimitUnit, RequestError};
use crate::plan::FairUse;
use crate::timestamp::Timestamp;

/// What the identifiers of counters of fair use begin with: no identifier that is made does.
const IDENTIFIERS: u128 = 0xfa1e_0000_0000_0000_0000_0000_0000_0000;
/// Identifiers of one place: its counter, and a rate for each step.
const STEPS_MAX: u128 = 1 << 32;

/// What a run is charged, and what it costs by the rate card.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charged {
    pub(super) list: Price,
    pub(super) credits: Credits,
    /// The place in the plan's list by which it costs nothing.
    pub(super) place: Option<usize>,
}

/// The identifier under which use at a place of the plan's list is counted.
pub fn fair_use_counter(place: usize) -> CapId {
    CapId::from_uuid(Uuid::from_u128(IDENTIFIERS + place as u128 * STEPS_MAX))
}

/// True for a counter of fair use.
pub(super) fn is_fair_use(key: &CounterKey) -> bool {
    key.cap.uuid().as_u128() >> 64 == IDENTIFIERS >> 64
}

fn throttle_key(place: usize, step: u32) -> ThrottleKey {
    let id = IDENTIFIERS + place as u128 * STEPS_MAX + u128::from(step);
    (ThrottleId::from_uuid(Uuid::from_u128(id)), String::new())
}

fn counter_key(place: usize, start: Timestamp) -> CounterKey {
    CounterKey {
        cap: fair_use_counter(place),
        each: String::new(),
        window_start: start,
    }
}

impl Account {
    /// What a run of that price is charged.
    pub(super) fn charge(&self, run: &Run, list: Price) -> Charged {
        let unlimited = self.plan.as_ref().filter(|plan| !plan.terms.unlimited.is_empty());
        let charge = unlimited.map(|plan| plan.terms.charge(run, list));
        Charged {
            list,
            credits: charge.map_or(list.credits, |charge| charge.credits),
            place: charge.and_then(|charge| charge.unlimited).map(|(place, _)| place),
        }
    }

    /// The place of a run in the plan's list, with its fair use.
    pub(super) fn fair_use_of(&self, run: &Run) -> Option<(usize, &FairUse)> {
        let plan = self.plan.as_ref()?;
        let mut places = plan.terms.unlimited.iter().enumerate();
        let (place, unlimited) = places.find(|(_, unlimited)| unlimited.matches(run))?;
        Some((place, unlimited.fair_use.as_ref()?))
    }

    /// The counter of a run under fair use at an instant.
    pub(super) fn fair_use_key(&mut self, run: &Run, at: Timestamp) -> Option<CounterKey> {
        let (place, window) = self.fair_use_of(run).map(|(place, fair)| (place, fair.window))?;
        Some(counter_key(place, self.journal.calendar.counter_start(window, at)))
    }

    /// The throttles' states that a run may need: of each step of its place.
    pub(super) fn fair_use_rates(&self, run: &Run) -> Vec<ThrottleKey> {
        let Some((place, fair)) = self.fair_use_of(run) else {
            return Vec::new();
        };
        (1..)
            .zip(&fair.steps)
            .map(|(step, _)| throttle_key(place, step))
            .collect()
    }

    /// Where a run stands under fair use: within the allowance it may start, beyond it at the rate that holds by then.
    pub(super) fn check_fair_use(&mut self, attempt: &mut Attempt, now: Timestamp) -> Result<(), RequestError> {
        let Some((place, fair)) = self
            .fair_use_of(&attempt.run)
            .map(|(place, fair)| (place, fair.clone()))
        else {
            return Ok(());
        };
        let start = self.journal.calendar.counter_start(fair.window, now);
        let key = counter_key(place, start);
        let filled = caps::filled(&self.counters, fair.window, &key);
        let resets_at = match fair.window {
            Window::RollingHours(hours) => caps::rolling_reset(&self.counters, hours, &key),
            window => self.journal.calendar.span(window, now).end,
        };
        let sum = i64::try_from(filled.used + filled.held).map_or(Credits::MAX, Credits::from_micros);
        let standing = fair.standing(sum);
        let mut status = status(attempt, &fair, filled, standing.next_above, resets_at);
        attempt.fair_use = Some(key);
        if let Some(rate) = standing.rate {
            let rate = Rate::fair(rate);
            let throttle = throttle_key(place, standing.step);
            let state = self.throttle_states.get(&throttle).copied().unwrap_or(i64::MIN);
            let arrival = rate.arrive(state, 1, now);
            if let Some(after) = arrival.state_after {
                let after = i64::try_from(after).map_err(|_| RequestError::Overflow)?;
                attempt.arrivals.push((throttle, after));
            } else {
                status.exceeded = true;
                let reason = explain::fair_use(&standing, arrival.admitted_at, now);
                attempt.fails(reason, true);
            }
        }
        attempt.limits.push(status);
        Ok(())
    }

    /// What a hold was expected to cost by the rate card of its time.
    fn expected(&self, hold: &Hold) -> Credits {
        let card = self.catalogue.at(hold.authorized_at);
        let price = card.and_then(|card| card.rates.price(&hold.run, &hold.quantities).ok());
        price.map_or(Credits::ZERO, |price| price.credits)
    }

    /// Takes what a hold was expected to use out of fair use, where `used` takes its place.
    pub(super) fn uncount_fair_use(&mut self, hold: &Hold, used: Credits) -> Result<(), RequestError> {
        for key in hold.counters.iter().filter(|key| is_fair_use(key)) {
            let reserved = self.counters.get(key).map_or(Credits::ZERO, |counter| counter.held);
            let expected = self.expected(hold).min(reserved);
            self.count(key, used, -expected.micros())?;
        }
        Ok(())
    }
}

fn status(
    attempt: &Attempt,
    fair: &FairUse,
    filled: Filled,
    next_above: Option<Credits>,
    resets_at: Option<Timestamp>,
) -> LimitStatus {
    let figure = |micros: i128| i64::try_from(micros).map_or(Credits::MAX, Credits::from_micros);
    let last = || fair.steps.last().map_or(Credits::MAX, |step| step.above);
    LimitStatus {
        kind: LimitKind::FairUse,
        name: "fair_use".parse().expect("fair_use is a key"),
        owner: Some(LimitOwner::Vendor),
        scope: LimitScope::default(),
        each: None,
        window: Some(fair.window),
        per: None,
        unit: LimitUnit::Credits,
        used: figure(filled.used),
        held: figure(filled.held),
        limit: next_above.unwrap_or_else(last),
        requested: attempt.list,
        resets_at,
        exceeded: false,
        blocks: false,
    }
}

impl Rate {
    /// A rate of fair use: runs at even distances.
    fn fair(rate: crate::plan::FairRate) -> Self {
        Self::of_runs(rate.requests, rate.per)
    }
}

/// The window of every counter that `needs` must load for a run: see [`Account::needs`].
pub(super) fn window_of(account: &Account, run: &Run) -> Option<(CapId, Window)> {
    let (place, fair) = account.fair_use_of(run)?;
    Some((fair_use_counter(place), fair.window))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_no_others() {
        let key = counter_key(3, Timestamp::from_seconds(0));
        assert!(is_fair_use(&key));
        let made = CounterKey {
            cap: CapId::from_uuid(Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0001)),
            ..key
        };
        assert!(!is_fair_use(&made));
        assert_ne!(throttle_key(1, 1), throttle_key(0, 1));
    }
}
