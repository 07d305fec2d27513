//! Background work: each is idempotent and may run in every process at once. When is left to the server.
//! What was agreed with customers is carried out by `schedule`.

use drawdown_domain::request::Request;
use drawdown_store::Attachments;

use crate::error::ServiceError;
use crate::service::Service;

/// Organizations of one round of sweeping.
const ORGANIZATIONS_AT_ONCE: u32 = 200;
/// Rounds of forgetting in one call, so that it ends.
const ROUNDS_MAX: u32 = 100;

impl Service {
    /// Ends holds and grants that are due, in organizations that no request touches. Says how many were swept.
    pub async fn sweep(&self) -> Result<u64, ServiceError> {
        let due = self
            .store()
            .due_organizations(self.now(), ORGANIZATIONS_AT_ONCE)
            .await?;
        let mut swept = 0;
        for organization in due {
            self.submit(organization, Request::Sweep, None, Attachments::default())
                .await?;
            swept += 1;
        }
        Ok(swept)
    }

    /// Makes the partitions of usage events for the months to come, on PostgreSQL. Says how many were made; what keeps one
    /// from being made, and events that none has taken, is logged for the operator.
    pub async fn make_partitions(&self) -> Result<u64, ServiceError> {
        let found = self.store().make_partitions(self.now()).await?;
        if found.stray_events > 0 {
            tracing::warn!(
                stray_events = found.stray_events,
                months_without = ?found.crowded,
                "usage events are in the default partition: move them to a partition of their month (migrations/README.md)"
            );
        }
        Ok(found.made.len() as u64)
    }

    /// Forgets what nobody can ask for any more: outcomes of keyed requests after 35 days, sessions not seen for 90
    /// days, counters that are empty. Says how many.
    pub async fn forget(&self) -> Result<u64, ServiceError> {
        let mut forgotten = 0;
        for _ in 0..ROUNDS_MAX {
            let pruned = self.store().prune(self.now()).await?;
            forgotten += pruned.idempotency + pruned.steps + pruned.throttle_states + pruned.sessions;
            if !pruned.more() {
                break;
            }
        }
        Ok(forgotten)
    }
}
