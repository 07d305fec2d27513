//! Committing, and finding out what became of a commit whose answer was lost. Such a batch is never tried again before
//! it is certain that it was not carried out.

use std::time::Duration;

use drawdown_domain::id::OrganizationId;

use super::Answer;
use super::writer::Failure;
use crate::database::{Pool, Tx, on};

/// How often the database is asked what became of a commit, one second apart.
const QUESTIONS_MAX: u32 = 20;

/// The answers of a batch that is committed.
pub(super) struct Committed(pub(super) Vec<Answer>);

/// What tells later whether a transaction was committed.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    /// PostgreSQL's name of the transaction.
    pub(super) transaction: Option<String>,
    /// An organization and the version to which the transaction raised it: on SQLite, where there is no other writer.
    pub(super) raised: Option<(OrganizationId, i64)>,
}

enum Fate {
    Committed,
    RolledBack,
    StillRunning,
    Forgotten,
}

pub(super) async fn commit(pool: &Pool, tx: Tx, proof: Proof, answers: Vec<Answer>) -> Result<Committed, Failure> {
    let Err(error) = tx.commit().await else {
        return Ok(Committed(answers));
    };
    if is_refusal(&error) {
        return Err(error.into());
    }
    tracing::error!(%error, "the connection was lost at a commit: asking what became of it");
    for _ in 0..QUESTIONS_MAX {
        match fate(pool, &proof).await {
            Ok(Fate::Committed) => return Ok(Committed(answers)),
            Ok(Fate::RolledBack) => return Err(Failure::Passing(error.to_string())),
            Ok(Fate::Forgotten) => return Err(Failure::Unknown),
            Ok(Fate::StillRunning) => {}
            Err(error) => tracing::warn!(%error, "the database does not answer yet"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err(Failure::Unknown)
}

/// True where the database itself said that it did not commit. A shutdown (SQLSTATE 57P) may come after the commit.
fn is_refusal(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => !error
            .code()
            .is_some_and(|code| code.len() == 5 && code.starts_with("57P")),
        _ => false,
    }
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
