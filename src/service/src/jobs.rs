//! Background work: each is idempotent and may run in every process at once. When is left to the server.

use std::sync::PoisonError;

use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::id::GrantId;
use drawdown_domain::limit::Window;
use drawdown_domain::plan::{Allotment, PlanKind, PlanVersion};
use drawdown_domain::request::Request;
use drawdown_domain::window::WindowSpan;
use drawdown_domain::{Credits, Timestamp};
use drawdown_store::{Attachments, Idempotency, Organization};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::service::{Service, audited, zone_of};

/// Organizations of one round of sweeping, and of one page of the list.
const ORGANIZATIONS_AT_ONCE: u32 = 200;
/// The priority of an allotment: it burns before what was bought.
const ALLOTMENT_PRIORITY: i32 = 50;
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

    /// Gives the allotments that are due: one a billing period, from the organization's anchor. Says how many
    /// organizations were looked at more closely; giving twice is once.
    pub async fn give_allotments(&self) -> Result<u64, ServiceError> {
        let mut after = None;
        let mut given = 0;
        loop {
            let page = self
                .store()
                .organizations(after.as_ref(), ORGANIZATIONS_AT_ONCE)
                .await?;
            for row in page.rows {
                given += u64::from(self.give_allotment(&row.organization).await?);
            }
            match page.next {
                Some(key) => after = Some(key),
                None => return Ok(given),
            }
        }
    }

    /// Gives an organization its plan's allotment for the current period. A change of plan within the period gives no
    /// second one.
    pub(crate) async fn give_allotment(&self, organization: &Organization) -> Result<bool, ServiceError> {
        let Some(plan) = self.plan_of(&organization.state).await? else {
            return Ok(false);
        };
        let mut allotments = plan.terms.allotments.values();
        let Some(allotment) = allotments.next().filter(|_| plan.terms.kind == PlanKind::Tier) else {
            return Ok(false);
        };
        let credits = allotment.credits;
        let id = organization.state.id;
        let now = self.now();
        let anchor = organization.state.period_anchor;
        let period = zone_of(&organization.state).window(Window::BillingPeriod, now, anchor);
        let known = || self.inner.allotted.lock().unwrap_or_else(PoisonError::into_inner);
        if known().get(&id).is_some_and(|start| *start == period.start) {
            return Ok(false);
        }
        let grant = self.allotment(&plan, allotment, period, now);
        let key = format!("allotment:{}", period.start.micros());
        let idempotency = Idempotency {
            request_hash: Sha256::digest(key.as_bytes()).into(),
            key: format!("system:{key}"),
        };
        let actor = Actor::System("allotments");
        let after = json!({ "id": grant.id, "kind": grant.kind, "credits": credits });
        let line = self.audit_line(&actor, Some(id), "add", "grant", Some(after));
        let request = Request::AddGrant(Box::new(grant));
        self.submit(id, request, Some(idempotency), audited(line)).await?;
        known().insert(id, period.start);
        Ok(true)
    }

    fn allotment(&self, plan: &PlanVersion, allotment: &Allotment, period: WindowSpan, now: Timestamp) -> Grant {
        Grant {
            id: GrantId::from_uuid(self.random().uuid(now)),
            kind: GrantKind::Allotment,
            state: GrantState::Active,
            amount: allotment.credits,
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            priority: ALLOTMENT_PRIORITY,
            effective_at: period.start,
            expires_at: period.end,
            paid: plan.terms.price,
            scope: allotment.use_cases.clone(),
            created_at: now,
            note: Some(format!("{}, this period's allotment", plan.terms.name)),
        }
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
