//! A customer's agreements with the terms that they name: what the schedule is asked on.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use drawdown_domain::Timestamp;
use drawdown_domain::id::{OrganizationId, PlanVersionId};
use drawdown_domain::plan::{PlanTerms, PlanVersion};
use drawdown_domain::schedule::{Outlook, Phase, Progress, Schedule, Step};
use drawdown_domain::window::Zone;
use drawdown_store::{Agreements, Organization, PhaseRow, PlanChange, ScheduleChange};

use crate::error::ServiceError;
use crate::service::{Service, zone_of};

/// Where nothing is due within a year, a customer is looked at again after so many days.
const LOOK_AGAIN_DAYS: i64 = 300;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) organization: Organization,
    pub(crate) agreements: Agreements,
    pub(crate) zone: Zone,
    plans: HashMap<PlanVersionId, Arc<PlanVersion>>,
}

impl Book {
    /// Reads everything that is agreed with an organization.
    pub(crate) async fn open(service: &Service, organization: OrganizationId) -> Result<Self, ServiceError> {
        // First the agreements: what the organization says is never older than they are.
        let agreements = service.store().agreements(organization).await?;
        let organization = service.load(organization).await?;
        let zone = zone_of(&organization.state);
        let mut book = Self {
            organization,
            agreements,
            zone,
            plans: HashMap::new(),
        };
        let of_phases = book.agreements.phases.iter().filter_map(|phase| phase.plan);
        let of_changes = book.agreements.changes.iter().filter_map(|change| change.plan);
        let named: Vec<PlanVersionId> = of_phases.chain(of_changes).collect();
        for id in named {
            if let Entry::Vacant(place) = book.plans.entry(id) {
                let plan = service.store().plan_version(id).await?;
                place.insert(plan.ok_or(ServiceError::NotFound("plan version"))?);
            }
        }
        Ok(book)
    }

    pub(crate) fn id(&self) -> OrganizationId {
        self.organization.state.id
    }

    /// A plan version that the agreements name.
    pub(crate) fn plan(&self, id: PlanVersionId) -> Option<&Arc<PlanVersion>> {
        self.plans.get(&id)
    }

    /// Makes a plan version known that a change is going to name.
    pub(crate) fn learn(&mut self, plan: Arc<PlanVersion>) {
        self.plans.insert(plan.id, plan);
    }

    /// What holds last: the present, since no phase begins in the future.
    pub(crate) fn phase(&self) -> Option<&PhaseRow> {
        self.agreements.phases.last()
    }

    /// The plan version that held at an instant.
    pub(crate) fn plan_at(&self, at: Timestamp) -> Option<&Arc<PlanVersion>> {
        let mut phases = self.agreements.phases.iter().rev();
        let phase = phases.find(|phase| phase.from <= at)?;
        self.plans.get(&phase.plan?)
    }

    /// The change that waits for the next renewal.
    pub(crate) fn at_renewal(&self) -> Option<&PlanChange> {
        self.agreements.changes.iter().rfind(|change| change.at.is_none())
    }

    /// The next change of plan that has its own instant.
    pub(crate) fn dated(&self) -> Option<&PlanChange> {
        let dated = self.agreements.changes.iter().filter(|change| change.at.is_some());
        dated.min_by_key(|change| (change.at, change.id))
    }

    /// Asks the schedule.
    pub(crate) fn schedule<T>(&self, ask: impl FnOnce(&Schedule<'_>) -> T) -> T {
        let terms = |phase: &PhaseRow| -> Option<&PlanTerms> { Some(&self.plans.get(&phase.plan?)?.terms) };
        let phases: Vec<Phase<'_>> = self
            .agreements
            .phases
            .iter()
            .map(|phase| Phase {
                from: phase.from,
                anchor: phase.anchor,
                terms: terms(phase),
            })
            .collect();
        ask(&Schedule {
            zone: &self.zone,
            phases: &phases,
            contracts: &self.agreements.contracts,
        })
    }

    /// The steps that are due and not done.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<Step> {
        self.schedule(|schedule| schedule.due(&self.agreements.progress, now))
    }

    /// What comes next; a change of plan that has its own instant is a step, too.
    pub(crate) fn outlook(&self, progress: &Progress, now: Timestamp) -> Outlook {
        let outlook = self.schedule(|schedule| schedule.outlook(progress, now));
        Outlook {
            step_at: self.look_again(outlook.step_at, now),
            ..outlook
        }
    }

    /// When something is due next, if this is the next step.
    fn look_again(&self, step: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let change = self.dated().and_then(|change| change.at);
        let next = step.into_iter().chain(change).min();
        let goes_on = self.phase().is_some_and(|phase| phase.plan.is_some()) || !self.agreements.contracts.is_empty();
        let known = self.agreements.next_step_at.filter(|known| *known > now);
        let again = || known.unwrap_or_else(|| now.plus_seconds(LOOK_AGAIN_DAYS * 86_400));
        next.or_else(|| goes_on.then(again))
    }

    /// The book as a change leaves it.
    pub(crate) fn after(&self, change: &ScheduleChange) -> Self {
        let mut after = self.clone();
        let agreements = &mut after.agreements;
        agreements.progress = change.progress.clone();
        agreements.phases.extend(change.phase.clone());
        agreements.changes.extend(change.scheduled.clone());
        let is_over = |known: &mut PlanChange| change.ended.iter().any(|(id, _)| *id == known.id);
        agreements.changes.extract_if(.., is_over).for_each(drop);
        for of in &change.withdrawn {
            let known = agreements.contracts.iter_mut().find(|known| known.id == of.contract);
            if let Some(known) = known {
                known.versions.retain(|version| version.number != of.version);
            }
        }
        agreements.contracts.retain(|known| !known.versions.is_empty());
        agreements.withdrawn.extend(&change.withdrawn);
        if let Some(signed) = &change.signed {
            let of = drawdown_store::ContractRef {
                contract: signed.contract,
                version: signed.version.number,
            };
            agreements.contract_plans.push((of, signed.plan));
            match agreements
                .contracts
                .iter_mut()
                .find(|known| known.id == signed.contract)
            {
                Some(known) => known.versions.push(signed.version.clone()),
                None => agreements.contracts.push(drawdown_domain::contract::Contract {
                    id: signed.contract,
                    versions: vec![signed.version.clone()],
                }),
            }
        }
        after
    }

    /// Notes that a change is committed.
    pub(crate) fn noted(&mut self, change: &ScheduleChange) {
        self.agreements.revision = change.revision + 1;
        self.agreements.next_step_at = change.outlook.step_at;
    }
}
