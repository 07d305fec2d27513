//! Booking what was approved, exactly once: the ledger's idempotency key and the grant's identifier are made of the request's,
//! so that whoever books it again, now or after a crash, is answered what was booked.

use drawdown_domain::Credits;
use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use drawdown_store::{AdjustmentKind, AdjustmentRequest, AdjustmentState};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::content_of;
use crate::actor::Actor;
use crate::error::ServiceError;
use crate::grants::PRIORITY_DEFAULT;
use crate::service::{Service, audited, unexpected};

/// A booking is left to whoever approved it for so long before the job takes it up.
const OWN_SECONDS: i64 = 10;
/// The most bookings of one round of the job.
const BOOKED_AT_ONCE: u32 = 100;

impl Service {
    /// Books what was approved and whose booking did not come to its end, because a process ended or the ledger was away.
    /// Says how many were booked; one that fails is logged and tried again.
    pub async fn book_adjustments(&self) -> Result<u64, ServiceError> {
        let until = self.now().plus_seconds(-OWN_SECONDS);
        let left = self.store().adjustments_to_book(until, BOOKED_AT_ONCE).await?;
        let mut booked = 0;
        for request in left {
            let id = request.id;
            match self.book(&Actor::System("adjustments"), request).await {
                Ok(_) => booked += 1,
                Err(error) => tracing::warn!(%id, error = ?error, "an approved adjustment is not booked yet"),
            }
        }
        Ok(booked)
    }

    /// Books an approved request and writes down that it is. Where the ledger refuses it, that is written down instead.
    pub(super) async fn book(
        &self,
        actor: &Actor,
        approved: AdjustmentRequest,
    ) -> Result<AdjustmentRequest, ServiceError> {
        let outcome = match self.enter(actor, &approved).await {
            Ok(()) => None,
            Err(ServiceError::Refused(error)) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        let state = match outcome {
            None => AdjustmentState::Booked,
            Some(_) => AdjustmentState::Failed,
        };
        let ended = AdjustmentRequest {
            state,
            outcome,
            ..approved
        };
        // Where somebody else was faster, the same is written down already.
        self.move_on(actor, AdjustmentState::Approved, &ended).await?;
        Ok(ended)
    }

    /// Has the ledger book an approved request; again is the same.
    pub(crate) async fn enter(&self, actor: &Actor, approved: &AdjustmentRequest) -> Result<(), ServiceError> {
        let decided_by = approved.decided.as_ref().map(|decided| decided.name.as_str());
        let told = json!({
            "id": approved.grant, "credits": approved.credits, "adjustment": approved.id, "reason": approved.reason,
            "asked_by": approved.asked_by_name, "approved_by": decided_by,
        });
        let (verb, request) = match approved.kind {
            AdjustmentKind::Give => ("add", Request::AddGrant(Box::new(self.granted(approved)?))),
            AdjustmentKind::TakeBack => {
                let (grant, reason) = (approved.grant, approved.reason.clone());
                ("void", Request::VoidGrant { grant, reason })
            }
        };
        let content = format!("{verb} {} {} {}", approved.grant, approved.credits, approved.content);
        let idempotency = drawdown_store::Idempotency {
            key: format!("adjustment:{}", approved.id),
            request_hash: Sha256::digest(content).into(),
        };
        let mut line = self.audit_line(actor, Some(approved.organization), verb, "grant", Some(told));
        line.before = self.grant_before(approved.organization, approved.grant).await?;
        let submitted = self.submit(approved.organization, request, Some(idempotency), audited(line));
        match submitted.await? {
            Outcome::Grant(_) => Ok(()),
            outcome => Err(unexpected(&outcome)),
        }
    }

    fn granted(&self, approved: &AdjustmentRequest) -> Result<Grant, ServiceError> {
        let content = content_of(approved)?;
        let now = self.now();
        let ends = |days: u32| now.plus_seconds(i64::from(days) * 86_400);
        Ok(Grant {
            id: approved.grant,
            kind: content.kind,
            state: GrantState::Active,
            amount: approved.credits,
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            priority: PRIORITY_DEFAULT,
            effective_at: now,
            expires_at: content.valid_days.map(ends),
            paid: None,
            scope: content.scope,
            created_at: now,
            note: Some(approved.reason.clone()),
        })
    }
}
