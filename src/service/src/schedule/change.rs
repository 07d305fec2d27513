//! Changing a customer's plan: now, or when the present one renews or ends; reversible until it takes effect.

use std::sync::Arc;

use drawdown_domain::Timestamp;
use drawdown_domain::id::{OrganizationId, PlanChangeId, PlanVersionId};
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::request::Request;
use drawdown_store::{Attachments, ClaimedMove, PlanChange, PlanChangeEnd, ScheduleChange};
use serde_json::{Value, json};

use super::{Book, LedgerFailure};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

/// How often agreements are read again because somebody else changed them meanwhile.
const ATTEMPTS_MAX: u32 = 5;

/// The code of the conflict with a contract.
pub(crate) const UNDER_CONTRACT: &str = "under_contract";

/// When a change of plan takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanWhen {
    /// At once.
    Now,
    /// When the plan next renews, or ends by itself, or when the contract is over. For a customer without a plan, at once.
    AtRenewal,
}

/// What became of a change of plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanChanged {
    /// The customer is on the plan version.
    Done,
    /// It will be, by this change, which can be withdrawn until then.
    Scheduled(PlanChangeId),
    /// It is on it already, and nothing else was to come.
    Same,
}

/// A change of plan that is to come, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanChangeView {
    /// Its identifier.
    pub id: PlanChangeId,
    /// The plan's name and version; `None` for no plan.
    pub plan: Option<(String, i64)>,
    /// True where it belongs to a contract: that is amended, not withdrawn.
    pub of_contract: bool,
    /// When it takes effect; `None`: at the next renewal.
    pub at: Option<Moment>,
}

