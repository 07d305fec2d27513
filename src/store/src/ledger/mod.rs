//! The one door through which credits move.
//!
//! Requests queue in the process; a writer takes whatever is there, decides it against rows that it has locked, writes
//! all changes in one transaction, commits, and only then answers. A caller that goes away changes nothing: what it
//! asked is decided all the same, whole or not at all.

mod backfill;
mod batch;
mod commit;
mod decide;
mod gifts;
mod known;
mod line;
mod load;
mod lock;
mod lookup;
mod open;
mod pairs;
mod rollups;
mod rows;
mod shelf;
mod tables;
mod write;
mod writer;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use gifts::GiftLimit;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::audit::AuditLine;
use crate::catalogue::Cache;
use crate::clock::Clock;
use crate::credit_transfer::TransferTo;
use crate::database::{Database, Pool};
use crate::error::LedgerError;
use crate::payment::PaymentChange;
use crate::schedule::ScheduleChange;

/// Requests that wait for one writer: the next one is refused at once.
const QUEUE_REQUESTS_MAX: usize = 4_096;
/// Requests and usage events under way in the whole ledger, queued or being decided: what bounds its memory.
const EVENTS_MAX: u32 = 65_536;

/// What makes a retry answer the same: for 35 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key. What it is unique within (the API key, the route) is for the service to put into it.
    pub key: String,
    /// SHA-256 of the request: the same key with another request is a conflict.
    pub request_hash: [u8; 32],
}

/// What is written in the same transaction, only where the outcome is not [`Outcome::Refused`]. A replay by an
/// idempotency key writes nothing; nor does a payment that is settled a second time in the same way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachments {
    /// Lines for the audit log.
    pub audit: Vec<AuditLine>,
    /// A payment opened or settled.
    pub payment: Option<PaymentChange>,
    /// What changes in the organization's agreements. Where it was worked out on another revision than the present one, the
    /// request is turned away with [`LedgerError::ScheduleMoved`].
    pub schedule: Option<Box<ScheduleChange>>,
    /// Who gets what the request gives away ([`Request::TransferOut`]): both organizations are locked, and it is carried out
    /// on both books or on none.
    pub transfer: Option<Box<TransferTo>>,
    /// Up to how much the grant that the request adds, together with what was given before, needs no second person. Above
    /// it the request is turned away with [`LedgerError::GiftsAddUp`].
    pub gift: Option<GiftLimit>,
}

/// An idempotency key as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Keyed {
    key_hash: [u8; 32],
    request_hash: [u8; 32],
}

/// A request on its way, with the way back.
#[derive(Debug)]
struct Job {
    organization: OrganizationId,
    request: Request,
    keyed: Option<Keyed>,
    attachments: Attachments,
    answer: oneshot::Sender<Answer>,
    /// Its share of [`EVENTS_MAX`], given back when it is answered.
    _room: OwnedSemaphorePermit,
}

type Answer = Result<Outcome, LedgerError>;

/// The ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ledger {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// One queue a writer; empty once closed.
    queues: RwLock<Vec<mpsc::Sender<Job>>>,
    writers: Mutex<Vec<JoinHandle<()>>>,
    room: Arc<Semaphore>,
}

/// How many permits make up [`EVENTS_MAX`].
const ROOM: usize = EVENTS_MAX as usize;

impl Ledger {
    /// Starts the writers: one on SQLite, `shards` on PostgreSQL.
    pub(crate) fn start(
        db: &Arc<Database>,
        catalogue: &Arc<Cache>,
        clock: &Clock,
        shards: u32,
        organizations_max: u32,
    ) -> Self {
        let shards = match db.write {
            Pool::Sqlite(_) => 1,
            Pool::Postgres(_) => shards,
        };
        let books_max = usize::try_from(organizations_max.div_ceil(shards)).unwrap_or(usize::MAX);
        let mut queues = Vec::new();
        let mut writers = Vec::new();
        for _ in 0..shards {
            let (queue, requests) = mpsc::channel(QUEUE_REQUESTS_MAX);
            let writer = writer::Writer::new(db.clone(), catalogue.clone(), clock.clone(), books_max);
            queues.push(queue);
            writers.push(tokio::spawn(writer.run(requests)));
        }
        Self {
            shared: Arc::new(Shared {
                queues: RwLock::new(queues),
                writers: Mutex::new(writers),
                room: Arc::new(Semaphore::new(ROOM)),
            }),
        }
    }

    /// A ledger that refuses everything: of a store that only reads.
    pub(crate) fn closed() -> Self {
        let shared = Shared {
            queues: RwLock::default(),
            writers: Mutex::default(),
            room: Arc::new(Semaphore::new(ROOM)),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Refuses what comes from now on and waits until everything queued is answered.
    pub(crate) async fn close(&self) {
        let queues = std::mem::take(&mut *self.shared.queues.write().unwrap_or_else(PoisonError::into_inner));
        drop(queues);
        let writers = std::mem::take(&mut *self.shared.writers.lock().unwrap_or_else(PoisonError::into_inner));
        for writer in writers {
            // A writer that has panicked has answered by dropping its callers.
            let _ = writer.await;
        }
    }

    /// Has a request decided and, once it is committed, answers with the outcome. Where the queue is full it says so at
    /// once: who waits for room would only be answered later, and there would be no end of them.
    ///
    /// # Errors
    /// See [`LedgerError`]; but for [`LedgerError::Unknown`] nothing was changed.
    pub async fn submit(
        &self,
        organization: OrganizationId,
        request: Request,
        idempotency: Option<Idempotency>,
    ) -> Result<Outcome, LedgerError> {
        self.submit_with(organization, request, idempotency, Attachments::default())
            .await
    }

    /// The same, with rows that must commit together with the change.
    ///
    /// # Errors
    /// See [`LedgerError`]; but for [`LedgerError::Unknown`] nothing was changed.
    pub async fn submit_with(
        &self,
        organization: OrganizationId,
        request: Request,
        idempotency: Option<Idempotency>,
        attachments: Attachments,
    ) -> Result<Outcome, LedgerError> {
        let queue = self.queue(organization).ok_or(LedgerError::Closed)?;
        let room = self.shared.room.clone().try_acquire_many_owned(weight(&request));
        let room = room.map_err(|_| LedgerError::Overloaded)?;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            organization,
            request,
            keyed: idempotency.map(|idempotency| Keyed {
                key_hash: Sha256::digest(idempotency.key.as_bytes()).into(),
                request_hash: idempotency.request_hash,
            }),
            attachments,
            answer,
            _room: room,
        };
        queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => LedgerError::Overloaded,
            TrySendError::Closed(_) => LedgerError::Closed,
        })?;
        drop(queue);
        answered.await.unwrap_or(Err(LedgerError::Unknown))
    }

    /// The queue of the writer that an organization belongs to: always the same one in a process.
    fn queue(&self, organization: OrganizationId) -> Option<mpsc::Sender<Job>> {
        let queues = self.shared.queues.read().unwrap_or_else(PoisonError::into_inner);
        let count = u64::try_from(queues.len()).ok().filter(|count| *count > 0)?;
        // The low half of a UUIDv7 is random.
        let place = organization.uuid().as_u64_pair().1 % count;
        queues.get(usize::try_from(place).ok()?).cloned()
    }
}

/// What a request takes of [`EVENTS_MAX`].
fn weight(request: &Request) -> u32 {
    match request {
        Request::Record(events) => u32::try_from(events.len()).map_or(EVENTS_MAX, |events| events.clamp(1, EVENTS_MAX)),
        _ => 1,
    }
}
