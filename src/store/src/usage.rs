//! Usage and decisions over time, read from the roll-ups: exact to the last acknowledged event, whatever the number of
//! events behind them.

use drawdown_domain::account::RollupDelta;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::{Credits, Key, Timestamp};

use crate::Store;
use crate::database::on;
use crate::error::StoreError;

/// By what usage is grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Use case.
    UseCase,
    /// Mode.
    Mode,
    /// Platform.
    Platform,
    /// Subject; kept by day only.
    Subject,
}

/// Into what spans usage is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Local hours.
    Hour,
    /// Local days.
    Day,
}

/// What usage is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageQuery {
    /// From this instant on: the start of a local hour or day.
    pub from: Timestamp,
    /// Before this instant.
    pub until: Timestamp,
    /// By what it is grouped.
    pub group_by: Dimension,
    /// Into what spans it is summed.
    pub bucket: Bucket,
}

/// Usage of one group in one span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The start of the span.
    pub start: Timestamp,
    /// The group: a use case, mode, platform, or subject (empty for runs without one).
    pub group: String,
    /// The sums.
    pub sums: RollupDelta,
}

/// Usage of one span by the dimensions of its runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageLine {
    /// The start of the span.
    pub start: Timestamp,
    /// Use case.
    pub use_case: String,
    /// Mode; empty where it is not kept.
    pub mode: String,
    /// Platform; empty where it is not kept.
    pub platform: String,
    /// Credits used.
    pub credits: Credits,
}

#[derive(sqlx::FromRow)]
struct Sums {
    start_at: i64,
    group_name: String,
    credits: i64,
    events: i64,
    authorized: i64,
    degraded: i64,
    throttled: i64,
    capped: i64,
    refused: i64,
}

impl From<Sums> for UsageRow {
    fn from(row: Sums) -> Self {
        Self {
            start: Timestamp::from_micros(row.start_at),
            group: row.group_name,
            sums: RollupDelta {
                credits: Credits::from_micros(row.credits),
                events: row.events,
                authorized: row.authorized,
                degraded: row.degraded,
                throttled: row.throttled,
                capped: row.capped,
                refused: row.refused,
            },
        }
    }
}

/// The seven sums, as both engines return 64-bit integers.
macro_rules! sums {
    () => {
        "CAST(SUM(credits) AS BIGINT) AS credits, CAST(SUM(events) AS BIGINT) AS events,
         CAST(SUM(authorized) AS BIGINT) AS authorized, CAST(SUM(degraded) AS BIGINT) AS degraded,
         CAST(SUM(throttled) AS BIGINT) AS throttled, CAST(SUM(capped) AS BIGINT) AS capped,
         CAST(SUM(refused) AS BIGINT) AS refused"
    };
}

/// The statement that sums `$table` by its time column and a group.
macro_rules! grouped {
    ($table:literal, $time:literal, $group:literal) => {
        concat!(
            "SELECT ",
            $time,
            " AS start_at, ",
            $group,
            " AS group_name, ",
            sums!(),
            " FROM ",
            $table,
            " WHERE organization_id = $1 AND ",
            $time,
            " >= $2 AND ",
            $time,
            " < $3",
            " GROUP BY ",
            $time,
            ", ",
            $group,
            " ORDER BY ",
            $time,
            ", ",
            $group
        )
    };
}

const DAY_TOTALS: &str = concat!(
    "SELECT day AS start_at, '' AS group_name, ",
    sums!(),
    " FROM rollup_day WHERE organization_id = $1 AND day >= $2 AND day < $3 GROUP BY day ORDER BY day"
);

fn statement(query: &UsageQuery) -> Result<&'static str, StoreError> {
    Ok(match (query.bucket, query.group_by) {
        (Bucket::Hour, Dimension::UseCase) => grouped!("rollup_hour", "hour", "use_case"),
        (Bucket::Hour, Dimension::Mode) => grouped!("rollup_hour", "hour", "mode"),
        (Bucket::Hour, Dimension::Platform) => grouped!("rollup_hour", "hour", "platform"),
        (Bucket::Hour, Dimension::Subject) => {
            return Err(StoreError::NotKept("usage by subject is kept by day, not by hour"));
        }
        (Bucket::Day, Dimension::UseCase) => grouped!("rollup_day", "day", "use_case"),
        (Bucket::Day, Dimension::Mode) => grouped!("rollup_day", "day", "mode"),
        (Bucket::Day, Dimension::Platform) => grouped!("rollup_day", "day", "platform"),
        (Bucket::Day, Dimension::Subject) => grouped!("rollup_subject_day", "day", "subject"),
    })
}

