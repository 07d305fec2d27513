//! Background work: each is idempotent and may run in every process at once. When is left to the server.
//! What was agreed with customers is carried out by `schedule`.

use drawdown_domain::request::Request;
use drawdown_store::Attachments;

use crate::error::ServiceError;
use crate::schedule::{SIDE_BY_SIDE, each};
use crate::service::Service;

/// Organizations of one round of sweeping.
const ORGANIZATIONS_AT_ONCE: u32 = 200;
/// Rounds of sweeping or forgetting in one call, so that it ends.
const ROUNDS_MAX: u32 = 100;

impl Service {
    /// Ends holds and grants that are due, in organizations that no request touches. Says how many were swept. One that
    /// cannot be is logged, and holds up no other.
    pub async fn sweep(&self) -> Result<u64, ServiceError> {
        let mut swept = 0;
        for _ in 0..ROUNDS_MAX {
            let due = self
                .store()
                .due_organizations(self.now(), ORGANIZATIONS_AT_ONCE)
                .await?;
            let is_all = due.len() < ORGANIZATIONS_AT_ONCE as usize;
            let sweep = |organization| {
                let service = self.clone();
                async move {
                    let asked = service.submit(organization, Request::Sweep, None, Attachments::default());
                    (organization, asked.await)
                }
            };
            let mut failed = Vec::new();
            for (organization, outcome) in each(due, SIDE_BY_SIDE, sweep).await? {
                match outcome {
                    Ok(_) => swept += 1,
                    Err(error) => failed.push((organization, error)),
                }
            }
            if let Some((organization, error)) = failed.first() {
                let count = failed.len();
                tracing::warn!(count, %organization, ?error, "organizations could not be swept; will be tried again");
            }
            if is_all || !failed.is_empty() {
                break;
            }
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