impl Service {
    /// Puts a customer on a published plan version. What was scheduled for its next renewal is withdrawn. A customer under
    /// a contract changes plans when that ends; until then its contract is amended.
    ///
    /// # Errors
    /// `under_contract` (conflict) for [`PlanWhen::Now`] under a contract; `currency_fixed` (conflict) for a plan in another
    /// currency.
    pub async fn change_plan(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        plan: PlanVersionId,
        when: PlanWhen,
    ) -> Result<PlanChanged, ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        let plan = self.store().plan_version(plan).await?;
        let plan = plan.ok_or(ServiceError::NotFound("plan version"))?;
        self.change_plan_of(actor, organization, &plan, when, None).await
    }

    /// Ends a customer's plan, now or when it renews; after that it has none. What it bought beside a plan that top-ups
    /// need rests until it has a plan again. Otherwise as [`Service::change_plan`].
    ///
    /// # Errors
    /// `under_contract` (conflict) for [`PlanWhen::Now`] under a contract.
    pub async fn end_plan(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        when: PlanWhen,
    ) -> Result<PlanChanged, ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        self.change_to(actor, organization, None, when, None).await
    }

    /// The same without asking whether the actor may: for use cases that have asked for their own action. Of a group's move
    /// that is carried out, only while it is claimed and the customer is still on what the group was on.
    pub(crate) async fn change_plan_of(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        plan: &Arc<PlanVersion>,
        when: PlanWhen,
        of: Option<&ClaimedMove>,
    ) -> Result<PlanChanged, ServiceError> {
        self.change_to(actor, organization, Some(plan), when, of).await
    }

    /// To a plan version, or to none.
    async fn change_to(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        plan: Option<&Arc<PlanVersion>>,
        when: PlanWhen,
        of: Option<&ClaimedMove>,
    ) -> Result<PlanChanged, ServiceError> {
        for _ in 0..ATTEMPTS_MAX {
            // What is due before now is done under what was agreed before.
            self.carry_out(organization).await?;
            match self.try_change(actor, organization, plan, when, of).await {
                Err(LedgerFailure::Moved) => {}
                Err(LedgerFailure::Service(error)) => return Err(error),
                Ok(changed) => {
                    self.carry_out(organization).await?;
                    return Ok(changed);
                }
            }
        }
        Err(ServiceError::conflict(
            "changed_meanwhile",
            "somebody else is changing what is agreed with this customer; try again",
        ))
    }

    async fn try_change(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        plan: Option<&Arc<PlanVersion>>,
        when: PlanWhen,
        of: Option<&ClaimedMove>,
    ) -> Result<PlanChanged, LedgerFailure> {
        let mut book = Book::open(self, organization).await?;
        if let Some(plan) = plan {
            book.learn(plan.clone());
            check_currency(&book, plan)?;
            if let Some(claim) = of {
                self.check_claim(&book, claim, plan).await?;
            }
        }
        let wanted = plan.map(|plan| plan.id);
        let now = self.now();
        let present = book.phase().cloned();
        let present_plan = present.as_ref().and_then(|phase| phase.plan);
        let under_contract = present.is_some_and(|phase| phase.contract.is_some());
        let at_once = when == PlanWhen::Now || present_plan.is_none();
        if at_once && under_contract {
            let message = "the customer is under a contract: amend it, or change the plan at its end";
            return Err(ServiceError::conflict(UNDER_CONTRACT, message).into());
        }
        if let Some(same) = waits_for(&book, wanted, of.is_some()).filter(|_| !at_once && present_plan != wanted) {
            return Ok(PlanChanged::Scheduled(same));
        }
        let mut change = ScheduleChange::of(&book.agreements, now);
        let waiting = book.agreements.changes.iter().filter(|known| known.at.is_none());
        change.ended = waiting.map(|known| (known.id, PlanChangeEnd::Withdrawn)).collect();
        let after = plan.map_or_else(
            || json!({ "plan": null }),
            |plan| json!({ "plan": plan.plan, "version": plan.number, "name": plan.terms.name }),
        );
        if present_plan == wanted {
            if change.ended.is_empty() {
                return Ok(PlanChanged::Same);
            }
            let line = self.plan_line(actor, &book, "keep", after);
            self.submit_change(&mut book, change, vec![line], now).await?;
            return Ok(PlanChanged::Done);
        }
        let new = PlanChange {
            id: PlanChangeId::from_uuid(self.random().uuid(now)),
            plan: wanted,
            contract: None,
            of_move: of.map(|claim| claim.id),
            anchor: None,
            at: None,
            created_at: now,
        };
        if !at_once {
            let id = new.id;
            let line = self.plan_line(actor, &book, "schedule", after);
            change.scheduled = Some(new);
            self.submit_change(&mut book, change, vec![line], now).await?;
            return Ok(PlanChanged::Scheduled(id));
        }
        let line = self.plan_line(actor, &book, "set", after);
        change.phase = Some(book.phase_of(&new, now));
        change.outlook = book.after(&change).outlook(&change.progress, now);
        let request = Request::Organization(book.plan_request(self, wanted, now));
        let attachments = Attachments {
            audit: vec![line],
            schedule: Some(Box::new(change)),
            ..Attachments::default()
        };
        self.submit_scheduled(organization, request, None, attachments).await?;
        Ok(PlanChanged::Done)
    }

    /// Takes back a change of plan that has not taken effect.
    ///
    /// # Errors
    /// Not found where there is none of that identifier, or it has taken effect.
    pub async fn withdraw_plan_change(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: PlanChangeId,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        self.withdraw_plan_change_of(actor, organization, id).await
    }

    /// The same without asking whether the actor may: for use cases that have asked for their own action.
    pub(crate) async fn withdraw_plan_change_of(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: PlanChangeId,
    ) -> Result<(), ServiceError> {
        self.carry_out(organization).await?;
        for _ in 0..ATTEMPTS_MAX {
            let mut book = Book::open(self, organization).await?;
            let now = self.now();
            let free = |known: &&PlanChange| known.id == id && known.contract.is_none();
            let Some(known) = book.agreements.changes.iter().find(free) else {
                return Err(ServiceError::NotFound("scheduled change of plan"));
            };
            let mut line = self.plan_line(actor, &book, "withdraw", book.present_plan());
            line.before = Some(to_come(&book, known));
            let mut change = ScheduleChange::of(&book.agreements, now);
            change.ended = vec![(id, PlanChangeEnd::Withdrawn)];
            match self.submit_change(&mut book, change, vec![line], now).await {
                Err(LedgerFailure::Moved) => {}
                Err(LedgerFailure::Service(error)) => return Err(error),
                Ok(()) => return Ok(()),
            }
        }
        Err(ServiceError::Overloaded { retry_after_s: 1 })
    }

    /// The changes of plan to come.
    pub async fn plan_changes(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<Vec<PlanChangeView>, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let book = Book::open(self, organization).await?;
        let moments = self.moments(&book.organization.state);
        let view = |change: &PlanChange| PlanChangeView {
            id: change.id,
            plan: change
                .plan
                .and_then(|id| book.plan(id))
                .map(|plan| (plan.terms.name.clone(), plan.number)),
            of_contract: change.contract.is_some(),
            at: change.at.map(|at: Timestamp| moments.at(at)),
        };
        Ok(book.agreements.changes.iter().map(view).collect())
    }

    fn plan_line(&self, actor: &Actor, book: &Book, action: &str, after: Value) -> drawdown_store::AuditLine {
        let mut line = self.audit_line(actor, Some(book.id()), action, "plan", Some(after));
        let mut before = book.present_plan();
        let waiting = book.agreements.changes.iter().filter(|change| change.at.is_none());
        let waiting: Vec<Value> = waiting.map(|change| to_come(book, change)).collect();
        if !waiting.is_empty() {
            // It is withdrawn by what follows.
            before["scheduled"] = Value::Array(waiting);
        }
        line.before = Some(before);
        line
    }
}

/// The plan to which a change leads, for the audit log.
fn to_come(book: &Book, change: &PlanChange) -> Value {
    let plan = change.plan.and_then(|plan| book.plan(plan));
    plan.map_or_else(
        || json!({ "plan": null }),
        |plan| json!({ "plan": plan.plan, "version": plan.number }),
    )
}

/// The change that alone waits for the next renewal, where it is to that plan version. What waits with a group does not do for
/// what is agreed with the customer itself: it could be taken back with the group.
fn waits_for(book: &Book, wanted: Option<PlanVersionId>, with_group: bool) -> Option<PlanChangeId> {
    let mut waiting = book.agreements.changes.iter().filter(|known| known.at.is_none());
    let only = waiting.next().filter(|_| waiting.next().is_none())?;
    (only.plan == wanted && (with_group || only.of_move.is_none())).then_some(only.id)
}

fn check_currency(book: &Book, plan: &PlanVersion) -> Result<(), ServiceError> {
    let currency = book.organization.currency;
    if plan.terms.currency == currency {
        return Ok(());
    }
    let message = format!(
        "this customer pays in {currency}, the plan is in {}",
        plan.terms.currency
    );
    Err(ServiceError::conflict("currency_fixed", message))
}
