//! Cap counters against the usage events and open holds that they count, and grants against the holds that reserve
//! from them.

use std::collections::HashMap;

use drawdown_domain::grant::Grant;
use drawdown_domain::hold::{CounterKey, Hold, Run};
use drawdown_domain::id::{ApiKeyId, GrantId};
use drawdown_domain::limit::{Cap, Window};
use drawdown_domain::window::rolling_step_micros;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use super::Check;
use super::rollups::settled_since;
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::grant::GrantRow;
use crate::hold::HoldRow;
use crate::limit::CapRow;
use crate::organization::key;

const ROWS_A_PAGE: i64 = 1_000;

/// What open holds reserve, in micro-credits.
#[derive(Default)]
struct Reserved {
    grants: HashMap<GrantId, i128>,
    counters: HashMap<CounterKey, i128>,
}

#[derive(sqlx::FromRow)]
struct CounterRow {
    each_value: String,
    window_start: i64,
    used: i64,
    held: i64,
}

#[derive(sqlx::FromRow)]
struct UseRow {
    start: i64,
    use_case: String,
    mode: String,
    platform: String,
    subject: Option<String>,
    api_key_id: Option<Uuid>,
    credits: i64,
}

pub(super) async fn check(check: &mut Check<'_>, now: Timestamp) -> Result<(), StoreError> {
    let reserved = reserved(check).await?;
    held_grants(check, &reserved).await?;
    let id = check.id();
    let rows: Vec<CapRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        select!(cap, "WHERE organization_id = $1 ORDER BY id"),
    )
    .bind(id.uuid())
    .fetch_all(c)
    .await)?;
    let settled_since = settled_since(check).await?;
    for row in rows {
        let cap = Cap::try_from(row)?;
        for (start, end) in windows(check, &cap, now, settled_since).await? {
            counted(check, &cap, start, end, &reserved).await?;
        }
    }
    captured(check).await
}

async fn reserved(check: &mut Check<'_>) -> Result<Reserved, StoreError> {
    let id = check.id();
    let mut reserved = Reserved::default();
    let mut after = (i64::MIN, Uuid::nil());
    loop {
        let rows: Vec<HoldRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
            select!(hold, "WHERE organization_id = $1 AND state = 'open' AND (expires_at, id) > ($2, $3)
             ORDER BY expires_at, id LIMIT $4"),
        )
        .bind(id.uuid())
        .bind(after.0)
        .bind(after.1)
        .bind(ROWS_A_PAGE)
        .fetch_all(c)
        .await)?;
        if rows.is_empty() {
            return Ok(reserved);
        }
        for row in rows {
            let hold = Hold::try_from(row)?;
            after = (hold.expires_at.micros(), hold.id.uuid());
            let parts = hold.shares.iter().map(|share| i128::from(share.credits.micros()));
            let credits = i128::from(hold.credits.micros());
            check.same(
                || format!("{}: what it reserves of grants", hold.id),
                &credits,
                &parts.sum(),
            );
            for share in &hold.shares {
                *reserved.grants.entry(share.grant).or_default() += i128::from(share.credits.micros());
            }
            for key in hold.counters {
                *reserved.counters.entry(key).or_default() += credits;
            }
        }
    }
}

async fn held_grants(check: &mut Check<'_>, reserved: &Reserved) -> Result<(), StoreError> {
    let id = check.id();
    let rows: Vec<GrantRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        select!(credit_grant, "WHERE organization_id = $1 ORDER BY id"),
    )
    .bind(id.uuid())
    .fetch_all(c)
    .await)?;
    for row in rows {
        let grant = Grant::try_from(row)?;
        let expected = reserved.grants.get(&grant.id).copied().unwrap_or(0);
        let found = i128::from(grant.held.micros());
        check.same(
            || format!("{}: reserved by open holds, in micro-credits", grant.id),
            &expected,
            &found,
        );
    }
    Ok(())
}

/// The windows of a cap whose counters must be complete: the running one, which is counted anew whenever the cap is set
/// or the organization moves to another zone; and the earlier ones since both. (Late events may count in a window from
/// before that, without the rest of it.) Of a rolling cap all steps of its present window are one.
async fn windows(
    check: &mut Check<'_>,
    cap: &Cap,
    now: Timestamp,
    settled_since: Timestamp,
) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
    let zone = check.zone();
    let (id, anchor) = (check.id(), check.organization.state.period_anchor);
    let current = zone.window(cap.window, now, anchor);
    let mut windows = vec![(current.start, current.end.unwrap_or(Timestamp::MAX))];
    if matches!(cap.window, Window::RollingHours(_)) {
        return Ok(windows);
    }
    let made_at = made_at(cap);
    let starts: Vec<(i64,)> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        "SELECT DISTINCT window_start FROM cap_counter
         WHERE organization_id = $1 AND cap_id = $2 AND window_start > $3 AND window_start < $4",
    )
    .bind(id.uuid())
    .bind(cap.id.uuid())
    .bind(settled_since.micros())
    .bind(current.start.micros())
    .fetch_all(c)
    .await)?;
    for (start,) in starts {
        let window = zone.window(cap.window, Timestamp::from_micros(start), anchor);
        let end = window.end.unwrap_or(Timestamp::MAX);
        if made_at < end {
            windows.push((window.start, end));
        }
    }
    Ok(windows)
}

