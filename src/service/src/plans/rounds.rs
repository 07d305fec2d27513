//! Rounds of moves: a few customers at a time are moved to a version, or have their move taken back, as somebody has asked for.
//!
//! A job does them in every process at once, and whoever asks has the first round done before the answer. What is done to a
//! customer is done once: its agreements tell whether it is on the version or waits for it already, and only whoever ends its
//! row counts it.

use std::sync::Arc;

use drawdown_domain::id::{ApiKeyId, OrganizationId, PlanChangeId, PlanMoveId, PlanVersionId, StaffId};
use drawdown_domain::plan::PlanVersion;
use drawdown_store::{ActorKind, ClaimedMove, PlanMoveAct, PlanMoveAsker, PlanMoveState};

use crate::actor::{Actor, KeyScope};
use crate::error::ServiceError;
use crate::schedule::{PlanChanged, PlanWhen};
use crate::service::Service;
use crate::staff::{Reach, Staff};

/// Customers of one round.
const CUSTOMERS_AT_ONCE: u32 = 50;
/// Rounds in one call of the job, so that it ends.
const ROUNDS_MAX: u32 = 40;

impl Service {
    /// Does some rounds of the moves that are asked for. Says for how many customers; what fails is logged and tried again when
    /// its claim runs out.
    pub async fn run_plan_moves(&self) -> Result<u64, ServiceError> {
        let mut done = 0;
        for _ in 0..ROUNDS_MAX {
            let round = self.move_round(None).await?;
            if round == 0 {
                break;
            }
            done += round;
        }
        Ok(done)
    }

    /// One round, of one move where it is named. Says for how many customers.
    pub(super) async fn move_round(&self, only: Option<PlanMoveId>) -> Result<u64, ServiceError> {
        let claimed = self
            .store()
            .claim_plan_moves(self.now(), only, CUSTOMERS_AT_ONCE)
            .await?;
        let mut done = 0;
        for claim in &claimed {
            match Box::pin(self.carry_out_move(claim)).await {
                Ok(()) => done += 1,
                Err(error) => {
                    tracing::warn!(organization = %claim.organization, ?error, "a move failed; will be tried again");
                }
            }
        }
        Ok(done)
    }

    async fn carry_out_move(&self, claim: &ClaimedMove) -> Result<(), ServiceError> {
        let actor = asker(&claim.asker);
        let to = self.store().plan_version(claim.to).await?;
        let to = to.ok_or(ServiceError::NotFound("plan version"))?;
        let became = match claim.act {
            PlanMoveAct::Now => self.move_one(&actor, claim, &to, PlanWhen::Now).await,
            PlanMoveAct::AtRenewal => self.move_one(&actor, claim, &to, PlanWhen::AtRenewal).await,
            PlanMoveAct::Withdraw => self.move_back(&actor, claim).await,
        };
        let (state, reason) = match became {
            Ok(state) => (state, None),
            Err(error @ (ServiceError::Conflict { .. } | ServiceError::Refused(_) | ServiceError::NotFound(_))) => {
                (PlanMoveState::Refused, Some(error.to_string()))
            }
            Err(error) => return Err(error),
        };
        self.end_move(&actor, claim, state, reason.as_deref()).await
    }

    /// Writes down what became of a customer. One whose move was taken back while it was scheduled is not moved after all.
    pub(crate) async fn end_move(
        &self,
        actor: &Actor,
        claim: &ClaimedMove,
        state: PlanMoveState,
        reason: Option<&str>,
    ) -> Result<(), ServiceError> {
        let store = self.store();
        let ended = store.end_plan_move(claim.id, claim.organization, state, reason).await?;
        if !ended && state == PlanMoveState::Scheduled {
            let now = store.plan_move_state(claim.id, claim.organization).await?;
            if now == Some(PlanMoveState::Withdrawn) {
                self.move_back(actor, claim).await?;
            }
        }
        Ok(())
    }

    async fn move_one(
        &self,
        actor: &Actor,
        claim: &ClaimedMove,
        to: &Arc<PlanVersion>,
        when: PlanWhen,
    ) -> Result<PlanMoveState, ServiceError> {
        match self.change_plan_of(actor, claim.organization, to, when).await? {
            PlanChanged::Scheduled(_) => Ok(PlanMoveState::Scheduled),
            PlanChanged::Done | PlanChanged::Same => Ok(PlanMoveState::Done),
        }
    }

    /// Takes a customer's move back, where it still waits for its renewal.
    async fn move_back(&self, actor: &Actor, claim: &ClaimedMove) -> Result<PlanMoveState, ServiceError> {
        let waits = self.plan_change_to(claim.organization, claim.to).await?;
        let Some(change) = waits else {
            return Err(ServiceError::conflict(
                "over",
                "it has taken effect, or was taken back before",
            ));
        };
        self.withdraw_plan_change_of(actor, claim.organization, change).await?;
        Ok(PlanMoveState::Done)
    }

    /// The change by which a customer will be on a version.
    async fn plan_change_to(
        &self,
        organization: OrganizationId,
        to: PlanVersionId,
    ) -> Result<Option<PlanChangeId>, ServiceError> {
        let agreements = self.store().agreements(organization).await?;
        let mut changes = agreements.changes.into_iter();
        let waits = changes.find(|change| change.plan == Some(to) && change.contract.is_none());
        Ok(waits.map(|change| change.id))
    }
}

/// Who asked, as the audit log names it. What they may was asked when they asked; here they may nothing.
fn asker(asker: &PlanMoveAsker) -> Actor {
    match (asker.kind, asker.id) {
        (ActorKind::Vendor, Some(id)) => Actor::Staff(Staff {
            id: StaffId::from_uuid(id),
            email: String::new(),
            name: asker.name.clone(),
            roles: Vec::new(),
            reach: Reach::Own(Arc::default()),
        }),
        (ActorKind::ApiKey, Some(id)) => Actor::ApiKey {
            id: ApiKeyId::from_uuid(id),
            organization: None,
            scope: KeyScope::Read,
            name: asker.name.clone(),
        },
        _ => Actor::System("plan moves"),
    }
}
