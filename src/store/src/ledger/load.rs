//! What a batch needs to be decided: the organizations, locked in the order of their identifiers, and everything that
//! hangs off them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use drawdown_domain::account::{Account, Journal};
use drawdown_domain::catalogue::Catalogue;
use drawdown_domain::grant::Grant;
use drawdown_domain::hold::Hold;
use drawdown_domain::id::{HoldId, OrganizationId, PaymentId, PlanVersionId};
use drawdown_domain::limit::{Cap, Throttle};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use super::Job;
use super::lookup::lookup;
use super::pairs::Pairs;
use super::writer::Failure;
use crate::catalogue::Cache;
use crate::clock::Clock;
use crate::columns::select;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::event::content_hash;
use crate::grant::GrantRow;
use crate::hold::{HoldRow, json};
use crate::limit::{CapRow, ThrottleRow};
use crate::organization::{Organization, OrganizationRow};
use crate::payment::{PaymentChange, PaymentState, lock_state, reference_is_taken};
use crate::sets::{UuidSet, one_of};

/// Late events may burn a grant that expired so many days ago.
const LATE_DAYS: i64 = 35;
/// The most due holds that one batch ends; the others wait for the next.
const DUE_HOLDS_MAX: i64 = 2_000;

/// The state of one organization, as far as the batch needs it.
pub(super) struct Book {
    /// Its row, as it was.
    pub(super) organization: Organization,
    /// What is decided on.
    pub(super) account: Account,
    /// The holds that are there already.
    pub(super) known_holds: BTreeSet<HoldId>,
    /// Answers given to idempotency keys: the request's hash and the outcome.
    pub(super) answered: HashMap<[u8; 32], ([u8; 32], Outcome)>,
    /// Payments that the batch settles.
    pub(super) payments: HashMap<PaymentId, PaymentState>,
}

pub(super) type Books = BTreeMap<OrganizationId, Book>;

/// What was loaded.
pub(super) struct Loaded {
    /// The instant of the batch, read once everything is locked.
    pub(super) now: Timestamp,
    pub(super) books: Books,
    /// PostgreSQL's name of this transaction, by which its fate can be asked for later.
    pub(super) transaction: Option<String>,
}

#[derive(sqlx::FromRow)]
struct LockedRow {
    #[sqlx(flatten)]
    organization: OrganizationRow,
    transaction_id: String,
}

pub(super) async fn load(tx: &mut Tx, cache: &Cache, clock: &Clock, jobs: &[Job]) -> Result<Loaded, Failure> {
    let ids: BTreeSet<OrganizationId> = jobs.iter().map(|job| job.organization).collect();
    let set = UuidSet::new(ids.iter().map(|id| id.uuid()));
    let (organizations, transaction) = lock_organizations(tx, &set).await?;
    let now = clock.now();
    let catalogue = cache.catalogue_in(tx).await?;
    let mut books = Books::new();
    for organization in organizations {
        let plan = match organization.state.plan {
            Some(id) => cache.plan_in(tx, id).await?,
            None => None,
        };
        let mut book = open_book(organization, &catalogue);
        book.account.plan = plan;
        books.insert(book.account.organization.id, book);
    }
    load_plans(tx, cache, jobs, &mut books).await?;
    load_answers(tx, jobs, &mut books).await?;
    load_grants(tx, now, &set, jobs, &mut books).await?;
    load_limits(tx, &set, &mut books).await?;
    load_holds(tx, now, &set, jobs, &mut books).await?;
    load_events(tx, jobs, &mut books).await?;
    load_payments(tx, jobs, &mut books).await?;
    lookup(tx, now, jobs, &mut books).await?;
    for book in books.values_mut() {
        book.known_holds = book.account.holds.keys().copied().collect();
    }
    Ok(Loaded {
        now,
        books,
        transaction,
    })
}

fn open_book(organization: Organization, catalogue: &Arc<Catalogue>) -> Book {
    Book {
        account: Account {
            organization: organization.state.clone(),
            plan: None,
            plans: BTreeMap::new(),
            catalogue: catalogue.clone(),
            grants: Vec::new(),
            caps: Vec::new(),
            throttles: Vec::new(),
            counters: BTreeMap::new(),
            throttle_states: BTreeMap::new(),
            holds: BTreeMap::new(),
            known_events: BTreeMap::new(),
            journal: Journal::default(),
        },
        organization,
        known_holds: BTreeSet::new(),
        answered: HashMap::new(),
        payments: HashMap::new(),
    }
}

