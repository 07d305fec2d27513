//! Grants as they are stored, and what they sum to.

use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::money::Money;
use drawdown_domain::{Credits, Key, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::names::Named;
use crate::page::{Page, rows_to_fetch};
use crate::sets::{UuidSet, one_of};

/// Where a page of grants goes on: after the grant of this time and identifier.
pub type GrantCursor = (Timestamp, GrantId);

/// What an organization's grants sum to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Unspent and unreserved, in grants that may be burned now (whatever their scope).
    pub available: Credits,
    /// Unspent, in grants whose time has not come yet.
    pub upcoming: Credits,
    /// Reserved by open holds.
    pub held: Credits,
    /// Granted but not paid yet.
    pub pending: Credits,
    /// Everything ever granted and paid.
    pub granted: Credits,
    /// Spent.
    pub burned: Credits,
    /// Unspent at expiry.
    pub expired: Credits,
    /// Unspent when voided.
    pub voided: Credits,
}

#[derive(sqlx::FromRow)]
pub(crate) struct GrantRow {
    pub(crate) organization_id: Uuid,
    id: Uuid,
    kind: String,
    state: String,
    amount: i64,
    remaining: i64,
    held: i64,
    burned: i64,
    expired: i64,
    voided: i64,
    priority: i32,
    effective_at: i64,
    expires_at: Option<i64>,
    paid_minor: Option<i64>,
    paid_currency: Option<String>,
    scope: Option<String>,
    created_at: i64,
    note: Option<String>,
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        let paid = match (row.paid_minor, row.paid_currency) {
            (Some(minor), Some(currency)) => Some(Money::new(
                minor,
                currency
                    .parse()
                    .map_err(|error| StoreError::corrupt("currency", error))?,
            )),
            _ => None,
        };
        let scope: Option<Vec<Key>> = row
            .scope
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| StoreError::corrupt("grant scope", error))?;
        Ok(Self {
            id: GrantId::from_uuid(row.id),
            kind: GrantKind::from_name(&row.kind)?,
            state: GrantState::from_name(&row.state)?,
            amount: Credits::from_micros(row.amount),
            remaining: Credits::from_micros(row.remaining),
            held: Credits::from_micros(row.held),
            burned: Credits::from_micros(row.burned),
            expired: Credits::from_micros(row.expired),
            voided: Credits::from_micros(row.voided),
            priority: row.priority,
            effective_at: Timestamp::from_micros(row.effective_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            paid,
            scope,
            created_at: Timestamp::from_micros(row.created_at),
            note: row.note,
        })
    }
}

impl Store {
    /// All grants of an organization, newest first, from after a cursor on.
    pub async fn grants(
        &self,
        organization: OrganizationId,
        after: Option<GrantCursor>,
        limit: u32,
    ) -> Result<Page<Grant, GrantCursor>, StoreError> {
        let (created_at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.micros(), id.uuid()));
        let rows: Vec<GrantRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(credit_grant, "WHERE organization_id = $1 AND (created_at, id) < ($2, $3)
             ORDER BY created_at DESC, id DESC LIMIT $4"),
        )
        .bind(organization.uuid())
        .bind(created_at)
        .bind(id)
        .bind(rows_to_fetch(limit))
        .fetch_all(c)
        .await)?;
        let grants = rows.into_iter().map(Grant::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(grants, limit, |grant| (grant.created_at, grant.id)))
    }

    /// One grant of an organization.
    pub async fn grant(&self, organization: OrganizationId, id: GrantId) -> Result<Option<Grant>, StoreError> {
        let row: Option<GrantRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(credit_grant, "WHERE organization_id = $1 AND id = $2"),
        )
        .bind(organization.uuid())
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        row.map(Grant::try_from).transpose()
    }

    /// Grants of several organizations by their identifiers, in no order; what is not there is left out.
    pub async fn grants_of(&self, ids: &[(OrganizationId, GrantId)]) -> Result<Vec<Grant>, StoreError> {
        let read = &self.db().read;
        let organizations = UuidSet::new(ids.iter().map(|(organization, _)| organization.uuid()));
        let grants = UuidSet::new(ids.iter().map(|(_, grant)| grant.uuid()));
        let (whose, which) = (one_of(read, 1), one_of(read, 2));
        let sql = format!(
            "{}{whose} AND id {which}",
            select!(credit_grant, "WHERE organization_id ")
        );
        let rows: Vec<GrantRow> = on!(pool: read, |c| sqlx::query_as(&sql)
            .bind(&organizations)
            .bind(&grants)
            .fetch_all(c)
            .await)?;
        rows.into_iter().map(Grant::try_from).collect()
    }

    /// The grants that still have something to spend, or are reserved from, or wait to be paid or to begin: in burn
    /// order.
    pub async fn open_grants(&self, organization: OrganizationId) -> Result<Vec<Grant>, StoreError> {
        let rows: Vec<GrantRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(credit_grant, "WHERE organization_id = $1 AND (state = 'pending' OR remaining > 0 OR held > 0)"),
        )
        .bind(organization.uuid())
        .fetch_all(c)
        .await)?;
        let mut grants = rows.into_iter().map(Grant::try_from).collect::<Result<Vec<_>, _>>()?;
        grants.sort_by_key(Grant::burn_order);
        Ok(grants)
    }

    /// What the grants of an organization sum to at `now`. A grant whose expiry has passed counts as not available,
    /// even before the ledger has swept it up.
    pub async fn balance(&self, organization: OrganizationId, now: Timestamp) -> Result<Balance, StoreError> {
        let sums: [i64; 8] =
            on!(pool: &self.db().read, |c| sqlx::query_as::<_, (i64, i64, i64, i64, i64, i64, i64, i64)>(
            "SELECT
                CAST(COALESCE(SUM(CASE WHEN state = 'active' AND effective_at <= $2
                    AND (expires_at IS NULL OR expires_at > $2) THEN remaining END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'active' AND effective_at > $2 THEN remaining END), 0) AS BIGINT),
                CAST(COALESCE(SUM(held), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'pending' THEN amount END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state <> 'pending' THEN amount END), 0) AS BIGINT),
                CAST(COALESCE(SUM(burned), 0) AS BIGINT),
                CAST(COALESCE(SUM(expired), 0) AS BIGINT),
                CAST(COALESCE(SUM(voided), 0) AS BIGINT)
             FROM credit_grant WHERE organization_id = $1",
        )
        .bind(organization.uuid())
        .bind(now.micros())
        .fetch_one(c)
        .await)?
            .into();
        let [available, upcoming, held, pending, granted, burned, expired, voided] = sums.map(Credits::from_micros);
        Ok(Balance {
            available,
            upcoming,
            held,
            pending,
            granted,
            burned,
            expired,
            voided,
        })
    }
}
