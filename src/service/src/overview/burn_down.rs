//! The burn-down chart: what was left at the end of each day, the pace that would last exactly, and the forecast.
//!
//! The past is walked back from what is left now: each day's burn is put back, each grant of that day taken out, what
//! expired put back on its day. So it needs one row a day, however many events there were.

use std::collections::BTreeMap;

use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::{Credits, Timestamp, format};
use drawdown_store::AuditLine;

use super::Present;
use super::marks::{Happened, Mark, marks};
use crate::error::ServiceError;
use crate::figures::Figures;
use crate::forecast::course;
use crate::moment::{Moment, Moments};
use crate::service::Service;

/// Days back that are shown at least, where there are as many.
const PAST_DAYS: i32 = 30;
/// Days, back or ahead, that are shown at most.
const DAYS_MAX: i32 = 366;
/// Days ahead that are shown at least.
const AHEAD_DAYS: i32 = 7;
/// Grants that are looked at.
const GRANTS_MAX: u32 = 1_000;
/// Lines of the audit log in which changes of plan are looked for.
const AUDIT_LINES: u32 = 500;

/// One day of the burn-down: what is true of its end (of today: of now).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurnDay {
    /// The day's start.
    pub day: Moment,
    /// Credits left; `None` in the future.
    pub actual: Option<Credits>,
    /// On the straight line from the start of the allotment to zero at its expiry; `None` outside of it.
    pub pace: Option<Credits>,
    /// Expected; `None` in the past.
    pub forecast: Option<Credits>,
    /// Lower edge of the band.
    pub forecast_low: Option<Credits>,
    /// Upper edge of the band.
    pub forecast_high: Option<Credits>,
}

/// The burn-down chart, whose rows are its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurnDown {
    /// Days, past and future, without gaps.
    pub days: Vec<BurnDay>,
    /// Marks, the earliest first.
    pub marks: Vec<Mark>,
    /// What the chart shows, in a sentence: its text alternative.
    pub finding: String,
}

/// The grant that sets the pace, and so the span of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    from: Timestamp,
    /// When its credits end.
    pub(crate) to: Timestamp,
    amount: Credits,
}

impl Pace {
    /// Of the allotment, commitment or trial that can be burned now and is largest.
    pub(crate) fn of(open: &[Grant], now: Timestamp) -> Option<Self> {
        open.iter()
            .filter(|grant| grant.state == GrantState::Active && grant.is_valid_at(now))
            .filter(|grant| {
                matches!(
                    grant.kind,
                    GrantKind::Allotment | GrantKind::Commitment | GrantKind::Trial
                )
            })
            .filter_map(|grant| {
                Some(Self {
                    from: grant.effective_at,
                    to: grant.expires_at?,
                    amount: grant.amount,
                })
            })
            .max_by_key(|pace| pace.amount)
    }

    /// On the straight line from `start` credits at the beginning to zero at the end.
    fn at(self, start: Credits, at: Timestamp) -> Option<Credits> {
        if at < self.from || at > self.to {
            return None;
        }
        let left = i128::from(self.to.micros_since(at));
        let all = i128::from(self.to.micros_since(self.from)).max(1);
        let credits = i128::from(start.micros()) * left / all;
        i64::try_from(credits).ok().map(Credits::from_micros)
    }
}

impl Service {
    /// The burn-down chart of how things are.
    pub(super) async fn burn_down(&self, present: &Present) -> Result<BurnDown, ServiceError> {
        let id = present.organization.state.id;
        let moments = &present.moments;
        let now = moments.now();
        let pace = Pace::of(&present.figures.open, now);
        let created = present.organization.created_at;
        let (first, until) = span(moments, pace, &present.figures, created);
        let (days, overage, grants, hits, limits, audit) = tokio::join!(
            self.store().daily_totals(id, first, now.plus_micros(1)),
            self.store().overage(id, first, now.plus_micros(1)),
            self.store().grants(id, None, GRANTS_MAX),
            self.store().cap_hits(id, first, now),
            self.store().limits(id),
            self.store().audit(Some(id), None, AUDIT_LINES)
        );
        let burned: Vec<(Timestamp, Credits)> = days?.into_iter().map(|(day, sums)| (day, sums.credits)).collect();
        let burned = from_grants(&burned, &overage?, moments);
        let grants = grants?.rows;
        let starts = day_starts(moments, first, until);
        let past = walk_back(&starts, now, present.figures.left, &burned, &grants);
        let days = burn_days(&starts, &past, pace, &burned, &present.figures, moments);
        let plan_changes: Vec<AuditLine> = audit?
            .rows
            .into_iter()
            .filter(|line| line.noun == "plan" && line.action == "set")
            .collect();
        let cap_names = limits?
            .caps
            .into_iter()
            .map(|cap| (cap.id, cap.name.to_string()))
            .collect();
        let happened = Happened {
            grants: &grants,
            hits: &hits?,
            cap_names: &cap_names,
            plan_changes: &plan_changes,
        };
        Ok(BurnDown {
            marks: marks(&happened, first, until, moments),
            finding: finding(present, pace, &days),
            days,
        })
    }
}

