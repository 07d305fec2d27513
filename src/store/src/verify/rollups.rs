//! Roll-ups against events: in all, by what they are grouped by, and day by day.

use std::collections::BTreeMap;

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;

use super::Check;
use crate::database::on;
use crate::error::StoreError;

/// Longer than any local day.
const DAY_MICROS_MAX: i64 = 26 * 3_600 * 1_000_000;

/// Credits in micro-credits and events, by group.
type Sums = BTreeMap<String, (i64, i64)>;

#[derive(sqlx::FromRow)]
struct SumRow {
    group_name: String,
    credits: i64,
    events: i64,
}

pub(super) async fn check(check: &mut Check<'_>) -> Result<(), StoreError> {
    let all = (i64::MIN, i64::MAX);
    let by_run = "use_case || ' ' || mode || ' ' || platform";
    let by_subject = "use_case || ' of ' || COALESCE(subject, '')";
    let runs = events(check, by_run, all).await?;
    for (table, time) in [("rollup_hour", "hour"), ("rollup_day", "day")] {
        let found = rolled_up(check, table, time, by_run, all).await?;
        compare(check, table, &runs, &found);
    }
    let subjects = events(check, by_subject, all).await?;
    let found = rolled_up(check, "rollup_subject_day", "day", by_subject, all).await?;
    compare(check, "rollup_subject_day", &subjects, &found);
    decisions(check).await?;
    for day in settled_days(check).await? {
        let (start, end) = (day.0.micros(), day.1.micros());
        let expected = events(check, by_run, (start, end)).await?;
        let found = rolled_up(check, "rollup_day", "day", by_run, (start, end)).await?;
        compare(check, &format!("rollup_day {start}"), &expected, &found);
        let found = rolled_up(check, "rollup_hour", "hour", by_run, (start, end)).await?;
        compare(check, &format!("rollup_hour of day {start}"), &expected, &found);
    }
    Ok(())
}

async fn events(check: &mut Check<'_>, group: &str, (from, until): (i64, i64)) -> Result<Sums, StoreError> {
    let sql = format!(
        "SELECT {group} AS group_name, CAST(SUM(credits) AS BIGINT) AS credits, COUNT(*) AS events FROM usage_event
         WHERE organization_id = $1 AND occurred_at >= $2 AND occurred_at < $3 GROUP BY {group}"
    );
    sums(check, &sql, from, until).await
}

async fn rolled_up(
    check: &mut Check<'_>,
    table: &str,
    time: &str,
    group: &str,
    (from, until): (i64, i64),
) -> Result<Sums, StoreError> {
    let sql = format!(
        "SELECT {group} AS group_name, CAST(SUM(credits) AS BIGINT) AS credits, CAST(SUM(events) AS BIGINT) AS events
         FROM {table} WHERE organization_id = $1 AND {time} >= $2 AND {time} < $3
         GROUP BY {group} HAVING SUM(events) <> 0 OR SUM(credits) <> 0"
    );
    sums(check, &sql, from, until).await
}

async fn sums(check: &mut Check<'_>, sql: &str, from: i64, until: i64) -> Result<Sums, StoreError> {
    let id: OrganizationId = check.id();
    let rows: Vec<SumRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(sql)
        .bind(id.uuid())
        .bind(from)
        .bind(until)
        .fetch_all(c)
        .await)?;
    Ok(rows
        .into_iter()
        .map(|row| (row.group_name, (row.credits, row.events)))
        .collect())
}

fn compare(check: &mut Check<'_>, what: &str, expected: &Sums, found: &Sums) {
    let mut groups: Vec<&String> = expected.keys().chain(found.keys()).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        let say = |sums: &Sums| {
            let (credits, events) = sums.get(group).copied().unwrap_or_default();
            format!("{credits} micro-credits in {events} events")
        };
        check.same(|| format!("{what}, {group}"), &say(expected), &say(found));
    }
}

/// Decisions have no rows of their own: the three roll-ups must at least agree on them.
async fn decisions(check: &mut Check<'_>) -> Result<(), StoreError> {
    let id = check.id();
    let mut said: Vec<String> = Vec::new();
    for table in ["rollup_hour", "rollup_day", "rollup_subject_day"] {
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(authorized), 0) AS BIGINT), CAST(COALESCE(SUM(degraded), 0) AS BIGINT),
                CAST(COALESCE(SUM(throttled), 0) AS BIGINT), CAST(COALESCE(SUM(capped), 0) AS BIGINT),
                CAST(COALESCE(SUM(refused), 0) AS BIGINT)
             FROM {table} WHERE organization_id = $1"
        );
        let (authorized, degraded, throttled, capped, refused): (i64, i64, i64, i64, i64) =
            on!(tx: &mut *check.tx, |c| sqlx::query_as(&sql).bind(id.uuid()).fetch_one(c).await)?;
        said.push(format!(
            "{authorized} authorized, {degraded} degraded, {throttled} throttled, {capped} capped, {refused} refused"
        ));
    }
    check.same(|| "decisions by day".to_owned(), &said[0], &said[1]);
    check.same(|| "decisions by subject".to_owned(), &said[0], &said[2]);
    Ok(())
}

/// The days that can be told apart, each with its end: those since the organization is in its present zone.
async fn settled_days(check: &mut Check<'_>) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
    let zone = check.zone();
    let first = settled_since(check).await?;
    let days = days(check).await?.into_iter().filter(|day| *day > first);
    Ok(days.map(|day| (day, zone.next_day_start(day))).collect())
}

/// Since when usage was counted in the days of the organization's present zone only: a day after the last one that is
/// none there. (When an organization moved is not kept; what was counted before in other days tells.)
pub(super) async fn settled_since(check: &mut Check<'_>) -> Result<Timestamp, StoreError> {
    let zone = check.zone();
    let days = days(check).await?;
    let foreign = days.iter().rev().find(|day| zone.local_day_start(**day) != **day);
    Ok(foreign.map_or(Timestamp::from_micros(i64::MIN), |day| day.plus_micros(DAY_MICROS_MAX)))
}

async fn days(check: &mut Check<'_>) -> Result<Vec<Timestamp>, StoreError> {
    let id = check.id();
    let days: Vec<(i64,)> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        "SELECT DISTINCT day FROM rollup_day WHERE organization_id = $1 ORDER BY day",
    )
    .bind(id.uuid())
    .fetch_all(c)
    .await)?;
    Ok(days.into_iter().map(|(day,)| Timestamp::from_micros(day)).collect())
}
