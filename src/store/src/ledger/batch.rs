//! One batch, in one transaction: load and lock, decide, write, commit.

use super::commit::{Committed, Proof, commit};
use super::decide::decide;
use super::load::{self, Loaded};
use super::writer::Failure;
use super::{Answer, Job, write};
use crate::catalogue::Cache;
use crate::clock::Clock;
use crate::database::{Database, Tx};

pub(super) struct Batch<'a> {
    db: &'a Database,
    catalogue: &'a Cache,
    clock: &'a Clock,
    jobs: &'a [Job],
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
    pub(super) async fn run(self) -> Result<Committed, Failure> {
        let mut tx = self.db.write.begin().await?;
        match Box::pin(self.decide_and_write(&mut tx)).await {
            Ok((answers, Some(proof))) => commit(&self.db.write, tx, proof, answers).await,
            // Nothing was changed: there is nothing to lose.
            Ok((answers, None)) => {
                tx.rollback().await?;
                Ok(Committed(answers))
            }
            Err(failure) => {
                // Whatever it answers, the transaction is over: dropped connections are rolled back by the database.
                let _ = tx.rollback().await;
                Err(failure)
            }
        }
    }

    async fn decide_and_write(&self, tx: &mut Tx) -> Result<(Vec<Answer>, Option<Proof>), Failure> {
        let Loaded {
            now,
            books,
            transaction,
        } = load::load(tx, self.catalogue, self.clock, self.jobs).await?;
        let (decided, changed) = decide(now, self.jobs, books)?;
        let proof = Box::pin(write::write(tx, now, self.jobs, &decided, changed, transaction)).await?;
        Ok((decided.into_iter().map(|decided| decided.answer).collect(), proof))
    }
}
