//! What a cap would have done: played over the roll-ups of the last 31 days. Changes nothing.

use std::collections::{BTreeMap, VecDeque};

use drawdown_domain::format;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::{LimitScope, Window};
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Key, Timestamp};
use drawdown_store::{Bucket, UsageLine};

use super::{CapInput, limit_credits};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::service::{Service, zone_of};
use crate::words;

/// Days that are looked back, today included.
const DAYS: i32 = 31;

/// A day on which a cap would have stopped runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIfStop {
    /// The local day.
    pub day: Moment,
    /// Used in its window by the end of that day.
    pub used: Credits,
}

/// What a cap would have done in the last 31 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// `This cap, in the last 31 days, would have stopped you on 21 Nov.`
    pub sentence: String,
    /// The first day of each window in which it would have stopped runs.
    pub stops: Vec<WhatIfStop>,
    /// The most used in one window.
    pub peak: Credits,
}

/// A window of the past in which the cap would have been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reached {
    at: Timestamp,
    used: Credits,
}

impl Service {
    /// What this cap would have done in the last 31 days, by the roll-ups. Changes nothing.
    pub async fn what_if(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        cap: &CapInput,
    ) -> Result<WhatIf, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        if !is_kept(&cap.scope) {
            return Ok(WhatIf {
                sentence: "What this cap would have done is not known: usage is not kept by API key or for each \
                           subject and mode."
                    .to_owned(),
                stops: Vec::new(),
                peak: Credits::ZERO,
            });
        }
        let found = self.load(organization).await?;
        let plan = self.plan_of(&found.state).await?;
        let (zone, moments) = (zone_of(&found.state), self.moments(&found.state));
        let since = moments.day_start_after(moments.now(), 1 - DAYS);
        let anchor = found.state.period_anchor;
        let from = zone.window(cap.window, since, anchor).start;
        let bucket = match cap.window {
            Window::RollingHours(_) => Bucket::Hour,
            _ => Bucket::Day,
        };
        let subject = cap.scope.subject.as_ref();
        let lines = self
            .store()
            .usage_lines(organization, from, moments.now(), bucket, subject)
            .await?;
        let amounts = amounts(&lines, &cap.scope);
        let limit = limit_credits(cap.limit, plan.as_deref());
        let (reached, peak) = play(&amounts, cap.window, limit, &zone, anchor);
        let reached: Vec<Reached> = reached.into_iter().filter(|stop| stop.at >= since).collect();
        Ok(what_if(&reached, peak, cap.window, &moments))
    }
}

/// True where the roll-ups can tell: by use case, mode and platform, or by one subject and use case per day.
fn is_kept(scope: &LimitScope) -> bool {
    let by_subject = scope.mode.is_none() && scope.platform.is_none();
    scope.key.is_none() && scope.each.is_none() && (scope.subject.is_none() || by_subject)
}

/// Credits used in the scope, by span, in the order of time.
fn amounts(lines: &[UsageLine], scope: &LimitScope) -> Vec<(Timestamp, Credits)> {
    let fits = |wanted: Option<&str>, actual: &str| wanted.is_none_or(|wanted| wanted == actual);
    let mut amounts: BTreeMap<Timestamp, Credits> = BTreeMap::new();
    for line in lines {
        if fits(scope.use_case.as_ref().map(Key::as_str), &line.use_case)
            && fits(scope.mode.as_ref().map(Key::as_str), &line.mode)
            && fits(scope.platform.as_ref().map(Key::as_str), &line.platform)
        {
            let sum = amounts.entry(line.start).or_default();
            *sum = sum.checked_add(line.credits).unwrap_or(Credits::MAX);
        }
    }
    amounts.into_iter().collect()
}

