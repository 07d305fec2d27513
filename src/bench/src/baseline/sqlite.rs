//! Raw SQLite, by the very library that the server has, WAL and `synchronous=FULL`: authorize with a commit for each, and
//! ingest with a commit for 500 rows. No HTTP, no threads: one connection in a loop.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::bench::WARM_UP;
use crate::traffic::Numbers;

const ROWS: u64 = 500;
const TABLES: &str = "
    CREATE TABLE one_balance (organization INTEGER PRIMARY KEY, available INTEGER NOT NULL, held INTEGER NOT NULL);
    CREATE TABLE one_hold (
        id INTEGER PRIMARY KEY, organization INTEGER NOT NULL, credits INTEGER NOT NULL, expires_at INTEGER NOT NULL
    );
    CREATE TABLE raw_event (
        organization_id BLOB    NOT NULL,
        event_key       TEXT    NOT NULL,
        use_case        TEXT    NOT NULL,
        subject         TEXT    NOT NULL,
        quantities      TEXT    NOT NULL,
        occurred_at     INTEGER NOT NULL,
        credits         INTEGER NOT NULL,
        PRIMARY KEY (organization_id, event_key)
    );";
const HOLD: &str = "INSERT INTO one_hold (organization, credits, expires_at) VALUES (?1, 12800000, ?2)";
const TAKE: &str = "UPDATE one_balance SET available = available - 12800000, held = held + 12800000
    WHERE organization = ?1 AND available >= 12800000";
const EVENT: &str = "INSERT INTO raw_event
    (organization_id, event_key, use_case, subject, quantities, occurred_at, credits)
    VALUES (?1, ?2, 'code', 'agent-7', ?3, ?4, 12800000) ON CONFLICT DO NOTHING";

/// A file with the tables.
pub(crate) struct RawSqlite {
    database: Connection,
    organizations: u64,
    numbers: Numbers,
    next: u64,
}

impl RawSqlite {
    /// Makes the file in a folder.
    pub(crate) fn prepare(folder: &Path, name: &str, organizations: u64) -> Result<Self> {
        let database = Connection::open(folder.join(name))?;
        database.pragma_update(None, "journal_mode", "wal")?;
        database.pragma_update(None, "synchronous", "full")?;
        database.pragma_update(None, "cache_size", -65_536)?;
        database.execute_batch(TABLES)?;
        database.execute(
            "INSERT INTO one_balance SELECT value, 1000000000000000, 0 FROM (
                WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?1)
                SELECT value FROM n)",
            params![i64::try_from(organizations)?],
        )?;
        Ok(Self {
            database,
            organizations,
            numbers: Numbers::new(1),
            next: 0,
        })
    }

    /// Authorizes a second, each committed by itself.
    pub(crate) fn commits(&mut self, span: Duration) -> Result<f64> {
        timed(span, || {
            let organization = i64::try_from(self.numbers.below(self.organizations))? + 1;
            let transaction = self
                .database
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.prepare_cached(TAKE)?.execute(params![organization])?;
            transaction
                .prepare_cached(HOLD)?
                .execute(params![organization, 1_795_000_000_000_000_i64])?;
            transaction.commit()?;
            Ok(1)
        })
    }

    /// Rows a second, 500 a commit.
    pub(crate) fn rows(&mut self, span: Duration) -> Result<f64> {
        timed(span, || {
            let transaction = self
                .database
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut insert = transaction.prepare_cached(EVENT)?;
                for place in 0..ROWS {
                    let organization = u128::from((self.next * 10 + place % 10) % self.organizations);
                    let key = format!("call-{:012}-{place:03}", self.next);
                    let quantities = format!(
                        r#"{{"context_tokens":"{}","generated_tokens":"{}"}}"#,
                        1000 + place * 7,
                        100 + place
                    );
                    insert.execute(params![
                        organization.to_be_bytes(),
                        key,
                        quantities,
                        1_795_000_000_000_000_i64
                    ])?;
                }
            }
            transaction.commit()?;
            self.next += 1;
            Ok(ROWS)
        })
    }
}

/// Repeats `work` through a warm-up and, counted, for `span`; gives its units a second.
fn timed(span: Duration, mut work: impl FnMut() -> Result<u64>) -> Result<f64> {
    let from = Instant::now() + WARM_UP;
    while Instant::now() < from {
        work()?;
    }
    let started = Instant::now();
    let mut units = 0;
    while started.elapsed() < span {
        units += work()?;
    }
    Ok(units as f64 / started.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_a_hold_and_a_batch_500_rows() {
        let folder = tempfile::tempdir().unwrap();
        let mut raw = RawSqlite::prepare(folder.path(), "raw.db", 10).unwrap();
        assert!(raw.commits(Duration::from_millis(20)).unwrap() > 0.0);
        assert!(raw.rows(Duration::from_millis(20)).unwrap() > 0.0);
        let count = |sql: &str| raw.database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(
            count("SELECT COUNT(*) * 12800000 FROM one_hold"),
            count("SELECT SUM(held) FROM one_balance")
        );
        assert_eq!(count("SELECT COUNT(*) FROM raw_event") % 500, 0);
        assert_eq!(count("SELECT COUNT(*) FROM one_balance"), 10);
    }
}
