//! What is to be done next for a customer, as one request of the ledger: a step of the schedule, or a change of plan whose
//! time has come.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{AuditId, ContractId, PlanChangeId};
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::schedule::{Due, Step, StepKey};
use drawdown_store::{AuditLine, DoneStep, PhaseRow, PlanChange, PlanChangeEnd};
use serde_json::json;

use super::book::Book;
use super::identity::identity;
use crate::actor::Actor;
use crate::error::ServiceError;
use crate::service::Service;

/// Changes of plan that end.
pub(super) type Ended = Vec<(PlanChangeId, PlanChangeEnd)>;

/// A step as it is noted.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) key: StepKey,
    pub(super) done: DoneStep,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) request: Request,
    /// What makes a retry of the request answer the same, where it moves credits.
    pub(super) key: Option<StepKey>,
    pub(super) step: Option<Noted>,
    pub(super) phase: Option<PhaseRow>,
    pub(super) ended: Ended,
    pub(super) audit: Vec<AuditLine>,
}

/// True for the steps of an instant that come before a change of plan at the same instant: what ends, ends first.
const fn comes_before_changes(due: &Due) -> bool {
    matches!(
        due,
        Due::Expire { .. } | Due::PlanEnd | Due::ContractEnd { .. } | Due::ContractRenewal { .. } | Due::Renewal
    )
}

/// The name of a kind of step, as it is stored.
pub(super) const fn kind(due: &Due) -> &'static str {
    match due {
        Due::Expire { .. } => "expire",
        Due::PlanEnd => "plan_end",
        Due::ContractEnd { .. } => "contract_end",
        Due::ContractRenewal { .. } => "contract_renewal",
        Due::Renewal => "renewal",
        Due::Charge { .. } => "charge",
        Due::Payment { .. } => "payment",
        Due::RollOver { .. } => "roll_over",
        Due::Grant { .. } => "grant",
        Due::Release { .. } => "release",
    }
}

impl Book {
    /// What is to be done next; `None` where nothing is due.
    pub(super) async fn next_deed(&self, service: &Service, now: Timestamp) -> Result<Option<Deed>, ServiceError> {
        let step = self.due(now).into_iter().next();
        let change = self.dated().filter(|change| change.at.is_some_and(|at| at <= now));
        match (step, change) {
            (Some(step), Some(change))
                if change.at < Some(step.at) || (change.at == Some(step.at) && !comes_before_changes(&step.due)) =>
            {
                Ok(Some(self.deed_of_change(service, change, now)))
            }
            (Some(step), _) => self.deed_of_step(service, step, now).await.map(Some),
            (None, Some(change)) => Ok(Some(self.deed_of_change(service, change, now))),
            (None, None) => Ok(None),
        }
    }

    /// A change of plan at its own instant.
    fn deed_of_change(&self, service: &Service, change: &PlanChange, now: Timestamp) -> Deed {
        let at = change.at.unwrap_or(now);
        self.deed_of_plan(service, change, at, now)
    }

    /// Puts the customer on what a change says, from `at` on.
    pub(super) fn deed_of_plan(&self, service: &Service, change: &PlanChange, at: Timestamp, now: Timestamp) -> Deed {
        let key = change.id.to_string();
        let plan = change.plan.and_then(|id| self.plan(id));
        let after = plan.map(|plan| json!({ "plan": plan.plan, "version": plan.number, "contract": change.contract.map(|of| of.contract) }));
        let after = after.or_else(|| Some(json!({ "plan": null })));
        let mut line = self.line(service, &key, "set", "plan", after, now);
        line.before = Some(self.present_plan());
        Deed {
            request: Request::Organization(self.plan_request(service, change.plan, now)),
            key: None,
            step: None,
            phase: Some(self.phase_of(change, at)),
            ended: vec![(change.id, PlanChangeEnd::Done)],
            audit: vec![line],
        }
    }

