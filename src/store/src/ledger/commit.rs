//! Committing, and finding out what became of a commit whose answer was lost. Such a batch is never tried again before
//! it is certain that it was not carried out.

use std::time::{Duration, Instant};

use drawdown_domain::id::OrganizationId;
use sqlx::{PgConnection, SqlitePool};

use super::line::{Fate, Line};
use super::writer::Failure;
use crate::connection::End;
use crate::database::{Pool, Tx};
use crate::error::is_refusal;

/// For how long the database is asked what became of a commit.
const ASKING_MAX: Duration = Duration::from_secs(20);
/// The pause between questions at first; it doubles up to the last.
const PAUSE_FIRST: Duration = Duration::from_millis(20);
const PAUSE_LAST: Duration = Duration::from_millis(500);

/// What tells later whether a transaction was committed, beside the number of its writer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    /// An organization and the version to which the transaction raised it: on SQLite, where there is no other writer.
    pub(super) raised: Option<(OrganizationId, i64)>,
}

/// Commits, and gives back the connection of a writer. Where the answer is lost, finds out what became of the commit.
pub(super) async fn commit(
    pool: &Pool,
    tx: Tx,
    proof: Proof,
    line: &mut Line,
) -> Result<Option<Box<PgConnection>>, Failure> {
    let error = match tx.end(End::Commit).await {
        Ok(connection) => {
            line.passed();
            return Ok(connection);
        }
        Err(error) => error,
    };
    if is_refusal(&error) {
        return Err(error.into());
    }
    settle(pool, proof, line, &error).await.map(|()| None)
}

/// Finds out what became of the statement of a batch that was a transaction by itself.
pub(super) async fn find_out(pool: &Pool, line: &mut Line, error: &sqlx::Error) -> Result<(), Failure> {
    settle(pool, Proof { raised: None }, line, error).await
}

/// Asks until there is an answer: `Ok` where the batch was committed.
async fn settle(pool: &Pool, proof: Proof, line: &mut Line, error: &sqlx::Error) -> Result<(), Failure> {
    tracing::error!(%error, "the connection was lost while a batch was written: asking what became of it");
    let began = Instant::now();
    let mut pause = PAUSE_FIRST;
    while began.elapsed() < ASKING_MAX {
        let fate = match pool {
            Pool::Postgres(_) => line.fate(pool).await,
            Pool::Sqlite(pool) => fate_by_version(pool, proof).await,
        };
        match fate {
            Ok(Fate::Committed) => return Ok(()),
            Ok(Fate::RolledBack) => return Err(Failure::Passing(error.to_string())),
            Ok(Fate::Forgotten) => break,
            Err(error) => tracing::warn!(%error, "the database does not answer yet"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_LAST);
    }
    line.renew();
    Err(Failure::Unknown)
}

async fn fate_by_version(pool: &SqlitePool, proof: Proof) -> Result<Fate, sqlx::Error> {
    let Some((organization, version)) = proof.raised else {
        return Ok(Fate::Forgotten);
    };
    let found: Option<i64> = sqlx::query_scalar("SELECT version FROM organization WHERE id = $1")
        .bind(organization.uuid())
        .fetch_optional(pool)
        .await?;
    Ok(if found.is_some_and(|found| found >= version) {
        Fate::Committed
    } else {
        Fate::RolledBack
    })
}
