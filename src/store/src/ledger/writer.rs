//! The writer's loop: takes what is there, has it decided and committed as one batch, and answers. A batch that fails
//! as a whole is tried again in parts, at last request by request, so that one bad request never fails its neighbours.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use drawdown_domain::request::Request;
use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use super::batch::{Batch, Desk};
use super::{Answer, Job};
use crate::again::Patience;
use crate::catalogue::Cache;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::{LedgerError, StoreError, is_passing};

/// The most requests of one batch.
const BATCH_REQUESTS_MAX: usize = 512;
/// The most usage events of one batch, but for a single request that has more.
const BATCH_EVENTS_MAX: usize = 4_096;
/// Why a batch was not committed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database was busy or away, or two writers met: the same batch may pass another time.
    Passing(String),
    /// Something in the batch cannot be decided or written.
    Lasting(String),
    /// The connection was lost at the commit, and the database did not come back to tell.
    Unknown,
    /// The batch was decided on a state that is not there any more; nothing was written.
    Stale,
    /// Something that the batch took for new is there already (an answer to a key, an event, a hold): whoever locks will see
    /// it. Nothing was written.
    Known,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) {
            Self::Passing(error.to_string())
        } else {
            Self::Lasting(error.to_string())
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            other => Self::Lasting(other.to_string()),
        }
    }
}

pub(super) struct Writer {
    db: Arc<Database>,
    catalogue: Arc<Cache>,
    clock: Clock,
    desk: Desk,
    books_max: usize,
}

impl Writer {
    /// A writer that remembers so many organizations at most.
    pub(super) fn new(db: Arc<Database>, catalogue: Arc<Cache>, clock: Clock, books_max: usize) -> Self {
        Self {
            db,
            catalogue,
            clock,
            desk: Desk::new(books_max),
            books_max,
        }
    }

    /// Runs until the ledger is closed and its queue is empty.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Job>) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let mut taken = Vec::with_capacity(BATCH_REQUESTS_MAX);
                if requests.recv_many(&mut taken, BATCH_REQUESTS_MAX).await == 0 {
                    self.desk.line.close().await;
                    return;
                }
                waiting.extend(taken);
            } else {
                while waiting.len() < BATCH_REQUESTS_MAX {
                    let Ok(job) = requests.try_recv() else { break };
                    waiting.push_back(job);
                }
            }
            let jobs = take_batch(&mut waiting);
            if survives(self.answer(jobs)).await.is_none() {
                // Its callers are told that the outcome is unknown. What was being changed in memory is dropped, and so is
                // the connection: the database rolls back what was not committed.
                tracing::error!("a writer of the ledger has panicked: it forgets what it remembers, and goes on");
                self.desk = Desk::new(self.books_max);
            }
        }
    }

    async fn answer(&mut self, jobs: Vec<Job>) {
        for jobs in self.answer_or_part(jobs).await {
            for jobs in self.answer_or_part(jobs).await {
                let failed = self.answer_or_part(jobs).await;
                debug_assert!(failed.is_empty(), "a request alone cannot be parted");
            }
        }
    }

    /// Answers a batch. Where it fails for good, it is handed back in parts to be tried by themselves: first by
    /// organization, so that one whose rows cannot be read holds up no other, then request by request.
    async fn answer_or_part(&mut self, jobs: Vec<Job>) -> Vec<Vec<Job>> {
        match self.commit(&jobs).await {
            Ok(committed) => reply(jobs, committed),
            Err(Failure::Lasting(reason)) if jobs.len() > 1 => {
                tracing::warn!(requests = jobs.len(), reason, "a batch failed: trying its parts");
                return parts(jobs);
            }
            Err(failure) => refuse(jobs, &failure),
        }
        Vec::new()
    }

    /// Tries a batch until it is committed or fails for good.
    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Answer>, Failure> {
        // Callers do not wait for ever for a database that is busy or away.
        let mut patience = Patience::new();
        let mut tries = 1;
        loop {
            let batch = Batch::new(&self.db, &self.catalogue, &self.clock, jobs);
            match batch.run(&mut self.desk).await {
                Ok(answers) => return Ok(answers),
                Err(Failure::Passing(reason)) if patience.lasts() => {
                    tracing::warn!(requests = jobs.len(), tries, reason, "a batch failed: trying again");
                }
                Err(failure) => return Err(failure),
            }
            patience.pause().await;
            tries += 1;
        }
    }
}

/// What the work gives; `None` where it panics.
async fn survives<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

/// Takes the next batch: as many as are there, up to the limits.
fn take_batch(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut events = 0;
    while let Some(job) = waiting.pop_front() {
        events += match &job.request {
            Request::Record(events) => events.len(),
            _ => 1,
        };
        if jobs.len() == BATCH_REQUESTS_MAX || (events > BATCH_EVENTS_MAX && !jobs.is_empty()) {
            waiting.push_front(job);
            break;
        }
        jobs.push(job);
    }
    jobs
}

/// The requests of each organization, or, where there is one organization, each request.
fn parts(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut organizations = BTreeMap::<_, Vec<Job>>::new();
    for job in jobs {
        organizations.entry(job.organization).or_default().push(job);
    }
    if organizations.len() > 1 {
        return organizations.into_values().collect();
    }
    organizations.into_values().flatten().map(|job| vec![job]).collect()
}

fn reply(jobs: Vec<Job>, answers: Vec<Answer>) {
    debug_assert_eq!(jobs.len(), answers.len(), "every request is answered");
    for (job, answer) in jobs.into_iter().zip(answers) {
        // A caller that has gone away does not hear it.
        let _ = job.answer.send(answer);
    }
}

fn refuse(jobs: Vec<Job>, failure: &Failure) {
    tracing::error!(
        requests = jobs.len(),
        ?failure,
        "the ledger could not carry out requests"
    );
    for job in jobs {
        let error = match failure {
            Failure::Passing(reason) => LedgerError::Unavailable(reason.clone()),
            Failure::Stale | Failure::Known => {
                LedgerError::Unavailable("others write to the same organization".to_owned())
            }
            Failure::Lasting(reason) => LedgerError::Internal(reason.clone()),
            Failure::Unknown => LedgerError::Unknown,
        };
        let _ = job.answer.send(Err(error));
    }
}

#[cfg(test)]
mod tests {
    use super::survives;

    #[tokio::test]
    async fn a_panic_ends_the_batch_alone() {
        assert_eq!(survives(async { 1 }).await, Some(1));
        let panics = async {
            tokio::task::yield_now().await;
            assert_eq!(1, 2, "a defect");
        };
        assert_eq!(survives(panics).await, None);
    }
}
