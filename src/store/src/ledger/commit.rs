//! Committing, and finding out what became of a commit whose answer was lost. Such a batch is never tried again before
//! it is certain that it was not carried out.

use std::time::Duration;

use drawdown_domain::id::OrganizationId;
use sqlx::PgConnection;

use super::line::{Fate, Line};
use super::writer::{Failure, is_refusal};
use crate::connection::End;
use crate::database::{Pool, Tx, on};

/// How often the database is asked what became of a commit, one second apart.
const QUESTIONS_MAX: u32 = 20;

/// What tells later whether a transaction was committed.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    /// PostgreSQL's name of the transaction.
    pub(super) transaction: Option<String>,
    /// An organization and the version to which the transaction raised it: on SQLite, where there is no other writer.
    pub(super) raised: Option<(OrganizationId, i64)>,
}

/// Commits, and gives back the connection of a writer. Where the answer is lost, finds out what became of the commit.
pub(super) async fn commit(pool: &Pool, tx: Tx, proof: Proof) -> Result<Option<Box<PgConnection>>, Failure> {
    let error = match tx.end(End::Commit).await {
        Ok(connection) => return Ok(connection),
        Err(error) => error,
    };
    if is_refusal(&error) {
        return Err(error.into());
    }
    tracing::error!(%error, "the connection was lost at a commit: asking what became of it");
    settle(pool, Asked::Transaction(&proof), &error).await.map(|()| None)
}

/// Finds out what became of the statement of a batch that was a transaction by itself.
pub(super) async fn find_out(pool: &Pool, line: &mut Line, error: &sqlx::Error) -> Result<(), Failure> {
    tracing::error!(%error, "the connection was lost while a batch was written: asking what became of it");
    settle(pool, Asked::Statement(line), error).await
}

/// Whose fate is asked for.
enum Asked<'a> {
    Transaction(&'a Proof),
    Statement(&'a mut Line),
}

/// Asks until there is an answer: `Ok` where the batch was committed.
async fn settle(pool: &Pool, mut asked: Asked<'_>, error: &sqlx::Error) -> Result<(), Failure> {
    for _ in 0..QUESTIONS_MAX {
        let fate = match &mut asked {
            Asked::Transaction(proof) => fate(pool, proof).await,
            Asked::Statement(line) => line.fate(pool).await,
        };
        match fate {
            Ok(Fate::Committed) => return Ok(()),
            Ok(Fate::RolledBack) => return Err(Failure::Passing(error.to_string())),
            Ok(Fate::Forgotten) => return Err(Failure::Unknown),
            Ok(Fate::StillRunning) => {}
            Err(error) => tracing::warn!(%error, "the database does not answer yet"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err(Failure::Unknown)
}

async fn fate(pool: &Pool, proof: &Proof) -> Result<Fate, sqlx::Error> {
    if let (Pool::Postgres(pool), Some(transaction)) = (pool, &proof.transaction) {
        let status: Option<String> = sqlx::query_scalar("SELECT pg_xact_status($1::text::xid8)")
            .bind(transaction)
            .fetch_one(pool)
            .await?;
        return Ok(match status.as_deref() {
            Some("committed") => Fate::Committed,
            Some("aborted") => Fate::RolledBack,
            Some(_) => Fate::StillRunning,
            None => Fate::Forgotten,
        });
    }
    let Some((organization, version)) = proof.raised else {
        return Ok(Fate::Forgotten);
    };
    let found: Option<i64> = on!(pool: pool, |c| sqlx::query_scalar("SELECT version FROM organization WHERE id = $1")
        .bind(organization.uuid())
        .fetch_optional(c)
        .await)?;
    Ok(if found.is_some_and(|found| found >= version) {
        Fate::Committed
    } else {
        Fate::RolledBack
    })
}
