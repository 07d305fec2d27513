//! What a batch needs to be decided: the books of its organizations, from memory or from their rows, and what its requests
//! name.
//!
//! A batch that locks has its organizations' rows locked in the order of their identifiers, so that no two writers wait for
//! each other, and takes a book from the shelf only at the row's version. A batch that trusts takes it as it is, and its
//! one statement of writing fails where the version is another.

use std::collections::{BTreeMap, BTreeSet};

use drawdown_domain::Timestamp;
use drawdown_domain::hold::Hold;
use drawdown_domain::id::{OrganizationId, PlanVersionId};
use drawdown_domain::request::{OrganizationChange, Request};
use uuid::Uuid;

use super::gifts::load_gifts;
use super::known::load_known_events;
use super::lock::lock_organizations;
use super::lookup::lookup;
use super::open::{load_grants, open_books};
use super::pairs::Pairs;
use super::shelf::{Book, Books, Shelf};
use super::writer::Failure;
use super::{Attachments, Job};
use crate::catalogue::Cache;
use crate::clock::Clock;
use crate::columns::select;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::hold::{HoldRow, json};
use crate::payment::{PaymentChange, lock_state, reference_is_taken};
use crate::schedule::revision_of;
use crate::sets::{UuidSet, one_of};

/// The most due holds that one batch ends; the others wait for the next.
const DUE_HOLDS_MAX: i64 = 2_000;

/// The requests of each organization.
pub(super) type Requests<'a> = BTreeMap<OrganizationId, Vec<&'a Job>>;

/// How a batch makes sure of the state that it decides on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It locks first.
    Lock,
    /// It decides on what it remembers or reads, and proves while it writes that this was the state. On PostgreSQL only.
    Prove,
}

/// What was loaded.
pub(super) struct Loaded {
    /// The instant of the batch, read once everything is locked.
    pub(super) now: Timestamp,
    pub(super) books: Books,
    /// The number of the newest rate card that the batch is priced by.
    pub(super) newest_rates: i64,
    /// Books that were remembered at another version than the row's: another process writes there, too.
    pub(super) outdated: usize,
}

pub(super) async fn load(
    tx: &mut Tx,
    cache: &Cache,
    clock: &Clock,
    shelf: &mut Shelf,
    jobs: &[Job],
    trust: Trust,
) -> Result<Loaded, Failure> {
    let requests = by_organization(jobs);
    let Taken {
        mut books,
        missing,
        outdated,
        newest_rates,
    } = match trust {
        Trust::Lock => take_locked(tx, shelf, &requests).await?,
        Trust::Prove => take_as_they_are(shelf, &requests),
    };
    let now = clock.now();
    let catalogue = match newest_rates {
        Some(newest) => cache.catalogue_of(tx, newest).await?,
        None => cache.known(),
    };
    for book in books.values_mut() {
        book.drop_old_grants(now);
        book.account.catalogue = catalogue.clone();
    }
    if !missing.is_empty() {
        open_books(tx, cache, &catalogue, missing.clone(), &mut books).await?;
    }
    let stale = outdated.len();
    let unread: BTreeSet<Uuid> = missing.into_iter().chain(outdated).collect();
    if !unread.is_empty() {
        load_grants(tx, now, &UuidSet::new(unread), jobs, &mut books).await?;
    }
    for (id, book) in &mut books {
        book.stays = only_meters(&requests, *id);
        book.profile = requests
            .get(id)
            .is_some_and(|jobs| jobs.iter().any(|job| changes_profile(job)));
    }
    load_plans(tx, cache, jobs, &mut books).await?;
    load_answers(tx, jobs, trust, &mut books).await?;
    load_holds(tx, now, jobs, &mut books).await?;
    load_known_events(tx, jobs, &mut books).await?;
    load_payments(tx, jobs, &mut books).await?;
    load_revisions(tx, jobs, &mut books).await?;
    load_gifts(tx, now, jobs, &mut books).await?;
    lookup(tx, now, &requests, &mut books).await?;
    for book in books.values_mut() {
        book.known_holds = book.account.holds.keys().copied().collect();
        book.known_grants = book.account.grants.iter().map(|grant| grant.id).collect();
    }
    Ok(Loaded {
        now,
        books,
        newest_rates: Cache::highest(&catalogue),
        outdated: stale,
    })
}

/// What the shelf had.
#[derive(Default)]
struct Taken {
    books: Books,
    /// Organizations whose books are to be opened.
    missing: Vec<Uuid>,
    /// Organizations in which another process has written since; what metering changes of their books is to be read.
    outdated: Vec<Uuid>,
    newest_rates: Option<i64>,
}

