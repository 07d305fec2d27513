//! Use since an instant: what a cap that is set today must count of the window that is running.

use drawdown_domain::account::{Backfill, UsageLine};
use drawdown_domain::hold::Run;
use drawdown_domain::id::{ApiKeyId, OrganizationId};
use drawdown_domain::limit::Window;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use super::writer::Failure;
use crate::database::{Tx, on};
use crate::organization::key;

const MINUTE_MICROS: i64 = 60_000_000;
const HOUR_MICROS: i64 = 60 * MINUTE_MICROS;

#[derive(sqlx::FromRow)]
struct UsageSumRow {
    at: i64,
    use_case: String,
    mode: String,
    platform: String,
    subject: Option<String>,
    api_key_id: Option<Uuid>,
    credits: i64,
}

/// Use since an instant, for a cap that must count it: from hourly roll-ups where they tell enough (but for the first
/// hour or two, which a window may begin in the middle of), else from the events themselves, summed in steps that no
/// window boundary falls into.
pub(super) async fn usage_since(
    tx: &mut Tx,
    organization: OrganizationId,
    time_zone: &str,
    backfill: &Backfill,
) -> Result<Vec<UsageLine>, Failure> {
    let scope = &backfill.cap.scope;
    let step_micros = match backfill.cap.window {
        Window::RollingHours(_) => MINUTE_MICROS,
        _ => 15 * MINUTE_MICROS,
    };
    let by_hour = !matches!(backfill.cap.window, Window::RollingHours(_))
        && scope.subject.is_none()
        && scope.key.is_none()
        && scope.each.is_none()
        && backfill.time_zone == time_zone;
    let mut rows = Vec::new();
    let mut until = i64::MAX;
    if by_hour {
        // The first hours are read from the events, so that an hour that begins before the window is not counted.
        let head = backfill.since.plus_micros(HOUR_MICROS).micros();
        let first: Option<i64> = on!(tx: &mut *tx, |c| sqlx::query_scalar(
            "SELECT MIN(hour) FROM rollup_hour WHERE organization_id = $1 AND hour >= $2",
        )
        .bind(organization.uuid())
        .bind(head)
        .fetch_one(c)
        .await)?;
        until = first.unwrap_or(i64::MAX);
        rows.extend(hours_since(tx, organization, until).await?);
    }
    rows.extend(events_between(tx, organization, backfill.since.micros(), until, step_micros).await?);
    let lines = rows.into_iter().map(|row| {
        Ok(UsageLine {
            at: Timestamp::from_micros(row.at).max(backfill.since),
            run: Run {
                use_case: key("use case", &row.use_case)?,
                mode: key("mode", &row.mode)?,
                platform: key("platform", &row.platform)?,
                subject: row.subject.map(|text| key("subject", &text)).transpose()?,
                api_key: row.api_key_id.map(ApiKeyId::from_uuid),
            },
            credits: Credits::from_micros(row.credits),
        })
    });
    lines.collect()
}

async fn hours_since(tx: &mut Tx, organization: OrganizationId, since: i64) -> Result<Vec<UsageSumRow>, Failure> {
    Ok(on!(tx: tx, |c| sqlx::query_as(
        "SELECT hour AS at, use_case, mode, platform, NULL AS subject, CAST(NULL AS UUID) AS api_key_id, credits
         FROM rollup_hour WHERE organization_id = $1 AND hour >= $2 AND credits > 0",
    )
    .bind(organization.uuid())
    .bind(since)
    .fetch_all(c)
    .await)?)
}

async fn events_between(
    tx: &mut Tx,
    organization: OrganizationId,
    since: i64,
    until: i64,
    step_micros: i64,
) -> Result<Vec<UsageSumRow>, Failure> {
    Ok(on!(tx: tx, |c| sqlx::query_as(
        "SELECT occurred_at - occurred_at % $4 AS at, use_case, mode, platform, subject, api_key_id,
            CAST(SUM(credits) AS BIGINT) AS credits
         FROM usage_event WHERE organization_id = $1 AND occurred_at >= $2 AND occurred_at < $3
         GROUP BY occurred_at - occurred_at % $4, use_case, mode, platform, subject, api_key_id",
    )
    .bind(organization.uuid())
    .bind(since)
    .bind(until)
    .bind(step_micros)
    .fetch_all(c)
    .await)?)
}
