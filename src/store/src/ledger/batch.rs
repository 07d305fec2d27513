//! One batch. It locks, decides, writes and commits; or, where this process is alone with its organizations, it decides on
//! what it remembers and writes everything by one statement, which proves that nobody else has written meanwhile.

use drawdown_domain::id::OrganizationId;
use sqlx::PgConnection;

use super::commit::{Proof, commit, find_out};
use super::decide::{Changed, Decided, decide};
use super::line::Line;
use super::load::{self, Loaded, Trust, meters};
use super::rows::Known;
use super::shelf::Shelf;
use super::writer::Failure;
use super::{Answer, Job, write};
use crate::bulk::WriteError;
use crate::catalogue::Cache;
use crate::clock::Clock;
use crate::connection::{End, PgTx};
use crate::database::{Database, Pool, Tx};
use crate::error::is_refusal;
use crate::script::Script;

/// Batches that lock once another process was seen to write to the same organizations.
const LOCKS_AFTER_A_STRANGER: u32 = 64;

/// What a writer keeps from batch to batch.
pub(super) struct Desk {
    pub(super) shelf: Shelf,
    pub(super) line: Line,
    /// So many batches will lock before one proves again.
    locks: u32,
}

impl Desk {
    pub(super) fn new(books_max: usize) -> Self {
        Self {
            shelf: Shelf::new(books_max),
            line: Line::new(),
            locks: 0,
        }
    }
}

pub(super) struct Batch<'a> {
    db: &'a Database,
    catalogue: &'a Cache,
    clock: &'a Clock,
    jobs: &'a [Job],
}

/// A batch that is decided.
struct Verdict {
    loaded_rates: i64,
    decided: Vec<Decided>,
    changed: Vec<Changed>,
}

