//! What the usual burn is, and what becomes of the grants at it.
//!
//! The usual day is the median of the last 28 whole days; its quarters give the band. The future is played through
//! exactly: credits burn evenly, in burn order, and what expires unspent is lost on its day.

use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::{Credits, Timestamp};

/// Whole days that the usual burn is taken from.
pub(crate) const USUAL_DAYS: i32 = 28;
/// Beyond this the end is not in sight: five years.
const HORIZON_MICROS: i64 = 5 * 365 * DAY_MICROS;
/// Microseconds of a day of 24 hours.
const DAY_MICROS: i64 = 86_400_000_000;

/// The burn of a day: a low, a usual and a high one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usual {
    /// 25th percentile.
    pub(crate) low: Credits,
    /// Median.
    pub(crate) median: Credits,
    /// 75th percentile.
    pub(crate) high: Credits,
}

impl Usual {
    /// From the burn of whole days, in any order; `None` without a day.
    pub(crate) fn of(days: &[Credits]) -> Option<Self> {
        let mut sorted = days.to_vec();
        sorted.sort_unstable();
        Some(Self {
            low: quantile(&sorted, 1)?,
            median: quantile(&sorted, 2)?,
            high: quantile(&sorted, 3)?,
        })
    }
}

/// The quantile of so many quarters, between two days linearly.
fn quantile(sorted: &[Credits], quarters: i64) -> Option<Credits> {
    let last = i64::try_from(sorted.len()).ok()? - 1;
    let place = last * quarters;
    let below = sorted.get(usize::try_from(place / 4).ok()?)?.micros();
    let above = sorted.get(usize::try_from((place + 3) / 4).ok()?)?.micros();
    Some(Credits::from_micros(below + (above - below) / 4 * (place % 4)))
}

/// How the future goes at an even burn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    /// What is left at each instant that was asked for.
    pub(crate) left: Vec<Credits>,
    /// When nothing is left for the first time; `None`: not in sight.
    pub(crate) ends: Option<Timestamp>,
}

/// Plays the grants forward from `now` at `burn` a day, noting what is left at `instants` (ascending).
pub(crate) fn course(grants: &[Grant], now: Timestamp, burn: Credits, instants: &[Timestamp]) -> Course {
    let mut grants: Vec<(Grant, i64)> = grants
        .iter()
        .filter(|grant| grant.state == GrantState::Active && grant.expires_at.is_none_or(|end| end > now))
        .map(|grant| (grant.clone(), grant.remaining.micros()))
        .collect();
    grants.sort_by_key(|(grant, _)| grant.burn_order());
    let horizon = now.plus_micros(HORIZON_MICROS);
    let mut stops: Vec<Timestamp> = instants.iter().copied().filter(|at| *at > now).collect();
    for (grant, _) in &grants {
        stops.extend(grant.expires_at);
        stops.push(grant.effective_at);
    }
    stops.push(horizon);
    stops.retain(|at| *at > now && *at <= horizon);
    stops.sort_unstable();
    stops.dedup();

    let mut course = Course {
        left: Vec::with_capacity(instants.len()),
        ends: None,
    };
    let passed = instants.iter().filter(|at| **at <= now).count();
    let left_now = left(&grants, now);
    course.left.resize(passed, left_now);
    if left_now.is_zero() {
        course.ends = Some(now);
    }
    let mut here = now;
    for stop in stops {
        let span = stop.micros_since(here);
        let wanted = i128::from(burn.micros()) * i128::from(span) / i128::from(DAY_MICROS);
        let missing = burn_from(&mut grants, here, i64::try_from(wanted).unwrap_or(i64::MAX));
        let left_here = left(&grants, stop);
        if course.ends.is_none() && left_here.is_zero() && burn.is_positive() {
            // What is missing was not burned in the last part of the span.
            let early = i128::from(missing) * i128::from(DAY_MICROS) / i128::from(burn.micros());
            course.ends = Some(stop.plus_micros(-i64::try_from(early).unwrap_or(span).min(span)));
        }
        while instants.get(course.left.len()).is_some_and(|at| *at <= stop) {
            course.left.push(left_here);
        }
        here = stop;
    }
    course.left.resize(instants.len(), Credits::ZERO);
    course
}

/// Burns from the grants that are valid at `at`; gives what they could not cover.
fn burn_from(grants: &mut [(Grant, i64)], at: Timestamp, mut wanted: i64) -> i64 {
    for (grant, left) in grants.iter_mut() {
        if grant.is_valid_at(at) {
            let part = (*left).min(wanted);
            *left -= part;
            wanted -= part;
        }
    }
    wanted
}

/// What can be burned at `at`.
fn left(grants: &[(Grant, i64)], at: Timestamp) -> Credits {
    let sum = grants
        .iter()
        .filter(|(grant, _)| grant.is_valid_at(at))
        .fold(0_i64, |sum, (_, left)| sum.saturating_add(*left));
    Credits::from_micros(sum)
}

#[cfg(test)]
mod tests {
    use drawdown_domain::grant::GrantKind;
    use drawdown_domain::id::GrantId;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn whole(credits: i64) -> Credits {
        Credits::from_whole(credits).unwrap()
    }

    fn day(days: i64) -> Timestamp {
        NOW.plus_seconds(days * 86_400)
    }

    fn grant(number: u128, left: i64, effective: i64, expires: Option<i64>) -> Grant {
        Grant {
            id: GrantId::from_uuid(Uuid::from_u128(number)),
            kind: GrantKind::Purchase,
            state: GrantState::Active,
            amount: whole(left),
            remaining: whole(left),
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            priority: 100,
            effective_at: day(effective),
            expires_at: expires.map(day),
            paid: None,
            scope: None,
            created_at: NOW,
            note: None,
        }
    }

    #[test]
    fn the_usual_day_is_the_median_between_the_quarters() {
        let days: Vec<Credits> = [4, 1, 3, 2, 100].map(whole).to_vec();
        let usual = Usual::of(&days).unwrap();
        assert_eq!((usual.low, usual.median, usual.high), (whole(2), whole(3), whole(4)));
        assert_eq!(Usual::of(&[]), None);
    }

    #[test]
    fn ends_where_the_credits_end() {
        let course = course(&[grant(1, 10, -1, None)], NOW, whole(4), &[NOW, day(1), day(2), day(5)]);
        assert_eq!(course.left, [whole(10), whole(6), whole(2), Credits::ZERO]);
        assert_eq!(course.ends, Some(NOW.plus_seconds(216_000)));
    }

    #[test]
    fn what_expires_unspent_is_lost() {
        let grants = [grant(1, 100, -1, Some(2)), grant(2, 10, -1, None)];
        let course = course(&grants, NOW, whole(5), &[day(1), day(2), day(3)]);
        assert_eq!(course.left, [whole(105), whole(10), whole(5)]);
        assert_eq!(course.ends, Some(day(4)));
    }

    #[test]
    fn ends_for_the_first_time_before_a_grant_that_begins_later() {
        let grants = [grant(1, 10, -1, None), grant(2, 10, 5, None)];
        let course = course(&grants, NOW, whole(5), &[day(4), day(6)]);
        assert_eq!(course.left, [Credits::ZERO, whole(5)]);
        assert_eq!(course.ends, Some(day(2)));
    }

    #[test]
    fn without_a_burn_the_end_is_not_in_sight() {
        assert_eq!(course(&[grant(1, 10, -1, None)], NOW, Credits::ZERO, &[]).ends, None);
        assert_eq!(course(&[], NOW, whole(1), &[]).ends, Some(NOW));
    }
}
