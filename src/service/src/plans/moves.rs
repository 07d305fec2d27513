//! Moving customers to a plan's current version: groups by what they are on, now or at their renewal; and taking back what has
//! not taken effect, whichever version it leads to. What is asked for is written down at once and carried out in rounds (`rounds`), the first of them
//! before whoever asked is answered.

use drawdown_domain::Key;
use drawdown_domain::catalogue::change::Change;
use drawdown_domain::id::{PlanMoveId, PlanVersionId};
use drawdown_domain::plan::PlanTerms;
use drawdown_store::{AuditLine, ListedPlanVersion, NewPlanMove, PlanMoveAct, PlanMoveAsker};
use serde_json::{Map, Value, json};

use crate::actor::{Action, Actor};
use crate::audit::named;
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::schedule::PlanWhen;
use crate::service::Service;

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

/// How far moves are when whoever asked for them is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Customers on the current version by now.
    pub now: i64,
    /// Customers who will be at their renewal.
    pub at_renewal: i64,
    /// Customers who will be when their contract is over.
    pub at_contract_end: i64,
    /// Customers under contracts that build on another version and for whom nothing was chosen: they keep that version until
    /// their contract is amended or ends.
    pub under_contract: i64,
    /// Customers whose turn comes within the next rounds of the job.
    pub under_way: i64,
    /// Customers who could not be moved, by key, with the reason; at most a few.
    pub refused: Vec<(String, String)>,
    /// How many could not be moved.
    pub refused_count: i64,
}

/// How far the move of a group is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMoveView {
    /// What is done with each customer.
    pub act: PlanMoveAct,
    /// The version to which; where moves are taken back, the current one of that time.
    pub to: i64,
    /// The version that the group was on; `None` where moves are taken back.
    pub from: Option<i64>,
    /// Whether it is the group under contracts that build on it.
    pub contract: bool,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked: Moment,
    /// Customers whose turn is still to come.
    pub under_way: i64,
    /// Customers who were moved; or, where moves are taken back, who stay where they are.
    pub done: i64,
    /// Customers who were put down for their renewal; it may have come since, or this may have been taken back.
    pub at_renewal: i64,
    /// Customers for whom it was taken back before their turn.
    pub withdrawn: i64,
    /// Customers who could not be moved.
    pub refused: i64,
    /// The first of them, by key, with the reason.
    pub refusals: Vec<(String, String)>,
}