impl Store {
    /// Usage by group and span, in the order of time and group. Spans without usage are absent.
    ///
    /// # Errors
    /// [`StoreError::NotKept`] for subjects by hour.
    pub async fn usage(&self, organization: OrganizationId, query: UsageQuery) -> Result<Vec<UsageRow>, StoreError> {
        let sql = statement(&query)?;
        let rows: Vec<Sums> = on!(pool: &self.db().charts, |c| sqlx::query_as(sql)
            .bind(organization.uuid())
            .bind(query.from.micros())
            .bind(query.until.micros())
            .fetch_all(c)
            .await)?;
        Ok(rows.into_iter().map(UsageRow::from).collect())
    }

    /// The sums of whole days between two instants, oldest first. Days without anything are absent.
    pub async fn daily_totals(
        &self,
        organization: OrganizationId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, RollupDelta)>, StoreError> {
        let rows: Vec<Sums> = on!(pool: &self.db().charts, |c| sqlx::query_as(DAY_TOTALS)
            .bind(organization.uuid())
            .bind(from.micros())
            .bind(until.micros())
            .fetch_all(c)
            .await)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let row = UsageRow::from(row);
                (row.start, row.sums)
            })
            .collect())
    }

    /// Usage by its dimensions and span, between two instants, in the order of time: what a limit's scope is matched
    /// against. With a subject, that subject's by use case and day (mode and platform are empty then).
    ///
    /// # Errors
    /// [`StoreError::NotKept`] for a subject by hour.
    pub async fn usage_lines(
        &self,
        organization: OrganizationId,
        from: Timestamp,
        until: Timestamp,
        bucket: Bucket,
        subject: Option<&Key>,
    ) -> Result<Vec<UsageLine>, StoreError> {
        let sql = match (bucket, subject) {
            (Bucket::Hour, None) => {
                "SELECT hour AS start_at, use_case, mode, platform, credits FROM rollup_hour
                 WHERE organization_id = $1 AND hour >= $2 AND hour < $3 AND $4 = '' ORDER BY hour"
            }
            (Bucket::Day, None) => {
                "SELECT day AS start_at, use_case, mode, platform, credits FROM rollup_day
                 WHERE organization_id = $1 AND day >= $2 AND day < $3 AND $4 = '' ORDER BY day"
            }
            (Bucket::Day, Some(_)) => {
                "SELECT day AS start_at, use_case, '' AS mode, '' AS platform, credits FROM rollup_subject_day
                 WHERE organization_id = $1 AND day >= $2 AND day < $3 AND subject = $4 ORDER BY day"
            }
            (Bucket::Hour, Some(_)) => {
                return Err(StoreError::NotKept("usage by subject is kept by day, not by hour"));
            }
        };
        let rows: Vec<(i64, String, String, String, i64)> = on!(pool: &self.db().charts, |c| sqlx::query_as(sql)
            .bind(organization.uuid())
            .bind(from.micros())
            .bind(until.micros())
            .bind(subject.map_or("", Key::as_str))
            .fetch_all(c)
            .await)?;
        let line = |(start, use_case, mode, platform, credits)| UsageLine {
            start: Timestamp::from_micros(start),
            use_case,
            mode,
            platform,
            credits: Credits::from_micros(credits),
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// Usage and decisions of the day that starts at `day`: how many runs were authorised, degraded, refused, and why.
    pub async fn day(&self, organization: OrganizationId, day: Timestamp) -> Result<RollupDelta, StoreError> {
        let totals = self.daily_totals(organization, day, day.plus_micros(1)).await?;
        Ok(totals.into_iter().next().map(|(_, sums)| sums).unwrap_or_default())
    }
}