    /// The phase that begins with a change.
    pub(crate) fn phase_of(&self, change: &PlanChange, at: Timestamp) -> PhaseRow {
        let last = self.phase();
        let own = self.organization.state.period_anchor;
        // What a contract counted from its own beginning is not counted from there after it.
        let kept = last
            .filter(|last| last.contract.is_none())
            .map_or(own, |last| last.anchor);
        let from = last.map_or(at, |last| at.max(last.from));
        let begins = |plan| {
            self.plan(plan)
                .map(|plan| self.schedule(|known| known.anchor_of(&plan.terms, from, kept)))
        };
        let counted = || change.plan.and_then(begins).unwrap_or(kept);
        PhaseRow {
            number: last.map_or(1, |last| last.number + 1),
            from,
            anchor: change.anchor.unwrap_or_else(counted),
            plan: change.plan,
            contract: change.contract,
        }
    }

    /// The request that puts the organization on a plan version with its ceilings, or on none.
    pub(super) fn plan_request(
        &self,
        service: &Service,
        plan: Option<drawdown_domain::id::PlanVersionId>,
        now: Timestamp,
    ) -> OrganizationChange {
        let Some(plan) = plan.and_then(|id| self.plan(id)) else {
            return OrganizationChange::NoPlan;
        };
        let (caps, throttles) = plan.terms.ceilings(|| service.random().uuid(now));
        OrganizationChange::Plan {
            version: plan.id,
            caps,
            throttles,
        }
    }

    /// The end of what held: what was to follow it, or nothing.
    pub(super) fn follow(&self, service: &Service, deed: &mut Deed, at: Timestamp, now: Timestamp) {
        if let Some(change) = self.at_renewal() {
            let next = self.deed_of_plan(service, change, at, now);
            deed.request = next.request;
            deed.phase = next.phase;
            deed.ended = next.ended;
            deed.audit.extend(next.audit);
            return;
        }
        let own = self.organization.state.period_anchor;
        deed.request = Request::Organization(OrganizationChange::NoPlan);
        deed.phase = Some(PhaseRow {
            number: self.phase().map_or(1, |last| last.number + 1),
            from: self.phase().map_or(at, |last| at.max(last.from)),
            anchor: own,
            plan: None,
            contract: None,
        });
        let key = deed.step.as_ref().map_or_else(String::new, |step| step.key.to_string());
        let mut line = self.line(service, &key, "end", "plan", Some(json!({ "plan": null })), now);
        line.before = Some(self.present_plan());
        deed.audit.push(line);
    }

    /// The plan that is held now, for the audit log.
    pub(super) fn present_plan(&self) -> serde_json::Value {
        let present = self.phase().and_then(|phase| phase.plan).and_then(|id| self.plan(id));
        present.map_or_else(
            || json!({ "plan": null }),
            |plan| json!({ "plan": plan.plan, "version": plan.number }),
        )
    }

    /// True where the present phase is that contract's.
    pub(super) fn is_under(&self, contract: ContractId) -> bool {
        let of = self.phase().and_then(|phase| phase.contract);
        of.is_some_and(|of| of.contract == contract)
    }

    /// A deed that only notes the step: what is due by the clock alone ends with any request.
    pub(super) fn noting(step: Step, now: Timestamp) -> Deed {
        let done = DoneStep {
            key: step.key.to_string(),
            kind: kind(&step.due),
            at: step.at,
            done_at: now,
            grant: None,
            money: None,
        };
        Deed {
            request: Request::Sweep,
            key: None,
            step: Some(Noted { key: step.key, done }),
            phase: None,
            ended: Ended::new(),
            audit: Vec::new(),
        }
    }

    /// An audit line of a step: the same identifier whichever process writes it.
    pub(super) fn line(
        &self,
        service: &Service,
        key: &str,
        action: &str,
        noun: &str,
        after: Option<serde_json::Value>,
        now: Timestamp,
    ) -> AuditLine {
        let mut line = service.audit_line(&Actor::System("schedule"), Some(self.id()), action, noun, after);
        line.id = AuditId::from_uuid(identity(self.id(), key, action, now));
        line
    }
}