/// What grants lost to burn on each day: what was used, without what was owed or forgiven, with what was settled.
fn from_grants(
    used: &[(Timestamp, Credits)],
    overage: &[(Timestamp, Credits)],
    moments: &Moments,
) -> BTreeMap<Timestamp, Credits> {
    let mut burned: BTreeMap<Timestamp, Credits> = used.iter().copied().collect();
    for (at, credits) in overage {
        let day = burned.entry(moments.day_start(*at)).or_default();
        *day = day.checked_sub(*credits).unwrap_or_default();
    }
    burned
}

/// The first day's start and the last day's end.
fn span(moments: &Moments, pace: Option<Pace>, figures: &Figures, created: Timestamp) -> (Timestamp, Timestamp) {
    let now = moments.now();
    let back = |days: i32| moments.day_start_after(now, -days);
    let wanted = pace
        .map_or(now, |pace| moments.day_start(pace.from))
        .min(back(PAST_DAYS));
    let first = wanted.max(back(DAYS_MAX)).max(moments.day_start(created));
    let ahead = |days: i32| moments.day_start_after(now, days + 1);
    // As far ahead as back, where nothing sets an end.
    let mirrored = now.plus_micros(now.micros_since(first));
    let depletion = figures
        .depletion
        .map_or(now, |end| end.latest.unwrap_or(end.at).min(mirrored));
    let wanted = pace.map_or(now, |pace| pace.to).max(depletion);
    let until = moments.day_start_after(wanted, 1);
    (first, until.max(ahead(AHEAD_DAYS)).min(ahead(DAYS_MAX)))
}

/// The starts of the days, and the end of the last one.
fn day_starts(moments: &Moments, first: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let mut starts = vec![first];
    let mut day = first;
    while day < until {
        let next = moments.day_start_after(day, 1);
        if next <= day {
            break;
        }
        starts.push(next);
        day = next;
    }
    starts
}

/// When a grant's credits came: those of an allotment may begin before it was given.
pub(super) fn issued_at(grant: &Grant) -> Timestamp {
    grant.effective_at.max(grant.created_at)
}

/// What was left at the end of each past day (of today: now), in the order of the days.
fn walk_back(
    starts: &[Timestamp],
    now: Timestamp,
    left: Credits,
    burned: &BTreeMap<Timestamp, Credits>,
    grants: &[Grant],
) -> Vec<Credits> {
    let past = starts.iter().filter(|start| **start <= now).count();
    let mut ends = vec![Credits::ZERO; past];
    let mut left = i128::from(left.micros());
    for place in (0..past).rev() {
        let (Some(start), Some(end)) = (starts.get(place), ends.get_mut(place)) else {
            continue;
        };
        *end = Credits::from_micros(i64::try_from(left.max(0)).unwrap_or(i64::MAX));
        let next = starts.get(place + 1).copied().unwrap_or(Timestamp::MAX);
        let within = |at: Timestamp| *start <= at && at < next && at <= now;
        left += burned.get(start).map_or(0, |credits| i128::from(credits.micros()));
        for grant in grants.iter().filter(|grant| grant.state != GrantState::Pending) {
            if within(issued_at(grant)) {
                left -= i128::from(grant.amount.saturating_sub(grant.voided).micros());
            }
            if grant.expires_at.is_some_and(within) {
                left += i128::from(grant.expired.micros());
            }
        }
    }
    ends
}

