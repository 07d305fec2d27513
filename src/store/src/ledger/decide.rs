//! Deciding a batch: each request in the order in which it came, on the books of its organization.

use std::panic::{AssertUnwindSafe, catch_unwind};

use drawdown_domain::Timestamp;
use drawdown_domain::account::Changes;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;

use super::gifts;
use super::load::wanted_plan;
use super::shelf::{Book, Books};
use super::writer::Failure;
use super::{Answer, Job};
use crate::error::LedgerError;
use crate::payment::{PaymentChange, PaymentState, may_settle};

/// How one request fared.
pub(super) struct Decided {
    pub(super) answer: Answer,
    /// True where it was decided now: not replayed, not turned away.
    pub(super) fresh: bool,
    /// True where what is attached is to be written: it was carried out, and its payment has moved.
    pub(super) attach: bool,
}

/// What a batch changed in one organization.
pub(super) struct Changed {
    pub(super) changes: Changes,
    /// The books, as they were loaded and changed.
    pub(super) book: Book,
}

/// Decides every request. A panic in a decision is a defect of one request: it fails the batch, and then, tried alone,
/// that request.
pub(super) fn decide(now: Timestamp, jobs: &[Job], books: Books) -> Result<(Vec<Decided>, Vec<Changed>), Failure> {
    catch_unwind(AssertUnwindSafe(|| decide_all(now, jobs, books))).map_err(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Failure::Lasting(format!("a decision failed: {}", said.unwrap_or("without a word")))
    })
}

fn decide_all(now: Timestamp, jobs: &[Job], mut books: Books) -> (Vec<Decided>, Vec<Changed>) {
    let decided = jobs
        .iter()
        .map(|job| match &job.attachments.transfer {
            Some(transfer) => decide_transfer(now, job, transfer.organization, &mut books),
            None => match books.get_mut(&job.organization) {
                Some(book) => decide_one(now, job, book),
                None => turned_away(LedgerError::UnknownOrganization),
            },
        })
        .collect();
    let changed = books
        .into_values()
        .map(|mut book| {
            let changes = book.account.finish(now);
            Changed { changes, book }
        })
        .collect();
    (decided, changed)
}

fn turned_away(error: LedgerError) -> Decided {
    Decided {
        answer: Err(error),
        fresh: false,
        attach: false,
    }
}

fn decide_one(now: Timestamp, job: &Job, book: &mut Book) -> Decided {
    if let Some(keyed) = job.keyed
        && let Some((request_hash, outcome)) = book.answered.get(&keyed.key_hash)
    {
        let answer = if *request_hash == keyed.request_hash {
            Ok(outcome.clone())
        } else {
            Err(LedgerError::IdempotencyConflict)
        };
        return Decided {
            answer,
            fresh: false,
            attach: false,
        };
    }
    if wanted_plan(&job.request).is_some_and(|version| !book.account.plans.contains_key(&version)) {
        return turned_away(LedgerError::UnknownPlanVersion);
    }
    if would_reuse_hold(job, book) {
        return turned_away(LedgerError::Internal("a hold of this identifier exists".to_owned()));
    }
    let attach = match payment_moves(job, book) {
        Ok(moves) => moves,
        Err(error) => return turned_away(error),
    };
    let schedule = job.attachments.schedule.as_deref();
    if schedule.is_some_and(|change| change.revision != book.revision) {
        return turned_away(LedgerError::ScheduleMoved);
    }
    if gifts::add_up(book, job) {
        return turned_away(LedgerError::GiftsAddUp);
    }
    let outcome = book.account.decide(now, &job.request);
    let refused = matches!(outcome, Outcome::Refused(_));
    if !refused {
        gifts::count(book, job);
    }
    if attach && !refused {
        match &job.attachments.payment {
            Some(PaymentChange::Settle { payment, state, .. }) => book.payments.insert(*payment, *state),
            Some(PaymentChange::Open(payment)) => book.payments.insert(payment.id, payment.state),
            None => None,
        };
        book.revision += i64::from(schedule.is_some());
    }
    if let Some(keyed) = job.keyed {
        book.answered
            .insert(keyed.key_hash, (keyed.request_hash, outcome.clone()));
    }
    Decided {
        answer: Ok(outcome),
        fresh: true,
        attach: attach && !refused,
    }
}

/// Decides a transfer on both books: what one gives the other is given, or neither has changed.
fn decide_transfer(now: Timestamp, job: &Job, to: OrganizationId, books: &mut Books) -> Decided {
    if to == job.organization {
        return turned_away(LedgerError::UnknownOrganization);
    }
    let Some(mut other) = books.remove(&to) else {
        return turned_away(LedgerError::UnknownOrganization);
    };
    let decided = match books.get_mut(&job.organization) {
        Some(book) => decide_both(now, job, book, &mut other),
        None => turned_away(LedgerError::UnknownOrganization),
    };
    books.insert(to, other);
    decided
}

fn decide_both(now: Timestamp, job: &Job, book: &mut Book, other: &mut Book) -> Decided {
    let before = book.account.clone();
    let mut decided = decide_one(now, job, book);
    if let (true, Ok(Outcome::Grant(given))) = (decided.fresh, &decided.answer) {
        let received = other.account.decide(now, &Request::AddGrant(given.clone()));
        if matches!(received, Outcome::Refused(_)) {
            book.account = before;
            if let Some(keyed) = job.keyed {
                book.answered
                    .insert(keyed.key_hash, (keyed.request_hash, received.clone()));
            }
            decided.answer = Ok(received);
            decided.attach = false;
        }
    }
    decided
}

/// True where a new hold would overwrite another: its maker must give each an identifier of its own.
fn would_reuse_hold(job: &Job, book: &Book) -> bool {
    matches!(&job.request, Request::Authorize(authorize) if book.account.holds.contains_key(&authorize.hold))
}

/// False where the payment attached has moved there already: then nothing is written for it again.
fn payment_moves(job: &Job, book: &Book) -> Result<bool, LedgerError> {
    match &job.attachments.payment {
        None => Ok(true),
        Some(PaymentChange::Open(payment)) => {
            let pending = payment.state == PaymentState::Pending && payment.organization == job.organization;
            if book.payments.contains_key(&payment.id) || !pending {
                return Err(LedgerError::PaymentExists);
            }
            Ok(true)
        }
        Some(PaymentChange::Settle { payment, state, .. }) => {
            let from = book.payments.get(payment).ok_or(LedgerError::UnknownPayment)?;
            may_settle(*from, *state)
        }
    }
}