/// Refusals that are told one by one.
const REFUSALS_TOLD: u32 = 10;
/// Moves of groups that are told of one version.
const MOVES_TOLD: u32 = 20;

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
        for listed in versions {
            let version = listed.version;
            let old = terms.is_some() || version.number != current.number;
            let counts = [(false, listed.organizations), (true, listed.under_contract)];
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
        let moves = self.new_moves(actor, plan, choices, Some(current.id)).await?;
        let lines: Vec<AuditLine> = self.moves_line(actor, plan, choices).into_iter().collect();
        self.store().ask_plan_moves(current.id, &moves, &lines).await?;
        let under_contract = self.stay_under_contract(plan, choices, current.id).await?;
        Ok(Moved {
            under_contract,
            ..self.begin_moves(&moves).await
        })
    }

    /// Customers under contracts that build on a version other than `target`, without the groups that choices name.
    pub(super) async fn stay_under_contract(
        &self,
        plan: &Key,
        choices: &[MoveChoice],
        target: PlanVersionId,
    ) -> Result<i64, ServiceError> {
        let is_chosen = |number| {
            let mut contracts = choices.iter().filter(|choice| choice.contract);
            contracts.any(|choice| choice.version == number)
        };
        let versions = self.store().plan_versions(plan).await?;
        let stay = versions
            .iter()
            .filter(|listed| listed.version.id != target && !is_chosen(listed.version.number));
        Ok(stay.map(|listed| listed.under_contract).sum())
    }

    /// The line of the audit log about groups that are to be moved; none where there are none.
    pub(super) fn moves_line(&self, actor: &Actor, plan: &Key, choices: &[MoveChoice]) -> Option<AuditLine> {
        let mut groups = Map::new();
        for choice in choices {
            let of = if choice.contract {
                "contracts of version"
            } else {
                "version"
            };
            let group = format!("{of} {}", choice.version);
            let when = match choice.when {
                PlanWhen::Now => "now",
                PlanWhen::AtRenewal => "at renewal",
            };
            groups.insert(group, json!(when));
        }
        if groups.is_empty() {
            return None;
        }
        groups.insert("plan".to_owned(), json!(plan));
        Some(self.audit_line(actor, None, "move", "plan_moves", Some(Value::Object(groups))))
    }

    /// The moves that choices ask for; those of `target` itself, and of versions that there are not, are left out.
    pub(super) async fn new_moves(
        &self,
        actor: &Actor,
        plan: &Key,
        choices: &[MoveChoice],
        target: Option<PlanVersionId>,
    ) -> Result<Vec<NewPlanMove>, ServiceError> {
        let mut moves = Vec::new();
        for ListedPlanVersion { version, .. } in self.store().plan_versions(plan).await? {
            let chosen = choices.iter().filter(|choice| choice.version == version.number);
            moves.extend(chosen.filter(|_| Some(version.id) != target).map(|choice| {
                let act = match choice.when {
                    PlanWhen::Now => PlanMoveAct::Now,
                    PlanWhen::AtRenewal => PlanMoveAct::AtRenewal,
                };
                self.new_move(actor, act, Some(version.id), choice.contract)
            }));
        }
        Ok(moves)
    }

    fn new_move(&self, actor: &Actor, act: PlanMoveAct, from: Option<PlanVersionId>, contracts: bool) -> NewPlanMove {
        let at = self.now();
        // The same words as in the audit log, where each customer's line names who asked.
        let (kind, id, name) = named(actor);
        NewPlanMove {
            id: PlanMoveId::from_uuid(self.random().uuid(at)),
            act,
            from,
            contracts,
            asker: PlanMoveAsker { kind, id, name },
            at,
        }
    }

    /// Does the first round of moves that were just asked for, and says how far they are. What fails here is the job's to do: that
    /// they are asked for is written down.
    pub(super) async fn begin_moves(&self, asked: &[NewPlanMove]) -> Moved {
        let ids: Vec<PlanMoveId> = asked.iter().map(|new| new.id).collect();
        if ids.is_empty() {
            return Moved::default();
        }
        if let Err(error) = self.move_round(Some(&ids)).await {
            tracing::warn!(?error, "the first round of moves failed; the job does it");
        }
        self.moved(&ids).await.unwrap_or_else(|error| {
            tracing::warn!(?error, "how far moves are could not be read");
            Moved::default()
        })
    }

    async fn moved(&self, ids: &[PlanMoveId]) -> Result<Moved, ServiceError> {
        let mut moved = Moved::default();
        for progress in self.store().plan_moves_of(ids).await? {
            moved.now += progress.done;
            if progress.contracts {
                moved.at_contract_end += progress.scheduled;
            } else {
                moved.at_renewal += progress.scheduled;
            }
            moved.under_way += progress.waiting;
            moved.refused_count += progress.refused;
            if progress.refused > 0 {
                let refusals = self.store().plan_move_refusals(progress.id, REFUSALS_TOLD).await?;
                moved.refused.extend(refusals);
            }
        }
        Ok(moved)
    }

    /// How far the moves of groups to versions of a plan are, the newest first.
    pub(super) async fn move_views(&self, plan: &Key) -> Result<Vec<PlanMoveView>, ServiceError> {
        let moments = self.catalogue_moments();
        let mut views = Vec::new();
        for progress in self.store().plan_moves(plan, MOVES_TOLD).await? {
            let refusals = match progress.refused {
                0 => Vec::new(),
                _ => self.store().plan_move_refusals(progress.id, REFUSALS_TOLD).await?,
            };
            views.push(PlanMoveView {
                act: progress.act,
                to: progress.to,
                from: progress.from,
                contract: progress.contracts,
                asked_by: progress.asked_by,
                asked: moments.at(progress.asked_at),
                under_way: progress.waiting,
                done: progress.done,
                at_renewal: progress.scheduled,
                withdrawn: progress.withdrawn,
                refused: progress.refused,
                refusals,
            });
        }
        Ok(views)
    }

    /// Takes back every move to a version of a plan that waits for a renewal or has not begun. Gives how many customers it
    /// concerns (never one with whom a change was agreed by itself): each stays where it is, unless its move takes effect at this very moment.
    pub async fn withdraw_moves(&self, actor: &Actor, plan: &Key) -> Result<i64, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let current = self.store().current_plan(plan).await?;
        let current = current.ok_or(ServiceError::NotFound("plan"))?;
        let back = self.new_move(actor, PlanMoveAct::Withdraw, None, false);
        let told = |waiting: i64| json!({ "plan": plan, "version": current.number, "waiting": waiting });
        let mut line = self.audit_line(actor, None, "withdraw", "plan_moves", Some(told(0)));
        line.before = Some(told(self.store().count_waiting_for_plan(plan).await?));
        let concerned = self.store().withdraw_plan_moves(current.id, &back, &[line]).await?;
        self.begin_moves(&[back]).await;
        Ok(concerned)
    }
}