/// Locks the organizations' rows in the order of their identifiers, so that no two writers wait for each other. On
/// SQLite the transaction is the lock.
async fn lock_organizations(tx: &mut Tx, ids: &UuidSet) -> Result<(Vec<Organization>, Option<String>), Failure> {
    let sql = match tx {
        Tx::Sqlite(_) => format!(
            select!(organization and "'' AS transaction_id", "WHERE id {} ORDER BY id"),
            one_of(tx, 1)
        ),
        // NO KEY: rows elsewhere that point to an organization can be added meanwhile.
        Tx::Postgres(_) => format!(
            select!(organization and "pg_current_xact_id()::text AS transaction_id",
                "WHERE id {} ORDER BY id FOR NO KEY UPDATE"),
            one_of(tx, 1)
        ),
    };
    let rows: Vec<LockedRow> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(ids).fetch_all(c).await)?;
    let transaction = rows.first().map(|row| row.transaction_id.clone());
    let organizations = rows.into_iter().map(|row| row.organization.try_into());
    let organizations = organizations.collect::<Result<Vec<Organization>, StoreError>>()?;
    Ok((organizations, transaction.filter(|id| !id.is_empty())))
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

async fn load_answers(tx: &mut Tx, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    let keyed = jobs
        .iter()
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

async fn load_grants(
    tx: &mut Tx,
    now: Timestamp,
    organizations: &UuidSet,
    jobs: &[Job],
    books: &mut Books,
) -> Result<(), Failure> {
    let named = UuidSet::new(jobs.iter().filter_map(|job| match &job.request {
        Request::AddGrant(grant) => Some(grant.id.uuid()),
        Request::ActivateGrant { grant } | Request::VoidGrant { grant, .. } => Some(grant.uuid()),
        _ => None,
    }));
    let sql = format!(
        select!(
            credit_grant,
            "WHERE organization_id {} AND (state IN ('pending', 'active') OR held > 0
            OR (expired > 0 AND expires_at > $2) OR id {})"
        ),
        one_of(tx, 1),
        one_of(tx, 3)
    );
    let rows: Vec<GrantRow> = on!(tx: tx, |c| sqlx::query_as(&sql)
        .bind(organizations)
        .bind(now.plus_seconds(-LATE_DAYS * 86_400).micros())
        .bind(&named)
        .fetch_all(c)
        .await)?;
    for row in rows {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(row.organization_id)) {
            book.account.grants.push(Grant::try_from(row)?);
        }
    }
    Ok(())
}

async fn load_limits(tx: &mut Tx, organizations: &UuidSet, books: &mut Books) -> Result<(), Failure> {
    let sql = format!(
        select!(cap, "WHERE organization_id {} ORDER BY owner DESC, name"),
        one_of(tx, 1)
    );
    let caps: Vec<CapRow> = on!(tx: &mut *tx, |c| sqlx::query_as(&sql).bind(organizations).fetch_all(c).await)?;
    for row in caps {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(row.organization_id)) {
            book.account.caps.push(Cap::try_from(row)?);
        }
    }
    let sql = format!(
        select!(throttle, "WHERE organization_id {} ORDER BY owner DESC, name"),
        one_of(tx, 1)
    );
    let throttles: Vec<ThrottleRow> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(organizations).fetch_all(c).await)?;
    for row in throttles {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(row.organization_id)) {
            book.account.throttles.push(Throttle::try_from(row)?);
        }
    }
    Ok(())
}

async fn load_holds(
    tx: &mut Tx,
    now: Timestamp,
    organizations: &UuidSet,
    jobs: &[Job],
    books: &mut Books,
) -> Result<(), Failure> {
    let named = UuidSet::new(jobs.iter().filter_map(|job| match &job.request {
        Request::Authorize(authorize) => Some(authorize.hold.uuid()),
        Request::Capture(capture) => Some(capture.hold.uuid()),
        Request::Release { hold, .. } | Request::Extend { hold, .. } => Some(hold.uuid()),
        _ => None,
    }));
    if !named.is_empty() {
        let sql = format!(select!(hold, "WHERE id {}"), one_of(tx, 1));
        let rows: Vec<HoldRow> = on!(tx: &mut *tx, |c| sqlx::query_as(&sql).bind(&named).fetch_all(c).await)?;
        add_holds(rows, books)?;
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
        .bind(now.micros())
        .bind(organizations)
        .bind(DUE_HOLDS_MAX)
        .fetch_all(c)
        .await)?;
    add_holds(rows, books)
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

async fn load_events(tx: &mut Tx, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    let pairs = Pairs::of_texts(jobs.iter().flat_map(|job| {
        let events = match &job.request {
            Request::Record(events) => events.as_slice(),
            _ => &[],
        };
        events.iter().map(|event| (job.organization.uuid(), event.key.clone()))
    }));
    if pairs.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT e.organization_id, e.event_key, e.content_hash, e.credits FROM {}",
        pairs.joined(tx, "usage_event e", "e.organization_id", "e.event_key")
    );
    let rows: Vec<(Uuid, String, Vec<u8>, i64)> = pairs.fetch(tx, &sql).await?;
    for (organization, key, hash, credits) in rows {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(organization)) {
            let known = (content_hash(&hash)?, Credits::from_micros(credits));
            book.account.known_events.insert(key, known);
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