impl Verdict {
    /// Keeps the books for the next batch, and gives the answers in the order of the requests.
    fn close(self, kept: &mut Shelf) -> Vec<Answer> {
        kept.put_back(self.changed);
        self.decided.into_iter().map(|decided| decided.answer).collect()
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(db: &'a Database, catalogue: &'a Cache, clock: &'a Clock, jobs: &'a [Job]) -> Self {
        Self {
            db,
            catalogue,
            clock,
            jobs,
        }
    }

    /// Decides and commits the batch; the answers are in the order of its requests.
    pub(super) async fn run(&self, desk: &mut Desk) -> Result<Vec<Answer>, Failure> {
        let may_prove = matches!(self.db.write, Pool::Postgres(_)) && desk.locks == 0 && self.jobs.iter().all(meters);
        if may_prove {
            match Box::pin(self.prove(desk)).await {
                Err(Failure::Stale) => desk.locks = LOCKS_AFTER_A_STRANGER,
                // A repeat, no stranger.
                Err(Failure::Known) => {}
                other => return other,
            }
        }
        Box::pin(self.lock(desk)).await
    }

    async fn lock(&self, desk: &mut Desk) -> Result<Vec<Answer>, Failure> {
        let mut tx = match desk.line.take(self.db).await? {
            Some(connection) => Tx::Postgres(PgTx::begin(connection).await?),
            None => self.db.write.begin().await?,
        };
        match Box::pin(self.decide_and_write(&mut tx, desk)).await {
            Ok((verdict, Some(proof))) => {
                let connection = commit(&self.db.write, tx, proof, &mut desk.line).await?;
                desk.line.put_back(connection);
                Ok(verdict.close(&mut desk.shelf))
            }
            // Nothing was changed: there is nothing to lose.
            Ok((verdict, None)) => {
                desk.line.put_back(tx.end(End::RollBack).await?);
                Ok(verdict.close(&mut desk.shelf))
            }
            Err(failure) => {
                // Whatever it answers, the transaction is over: dropped connections are rolled back by the database.
                desk.line.put_back(tx.end(End::RollBack).await.unwrap_or(None));
                Err(failure)
            }
        }
    }

    async fn decide_and_write(&self, tx: &mut Tx, desk: &mut Desk) -> Result<(Verdict, Option<Proof>), Failure> {
        let loaded = self.load(tx, desk, Trust::Lock).await?;
        let now = loaded.now;
        let verdict = self.decide(loaded)?;
        let (decided, changed) = (&verdict.decided, &verdict.changed);
        let proof = Box::pin(write::write(tx, now, self.jobs, decided, changed, &desk.line)).await?;
        Ok((verdict, proof))
    }

    async fn load(&self, tx: &mut Tx, desk: &mut Desk, trust: Trust) -> Result<Loaded, Failure> {
        let loaded = load::load(tx, self.catalogue, self.clock, &mut desk.shelf, self.jobs, trust).await?;
        if loaded.outdated > 0 {
            desk.locks = LOCKS_AFTER_A_STRANGER;
        } else if trust == Trust::Lock {
            desk.locks = desk.locks.saturating_sub(1);
        }
        Ok(loaded)
    }

    fn decide(&self, loaded: Loaded) -> Result<Verdict, Failure> {
        let loaded_rates = loaded.newest_rates;
        let (decided, changed) = decide(loaded.now, self.jobs, loaded.books)?;
        Ok(Verdict {
            loaded_rates,
            decided,
            changed,
        })
    }

    /// Decides without a lock, on the state that is remembered or read, and writes by one statement that fails where this
    /// was not the state.
    async fn prove(&self, desk: &mut Desk) -> Result<Vec<Answer>, Failure> {
        let Some(connection) = desk.line.take(self.db).await? else {
            return Err(Failure::Stale);
        };
        let mut tx = Tx::Postgres(PgTx::Own(connection));
        let loaded = Box::pin(self.load(&mut tx, desk, Trust::Prove)).await?;
        let now = loaded.now;
        let verdict = self.decide(loaded)?;
        let (rows, raised) = write::rows_of(Known::Change, now, self.jobs, &verdict.decided, &verdict.changed)?;
        let writes = raised.is_some() || !rows.is_empty();
        let mut script = rows.script()?;
        prove_unchanged(&mut script, &verdict)?;
        if writes {
            desk.line.number(&mut script)?;
        }
        let Some(mut connection) = tx.into_own() else {
            return Err(Failure::Stale);
        };
        match script.run(&mut connection).await {
            Ok(()) => {
                desk.line.put_back(Some(connection));
                if writes {
                    desk.line.passed();
                }
                Ok(verdict.close(&mut desk.shelf))
            }
            Err(error) => {
                self.unproven(desk, error, connection, writes).await?;
                Ok(verdict.close(&mut desk.shelf))
            }
        }
    }

    /// What the statement's failure means; `Ok` where it was carried out all the same.
    async fn unproven(
        &self,
        desk: &mut Desk,
        error: WriteError,
        connection: Box<PgConnection>,
        writes: bool,
    ) -> Result<(), Failure> {
        let error = match error {
            WriteError::Incomplete => {
                desk.line.put_back(Some(connection));
                return Err(Failure::Stale);
            }
            WriteError::Database(error) => error,
        };
        if is_refusal(&error) {
            desk.line.put_back(Some(connection));
            let is_known = error
                .as_database_error()
                .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
            return Err(if is_known { Failure::Known } else { error.into() });
        }
        if !writes {
            return Err(error.into());
        }
        find_out(&self.db.write, &mut desk.line, &error).await
    }
}

/// Has the statement prove what the batch was decided on, as far as its rows do not: that the organizations which it does
/// not change are as they were, and that there are no newer prices.
fn prove_unchanged(script: &mut Script, verdict: &Verdict) -> Result<(), sqlx::Error> {
    let unchanged = verdict.changed.iter().filter(|changed| !changed.changes.organization);
    let versions: Vec<(OrganizationId, i64)> = unchanged
        .map(|changed| &changed.book.account.organization)
        .map(|state| (state.id, state.version))
        .collect();
    if !versions.is_empty() {
        script.organizations_are(&versions)?;
    }
    script.must_be(
        "(SELECT COALESCE(MAX(number), 0) FROM rate_card_version)",
        verdict.loaded_rates,
    )
}
