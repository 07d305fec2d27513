//! Opening books: the rows of organizations that are not remembered, and everything that hangs off them.

use std::collections::BTreeMap;
use std::sync::Arc;

use drawdown_domain::Timestamp;
use drawdown_domain::account::{Account, Journal, LATE_DAYS};
use drawdown_domain::catalogue::Catalogue;
use drawdown_domain::grant::Grant;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::{Cap, Throttle};
use drawdown_domain::request::Request;
use uuid::Uuid;

use super::Job;
use super::shelf::{Book, Books};
use super::writer::Failure;
use crate::catalogue::Cache;
use crate::columns::select;
use crate::database::{Tx, on};
use crate::grant::GrantRow;
use crate::limit::{CapRow, ThrottleRow};
use crate::organization::{Organization, OrganizationRow};
use crate::sets::{UuidSet, one_of};

/// Reads the rows of `ids` and their limits, and adds their books, still without grants. The organizations' own rows are
/// read first: what is read after them belongs to their version, or the version has risen meanwhile.
pub(super) async fn open_books(
    tx: &mut Tx,
    cache: &Cache,
    catalogue: &Arc<Catalogue>,
    ids: Vec<Uuid>,
    books: &mut Books,
) -> Result<(), Failure> {
    let ids = UuidSet::new(ids);
    let sql = format!(select!(organization, "WHERE id {}"), one_of(tx, 1));
    let rows: Vec<OrganizationRow> = on!(tx: &mut *tx, |c| sqlx::query_as(&sql).bind(&ids).fetch_all(c).await)?;
    for row in rows {
        let settings = row.settings_version;
        let organization = Organization::try_from(row)?;
        let plan = match organization.state.plan {
            Some(id) => cache.plan_in(tx, id).await?,
            None => None,
        };
        let account = Account {
            organization: organization.state,
            plan,
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
        };
        books.insert(account.organization.id, Book::new(account, settings));
    }
    load_limits(tx, &ids, books).await
}

/// Reads the grants that metering in these organizations may need, and those that `jobs` name, into their books.
pub(super) async fn load_grants(
    tx: &mut Tx,
    now: Timestamp,
    organizations: &UuidSet,
    jobs: &[Job],
    books: &mut Books,
) -> Result<(), Failure> {
    let named = UuidSet::new(jobs.iter().flat_map(|job| match &job.request {
        Request::AddGrant(grant) | Request::AddDueGrant(grant) => vec![grant.id.uuid()],
        Request::RollOver { from, grant, .. } => from.iter().chain([&grant.id]).map(|id| id.uuid()).collect(),
        Request::TransferOut { grant, to, .. } => vec![grant.uuid(), to.uuid()],
        Request::ActivateGrant { grant } | Request::VoidGrant { grant, .. } => vec![grant.uuid()],
        _ => Vec::new(),
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
