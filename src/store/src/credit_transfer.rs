//! Transfers of unspent credits between organizations of one parent, and which organization is whose parent.
//!
//! A transfer is written in the ledger's own transaction, with the postings of both organizations, and only while both are of
//! one parent. Who may make one is the service's affair.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use drawdown_domain::grant::Grant;
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::{Credits, Money, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::database::{Tx, on};
use crate::error::StoreError;

/// What goes along with a request that gives credits to another organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferTo {
    /// The other organization.
    pub organization: OrganizationId,
    /// Who makes it, by name.
    pub made_by: String,
    /// Why.
    pub reason: String,
}

/// A transfer that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditTransfer {
    /// Who gave.
    pub from: OrganizationId,
    /// From this grant.
    pub from_grant: GrantId,
    /// Who got.
    pub to: OrganizationId,
    /// As this grant.
    pub to_grant: GrantId,
    /// How many.
    pub credits: Credits,
    /// Their share of what was paid.
    pub paid: Option<Money>,
    /// When.
    pub at: Timestamp,
    /// Who made it, by name.
    pub made_by: String,
    /// Why.
    pub reason: String,
}

/// Credits that an organization gave away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAway {
    /// The batch of the giving organization; its posting is of the same one.
    pub batch: i64,
    /// From this grant.
    pub grant: GrantId,
    /// How many.
    pub credits: Credits,
    /// To this organization.
    pub to: OrganizationId,
    /// Its name.
    pub to_name: String,
    /// The name of the giving organization's parent; its own, where it has none.
    pub parent_name: String,
}

/// Why an organization cannot have that parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParentRefusal {
    /// The parent has a parent itself.
    ParentHasParent,
    /// It is itself the parent of others.
    IsParent,
}

/// The giving side of a transfer, as the ledger has carried it out.
pub(crate) struct Given {
    pub(crate) from: OrganizationId,
    pub(crate) from_batch: i64,
    pub(crate) from_grant: GrantId,
    pub(crate) at: Timestamp,
}

/// Writes a transfer. False where the organizations are not of one parent (any more): then nothing may be committed.
pub(crate) async fn write_transfer(
    tx: &mut Tx,
    given: &Given,
    to: &TransferTo,
    grant: &Grant,
) -> Result<bool, sqlx::Error> {
    let written = on!(tx: tx, |c| sqlx::query(
        "INSERT INTO credit_transfer (from_organization_id, from_batch, from_grant_id, to_organization_id, to_grant_id,
            credits, paid_minor, paid_currency, at, made_by, reason)
         SELECT a.id, $2, $3, b.id, $5, $6, $7, $8, $9, $10, $11 FROM organization a, organization b
         WHERE a.id = $1 AND b.id = $4
            AND COALESCE(a.parent_organization_id, a.id) = COALESCE(b.parent_organization_id, b.id)",
    )
    .bind(given.from.uuid())
    .bind(given.from_batch)
    .bind(given.from_grant.uuid())
    .bind(to.organization.uuid())
    .bind(grant.id.uuid())
    .bind(grant.amount.micros())
    .bind(grant.paid.map(|paid| paid.minor))
    .bind(grant.paid.map(|paid| paid.currency.as_str().to_owned()))
    .bind(given.at.micros())
    .bind(&to.made_by)
    .bind(&to.reason)
    .execute(c)
    .await?
    .rows_affected());
    Ok(written == 1)
}

#[derive(sqlx::FromRow)]
struct Row {
    from_organization_id: Uuid,
    from_grant_id: Uuid,
    to_organization_id: Uuid,
    to_grant_id: Uuid,
    credits: i64,
    paid_minor: Option<i64>,
    paid_currency: Option<String>,
    at: i64,
    made_by: String,
    reason: String,
}

impl TryFrom<Row> for CreditTransfer {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let paid = match (row.paid_minor, row.paid_currency) {
            (Some(minor), Some(currency)) => {
                let currency = currency.parse();
                Some(Money::new(
                    minor,
                    currency.map_err(|error| StoreError::corrupt("currency", error))?,
                ))
            }
            _ => None,
        };
        Ok(Self {
            from: OrganizationId::from_uuid(row.from_organization_id),
            from_grant: GrantId::from_uuid(row.from_grant_id),
            to: OrganizationId::from_uuid(row.to_organization_id),
            to_grant: GrantId::from_uuid(row.to_grant_id),
            credits: Credits::from_micros(row.credits),
            paid,
            at: Timestamp::from_micros(row.at),
            made_by: row.made_by,
            reason: row.reason,
        })
    }
}

