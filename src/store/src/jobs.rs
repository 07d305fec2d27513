//! What background jobs ask: who has something due, and what may be forgotten. Idempotent, safe in every process at
//! once.

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use uuid::Uuid;

use crate::Store;
use crate::database::on;
use crate::error::StoreError;

/// Days for which the answer to an idempotency key is kept.
const IDEMPOTENCY_DAYS: i64 = 35;
/// Days after which an empty step of a rolling cap is forgotten: its longest window and the time for late events.
const STEP_DAYS: i64 = 65;
/// Days after which a session that was not seen is forgotten.
const SESSION_DAYS: i64 = 90;
/// The most rows forgotten in one transaction, so that the writer is never held up for long.
const ROWS_MAX: i64 = 5_000;

const SECONDS_PER_DAY: i64 = 86_400;

/// How many rows were forgotten. Call again while any is at the most of one transaction ([`Pruned::more`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Answers to idempotency keys.
    pub idempotency: u64,
    /// Steps of rolling caps.
    pub steps: u64,
    /// Throttle states that are empty again.
    pub throttle_states: u64,
    /// Sessions.
    pub sessions: u64,
}

impl Pruned {
    /// True where there may be more to forget.
    pub fn more(&self) -> bool {
        let most = ROWS_MAX.unsigned_abs();
        let gone = [self.idempotency, self.steps, self.throttle_states, self.sessions];
        gone.into_iter().any(|count| count >= most)
    }
}

impl Store {
    /// Organizations with holds or grants that have ended by the clock and are not swept up yet: those that a
    /// [`drawdown_domain::request::Request::Sweep`] is for, those last whose end is longest ago: whoever cannot be swept up
    /// stays behind all others.
    pub async fn due_organizations(&self, now: Timestamp, limit: u32) -> Result<Vec<OrganizationId>, StoreError> {
        let rows: Vec<(Uuid, i64)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT organization_id, MIN(expires_at) AS due FROM (
                SELECT organization_id, expires_at FROM hold WHERE state = 'open' AND expires_at <= $1
                UNION ALL
                SELECT organization_id, expires_at FROM credit_grant WHERE state = 'active' AND expires_at <= $1) ended
             GROUP BY organization_id ORDER BY due DESC LIMIT $2",
        )
        .bind(now.micros())
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        Ok(rows.into_iter().map(|(id, _)| OrganizationId::from_uuid(id)).collect())
    }

    /// Forgets what nobody can ask for any more: answers to idempotency keys after 35 days, empty steps of rolling
    /// caps, throttle states that are empty again, sessions not seen for 90 days. At most 5000 rows of each.
    pub async fn prune(&self, now: Timestamp) -> Result<Pruned, StoreError> {
        let days_ago = |days: i64| now.plus_seconds(-days * SECONDS_PER_DAY).micros();
        let forget = [
            ("idempotency", "created_at < $1", days_ago(IDEMPOTENCY_DAYS)),
            ("admin_call", "created_at < $1", days_ago(IDEMPOTENCY_DAYS)),
            (
                "cap_counter",
                "window_start < $1 AND held = 0 AND hit_at IS NULL AND (organization_id, cap_id) IN
                    (SELECT organization_id, id FROM cap WHERE window_kind = 'rolling_hours')",
                days_ago(STEP_DAYS),
            ),
            ("throttle_state", "arrival_ns < $1", days_ago(1).saturating_mul(1_000)),
            ("member_session", "last_seen_at < $1", days_ago(SESSION_DAYS)),
            ("staff_session", "last_seen_at < $1", days_ago(SESSION_DAYS)),
        ];
        let mut gone = [0; 6];
        for (count, (table, condition, before)) in gone.iter_mut().zip(forget) {
            *count = self.forget(table, condition, before).await?;
        }
        let [outcomes, calls, steps, throttle_states, members, staff] = gone;
        Ok(Pruned {
            idempotency: outcomes + calls,
            steps,
            throttle_states,
            sessions: members + staff,
        })
    }

    async fn forget(&self, table: &str, condition: &str, before: i64) -> Result<u64, StoreError> {
        let mut tx = self.db().write.begin().await?;
        let row = if self.engine() == "sqlite" { "rowid" } else { "ctid" };
        let sql = format!("DELETE FROM {table} WHERE {row} IN (SELECT {row} FROM {table} WHERE {condition} LIMIT $2)");
        let gone = on!(tx: &mut tx, |c| sqlx::query(&sql)
            .bind(before)
            .bind(ROWS_MAX)
            .execute(c)
            .await?
            .rows_affected());
        tx.commit().await?;
        Ok(gone)
    }
}
