//! Which organizations have a step due, each for one process at a time.
//!
//! A claim saves work, no more: a step is done once because its change names the revision, whoever claims. A process that
//! dies gives its claims up when they run out.

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use uuid::Uuid;

use crate::Store;
use crate::database::{Tx, on};
use crate::error::StoreError;

/// How long a claim keeps others away, in seconds; also how long an organization rests whose step failed.
pub const CLAIM_SECONDS: i64 = 60;

impl Store {
    /// Claims organizations with a step due at `now`, the longest overdue first, `limit` at most.
    pub async fn claim_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<OrganizationId>, StoreError> {
        let mut tx = self.db().write.begin().await?;
        let skips = match tx {
            Tx::Sqlite(_) => "",
            Tx::Postgres(_) => "FOR UPDATE SKIP LOCKED",
        };
        let sql = format!(
            "SELECT organization_id FROM schedule WHERE next_step_at <= $1 AND claimed_until <= $1
             ORDER BY next_step_at LIMIT $2 {skips}"
        );
        let rows: Vec<(Uuid,)> = on!(tx: &mut tx, |c| sqlx::query_as(&sql)
            .bind(now.micros())
            .bind(i64::from(limit))
            .fetch_all(c)
            .await)?;
        for (id,) in &rows {
            on!(tx: &mut tx, |c| sqlx::query("UPDATE schedule SET claimed_until = $2 WHERE organization_id = $1")
                .bind(id)
                .bind(now.plus_seconds(CLAIM_SECONDS).micros())
                .execute(c)
                .await
                .map(|_| ()))?;
        }
        tx.commit().await?;
        Ok(rows.into_iter().map(|(id,)| OrganizationId::from_uuid(id)).collect())
    }
}