impl Store {
    /// The transfers from and to an organization, the newest first, `limit` at most of each.
    pub async fn credit_transfers(&self, id: OrganizationId, limit: u32) -> Result<Vec<CreditTransfer>, StoreError> {
        let mut found = Vec::new();
        for side in ["from_organization_id", "to_organization_id"] {
            let sql = format!(
                "SELECT from_organization_id, from_grant_id, to_organization_id, to_grant_id, credits, paid_minor,
                    paid_currency, at, made_by, reason
                 FROM credit_transfer WHERE {side} = $1 ORDER BY at DESC LIMIT $2"
            );
            let rows: Vec<Row> = on!(pool: &self.db().read, |c| sqlx::query_as(&sql)
                .bind(id.uuid())
                .bind(i64::from(limit))
                .fetch_all(c)
                .await)?;
            for row in rows {
                found.push(CreditTransfer::try_from(row)?);
            }
        }
        found.sort_by_key(|transfer| std::cmp::Reverse((transfer.at, transfer.to_grant)));
        Ok(found)
    }

    /// What an organization gave away in a range of its batches, in the order in which it did.
    pub async fn given_away(
        &self,
        id: OrganizationId,
        batches: RangeInclusive<i64>,
    ) -> Result<Vec<GivenAway>, StoreError> {
        let rows: Vec<(i64, Uuid, i64, Uuid, String, String)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT t.from_batch, t.from_grant_id, t.credits, t.to_organization_id, o.name, p.name
             FROM credit_transfer t
             JOIN organization o ON o.id = t.to_organization_id
             JOIN organization a ON a.id = t.from_organization_id
             JOIN organization p ON p.id = COALESCE(a.parent_organization_id, a.id)
             WHERE t.from_organization_id = $1 AND t.from_batch BETWEEN $2 AND $3
             ORDER BY t.from_batch, t.to_grant_id",
        )
        .bind(id.uuid())
        .bind(*batches.start())
        .bind(*batches.end())
        .fetch_all(c)
        .await)?;
        let given = rows
            .into_iter()
            .map(|(batch, grant, credits, to, to_name, parent_name)| GivenAway {
                batch,
                grant: GrantId::from_uuid(grant),
                credits: Credits::from_micros(credits),
                to: OrganizationId::from_uuid(to),
                to_name,
                parent_name,
            });
        Ok(given.collect())
    }

    /// The parent of an organization, and all others that have the same one or are it.
    pub async fn family(
        &self,
        id: OrganizationId,
    ) -> Result<(Option<OrganizationId>, BTreeSet<OrganizationId>), StoreError> {
        let rows: Vec<(Uuid, Option<Uuid>)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT o.id, o.parent_organization_id FROM organization a
             JOIN organization o ON o.id = COALESCE(a.parent_organization_id, a.id)
                OR o.parent_organization_id = COALESCE(a.parent_organization_id, a.id)
             WHERE a.id = $1",
        )
        .bind(id.uuid())
        .fetch_all(c)
        .await)?;
        let own = rows.iter().find(|(one, _)| *one == id.uuid());
        let parent = own.and_then(|(_, parent)| *parent).map(OrganizationId::from_uuid);
        let others = rows.iter().map(|(one, _)| OrganizationId::from_uuid(*one));
        Ok((parent, others.filter(|one| *one != id).collect()))
    }

    /// Gives an organization a parent, or takes it away. A parent has none itself.
    pub async fn set_parent(
        &self,
        id: OrganizationId,
        parent: Option<OrganizationId>,
        audit: &[AuditLine],
    ) -> Result<Result<(), ParentRefusal>, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let lock = if matches!(tx, Tx::Postgres(_)) {
                " FOR UPDATE"
            } else {
                ""
            };
            let mut ids: Vec<OrganizationId> = [Some(id), parent].into_iter().flatten().collect();
            ids.sort_unstable();
            let mut parents = Vec::new();
            for one in ids {
                let sql = format!("SELECT parent_organization_id FROM organization WHERE id = $1{lock}");
                let row: Option<(Option<Uuid>,)> =
                    on!(tx: &mut tx, |c| sqlx::query_as(&sql).bind(one.uuid()).fetch_optional(c).await)?;
                let (of,) = row.ok_or(StoreError::NotFound("customer"))?;
                parents.push((one, of));
            }
            let of_parent = parents.iter().find(|(one, _)| Some(*one) == parent);
            if of_parent.is_some_and(|(_, of)| of.is_some()) {
                return Ok(Err(ParentRefusal::ParentHasParent));
            }
            let children: i64 = on!(tx: &mut tx, |c| sqlx::query_scalar(
                "SELECT COUNT(*) FROM organization WHERE parent_organization_id = $1",
            )
            .bind(id.uuid())
            .fetch_one(c)
            .await)?;
            if parent.is_some() && children > 0 {
                return Ok(Err(ParentRefusal::IsParent));
            }
            on!(tx: &mut tx, |c| sqlx::query("UPDATE organization SET parent_organization_id = $2 WHERE id = $1")
                .bind(id.uuid())
                .bind(parent.map(OrganizationId::uuid))
                .execute(c)
                .await
                .map(|_| ()))?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(Ok(()))
        })
        .await
    }
}