/// Locks the organizations, and takes the books that hold for what the lock told.
async fn take_locked(tx: &mut Tx, shelf: &mut Shelf, requests: &Requests<'_>) -> Result<Taken, Failure> {
    let locked = lock_organizations(tx, requests.keys().copied()).await?;
    let mut taken = Taken {
        newest_rates: Some(locked.newest_rates),
        ..Taken::default()
    };
    for (id, head) in locked.heads {
        let known = shelf.take(id);
        let is_outdated = known
            .as_ref()
            .is_some_and(|book| book.account.organization.version != head.version);
        if is_outdated {
            taken.outdated.push(id.uuid());
        }
        match known {
            Some(mut book) if book.settings == head.settings && only_meters(requests, id) => {
                if is_outdated {
                    book.outdate(&head);
                }
                taken.books.insert(id, book);
            }
            _ => taken.missing.push(id.uuid()),
        }
    }
    Ok(taken)
}

/// Takes the books as they are.
fn take_as_they_are(shelf: &mut Shelf, requests: &Requests<'_>) -> Taken {
    let mut taken = Taken::default();
    for id in requests.keys() {
        match shelf.take(*id) {
            Some(book) => drop(taken.books.insert(*id, book)),
            None => taken.missing.push(id.uuid()),
        }
    }
    taken
}

fn by_organization(jobs: &[Job]) -> Requests<'_> {
    let mut requests = Requests::new();
    for job in jobs {
        requests.entry(job.organization).or_default().push(job);
        if let Some(transfer) = &job.attachments.transfer {
            requests.entry(transfer.organization).or_default().push(job);
        }
    }
    requests
}

/// True for the requests of every day, which change neither limits nor grants by hand and bring nothing along: what a
/// book holds after them is what would be read.
pub(super) fn meters(job: &Job) -> bool {
    let everyday = matches!(
        job.request,
        Request::Authorize(_)
            | Request::Capture(_)
            | Request::Release { .. }
            | Request::Extend { .. }
            | Request::Record(_)
            | Request::Sweep
    );
    everyday && job.attachments == Attachments::default()
}

fn only_meters(requests: &Requests<'_>, id: OrganizationId) -> bool {
    requests.get(&id).is_none_or(|jobs| jobs.iter().all(|job| meters(job)))
}

fn changes_profile(job: &Job) -> bool {
    matches!(job.request, Request::Organization(_))
}

/// The plan versions on which requests put their organizations. One that is not published stays absent.
async fn load_plans(tx: &mut Tx, cache: &Cache, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    for job in jobs {
        if let Some(version) = wanted_plan(&job.request)
            && let Some(plan) = cache.plan_in(tx, version).await?
            && let Some(book) = books.get_mut(&job.organization)
        {
            book.account.plans.insert(version, plan);
        }
    }
    Ok(())
}

/// The plan version on which a request puts its organization.
pub(super) fn wanted_plan(request: &Request) -> Option<PlanVersionId> {
    match request {
        Request::Organization(OrganizationChange::Plan { version, .. }) => Some(*version),
        _ => None,
    }
}

/// Answers that were given to idempotency keys. A batch that proves takes keys of single runs for new: where one is not,
/// its statement runs into the answer that is there.
async fn load_answers(tx: &mut Tx, jobs: &[Job], trust: Trust, books: &mut Books) -> Result<(), Failure> {
    let asks = |job: &&Job| trust == Trust::Lock || matches!(job.request, Request::Record(_));
    let keyed = jobs
        .iter()
        .filter(asks)
        .filter_map(|job| Some((job.organization.uuid(), job.keyed?)));
    let pairs = Pairs::of_bytes(keyed.map(|(organization, keyed)| (organization, keyed.key_hash.to_vec())));
    if pairs.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT i.organization_id, i.key_hash, i.request_hash, i.outcome FROM {}",
        pairs.joined(tx, "idempotency i", "i.organization_id", "i.key_hash")
    );
    let rows: Vec<(Uuid, Vec<u8>, Vec<u8>, String)> = pairs.fetch(tx, &sql).await?;
    for (organization, key_hash, request_hash, outcome) in rows {
        let hash =
            |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(|error| StoreError::corrupt("idempotency key", error));
        let answer = (hash(&request_hash)?, json("outcome", &outcome)?);
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(organization)) {
            book.answered.insert(hash(&key_hash)?, answer);
        }
    }
    Ok(())
}

