//! A plan's versions with how many are on them, and how many wait for one.

use drawdown_domain::plan::PlanVersion;
use drawdown_domain::{Key, Timestamp};

use crate::Store;
use crate::catalogue::PlanVersionRow;
use crate::database::on;
use crate::error::StoreError;

/// A version of a plan, with what a list tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPlanVersion {
    /// The version.
    pub version: PlanVersion,
    /// When it was published.
    pub published_at: Timestamp,
    /// How many organizations are on it, without those under a contract.
    pub organizations: i64,
    /// How many organizations are under a contract that builds on it.
    pub under_contract: i64,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    version: PlanVersionRow,
    created_at: i64,
    organizations: i64,
    under_contract: i64,
}

impl Store {
    /// The versions of a plan, the newest first.
    pub async fn plan_versions(&self, plan: &Key) -> Result<Vec<ListedPlanVersion>, StoreError> {
        let rows: Vec<ListedRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT v.id, v.plan, v.number, v.terms, v.created_at,
                (SELECT COUNT(*) FROM organization o WHERE o.plan_version_id = v.id) AS organizations,
                (SELECT COUNT(*) FROM organization o JOIN plan_version a ON a.id = o.plan_version_id
                 WHERE a.base_id = v.id) AS under_contract
             FROM plan_version v WHERE v.plan = $1 AND v.base_id IS NULL ORDER BY v.number DESC LIMIT 1000",
        )
        .bind(plan.as_str())
        .fetch_all(c)
        .await)?;
        let listed = rows.into_iter().map(|row| {
            Ok(ListedPlanVersion {
                version: row.version.try_into()?,
                published_at: Timestamp::from_micros(row.created_at),
                organizations: row.organizations,
                under_contract: row.under_contract,
            })
        });
        listed.collect()
    }

    /// How many organizations wait for a renewal to be moved to a version of a plan with their group, without those of whom it is
    /// being taken back.
    pub async fn count_waiting_for_plan(&self, plan: &Key) -> Result<i64, StoreError> {
        let count: (i64,) = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT COUNT(DISTINCT n.organization_id) FROM plan_change n JOIN plan_version v ON v.id = n.plan_version_id
             WHERE n.state = 'scheduled' AND v.plan = $1 AND n.move_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM plan_move_customer c JOIN plan_move m ON m.id = c.move_id
                    JOIN plan_version t ON t.id = m.to_version_id
                    WHERE c.organization_id = n.organization_id AND c.state = 'waiting' AND m.act = 'withdraw'
                        AND t.plan = v.plan)",
        )
        .bind(plan.as_str())
        .fetch_one(c)
        .await)?;
        Ok(count.0)
    }
}
