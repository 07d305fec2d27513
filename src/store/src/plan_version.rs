//! A plan's versions with who is on them, and who waits for one.

use drawdown_domain::id::{OrganizationId, PlanChangeId, PlanVersionId};
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::{Key, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::catalogue::PlanVersionRow;
use crate::database::on;
use crate::error::StoreError;
use crate::organization::key;

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    version: PlanVersionRow,
    created_at: i64,
    organizations: i64,
}

impl Store {
    /// The versions of a plan, the newest first, each with when it was published and how many organizations are on it
    /// (without those under a contract that builds on it).
    pub async fn plan_versions(&self, plan: &Key) -> Result<Vec<(PlanVersion, Timestamp, i64)>, StoreError> {
        let rows: Vec<ListedRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT v.id, v.plan, v.number, v.terms, v.created_at,
                (SELECT COUNT(*) FROM organization o WHERE o.plan_version_id = v.id) AS organizations
             FROM plan_version v WHERE v.plan = $1 AND v.base_id IS NULL ORDER BY v.number DESC LIMIT 1000",
        )
        .bind(plan.as_str())
        .fetch_all(c)
        .await)?;
        let listed = rows.into_iter().map(|row| {
            let at = Timestamp::from_micros(row.created_at);
            Ok((row.version.try_into()?, at, row.organizations))
        });
        listed.collect()
    }

    /// How many organizations are under a contract that builds on a version.
    pub async fn count_on_contracts(&self, version: PlanVersionId) -> Result<i64, StoreError> {
        let count: (i64,) = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT COUNT(*) FROM organization o JOIN plan_version v ON v.id = o.plan_version_id WHERE v.base_id = $1",
        )
        .bind(version.uuid())
        .fetch_one(c)
        .await)?;
        Ok(count.0)
    }

    /// The organizations on a version (or, `contract`, under a contract that builds on it) with their keys, in the order
    /// of their identifiers, from after one on.
    pub async fn customers_on(
        &self,
        version: PlanVersionId,
        contract: bool,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, Key)>, StoreError> {
        let statement = if contract {
            "SELECT o.id, o.key FROM organization o JOIN plan_version v ON v.id = o.plan_version_id
             WHERE v.base_id = $1 AND o.id > $2 ORDER BY o.id LIMIT $3"
        } else {
            "SELECT id, key FROM organization WHERE plan_version_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        };
        let rows: Vec<(Uuid, String)> = on!(pool: &self.db().read, |c| sqlx::query_as(statement)
            .bind(version.uuid())
            .bind(after.map_or(Uuid::nil(), OrganizationId::uuid))
            .bind(i64::from(limit))
            .fetch_all(c)
            .await)?;
        rows.into_iter()
            .map(|(id, name)| Ok((OrganizationId::from_uuid(id), key("organization key", &name)?)))
            .collect()
    }

    /// Who waits to be moved to a version at renewal.
    pub async fn waiting_for_plan(
        &self,
        version: PlanVersionId,
    ) -> Result<Vec<(OrganizationId, PlanChangeId)>, StoreError> {
        let rows: Vec<(Uuid, Uuid)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT organization_id, id FROM plan_change
             WHERE state = 'scheduled' AND plan_version_id = $1 AND contract_id IS NULL ORDER BY organization_id",
        )
        .bind(version.uuid())
        .fetch_all(c)
        .await)?;
        let ids = rows
            .into_iter()
            .map(|(organization, id)| (OrganizationId::from_uuid(organization), PlanChangeId::from_uuid(id)));
        Ok(ids.collect())
    }
}