fn burn_days(
    starts: &[Timestamp],
    past: &[Credits],
    pace: Option<Pace>,
    burned: &BTreeMap<Timestamp, Credits>,
    figures: &Figures,
    moments: &Moments,
) -> Vec<BurnDay> {
    let now = moments.now();
    let ends = starts.get(1..).unwrap_or_default();
    // The line begins where the chart is at the end of the first day of the pace, that day's burn put back.
    let pace_start = pace.map(|pace| {
        let first = starts.partition_point(|start| *start <= pace.from).checked_sub(1);
        let shown = first.filter(|place| starts.get(*place).is_some_and(|start| *start <= pace.from));
        let level = shown.and_then(|place| {
            let burn = burned.get(starts.get(place)?).copied().unwrap_or_default();
            past.get(place)?.checked_add(burn)
        });
        level.unwrap_or(pace.amount).max(pace.amount)
    });
    let future: Vec<Timestamp> = ends.iter().copied().filter(|end| *end > now).collect();
    let forecast = figures
        .usual
        .map(|usual| [usual.high, usual.median, usual.low].map(|burn| course(&figures.open, now, burn, &future).left));
    let skipped = ends.len() - future.len();
    let ahead = |line: usize, place: usize| {
        let lines = forecast.as_ref()?;
        lines.get(line)?.get(place.checked_sub(skipped)?).copied()
    };
    starts
        .iter()
        .zip(ends)
        .enumerate()
        .map(|(place, (start, end))| {
            let actual = past.get(place).copied();
            let is_today = actual.is_some() && *end > now;
            // Today the forecast begins where the actual line ends.
            let expected = |line: usize| if is_today { actual } else { ahead(line, place) };
            BurnDay {
                day: moments.at(*start),
                actual,
                pace: pace
                    .zip(pace_start)
                    .and_then(|(pace, level)| pace.at(level, if is_today { now } else { *end })),
                forecast: expected(1).filter(|_| forecast.is_some()),
                forecast_low: expected(0).filter(|_| forecast.is_some()),
                forecast_high: expected(2).filter(|_| forecast.is_some()),
            }
        })
        .collect()
}

/// What the chart shows, in a sentence.
fn finding(present: &Present, pace: Option<Pace>, days: &[BurnDay]) -> String {
    let left = format::credits(present.figures.left);
    let finding = match present.depletion() {
        Some(depletion) => match &depletion.latest {
            Some(latest) => format!(
                "{left} credits are left; at the usual burn they last until {} (between {} and {}).",
                depletion.at.day, depletion.earliest.day, latest.day
            ),
            None => format!(
                "{left} credits are left; at the usual burn they last until {}, at the earliest until {}.",
                depletion.at.day, depletion.earliest.day
            ),
        },
        None if present.figures.usual.is_none() => format!("{left} credits are left; no usual burn is known yet."),
        None => format!("{left} credits are left; at the usual burn their end is not in sight."),
    };
    let today = days.iter().rev().find(|day| day.actual.is_some());
    if let (Some(pace), Some(today)) = (pace, today)
        && let Some(even) = today.pace
    {
        let actual = today.actual.unwrap_or_default();
        let (difference, word) = if actual >= even {
            (actual.saturating_sub(even), "more")
        } else {
            (even.saturating_sub(actual), "less")
        };
        let end = present.moments.at(pace.to).day;
        let difference = format::credits(difference);
        return format!("{finding} That is {difference} {word} than an even pace until {end} would leave.");
    }
    finding
}

#[cfg(test)]
mod tests {
    use drawdown_domain::id::GrantId;
    use uuid::Uuid;

    use super::*;

    const DAY: i64 = 86_400;
    const FIRST: Timestamp = Timestamp::from_seconds(1_799_020_800);

    fn whole(credits: i64) -> Credits {
        Credits::from_whole(credits).unwrap()
    }

    fn day(days: i64) -> Timestamp {
        FIRST.plus_seconds(days * DAY)
    }

    fn grant(amount: i64, effective: i64, expires: Option<i64>, lost: i64) -> Grant {
        Grant {
            id: GrantId::from_uuid(Uuid::from_u128(1)),
            kind: GrantKind::Allotment,
            state: GrantState::Active,
            amount: whole(amount),
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: whole(lost),
            voided: Credits::ZERO,
            priority: 100,
            effective_at: day(effective),
            expires_at: expires.map(day),
            paid: None,
            scope: None,
            created_at: day(effective),
            note: None,
        }
    }

    #[test]
    fn walks_back_over_burn_grants_and_expiry() {
        // Day 0: 100 granted, 10 burned. Day 1: 20 burned. Day 2: 70 expire, 50 granted, 5 burned so far.
        let grants = [grant(100, 0, Some(2), 70), grant(50, 2, None, 0)];
        let burned = BTreeMap::from([(day(0), whole(10)), (day(1), whole(20)), (day(2), whole(5))]);
        let starts = [day(0), day(1), day(2), day(3), day(4)];
        let left = walk_back(&starts, day(2).plus_seconds(3_600), whole(45), &burned, &grants);
        assert_eq!(left, [whole(90), whole(70), whole(45)]);
    }

    #[test]
    fn the_pace_is_a_straight_line_to_zero() {
        let pace = Pace {
            from: day(0),
            to: day(10),
            amount: whole(100),
        };
        assert_eq!(pace.at(whole(100), day(0)), Some(whole(100)));
        assert_eq!(pace.at(whole(100), day(4)), Some(whole(60)));
        assert_eq!(pace.at(whole(100), day(10)), Some(Credits::ZERO));
        assert_eq!(pace.at(whole(100), day(11)), None);
    }
}
