//! Deciding on a request: a second person approves or refuses it, whoever asked withdraws it. The row decides which of two
//! who come at once was first; the other one is told.

use drawdown_domain::id::{AdjustmentId, OrganizationId};
use drawdown_store::{AdjustmentDecision, AdjustmentRequest, AdjustmentState};
use serde_json::json;

use super::AdjustmentView;
use crate::account::check_reason;
use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::service::Service;
use crate::staff::Staff;

impl Service {
    /// Approves a request and books it. Again is the same, and goes on with a booking that did not come to its end.
    pub async fn approve_adjustment(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: AdjustmentId,
    ) -> Result<AdjustmentView, ServiceError> {
        let found = self
            .request_for(actor, Action::AdjustAboveLimit, (organization, id))
            .await?;
        let staff = actor.authorise_second_person(found.asked_by, organization)?;
        let approved = match found.state {
            AdjustmentState::Approved => found,
            AdjustmentState::Booked => return self.adjustment_view(actor, found).await,
            _ => {
                self.settle_request(actor, staff, found, AdjustmentState::Approved, None)
                    .await?
            }
        };
        let booked = match self.book(actor, approved.clone()).await {
            // It is approved and stays so: the job books it as soon as the ledger takes it.
            Err(ServiceError::Overloaded { .. } | ServiceError::Unavailable { .. }) => approved,
            answer => answer?,
        };
        self.adjustment_view(actor, booked).await
    }

    /// Refuses a request, for a reason.
    pub async fn refuse_adjustment(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: AdjustmentId,
        why: &str,
    ) -> Result<AdjustmentView, ServiceError> {
        let found = self
            .request_for(actor, Action::AdjustAboveLimit, (organization, id))
            .await?;
        let staff = actor.authorise_second_person(found.asked_by, organization)?;
        let mut errors = FieldErrors::default();
        check_reason(&mut errors, why);
        errors.finish()?;
        let why = Some(why.trim().to_owned());
        let refused = self
            .settle_request(actor, staff, found, AdjustmentState::Refused, why)
            .await?;
        self.adjustment_view(actor, refused).await
    }

    /// Takes a request back that the actor has made itself.
    pub async fn withdraw_adjustment(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: AdjustmentId,
    ) -> Result<AdjustmentView, ServiceError> {
        let found = self
            .request_for(actor, Action::ManageGrants, (organization, id))
            .await?;
        let staff = actor.authorise_withdrawing(found.asked_by, organization)?;
        let withdrawn = self
            .settle_request(actor, staff, found, AdjustmentState::Withdrawn, None)
            .await?;
        self.adjustment_view(actor, withdrawn).await
    }

    /// Moves a request that waits on, with its line of the audit log.
    async fn settle_request(
        &self,
        actor: &Actor,
        staff: &Staff,
        found: AdjustmentRequest,
        state: AdjustmentState,
        outcome: Option<String>,
    ) -> Result<AdjustmentRequest, ServiceError> {
        let (organization, id) = (found.organization, found.id);
        if found.state == AdjustmentState::Pending {
            let ended = AdjustmentRequest {
                state,
                decided: Some(AdjustmentDecision {
                    by: staff.id,
                    name: staff.name.clone(),
                    at: self.now(),
                }),
                outcome,
                ..found
            };
            if self.move_on(actor, AdjustmentState::Pending, &ended).await? {
                return Ok(ended);
            }
        }
        let now = self.adjustment_request(organization, id).await?;
        let by = now
            .decided
            .map_or_else(String::new, |decided| format!(" by {}", decided.name));
        Err(ServiceError::conflict(
            "already_decided",
            format!("this was {} before{by}; nothing was changed now", now.state.word()),
        ))
    }

    /// Writes a request's new state, where it still is in state `from`, with its line of the audit log.
    pub(super) async fn move_on(
        &self,
        actor: &Actor,
        from: AdjustmentState,
        to: &AdjustmentRequest,
    ) -> Result<bool, ServiceError> {
        let verb = match to.state {
            AdjustmentState::Pending => "ask",
            AdjustmentState::Approved => "approve",
            AdjustmentState::Booked => "book",
            AdjustmentState::Failed => "fail",
            AdjustmentState::Refused => "refuse",
            AdjustmentState::Withdrawn => "withdraw",
        };
        let after = json!({
            "id": to.id, "state": to.state.word(), "what": to.kind.word(), "credits": to.credits, "grant": to.grant,
            "asked_by": to.asked_by_name, "why": to.outcome,
        });
        let mut line = self.audit_line(actor, Some(to.organization), verb, "adjustment", Some(after));
        line.before = Some(json!({ "state": from.word() }));
        Ok(self.store().move_adjustment(from, to, &[line]).await?)
    }
}
