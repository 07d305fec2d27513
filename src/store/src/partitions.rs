//! The months of usage events on PostgreSQL: one partition each, by the instant at which an event was recorded (UTC), made
//! ahead of time. On SQLite there is nothing to do.
//!
//! Promises that making them is idempotent and safe in every process at once, and that nothing waits long for it. What
//! is recorded in a month without a partition goes to the default partition and is found there; it is told of, and never
//! moved: that locks the table, and is for an operator to do in a quiet hour.

use drawdown_domain::Timestamp;
use drawdown_domain::limit::Window;
use drawdown_domain::window::Zone;
use sqlx::{Executor, PgConnection};

use crate::Store;
use crate::database::{Pool, Tx};
use crate::error::StoreError;

/// Months that have a partition ahead of the present one.
const MONTHS_AHEAD: u32 = 3;
/// Events of the default partition are counted up to so many.
const STRAY_EVENTS_MAX: i64 = 10_000;
/// How long a month waits for those that read the default partition, while others wait for it; the next time will do.
const LOCK_SETTINGS: &str = "SET LOCAL lock_timeout = '500ms'";

/// What was found and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partitions {
    /// The partitions that were made, by name.
    pub made: Vec<String>,
    /// Those that could not be, because events of their months are in the default partition.
    pub crowded: Vec<String>,
    /// Events in the default partition, counted up to 10 000.
    pub stray_events: u64,
}

/// A month in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Month {
    partition: String,
    start: i64,
    end: i64,
}

/// The month of an instant and those that follow.
fn months(now: Timestamp) -> Vec<Month> {
    let utc = Zone::utc();
    let mut months = Vec::new();
    let mut at = now;
    for _ in 0..=MONTHS_AHEAD {
        let span = utc.window(Window::Month, at, at);
        let Some(end) = span.end else { break };
        let parts = utc.parts(span.start);
        months.push(Month {
            partition: format!("usage_event_{:04}_{:02}", parts.year, parts.month),
            start: span.start.micros(),
            end: end.micros(),
        });
        at = end;
    }
    months
}

impl Store {
    /// Makes the partitions of usage events for the month of `now` and the three that follow, where they are missing. In
    /// each process as often as one likes.
    ///
    /// # Errors
    /// Where the database fails, or somebody reads the default partition for so long that a new month could not be
    /// joined: then try again later. What was made until then stays.
    pub async fn make_partitions(&self, now: Timestamp) -> Result<Partitions, StoreError> {
        let mut found = Partitions::default();
        if let Pool::Sqlite(_) = self.db().write {
            return Ok(found);
        }
        for month in months(now) {
            let mut tx = self.db().write.begin().await?;
            let Tx::Postgres(connection) = &mut tx else {
                return Ok(found);
            };
            match make(connection, &month).await? {
                Made::Now => found.made.push(month.partition),
                Made::Before => {}
                Made::Not => found.crowded.push(month.partition),
            }
            tx.commit().await?;
        }
        if let Pool::Postgres(pool) = &self.db().read {
            let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM usage_event_default LIMIT $1) AS stray";
            let stray: i64 = sqlx::query_scalar(sql).bind(STRAY_EVENTS_MAX).fetch_one(pool).await?;
            found.stray_events = stray.unsigned_abs();
        }
        Ok(found)
    }
}

enum Made {
    Now,
    Before,
    /// Events of the month are in the default partition.
    Not,
}

async fn make(connection: &mut PgConnection, month: &Month) -> Result<Made, StoreError> {
    // A look without a lock: nearly always the month is there.
    if is_covered(connection, month).await? {
        return Ok(Made::Before);
    }
    // One process at a time; whoever reads or writes events does not notice.
    connection
        .execute("LOCK TABLE ONLY usage_event IN SHARE UPDATE EXCLUSIVE MODE")
        .await?;
    if is_covered(connection, month).await? {
        return Ok(Made::Before);
    }
    connection.execute(LOCK_SETTINGS).await?;
    let Month { partition, start, end } = month;
    let crowded: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM usage_event_default WHERE recorded_at >= $1 AND recorded_at < $2)",
    )
    .bind(start)
    .bind(end)
    .fetch_one(&mut *connection)
    .await?;
    if crowded {
        return Ok(Made::Not);
    }
    // A table of its own that then joins: made as a partition at once it would keep everybody out.
    let sql = format!(
        "CREATE TABLE {partition} (LIKE usage_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
         ALTER TABLE usage_event ATTACH PARTITION {partition} FOR VALUES FROM ({start}) TO ({end})"
    );
    connection.execute(sqlx::raw_sql(&sql)).await?;
    Ok(Made::Now)
}

/// True where some partition other than the default one takes events of the month.
async fn is_covered(connection: &mut PgConnection, month: &Month) -> Result<bool, StoreError> {
    let sql = r"SELECT EXISTS (
            SELECT 1 FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid
            CROSS JOIN LATERAL regexp_match(
                pg_get_expr(c.relpartbound, c.oid), 'FROM \(''?(\w+)''?\) TO \(''?(\w+)''?\)') AS bound
            WHERE i.inhparent = 'usage_event'::regclass AND bound IS NOT NULL
                AND CASE bound[1] WHEN 'MINVALUE' THEN TRUE ELSE bound[1]::bigint < $2 END
                AND CASE bound[2] WHEN 'MAXVALUE' THEN TRUE ELSE bound[2]::bigint > $1 END)";
    Ok(sqlx::query_scalar(sql)
        .bind(month.start)
        .bind(month.end)
        .fetch_one(connection)
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other_over_the_turn_of_the_year() {
        // 2026-11-22T10:00:00Z.
        let months = months(Timestamp::from_seconds(1_795_341_600));
        let names: Vec<&str> = months.iter().map(|month| month.partition.as_str()).collect();
        assert_eq!(
            names,
            [
                "usage_event_2026_11",
                "usage_event_2026_12",
                "usage_event_2027_01",
                "usage_event_2027_02"
            ]
        );
        // 2026-11-01T00:00:00Z.
        assert_eq!(months[0].start, 1_793_491_200_000_000);
        assert!(months.windows(2).all(|pair| pair[0].end == pair[1].start));
    }
}
