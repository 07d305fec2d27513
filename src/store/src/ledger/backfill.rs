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

/// Use since an instant, for a cap that must count it: from roll-ups where they tell enough, else from the events
/// themselves, summed in steps that no window boundary falls into.
pub(super) async fn usage_since(
    tx: &mut Tx,
    organization: OrganizationId,
    backfill: &Backfill,
) -> Result<Vec<UsageLine>, Failure> {
    let scope = &backfill.cap.scope;
    let since = backfill.since.micros();
    let kept = scope.subject.is_none() && scope.key.is_none() && scope.each.is_none();
    let rows = match backfill.cap.window {
        Window::Lifetime if kept => rolled_up(tx, organization, "rollup_day", "day", since).await?,
        Window::RollingHours(_) => events_since(tx, organization, since, MINUTE_MICROS).await?,
        _ if kept && hours_fit(tx, organization, since).await? => {
            rolled_up(tx, organization, "rollup_hour", "hour", since).await?
        }
        _ => events_since(tx, organization, since, 15 * MINUTE_MICROS).await?,
    };
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

/// False where some hour is not a whole number of hours away from the window's start: the organization came from a zone
/// that is half an hour off, and hours may overlap each other and the start.
async fn hours_fit(tx: &mut Tx, organization: OrganizationId, since: i64) -> Result<bool, Failure> {
    let odd: i64 = on!(tx: tx, |c| sqlx::query_scalar(
        "SELECT COUNT(*) FROM rollup_hour
         WHERE organization_id = $1 AND hour > $2 - 3600000000 AND (hour - $2) % 3600000000 <> 0",
    )
    .bind(organization.uuid())
    .bind(since)
    .fetch_one(c)
    .await)?;
    Ok(odd == 0)
}

async fn rolled_up(
    tx: &mut Tx,
    organization: OrganizationId,
    table: &str,
    time: &str,
    since: i64,
) -> Result<Vec<UsageSumRow>, Failure> {
    let sql = format!(
        "SELECT {time} AS at, use_case, mode, platform, NULL AS subject, CAST(NULL AS UUID) AS api_key_id, credits
         FROM {table} WHERE organization_id = $1 AND {time} >= $2 AND credits > 0"
    );
    Ok(on!(tx: tx, |c| sqlx::query_as(&sql)
        .bind(organization.uuid())
        .bind(since)
        .fetch_all(c)
        .await)?)
}

async fn events_since(
    tx: &mut Tx,
    organization: OrganizationId,
    since: i64,
    step_micros: i64,
) -> Result<Vec<UsageSumRow>, Failure> {
    let keeps = tx.may_keep_plans();
    Ok(on!(tx: tx, |c| sqlx::query_as(
        "SELECT occurred_at - occurred_at % $3 AS at, use_case, mode, platform, subject, api_key_id,
            CAST(SUM(credits) AS BIGINT) AS credits
         FROM usage_event WHERE organization_id = $1 AND occurred_at >= $2
         GROUP BY occurred_at - occurred_at % $3, use_case, mode, platform, subject, api_key_id",
    )
    .persistent(keeps)
    .bind(organization.uuid())
    .bind(since)
    .bind(step_micros)
    .fetch_all(c)
    .await)?)
}
