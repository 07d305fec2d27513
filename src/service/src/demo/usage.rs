//! Plausible usage: by the hour of the local day, the day of the week, growing over the months; the same for the same
//! day and customer.

use std::collections::BTreeMap;

use drawdown_domain::window::Zone;
use drawdown_domain::{Key, Quantity, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::metering::{EventInput, Quantities, RunInput};

/// Weights of the hours of a day, from midnight on.
const OFFICE_HOURS: [u32; 24] = [
    1, 0, 0, 0, 0, 1, 3, 8, 16, 22, 24, 20, 14, 20, 24, 22, 18, 12, 8, 6, 5, 4, 3, 2,
];

/// How a customer uses one use case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habit {
    /// The use case.
    pub(super) use_case: &'static str,
    /// How many of a hundred events are of it.
    pub(super) weight: u32,
    /// Meters with their least and largest quantity.
    pub(super) meters: &'static [(&'static str, u32, u32)],
}

/// How a customer uses everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    /// The customer's key.
    pub(super) customer: &'static str,
    /// Events of a weekday, at the end of the growth.
    pub(super) weekday: u32,
    /// Events of a day at the weekend.
    pub(super) weekend: u32,
    /// In percent: how much less there was at the beginning.
    pub(super) growth: u32,
    /// Who uses it.
    pub(super) subjects: &'static [&'static str],
    /// Of a hundred events: on the web, on iOS; the rest by the API.
    pub(super) platforms: (u32, u32),
    /// Of a hundred events: in the relaxed mode.
    pub(super) relaxed: u32,
    /// What for.
    pub(super) habits: &'static [Habit],
}

/// The events of one local day: `age` days before the last one of `days`.
pub(super) fn day(pattern: &Pattern, zone: &Zone, start: Timestamp, age: u32, days: u32) -> Vec<EventInput> {
    let day_number = start.micros().div_euclid(86_400_000_000);
    let seed = pattern.customer.bytes().fold(day_number.unsigned_abs(), |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    let mut random = StdRng::seed_from_u64(seed);
    let base = if zone.parts(start).weekday >= 6 {
        pattern.weekend
    } else {
        pattern.weekday
    };
    let grown = 100 - pattern.growth * age / days.max(1);
    let count = base * grown / 100 * random.random_range(75..=125) / 100;
    let mut events: Vec<EventInput> = (0..count)
        .map(|number| event(pattern, start, number, &mut random))
        .collect();
    events.sort_by_key(|event| event.occurred_at);
    events
}

fn event(pattern: &Pattern, start: Timestamp, number: u32, random: &mut StdRng) -> EventInput {
    let hour = weighted(&OFFICE_HOURS, random);
    let second = random.random_range(0..3_600);
    let at = start.plus_seconds(i64::from(hour) * 3_600 + second);
    let weights: Vec<u32> = pattern.habits.iter().map(|habit| habit.weight).collect();
    let chosen = usize::try_from(weighted(&weights, random)).unwrap_or(0);
    let habit = pattern.habits.get(chosen).copied().unwrap_or(pattern.habits[0]);
    // A few subjects do most of the work.
    let most = pattern.subjects.len();
    let subject = random.random_range(0..most).min(random.random_range(0..most));
    let (web, ios) = pattern.platforms;
    let platform = match random.random_range(0..100) {
        share if share < web => "web",
        share if share < web + ios => "ios",
        _ => "api",
    };
    let mode = if random.random_range(0..100) < pattern.relaxed {
        "relaxed"
    } else {
        "fast"
    };
    let quantities: BTreeMap<Key, Quantity> = habit
        .meters
        .iter()
        .map(|(meter, least, most)| (key(meter), Quantity::from(random.random_range(*least..=*most))))
        .collect();
    EventInput {
        id: format!("demo-{}-{number}", start.micros() / 1_000_000),
        customer: key(pattern.customer),
        run: RunInput {
            use_case: key(habit.use_case),
            mode: Some(key(mode)),
            platform: Some(key(platform)),
            subject: pattern.subjects.get(subject).map(|subject| key(subject)),
        },
        quantities: Quantities::ByMeter(quantities),
        occurred_at: Some(at),
    }
}

/// A place, as likely as its weight.
fn weighted(weights: &[u32], random: &mut StdRng) -> u32 {
    let sum = weights.iter().sum::<u32>().max(1);
    let mut left = random.random_range(0..sum);
    for (place, weight) in (0_u32..).zip(weights) {
        if left < *weight {
            return place;
        }
        left -= weight;
    }
    0
}

/// A key that is written in this crate.
pub(super) fn key(text: &str) -> Key {
    text.parse().expect("the demo's keys are valid")
}
