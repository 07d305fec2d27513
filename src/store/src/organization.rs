//! Organizations: their own rows, lists of them, and the version numbers that open pages watch.

use drawdown_domain::account::OrganizationState;
use drawdown_domain::id::{OrganizationId, PlanVersionId};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::posting::Hash;
use drawdown_domain::{Credits, Currency, Key, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::columns::select;
use crate::database::{Pool, on};
use crate::error::StoreError;
use crate::names::Named;
use crate::page::{Page, rows_to_fetch};
use crate::sets::{UuidSet, one_of};

/// An organization as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// What the ledger knows of it.
    pub state: OrganizationState,
    /// The vendor's own key for it.
    pub key: Key,
    /// The currency in which it pays.
    pub currency: Currency,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a new organization begins with: active, without a plan, without credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrganization {
    /// Its identifier.
    pub id: OrganizationId,
    /// The vendor's own key for it, unique.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
    /// The currency in which it pays.
    pub currency: Currency,
    /// The instant from which billing periods are counted.
    pub period_anchor: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An organization in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationSummary {
    /// The organization.
    pub organization: Organization,
    /// Credits of its active grants, unspent and unreserved.
    pub available: Credits,
    /// Credits reserved.
    pub held: Credits,
}

#[derive(sqlx::FromRow)]
pub(crate) struct OrganizationRow {
    pub(crate) id: Uuid,
    key: String,
    name: String,
    status: String,
    time_zone: String,
    currency: String,
    period_anchor: i64,
    plan_version_id: Option<Uuid>,
    top_ups_rest: i64,
    owed: i64,
    forgiven: i64,
    version: i64,
    posting_sequence: i64,
    posting_hash: Vec<u8>,
    created_at: i64,
    pub(crate) settings_version: i64,
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;

    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        let posting_hash =
            Hash::try_from(row.posting_hash.as_slice()).map_err(|error| StoreError::corrupt("posting hash", error))?;
        Ok(Self {
            state: OrganizationState {
                id: OrganizationId::from_uuid(row.id),
                name: row.name,
                status: OrganizationStatus::from_name(&row.status)?,
                time_zone: row.time_zone,
                period_anchor: Timestamp::from_micros(row.period_anchor),
                plan: row.plan_version_id.map(PlanVersionId::from_uuid),
                top_ups_rest: row.top_ups_rest != 0,
                owed: Credits::from_micros(row.owed),
                forgiven: Credits::from_micros(row.forgiven),
                version: row.version,
                posting_sequence: row.posting_sequence,
                posting_hash,
            },
            key: key("organization key", &row.key)?,
            currency: row
                .currency
                .parse()
                .map_err(|error| StoreError::corrupt("currency", error))?,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

/// Reads a stored key.
pub(crate) fn key(what: &'static str, text: &str) -> Result<Key, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt(what, error))
}

impl Store {
    /// Makes an organization.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where its key or identifier is taken.
    pub async fn create_organization(&self, new: &NewOrganization, audit: &[AuditLine]) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query(
                "INSERT INTO organization (id, key, name, status, time_zone, currency, period_anchor, posting_hash,
                    created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(new.id.uuid())
            .bind(new.key.as_str())
            .bind(&new.name)
            .bind(OrganizationStatus::Active.name())
            .bind(&new.time_zone)
            .bind(new.currency.as_str())
            .bind(new.period_anchor.micros())
            .bind([0_u8; 32].as_slice())
            .bind(new.created_at.micros())
            .execute(c)
            .await
            .map(|_| ()))
            .map_err(|error| StoreError::or_exists(error, "organization"))?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }

    /// The organization of an identifier.
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        let row: Option<OrganizationRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(organization, "WHERE id = $1"),
        )
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        row.map(Organization::try_from).transpose()
    }

    /// The organizations of these identifiers, in no order: one query. One that does not exist is left out.
    pub async fn organizations_of(&self, ids: &[OrganizationId]) -> Result<Vec<Organization>, StoreError> {
        let read = &self.db().read;
        let set = UuidSet::new(ids.iter().map(|id| id.uuid()));
        let sql = format!("{}{}", select!(organization, "WHERE id "), one_of(read, 1));
        let rows: Vec<OrganizationRow> = on!(pool: read, |c| sqlx::query_as(&sql).bind(&set).fetch_all(c).await)?;
        rows.into_iter().map(Organization::try_from).collect()
    }

    /// The organization of the vendor's key.
    pub async fn organization_by_key(&self, key: &Key) -> Result<Option<Organization>, StoreError> {
        let row: Option<OrganizationRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(organization, "WHERE key = $1"),
        )
        .bind(key.as_str())
        .fetch_optional(c)
        .await)?;
        row.map(Organization::try_from).transpose()
    }

    /// All organizations in the order of their keys, from after a key on, with what they have left.
    pub async fn organizations(
        &self,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Page<OrganizationSummary, Key>, StoreError> {
        let rows: Vec<OrganizationRow> = on!(pool: &self.db().charts, |c| sqlx::query_as(
            select!(organization, "WHERE key > $1 ORDER BY key LIMIT $2"),
        )
        .bind(after.map_or("", Key::as_str))
        .bind(rows_to_fetch(limit))
        .fetch_all(c)
        .await)?;
        let ids = UuidSet::new(rows.iter().map(|row| row.id));
        let charts = &self.db().charts;
        let sql = format!(
            "SELECT organization_id, CAST(SUM(remaining) AS BIGINT), CAST(SUM(held) AS BIGINT) FROM credit_grant
             WHERE organization_id {} AND state = 'active' GROUP BY organization_id",
            one_of(charts, 1)
        );
        let sums: Vec<(Uuid, i64, i64)> = on!(pool: charts, |c| sqlx::query_as(&sql).bind(&ids).fetch_all(c).await)?;
        let sums: std::collections::HashMap<_, _> =
            sums.into_iter().map(|(id, left, held)| (id, (left, held))).collect();
        let summaries = rows
            .into_iter()
            .map(|row| {
                let (available, held) = sums.get(&row.id).copied().unwrap_or_default();
                Ok(OrganizationSummary {
                    organization: row.try_into()?,
                    available: Credits::from_micros(available),
                    held: Credits::from_micros(held),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Page::cut(summaries, limit, |summary| summary.organization.key.clone()))
    }

    /// The version numbers of many organizations: a number that has grown says that something changed.
    pub async fn versions(&self, organizations: &[OrganizationId]) -> Result<Vec<(OrganizationId, i64)>, StoreError> {
        let ids = UuidSet::new(organizations.iter().map(|id| id.uuid()));
        let read: &Pool = &self.db().read;
        let sql = format!("SELECT id, version FROM organization WHERE id {}", one_of(read, 1));
        let rows: Vec<(Uuid, i64)> = on!(pool: read, |c| sqlx::query_as(&sql).bind(&ids).fetch_all(c).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, version)| (OrganizationId::from_uuid(id), version))
            .collect())
    }
}