/// The holds that requests end or extend, and those that are due. (A new hold whose identifier is taken fails when it is
/// written.)
async fn load_holds(tx: &mut Tx, now: Timestamp, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    let keeps = tx.may_keep_plans();
    let named = UuidSet::new(jobs.iter().filter_map(|job| match &job.request {
        Request::Capture(capture) => Some(capture.hold.uuid()),
        Request::Release { hold, .. } | Request::Extend { hold, .. } => Some(hold.uuid()),
        _ => None,
    }));
    if !named.is_empty() {
        let sql = format!(select!(hold, "WHERE id {}"), one_of(tx, 1));
        let rows: Vec<HoldRow> =
            on!(tx: &mut *tx, |c| sqlx::query_as(&sql).persistent(keeps).bind(&named).fetch_all(c).await)?;
        add_holds(rows, books)?;
    }
    let unknown: BTreeSet<Uuid> = with(books, |book| book.no_hold_due_before.is_none());
    if !unknown.is_empty() {
        load_ends(tx, unknown, books).await?;
    }
    let due: BTreeSet<Uuid> = with(books, |book| book.no_hold_due_before.is_some_and(|end| end <= now));
    if due.is_empty() {
        return Ok(());
    }
    for book in books
        .values_mut()
        .filter(|book| book.no_hold_due_before.is_some_and(|end| end <= now))
    {
        book.no_hold_due_before = None;
    }
    let sql = format!(
        select!(
            hold,
            "WHERE state = 'open' AND expires_at <= $1 AND organization_id {}
         ORDER BY expires_at LIMIT $3"
        ),
        one_of(tx, 2)
    );
    let rows: Vec<HoldRow> = on!(tx: tx, |c| sqlx::query_as(&sql)
        .persistent(keeps)
        .bind(now.micros())
        .bind(UuidSet::new(due))
        .bind(DUE_HOLDS_MAX)
        .fetch_all(c)
        .await)?;
    add_holds(rows, books)
}

fn with(books: &Books, which: impl Fn(&Book) -> bool) -> BTreeSet<Uuid> {
    let books = books.iter().filter(|(_, book)| which(book));
    books.map(|(id, _)| id.uuid()).collect()
}

/// When the first open hold of each organization ends.
async fn load_ends(tx: &mut Tx, organizations: BTreeSet<Uuid>, books: &mut Books) -> Result<(), Failure> {
    let keeps = tx.may_keep_plans();
    let (ids, of) = match tx {
        Tx::Sqlite(_) => ("json_each($1) k", "unhex(k.value)"),
        Tx::Postgres(_) => ("UNNEST($1::uuid[]) AS k (o)", "k.o"),
    };
    let sql = format!(
        "SELECT {of}, (SELECT h.expires_at FROM hold h WHERE h.state = 'open' AND h.organization_id = {of}
            ORDER BY h.expires_at LIMIT 1) FROM {ids}"
    );
    let rows: Vec<(Uuid, Option<i64>)> = on!(tx: tx, |c| sqlx::query_as(&sql)
        .persistent(keeps)
        .bind(UuidSet::new(organizations))
        .fetch_all(c)
        .await)?;
    for (organization, end) in rows {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(organization)) {
            book.no_hold_due_before = Some(end.map_or(Timestamp::MAX, Timestamp::from_micros));
        }
    }
    Ok(())
}

/// Adds holds to the books of their organizations; those of others are left out.
pub(super) fn add_holds(rows: Vec<HoldRow>, books: &mut Books) -> Result<(), Failure> {
    for row in rows {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(row.organization_id)) {
            let hold = Hold::try_from(row)?;
            book.account.holds.insert(hold.id, hold);
        }
    }
    Ok(())
}

/// The states of the payments that the batch settles, and of those it would open if they are there already.
async fn load_payments(tx: &mut Tx, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    for job in jobs {
        let Some(book) = books.get_mut(&job.organization) else {
            continue;
        };
        match &job.attachments.payment {
            Some(PaymentChange::Settle { payment, .. }) => {
                if let Some((organization, state)) = lock_state(tx, *payment).await?
                    && organization == job.organization
                {
                    book.payments.insert(*payment, state);
                }
            }
            Some(PaymentChange::Open(payment)) => {
                if let Some(state) = reference_is_taken(tx, payment).await? {
                    book.payments.insert(payment.id, state);
                }
            }
            None => {}
        }
    }
    Ok(())
}

/// The revisions of the agreements that the batch changes.
async fn load_revisions(tx: &mut Tx, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    for job in jobs.iter().filter(|job| job.attachments.schedule.is_some()) {
        if let Some(book) = books.get_mut(&job.organization) {
            book.revision = revision_of(tx, job.organization).await?;
        }
    }
    Ok(())
}