/// When a cap was first set: its identifier tells.
fn made_at(cap: &Cap) -> Timestamp {
    cap.id.uuid().get_timestamp().map_or(Timestamp::MAX, |at| {
        let (seconds, nanos) = at.to_unix();
        Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)).plus_micros(i64::from(nanos / 1_000))
    })
}

/// What a cap has counted between two instants, against the events of that time and the open holds.
async fn counted(
    check: &mut Check<'_>,
    cap: &Cap,
    start: Timestamp,
    end: Timestamp,
    reserved: &Reserved,
) -> Result<(), StoreError> {
    let id = check.id();
    // Inside a window may lie others, of a zone that the organization has left; of a rolling cap all steps count.
    let last = match cap.window {
        Window::RollingHours(_) => end,
        _ => start.plus_micros(1),
    };
    let counters: Vec<CounterRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        "SELECT each_value, window_start, used, held FROM cap_counter
         WHERE organization_id = $1 AND cap_id = $2 AND window_start >= $3 AND window_start < $4",
    )
    .bind(id.uuid())
    .bind(cap.id.uuid())
    .bind(start.micros())
    .bind(last.micros())
    .fetch_all(c)
    .await)?;
    let mut used = used(check, cap, start, end).await?;
    for counter in counters {
        let key = CounterKey {
            cap: cap.id,
            each: counter.each_value,
            window_start: Timestamp::from_micros(counter.window_start),
        };
        let name = |what: &str| format!("cap {} {} from {}: {what}", cap.name, key.each, counter.window_start);
        let expected = used.remove(&key).unwrap_or(0);
        check.same(|| name("used, in micro-credits"), &expected, &i128::from(counter.used));
        let expected = reserved.counters.get(&key).copied().unwrap_or(0);
        check.same(|| name("held, in micro-credits"), &expected, &i128::from(counter.held));
    }
    for (key, credits) in used.into_iter().filter(|(_, credits)| *credits != 0) {
        let what = format!(
            "cap {} {} from {}: its counter",
            cap.name,
            key.each,
            key.window_start.micros()
        );
        check.find(what, credits.to_string(), "none");
    }
    Ok(())
}

/// What the events between two instants add to the counters of a cap.
async fn used(
    check: &mut Check<'_>,
    cap: &Cap,
    start: Timestamp,
    end: Timestamp,
) -> Result<HashMap<CounterKey, i128>, StoreError> {
    let id = check.id();
    // Steps of rolling windows are counted from the epoch; any other window is one step.
    let (bucket, step) = match cap.window {
        Window::RollingHours(hours) => ("occurred_at - occurred_at % $4", rolling_step_micros(hours)),
        _ => ("CAST($4 AS BIGINT)", start.micros()),
    };
    let sql = format!(
        "SELECT {bucket} AS start, use_case, mode, platform, subject, api_key_id,
            CAST(SUM(credits) AS BIGINT) AS credits
         FROM usage_event WHERE organization_id = $1 AND occurred_at >= $2 AND occurred_at < $3
         GROUP BY {bucket}, use_case, mode, platform, subject, api_key_id"
    );
    let rows: Vec<UseRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(&sql)
        .bind(id.uuid())
        .bind(start.micros())
        .bind(end.micros())
        .bind(step)
        .fetch_all(c)
        .await)?;
    let mut used = HashMap::new();
    for row in rows {
        let run = Run {
            use_case: key("use case", &row.use_case)?,
            mode: key("mode", &row.mode)?,
            platform: key("platform", &row.platform)?,
            subject: row.subject.map(|text| key("subject", &text)).transpose()?,
            api_key: row.api_key_id.map(ApiKeyId::from_uuid),
        };
        if cap.scope.matches(&run) {
            let key = CounterKey {
                cap: cap.id,
                each: cap.scope.each_value(&run),
                window_start: Timestamp::from_micros(row.start),
            };
            *used.entry(key).or_default() += i128::from(row.credits);
        }
    }
    Ok(used)
}

/// Captured holds against the events that came of them.
async fn captured(check: &mut Check<'_>) -> Result<(), StoreError> {
    let id = check.id();
    let mut said = Vec::new();
    for sql in [
        "SELECT COUNT(*), CAST(COALESCE(SUM(captured), 0) AS BIGINT) FROM hold
         WHERE organization_id = $1 AND state = 'captured'",
        "SELECT COUNT(*), CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM usage_event
         WHERE organization_id = $1 AND hold_id IS NOT NULL",
    ] {
        let (count, micros): (i64, i64) =
            on!(tx: &mut *check.tx, |c| sqlx::query_as(sql).bind(id.uuid()).fetch_one(c).await)?;
        said.push(format!("{count} with {} credits", Credits::from_micros(micros)));
    }
    check.same(|| "captured holds, against their events".to_owned(), &said[1], &said[0]);
    Ok(())
}