/// Plays the use over the windows: where each was first above the limit, and the most used in one window.
fn play(
    amounts: &[(Timestamp, Credits)],
    window: Window,
    limit: Credits,
    zone: &Zone,
    anchor: Timestamp,
) -> (Vec<Reached>, Credits) {
    let mut reached = Vec::new();
    let mut peak = Credits::ZERO;
    let mut counted: VecDeque<(Timestamp, Credits)> = VecDeque::new();
    let mut used = Credits::ZERO;
    let mut above = false;
    for (at, credits) in amounts {
        let start = zone.window(window, *at, anchor).start;
        while let Some((_, old)) = counted.pop_front_if(|(counted_at, _)| *counted_at < start) {
            used = used.saturating_sub(old);
        }
        let is_calendar = !matches!(window, Window::RollingHours(_));
        if (is_calendar && counted.is_empty()) || used <= limit {
            above = false;
        }
        used = used.checked_add(*credits).unwrap_or(Credits::MAX);
        counted.push_back((*at, *credits));
        peak = peak.max(used);
        if used > limit && !above {
            above = true;
            reached.push(Reached { at: *at, used });
        }
    }
    (reached, peak)
}

fn what_if(reached: &[Reached], peak: Credits, window: Window, moments: &Moments) -> WhatIf {
    let stops: Vec<WhatIfStop> = reached
        .iter()
        .map(|stop| WhatIfStop {
            day: moments.at(stop.at),
            used: stop.used,
        })
        .collect();
    let sentence = match stops.as_slice() {
        [] => format!(
            "This cap would have stopped nothing in the last {DAYS} days: the most was {} credits {}.",
            format::credits(peak),
            words::window(window),
        ),
        [only] => format!(
            "This cap, in the last {DAYS} days, would have stopped you on {}.",
            only.day.day
        ),
        [first, ..] => format!(
            "This cap, in the last {DAYS} days, would have stopped you {} times, first on {}.",
            stops.len(),
            first.day.day
        ),
    };
    WhatIf { sentence, stops, peak }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    /// 2027-01-04T00:00:00Z, a Monday.
    const MONDAY: Timestamp = Timestamp::from_seconds(1_799_020_800);

    fn whole(credits: i64) -> Credits {
        Credits::from_whole(credits).unwrap()
    }

    fn days(amounts: &[i64]) -> Vec<(Timestamp, Credits)> {
        amounts
            .iter()
            .zip(0..)
            .map(|(credits, day)| (MONDAY.plus_seconds(day * DAY), whole(*credits)))
            .collect()
    }

    fn stops(amounts: &[(Timestamp, Credits)], window: Window, limit: i64) -> (Vec<i64>, Credits) {
        let (reached, peak) = play(amounts, window, whole(limit), &Zone::utc(), MONDAY);
        let days = reached
            .iter()
            .map(|stop| stop.at.micros_since(MONDAY) / 1_000_000 / DAY);
        (days.collect(), peak)
    }

    #[test]
    fn a_daily_cap_stops_on_each_day_above_it() {
        let used = days(&[5, 12, 10, 11]);
        assert_eq!(stops(&used, Window::Day, 10), (vec![1, 3], whole(12)));
    }

    #[test]
    fn a_weekly_cap_stops_once_a_week() {
        let used = days(&[4, 4, 4, 4, 0, 0, 0, 9, 9]);
        assert_eq!(stops(&used, Window::Week, 10), (vec![2, 8], whole(18)));
    }

    #[test]
    fn a_rolling_cap_stops_again_once_there_was_room() {
        let hour = |n: i64, credits: i64| (MONDAY.plus_seconds(n * 3_600), whole(credits));
        let used = [hour(0, 6), hour(1, 6), hour(30, 6), hour(31, 6)];
        let (reached, _) = play(&used, Window::RollingHours(6), whole(10), &Zone::utc(), MONDAY);
        assert_eq!(reached.len(), 2);
    }

    #[test]
    fn says_what_it_found() {
        let moments = Moments::new("UTC", MONDAY.plus_seconds(5 * DAY));
        let one = Reached {
            at: MONDAY.plus_seconds(DAY),
            used: whole(12),
        };
        assert_eq!(
            what_if(&[one], whole(12), Window::Day, &moments).sentence,
            "This cap, in the last 31 days, would have stopped you on 5 Jan."
        );
        assert_eq!(
            what_if(&[], whole(12), Window::Day, &moments).sentence,
            "This cap would have stopped nothing in the last 31 days: the most was 12 credits a day."
        );
    }
}
