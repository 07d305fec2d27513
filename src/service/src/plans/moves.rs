//! Moving customers to a plan's current version: groups by what they are on, now or at their renewal, one by one; and taking
//! back the moves that wait for a renewal.

use std::sync::Arc;

use drawdown_domain::Key;
use drawdown_domain::catalogue::change::Change;
use drawdown_domain::plan::{PlanTerms, PlanVersion};
use serde_json::json;

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::schedule::{PlanChanged, PlanWhen};
use crate::service::Service;

/// Customers that are looked up at a time.
const CUSTOMERS_AT_ONCE: u32 = 500;

/// Customers on one version of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanGroup {
    /// The version that they are on.
    pub version: i64,
    /// Whether they are under a contract that builds on it: these move at its end only.
    pub contract: bool,
    /// How many.
    pub customers: i64,
    /// What moving changes for them.
    pub changes: Vec<Change>,
}

/// What is to be done with a group; one that no choice names stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveChoice {
    /// The version that the group is on.
    pub version: i64,
    /// Whether it is the group under contracts.
    pub contract: bool,
    /// When.
    pub when: PlanWhen,
}

/// What became of moves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Customers on the current version by now.
    pub now: i64,
    /// Customers who will be at their renewal.
    pub at_renewal: i64,
    /// Customers who could not be moved, by key, with the reason; at most a few.
    pub refused: Vec<(String, String)>,
    /// How many could not be moved.
    pub refused_count: i64,
}

/// Refusals that are told one by one.
const REFUSALS_TOLD: usize = 10;

impl Service {
    /// The groups that are not on the current version (or on `terms`, where these are about to follow), with what moving
    /// changes for each.
    pub async fn plan_groups(
        &self,
        actor: &Actor,
        plan: &Key,
        terms: Option<&PlanTerms>,
    ) -> Result<Vec<PlanGroup>, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let Some(current) = self.store().current_plan(plan).await? else {
            return Ok(Vec::new());
        };
        let target = terms.unwrap_or(&current.terms);
        let versions = self.store().plan_versions(plan).await?;
        let mut groups = Vec::new();
        for (version, _, customers) in versions {
            let old = terms.is_some() || version.number != current.number;
            let contracts = self.store().count_on_contracts(version.id).await?;
            let counts = [(false, customers), (true, contracts)];
            let some = counts.into_iter().filter(|(_, customers)| old && *customers > 0);
            groups.extend(some.map(|(contract, customers)| PlanGroup {
                version: version.number,
                contract,
                customers,
                changes: version.terms.changes_to(target),
            }));
        }
        Ok(groups)
    }

    /// Moves groups of customers to the current version.
    pub async fn move_groups(&self, actor: &Actor, plan: &Key, choices: &[MoveChoice]) -> Result<Moved, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let current = self.store().current_plan(plan).await?;
        let current = current.ok_or(ServiceError::NotFound("plan"))?;
        let mut moved = Moved::default();
        for (version, ..) in self.store().plan_versions(plan).await? {
            let chosen = choices.iter().filter(|choice| choice.version == version.number);
            for choice in chosen.filter(|_| version.number != current.number) {
                self.move_group(actor, &version, &current, *choice, &mut moved).await?;
            }
        }
        Ok(moved)
    }

    async fn move_group(
        &self,
        actor: &Actor,
        from: &PlanVersion,
        to: &Arc<PlanVersion>,
        choice: MoveChoice,
        moved: &mut Moved,
    ) -> Result<(), ServiceError> {
        let mut last = None;
        loop {
            let found = self
                .store()
                .customers_on(from.id, choice.contract, last, CUSTOMERS_AT_ONCE)
                .await?;
            for (organization, key) in &found {
                match Box::pin(self.change_plan_of(actor, *organization, to, choice.when)).await {
                    Ok(PlanChanged::Scheduled(_)) => moved.at_renewal += 1,
                    Ok(PlanChanged::Done | PlanChanged::Same) => moved.now += 1,
                    Err(
                        error @ (ServiceError::Conflict { .. } | ServiceError::Refused(_) | ServiceError::NotFound(_)),
                    ) => {
                        moved.refused_count += 1;
                        if moved.refused.len() < REFUSALS_TOLD {
                            moved.refused.push((key.to_string(), error.to_string()));
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            let Some((newest, _)) = found.last() else { return Ok(()) };
            last = Some(*newest);
        }
    }

    /// Takes back every move to the current version that waits for a renewal. Gives how many.
    pub async fn withdraw_moves(&self, actor: &Actor, plan: &Key) -> Result<i64, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let current = self.store().current_plan(plan).await?;
        let current = current.ok_or(ServiceError::NotFound("plan"))?;
        let mut taken = 0;
        for (organization, change) in self.store().waiting_for_plan(current.id).await? {
            match Box::pin(self.withdraw_plan_change_of(actor, organization, change)).await {
                Ok(()) => taken += 1,
                // It took effect, or somebody else took it back, meanwhile.
                Err(ServiceError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let after = json!({ "plan": plan, "version": current.number, "customers": taken });
        let line = self.audit_line(actor, None, "withdraw", "plan_moves", Some(after));
        self.store().write_audit(&[line]).await?;
        Ok(taken)
    }
}
