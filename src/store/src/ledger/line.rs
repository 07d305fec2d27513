//! A writer's own connection to PostgreSQL, and the number of its last batch.
//!
//! The number stands in the writer's own row of `ledger_writer` and rises by one with every batch. When the connection is
//! lost on the way, the row tells what became of the batch; and raising it further keeps one that is still on its way from
//! ever being carried out. PostgreSQL's own name of a transaction would not do: after a crash it gives names again of which
//! nothing was written down, and what `pg_xact_status` then says of them is true of another transaction.

use sqlx::PgConnection;
use uuid::Uuid;

use super::writer::Failure;
use crate::database::{Database, Pool, Tx};
use crate::script::Script;

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    RolledBack,
    Forgotten,
}

/// See the module. On SQLite it has no use.
pub(super) struct Line {
    writer: Uuid,
    /// The number of the last batch; `None` before the row is there.
    batch: Option<i64>,
    connection: Option<Box<PgConnection>>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            writer: Uuid::now_v7(),
            batch: None,
            connection: None,
        }
    }

    /// The connection, opened where there is none; `None` on SQLite.
    pub(super) async fn take(&mut self, db: &Database) -> Result<Option<Box<PgConnection>>, sqlx::Error> {
        let known = self.connection.take();
        let Some(mut connection) = (match known {
            Some(connection) => Some(connection),
            None => db.own_connection().await?,
        }) else {
            return Ok(None);
        };
        if self.batch.is_none() {
            sqlx::query("INSERT INTO ledger_writer (id, batch) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING")
                .bind(self.writer)
                .execute(&mut *connection)
                .await?;
            self.batch = Some(0);
        }
        Ok(Some(connection))
    }

    /// Keeps the connection for the next batch.
    pub(super) fn put_back(&mut self, connection: Option<Box<PgConnection>>) {
        self.connection = connection;
    }

    fn last(&self) -> i64 {
        self.batch.unwrap_or(0)
    }

    /// Has a statement raise the writer's number, and fail where it is not the next.
    pub(super) fn number(&self, script: &mut Script) -> Result<(), sqlx::Error> {
        let batch = self.last() + 1;
        script.raise_writer(self.writer, batch)
    }

    /// Raises the writer's number in a batch's transaction; on SQLite there is none.
    pub(super) async fn number_in(&self, tx: &mut Tx) -> Result<(), Failure> {
        let Tx::Postgres(tx) = tx else { return Ok(()) };
        let raised = sqlx::query("UPDATE ledger_writer SET batch = $2 WHERE id = $1 AND batch = $2 - 1")
            .bind(self.writer)
            .bind(self.last() + 1)
            .execute(&mut **tx)
            .await?;
        if raised.rows_affected() != 1 {
            return Err(Failure::Lasting("the writer's own row has moved on".to_owned()));
        }
        Ok(())
    }

    /// Goes on under another name: what became of the last batch is not known, and its number may still come to be there.
    pub(super) fn renew(&mut self) {
        *self = Self::new();
    }

    /// The numbered batch was carried out.
    pub(super) fn passed(&mut self) {
        self.batch = Some(self.last() + 1);
    }

    /// What became of the numbered batch whose answer was lost. It waits for one that is being carried out, and one
    /// that was not begun never will be.
    pub(super) async fn fate(&mut self, pool: &Pool) -> Result<Fate, sqlx::Error> {
        let Pool::Postgres(pool) = pool else {
            return Ok(Fate::Forgotten);
        };
        let lost = self.last() + 1;
        sqlx::query("UPDATE ledger_writer SET batch = $2 + 1 WHERE id = $1 AND batch = $2 - 1")
            .bind(self.writer)
            .bind(lost)
            .execute(pool)
            .await?;
        let found: Option<i64> = sqlx::query_scalar("SELECT batch FROM ledger_writer WHERE id = $1")
            .bind(self.writer)
            .fetch_optional(pool)
            .await?;
        let Some(found) = found else {
            return Ok(Fate::Forgotten);
        };
        self.batch = Some(found);
        Ok(if found == lost {
            Fate::Committed
        } else {
            Fate::RolledBack
        })
    }

    /// Forgets the writer's row: it will not write again.
    pub(super) async fn close(mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let gone = sqlx::query("DELETE FROM ledger_writer WHERE id = $1")
            .bind(self.writer)
            .execute(&mut *connection)
            .await;
        if let Err(error) = gone {
            tracing::debug!(%error, "a writer's row stays behind");
        }
        let _ = sqlx::Connection::close(*connection).await;
    }
}
