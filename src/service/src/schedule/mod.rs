//! What was agreed with a customer is done when it is due: allotments, carry-overs, renewals, the ends of plans and
//! contracts, changes of plan.
//!
//! A step is one transaction of the ledger, with the step's row and the customer's progress: it is done once, whichever
//! process does it, however late, and after any crash. What is due when the domain's `Schedule` says; here each step
//! becomes a request. How customers' plans are changed is `change`, how contracts are signed is `contracts`.

mod book;
mod change;
mod deed;
mod identity;
mod steps;

use std::num::NonZeroUsize;

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::request::Request;
use drawdown_store::{Attachments, Idempotency, LedgerError, ScheduleChange};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use crate::error::ServiceError;
use crate::service::Service;

pub(crate) use book::Book;
pub(crate) use change::UNDER_CONTRACT;
pub use change::{PlanChangeView, PlanChanged, PlanWhen};
use deed::Deed;

/// Organizations of one claim.
const ORGANIZATIONS_AT_ONCE: u32 = 200;
/// Organizations whose steps are done side by side, so that the ledger takes them in few batches.
pub(crate) const SIDE_BY_SIDE: NonZeroUsize = NonZeroUsize::new(32).expect("it is not zero");
/// Claims in one call, so that it ends.
const ROUNDS_MAX: u32 = 1_000;
/// Steps of one organization in one call; the rest is the next call's.
const STEPS_MAX: u64 = 1_000;
/// How often agreements are read again because somebody else changed them.
const RELOADS_MAX: u32 = 20;

impl Service {
    /// Does every step that is due, in every organization. Says how many were done; doing it in many processes at once is
    /// doing it once. What fails is logged and tried again when its claim runs out.
    pub async fn run_schedule(&self) -> Result<u64, ServiceError> {
        self.run_schedule_by(SIDE_BY_SIDE).await
    }

    /// The same with so many organizations side by side.
    pub(crate) async fn run_schedule_by(&self, side_by_side: NonZeroUsize) -> Result<u64, ServiceError> {
        let mut done = 0;
        for _ in 0..ROUNDS_MAX {
            let claimed = self.store().claim_schedules(self.now(), ORGANIZATIONS_AT_ONCE).await?;
            if claimed.is_empty() {
                break;
            }
            let carry_out = |id| {
                let service = self.clone();
                async move { (id, service.carry_out(id).await) }
            };
            for carried_out in each(claimed, side_by_side, carry_out).await? {
                match carried_out {
                    (_, Ok(steps)) => done += steps,
                    (organization, Err(error)) => {
                        tracing::warn!(%organization, ?error, "a step of the schedule failed; will be tried again");
                    }
                }
            }
        }
        Ok(done)
    }

    /// Does what is due in one organization, in order. Says how many steps.
    pub(crate) async fn carry_out(&self, organization: OrganizationId) -> Result<u64, ServiceError> {
        let mut done = 0;
        for _ in 0..RELOADS_MAX {
            let mut book = Book::open(self, organization).await?;
            match self.carry_out_book(&mut book, &mut done).await {
                Err(LedgerFailure::Moved) => {}
                Err(LedgerFailure::Service(error)) => return Err(error),
                Ok(()) => return Ok(done),
            }
        }
        // Others do the same at this moment; what they leave is found by the next call.
        Ok(done)
    }

    async fn carry_out_book(&self, book: &mut Book, done: &mut u64) -> Result<(), LedgerFailure> {
        while *done < STEPS_MAX {
            let now = self.now();
            let Some(deed) = book.next_deed(self, now).await? else {
                return self.keep_next(book, now).await;
            };
            self.do_deed(book, deed, now).await?;
            *done += 1;
        }
        Ok(())
    }

