//! Counters of fair use against the usage events and open holds that they count, by the plan that holds now.
//!
//! A counter says at which place of a plan's list a run was, and not of which plan. So what can be proved are the windows
//! that began after the present plan took hold.

use std::collections::{HashMap, HashSet};

use drawdown_domain::account::fair_use_counter;
use drawdown_domain::catalogue::Catalogue;
use drawdown_domain::hold::{CounterKey, Hold, Run};
use drawdown_domain::limit::Window;
use drawdown_domain::plan::PlanTerms;
use drawdown_domain::window::rolling_step_micros;
use drawdown_domain::{Credits, Timestamp};
use rust_decimal::Decimal;

use super::Check;
use super::rollups::settled_since;
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::hold::HoldRow;
use crate::organization::key;

/// How far ahead of the clock an event may lie: so long before the plan took hold it may have been counted by another.
const AHEAD_SECONDS: i64 = 300;

#[derive(sqlx::FromRow)]
struct CounterRow {
    window_start: i64,
    used: i64,
    held: i64,
}

#[derive(sqlx::FromRow)]
struct UseRow {
    use_case: String,
    mode: String,
    platform: String,
    exact: String,
    events: i64,
}

pub(super) async fn check(
    check: &mut Check<'_>,
    terms: &PlanTerms,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Result<(), StoreError> {
    let places: Vec<(usize, Window)> = terms
        .unlimited
        .iter()
        .enumerate()
        .filter_map(|(place, unlimited)| Some((place, unlimited.fair_use.as_ref()?.window)))
        .collect();
    if places.is_empty() {
        return Ok(());
    }
    let since = since(check).await?;
    let held = held(check, catalogue).await?;
    for (place, window) in places {
        counted(check, terms, place, window, since, now, &held).await?;
    }
    Ok(())
}

/// From when on every counter is of the present plan and in the present zone.
async fn since(check: &mut Check<'_>) -> Result<Timestamp, StoreError> {
    let id = check.id();
    let (phase,): (Option<i64>,) = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        "SELECT MAX(created_at) FROM phase WHERE organization_id = $1",
    )
    .bind(id.uuid())
    .fetch_one(c)
    .await)?;
    let plan = phase.map_or(i64::MIN, |at| {
        Timestamp::from_micros(at).plus_seconds(AHEAD_SECONDS).micros()
    });
    Ok(settled_since(check).await?.max(Timestamp::from_micros(plan)))
}

/// What open holds are expected to use by the rate card of their time, by counter.
async fn held(check: &mut Check<'_>, catalogue: &Catalogue) -> Result<HashMap<CounterKey, i128>, StoreError> {
    let id = check.id();
    let rows: Vec<HoldRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        select!(hold, "WHERE organization_id = $1 AND state = 'open' ORDER BY id"),
    )
    .bind(id.uuid())
    .fetch_all(c)
    .await)?;
    let mut expected = HashMap::new();
    for row in rows {
        let hold = Hold::try_from(row)?;
        let card = catalogue.at(hold.authorized_at);
        let price = card.and_then(|card| card.rates.price(&hold.run, &hold.quantities).ok());
        let list = price.map_or(0, |price| i128::from(price.credits.micros()));
        for key in hold.counters {
            *expected.entry(key).or_default() += list;
        }
    }
    Ok(expected)
}

/// The counters of a place of the plan's list, each against what happened in its window; and that the running window has
/// one where something happened.
async fn counted(
    check: &mut Check<'_>,
    terms: &PlanTerms,
    place: usize,
    window: Window,
    since: Timestamp,
    now: Timestamp,
    held: &HashMap<CounterKey, i128>,
) -> Result<(), StoreError> {
    let (id, zone, anchor) = (check.id(), check.zone(), check.organization.state.period_anchor);
    let rows: Vec<CounterRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        "SELECT window_start, used, held FROM cap_counter
         WHERE organization_id = $1 AND cap_id = $2 AND window_start > $3 ORDER BY window_start",
    )
    .bind(id.uuid())
    .bind(fair_use_counter(place).uuid())
    .bind(since.micros())
    .fetch_all(c)
    .await)?;
    let name = |start: Timestamp, what: &str| {
        format!(
            "fair use of entry {} of the plan from {}: {what}",
            place + 1,
            start.micros()
        )
    };
    let mut known = HashSet::new();
    for row in rows {
        let start = Timestamp::from_micros(row.window_start);
        let end = match window {
            Window::RollingHours(hours) => Some(start.plus_micros(rolling_step_micros(hours))),
            _ => zone.window(window, start, anchor).end,
        };
        let expected = used(check, terms, place, start, end.unwrap_or(Timestamp::MAX)).await?;
        let found = i128::from(row.used);
        check.same(|| name(start, "used, in micro-credits"), &expected, &found);
        let key = CounterKey {
            cap: fair_use_counter(place),
            each: String::new(),
            window_start: start,
        };
        let expected = held.get(&key).copied().unwrap_or(0);
        let found = i128::from(row.held);
        check.same(|| name(start, "held, in micro-credits"), &expected, &found);
        known.insert(start);
    }
    let running = zone.window(window, now, anchor);
    let is_rolling = matches!(window, Window::RollingHours(_));
    if !is_rolling && running.start > since && !known.contains(&running.start) {
        let used = used(
            check,
            terms,
            place,
            running.start,
            running.end.unwrap_or(Timestamp::MAX),
        )
        .await?;
        if used != 0 {
            check.find(name(running.start, "its counter"), used.to_string(), "none");
        }
    }
    Ok(())
}

/// What runs at a place of the list used between two instants, at the rate card's price.
async fn used(
    check: &mut Check<'_>,
    terms: &PlanTerms,
    place: usize,
    start: Timestamp,
    end: Timestamp,
) -> Result<i128, StoreError> {
    let id = check.id();
    let rows: Vec<UseRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        "SELECT use_case, mode, platform, exact, COUNT(*) AS events FROM usage_event
         WHERE organization_id = $1 AND occurred_at >= $2 AND occurred_at < $3
         GROUP BY use_case, mode, platform, exact",
    )
    .bind(id.uuid())
    .bind(start.micros())
    .bind(end.micros())
    .fetch_all(c)
    .await)?;
    let mut sum = 0;
    for row in rows {
        let run = Run {
            use_case: key("use case", &row.use_case)?,
            mode: key("mode", &row.mode)?,
            platform: key("platform", &row.platform)?,
            subject: None,
            api_key: None,
        };
        if terms.unlimited.iter().position(|unlimited| unlimited.matches(&run)) == Some(place) {
            let exact: Option<Decimal> = row.exact.parse().ok();
            let list = exact
                .and_then(|exact| Credits::round(exact).ok())
                .unwrap_or(Credits::MAX);
            sum += i128::from(list.micros()) * i128::from(row.events);
        }
    }
    Ok(sum)
}
