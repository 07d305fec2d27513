//! Rounds of moves: a few customers at a time are moved to a version, or have their move taken back, as somebody has asked for.
//!
//! A job does them in every process at once, and whoever asks has the first round done before the answer. What is done to a
//! customer is worked out on a revision of its agreements on which its claim still held: once somebody else has done it, taken
//! it back or agreed on something else, that revision is gone.

use std::sync::Arc;

use drawdown_domain::Key;
use drawdown_domain::id::{ApiKeyId, PlanChangeId, PlanMoveId, StaffId};
use drawdown_domain::plan::PlanVersion;
use drawdown_store::{ActorKind, ClaimedMove, PlanChange, PlanMoveAct, PlanMoveAsker, PlanMoveState, ScheduleChange};

use crate::actor::{Actor, KeyScope};
use crate::error::ServiceError;
use crate::schedule::{Book, LedgerFailure, PlanChanged, PlanWhen, SIDE_BY_SIDE, each};
use crate::service::Service;
use crate::staff::{Reach, Staff};

/// Customers of one round.
const CUSTOMERS_AT_ONCE: u32 = 50;
/// Rounds in one call of the job, so that it ends within a second or so: a server that stops waits for it.
const ROUNDS_MAX: u32 = 4;
/// How often agreements are read again because somebody else changed them meanwhile.
const ATTEMPTS_MAX: u32 = 5;

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

    /// One round, of these moves where they are named. Says for how many customers.
    pub(super) async fn move_round(&self, only: Option<&[PlanMoveId]>) -> Result<u64, ServiceError> {
        let claimed = self
            .store()
            .claim_plan_moves(self.now(), only, CUSTOMERS_AT_ONCE)
            .await?;
        let carry_out = |claim: ClaimedMove| {
            let service = self.clone();
            async move { (claim.organization, service.carry_out_move(&claim).await) }
        };
        let mut done = 0;
        for (organization, carried_out) in each(claimed, SIDE_BY_SIDE, carry_out).await? {
            match carried_out {
                Ok(()) => done += 1,
                Err(error) => tracing::warn!(%organization, ?error, "a move failed; will be tried again"),
            }
        }
        Ok(done)
    }

    pub(crate) async fn carry_out_move(&self, claim: &ClaimedMove) -> Result<(), ServiceError> {
        let actor = asker(&claim.asker);
        let to = self.store().plan_version(claim.to).await?;
        let to = to.ok_or(ServiceError::NotFound("plan version"))?;
        let became = match claim.act {
            PlanMoveAct::Withdraw => self.move_back(&actor, claim, &to).await,
            _ if claim.is_withdrawn => Ok(PlanMoveState::Withdrawn),
            PlanMoveAct::Now => self.move_one(&actor, claim, &to, PlanWhen::Now).await,
            PlanMoveAct::AtRenewal => self.move_one(&actor, claim, &to, PlanWhen::AtRenewal).await,
        };
        let (state, reason) = match became {
            Ok(state) => (state, None),
            Err(error @ (ServiceError::Conflict { .. } | ServiceError::Refused(_) | ServiceError::NotFound(_))) => {
                (PlanMoveState::Refused, Some(error.to_string()))
            }
            Err(error) => return Err(error),
        };
        Ok(self.store().end_plan_move(claim, state, reason.as_deref()).await?)
    }

    async fn move_one(
        &self,
        actor: &Actor,
        claim: &ClaimedMove,
        to: &Arc<PlanVersion>,
        when: PlanWhen,
    ) -> Result<PlanMoveState, ServiceError> {
        let changed = self
            .change_plan_of(actor, claim.organization, to, when, Some(claim))
            .await?;
        Ok(match changed {
            PlanChanged::Scheduled(_) => PlanMoveState::Scheduled,
            PlanChanged::Done | PlanChanged::Same => PlanMoveState::Done,
        })
    }

    /// Refuses a move that is not this claim's any more, or is not what was asked for: of a customer that is on another plan
    /// by now, or has agreed on a change to another.
    pub(crate) async fn check_claim(
        &self,
        book: &Book,
        claim: &ClaimedMove,
        to: &PlanVersion,
    ) -> Result<(), ServiceError> {
        if !self.store().plan_move_waits(claim).await? {
            return Err(ServiceError::conflict("over", "somebody else was faster"));
        }
        let from = match claim.from {
            Some(from) => self.store().plan_version(from).await?,
            None => None,
        };
        // The terms of a contract are a version of their own, with the number of the one on which they build.
        let is_on = |version: &PlanVersion, under_contract: bool| {
            book.phase().is_some_and(|phase| {
                let plan = phase.plan.and_then(|plan| book.plan(plan));
                plan.is_some_and(|plan| (&plan.plan, plan.number) == (&version.plan, version.number))
                    && phase.contract.is_some() == under_contract
            })
        };
        let is_where_it_was = from.is_some_and(|from| is_on(&from, claim.contracts));
        if !is_where_it_was && !is_on(to, false) {
            return Err(ServiceError::conflict("on_another_plan", "it is on another plan now"));
        }
        let mut waiting = book.agreements.changes.iter();
        if waiting.any(|change| change.at.is_none() && change.contract.is_none() && !leads_to(book, change, &to.plan)) {
            let message = "another change of its plan is scheduled";
            return Err(ServiceError::conflict("another_change", message));
        }
        Ok(())
    }

    /// Takes a customer's moves to versions of a plan back, where they still wait for its renewal; what was agreed with this
    /// customer alone stays. Whoever is about to schedule
    /// one finds the agreements changed, though there was none.
    async fn move_back(
        &self,
        actor: &Actor,
        claim: &ClaimedMove,
        to: &PlanVersion,
    ) -> Result<PlanMoveState, ServiceError> {
        let mut is_taken_back = false;
        for _ in 0..ATTEMPTS_MAX {
            let mut book = Book::open(self, claim.organization).await?;
            if let Some(change) = change_to(&book, &to.plan) {
                match self.withdraw_plan_change_of(actor, claim.organization, change).await {
                    Ok(()) => is_taken_back = true,
                    Err(ServiceError::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
                continue;
            }
            if is_taken_back {
                return Ok(PlanMoveState::Done);
            }
            if book.phase().and_then(|phase| phase.plan) == Some(to.id) {
                return Err(ServiceError::conflict("over", "it has taken effect"));
            }
            let now = self.now();
            let nothing = ScheduleChange::of(&book.agreements, now);
            match self.submit_change(&mut book, nothing, Vec::new(), now).await {
                Err(LedgerFailure::Moved) => {}
                Err(LedgerFailure::Service(error)) => return Err(error),
                Ok(()) => return Ok(PlanMoveState::Done),
            }
        }
        Err(ServiceError::Overloaded { retry_after_s: 1 })
    }
}

/// The change by which a customer will be on a version of a plan with its group.
fn change_to(book: &Book, plan: &Key) -> Option<PlanChangeId> {
    let mut changes = book.agreements.changes.iter();
    let found = changes.find(|change| change.of_move.is_some() && leads_to(book, change, plan));
    found.map(|change| change.id)
}

fn leads_to(book: &Book, change: &PlanChange, plan: &Key) -> bool {
    let to = change.plan.and_then(|to| book.plan(to));
    to.is_some_and(|to| to.plan == *plan)
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