    /// Does one deed as one transaction, and notes it in the book.
    async fn do_deed(&self, book: &mut Book, deed: Deed, now: Timestamp) -> Result<(), LedgerFailure> {
        let mut change = ScheduleChange::of(&book.agreements, now);
        let idempotency = deed.key.as_ref().map(|key| Idempotency {
            request_hash: Sha256::digest(key.to_string().as_bytes()).into(),
            key: format!("system:{key}"),
        });
        if let Some(step) = &deed.step {
            change.progress.note(&step.key);
        }
        change.step = deed.step.as_ref().map(|step| step.done.clone());
        change.phase.clone_from(&deed.phase);
        change.ended.clone_from(&deed.ended);
        let after = book.after(&change);
        change.outlook = after.outlook(&change.progress, now);
        let attachments = Attachments {
            audit: deed.audit,
            schedule: Some(Box::new(change.clone())),
            ..Attachments::default()
        };
        let answer = self
            .submit_scheduled(book.id(), deed.request, idempotency, attachments)
            .await;
        match answer {
            Err(LedgerFailure::Service(ServiceError::Refused(error))) if !deed.ended.is_empty() => {
                tracing::warn!(organization = %book.id(), %error, "a scheduled change of plan was refused");
                self.refuse(book, deed.ended, now).await
            }
            Err(failure) => Err(failure),
            Ok(()) => {
                *book = after;
                book.noted(&change);
                Ok(())
            }
        }
    }

    /// Ends changes of plan that the ledger would not have, so that the rest goes on.
    async fn refuse(&self, book: &mut Book, ended: deed::Ended, now: Timestamp) -> Result<(), LedgerFailure> {
        let mut change = ScheduleChange::of(&book.agreements, now);
        let refused = ended
            .into_iter()
            .map(|(id, _)| (id, drawdown_store::PlanChangeEnd::Refused));
        change.ended = refused.collect();
        self.submit_change(book, change, Vec::new(), now).await
    }

    /// Notes when the next step is due, where something else is noted.
    async fn keep_next(&self, book: &mut Book, now: Timestamp) -> Result<(), LedgerFailure> {
        let next = book.outlook(&book.agreements.progress, now);
        if next.step_at == book.agreements.next_step_at {
            return Ok(());
        }
        let change = ScheduleChange::of(&book.agreements, now);
        self.submit_change(book, change, Vec::new(), now).await
    }

    /// Commits a change of agreements that changes nothing else.
    pub(crate) async fn submit_change(
        &self,
        book: &mut Book,
        mut change: ScheduleChange,
        audit: Vec<drawdown_store::AuditLine>,
        now: Timestamp,
    ) -> Result<(), LedgerFailure> {
        let after = book.after(&change);
        change.outlook = after.outlook(&change.progress, now);
        let attachments = Attachments {
            audit,
            schedule: Some(Box::new(change.clone())),
            ..Attachments::default()
        };
        self.submit_scheduled(book.id(), Request::Sweep, None, attachments)
            .await?;
        *book = after;
        book.noted(&change);
        Ok(())
    }

    /// Submits a request with a change of agreements attached.
    pub(crate) async fn submit_scheduled(
        &self,
        organization: OrganizationId,
        request: Request,
        idempotency: Option<Idempotency>,
        attachments: Attachments,
    ) -> Result<(), LedgerFailure> {
        let ledger = self.store().ledger();
        let outcome = ledger
            .submit_with(organization, request, idempotency, attachments)
            .await;
        self.inner.hub.poke(organization);
        match outcome {
            Err(LedgerError::ScheduleMoved) => Err(LedgerFailure::Moved),
            Err(error) => Err(LedgerFailure::Service(error.into())),
            Ok(drawdown_domain::outcome::Outcome::Refused(error)) => {
                Err(LedgerFailure::Service(ServiceError::Refused(error)))
            }
            Ok(_) => Ok(()),
        }
    }
}

/// Does something for each, some side by side; gives what came of it, in no order.
pub(crate) async fn each<T, R, W>(
    items: Vec<T>,
    side_by_side: NonZeroUsize,
    work: impl Fn(T) -> W,
) -> Result<Vec<R>, ServiceError>
where
    W: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    let mut done = Vec::with_capacity(items.len());
    let mut tasks = JoinSet::new();
    for item in items {
        if tasks.len() >= side_by_side.get()
            && let Some(task) = tasks.join_next().await
        {
            done.push(task.map_err(ServiceError::internal)?);
        }
        tasks.spawn(work(item));
    }
    while let Some(task) = tasks.join_next().await {
        done.push(task.map_err(ServiceError::internal)?);
    }
    Ok(done)
}

/// Why a change of agreements was not committed.
#[derive(Debug)]
pub(crate) enum LedgerFailure {
    /// Somebody else changed them first: they are to be read again.
    Moved,
    /// Another reason.
    Service(ServiceError),
}

impl From<ServiceError> for LedgerFailure {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<drawdown_store::StoreError> for LedgerFailure {
    fn from(error: drawdown_store::StoreError) -> Self {
        Self::Service(error.into())
    }
}
