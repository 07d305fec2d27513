//! Postings as they are stored: the lines of the ledger, read newest first.

use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::posting::{Hash, LedgerAccount, Posting};
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::names::Named;
use crate::page::{Page, rows_to_fetch};

#[derive(sqlx::FromRow)]
pub(crate) struct PostingRow {
    organization_id: Uuid,
    sequence: i64,
    batch: i64,
    at: i64,
    grant_id: Option<Uuid>,
    from_account: String,
    to_account: String,
    credits: i64,
    events: i64,
    events_digest: Vec<u8>,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl TryFrom<PostingRow> for Posting {
    type Error = StoreError;

    fn try_from(row: PostingRow) -> Result<Self, StoreError> {
        let hash = |bytes: &[u8]| Hash::try_from(bytes).map_err(|error| StoreError::corrupt("posting hash", error));
        Ok(Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            sequence: row.sequence,
            batch: row.batch,
            at: Timestamp::from_micros(row.at),
            grant: row.grant_id.map(GrantId::from_uuid),
            from: LedgerAccount::from_name(&row.from_account)?,
            to: LedgerAccount::from_name(&row.to_account)?,
            credits: Credits::from_micros(row.credits),
            events: row.events,
            events_digest: hash(&row.events_digest)?,
            previous_hash: hash(&row.previous_hash)?,
            hash: hash(&row.hash)?,
        })
    }
}

impl Store {
    /// The postings of an organization, newest first, from before a sequence number on.
    pub async fn postings(
        &self,
        organization: OrganizationId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Page<Posting, i64>, StoreError> {
        let rows: Vec<PostingRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(posting, "WHERE organization_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3"),
        )
        .bind(organization.uuid())
        .bind(before.unwrap_or(i64::MAX))
        .bind(rows_to_fetch(limit))
        .fetch_all(c)
        .await)?;
        let postings = rows.into_iter().map(Posting::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(postings, limit, |posting| posting.sequence))
    }

    /// Usage that no grant could pay, less what grants paid of it later, between two instants, summed by quarters of an
    /// hour (no zone cuts one), oldest first. Quarters without any are absent.
    pub async fn overage(
        &self,
        organization: OrganizationId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Credits)>, StoreError> {
        let rows: Vec<(i64, i64)> = on!(pool: &self.db().charts, |c| sqlx::query_as(
            "SELECT at / 900000000 AS quarter,
                CAST(SUM(CASE WHEN to_account = 'burned' THEN credits ELSE -credits END) AS BIGINT)
             FROM posting WHERE organization_id = $1 AND grant_id IS NULL AND at >= $2 AND at < $3
             GROUP BY at / 900000000 ORDER BY quarter",
        )
        .bind(organization.uuid())
        .bind(from.micros())
        .bind(until.micros())
        .fetch_all(c)
        .await)?;
        let start = |quarter: i64| Timestamp::from_micros(quarter.saturating_mul(900_000_000));
        Ok(rows
            .into_iter()
            .map(|(quarter, credits)| (start(quarter), Credits::from_micros(credits)))
            .collect())
    }
}
