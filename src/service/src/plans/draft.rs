//! The draft of a plan: begun empty or as the current version, changed by small changes, published or thrown away.

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::plan::{PlanKind, PlanTerms};
use drawdown_domain::{Currency, Key};
use drawdown_store::Draft;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::edit::{PlanEdit, check_name};
use super::moves::{MoveChoice, Moved};
use crate::actor::{Action, Actor};
use crate::catalogue::plan_of;
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::rate_card::{changed_by_other, overtaken, version_of, with_version};
use crate::service::Service;

/// How often a change is tried again where others change the draft at the same time.
const TRIES_MAX: usize = 5;
/// Credits for one unit of money of a new plan, until somebody says otherwise.
const CONVERSION_RATE: i64 = 100;

/// A plan to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPlan {
    /// Its key; no other plan has it.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: PlanKind,
    /// The currency of its prices, for ever.
    pub currency: Currency,
}

/// A plan's draft, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanDraft {
    /// Counts its changes; whoever publishes or discards it names the one they saw.
    pub revision: i64,
    /// The version that it began as; zero where it began empty.
    pub based_on: i64,
    /// The current version, where it is not the one that the draft began as: what it changed is not in this draft, and the draft is
    /// not published before somebody has seen what differs ([`Service::carry_plan_draft`]).
    pub newer: Option<i64>,
    /// What it says.
    pub terms: PlanTerms,
    /// What it changes of the current version.
    pub changes: Vec<Change>,
    /// Why it cannot be published yet.
    pub fault: Option<String>,
    /// When it was last changed.
    pub changed: Moment,
    /// By whom.
    pub changed_by: String,
}

impl Service {
    /// The draft of a plan, where there is one.
    pub async fn plan_draft(&self, actor: &Actor, plan: &Key) -> Result<Option<PlanDraft>, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let Some(draft) = self.store().draft::<PlanTerms>(Self::draft_of(plan)).await? else {
            return Ok(None);
        };
        let current = self.store().current_plan(plan).await?;
        let number = current.as_ref().map_or(0, |current| current.number);
        let changes = match current {
            Some(current) => current.terms.changes_to(&draft.content),
            None => draft.content.written(),
        };
        Ok(Some(PlanDraft {
            revision: draft.revision,
            based_on: draft.based_on,
            newer: Some(number).filter(|number| *number != draft.based_on),
            fault: self.plan_fault(&draft.content).await?,
            changes,
            terms: draft.content,
            changed: self.catalogue_moments().at(draft.changed_at),
            changed_by: draft.changed_by,
        }))
    }

    /// Begins a new plan as a draft.
    pub async fn begin_plan(&self, actor: &Actor, new: NewPlan) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let name = check_name(&new.name)?;
        let taken = || {
            let message = format!("there is a plan {} already; take another key", new.key);
            ServiceError::field("key", "exists", message)
        };
        if self.store().current_plan(&new.key).await?.is_some() {
            return Err(taken());
        }
        let terms = PlanTerms::new(name, new.kind, new.currency, Decimal::from(CONVERSION_RATE));
        let begun = self.put_first(actor, &new.key, 0, terms).await?;
        begun.then_some(()).ok_or_else(taken)
    }

    /// Begins a draft as the current version of a plan; a draft that is there already stays.
    pub async fn start_plan_draft(&self, actor: &Actor, plan: &Key) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let current = self.store().current_plan(plan).await?;
        let current = current.ok_or(ServiceError::NotFound("plan"))?;
        self.put_first(actor, plan, current.number, current.terms.clone())
            .await?;
        Ok(())
    }

    async fn put_first(
        &self,
        actor: &Actor,
        plan: &Key,
        based_on: i64,
        terms: PlanTerms,
    ) -> Result<bool, ServiceError> {
        let draft = Draft {
            revision: 1,
            based_on,
            content: terms,
            changed_at: self.now(),
            changed_by: self.actor_name(actor),
        };
        let after = json!({ "plan": plan, "based_on": based_on });
        let line = self.audit_line(actor, None, "start", "plan_draft", Some(after));
        Ok(self.store().put_draft(Self::draft_of(plan), &draft, &[line]).await?)
    }

    /// Changes one thing of a plan's draft; with a `revision` only of the draft as it was seen.
    pub async fn edit_plan(
        &self,
        actor: &Actor,
        plan: &Key,
        revision: Option<i64>,
        edit: PlanEdit,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let change = |terms: &mut PlanTerms| edit.clone().apply(terms);
        self.change_plan_draft(actor, plan, revision, change).await
    }

    /// Takes a plan's draft as it was seen to be written for the current version: somebody has looked at what it changes of that,
    /// and wants it so. What it says stays.
    pub async fn carry_plan_draft(&self, actor: &Actor, plan: &Key, revision: i64) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let current = self.store().current_plan(plan).await?;
        let base = current.map_or(0, |current| current.number);
        self.carry_draft::<PlanTerms>(actor, Self::draft_of(plan), revision, base)
            .await
    }

    /// Makes a plan's draft say this and nothing else; begins it where there is none, and the plan where there is none. With a
    /// `revision` only the draft as it was seen. Terms are as `/v1/admin` has them: [`crate::catalogue::plan_json`].
    pub async fn put_plan_draft(
        &self,
        actor: &Actor,
        plan: &Key,
        revision: Option<i64>,
        terms: &Value,
    ) -> Result<PlanDraft, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let mut terms = plan_of(plan, terms, &self.rates().await?)?;
        terms.name = check_name(&terms.name)?;
        let current = self.store().current_plan(plan).await?;
        if let Some(current) = &current
            && current.terms.currency != terms.currency
        {
            let message = format!(
                "this plan is in {} for ever; begin another plan",
                current.terms.currency
            );
            return Err(ServiceError::field("terms.currency", "fixed", message));
        }
        let put = async || {
            let put = |old: &mut PlanTerms| {
                old.clone_from(&terms);
                Ok(())
            };
            self.change_plan_draft(actor, plan, revision, put).await
        };
        match put().await {
            Err(ServiceError::NotFound("draft")) if revision.is_none() => {
                let begins = current
                    .as_ref()
                    .map_or((0, &terms), |current| (current.number, &current.terms));
                self.put_first(actor, plan, begins.0, begins.1.clone()).await?;
                put().await?;
            }
            done => done?,
        }
        self.plan_draft(actor, plan).await?.ok_or_else(overtaken)
    }

    async fn change_plan_draft(
        &self,
        actor: &Actor,
        plan: &Key,
        revision: Option<i64>,
        change: impl Fn(&mut PlanTerms) -> Result<(), ServiceError>,
    ) -> Result<(), ServiceError> {
        for _ in 0..TRIES_MAX {
            let draft = self.store().draft::<PlanTerms>(Self::draft_of(plan)).await?;
            let draft = draft.ok_or(ServiceError::NotFound("draft"))?;
            let mut terms = draft.content.clone();
            let applied = change(&mut terms);
            // What is sent twice, and what somebody else has done already, changes nothing of what was not seen.
            if applied.is_ok() && terms == draft.content {
                return Ok(());
            }
            if revision.is_some_and(|seen| seen != draft.revision) {
                return Err(changed_by_other(&draft));
            }
            applied?;
            let line = self.plan_line_of(actor, "put", "plan_draft", plan, &draft.content.changes_to(&terms));
            let next = Draft {
                revision: draft.revision + 1,
                content: terms,
                changed_at: self.now(),
                changed_by: self.actor_name(actor),
                ..draft
            };
            if self.store().put_draft(Self::draft_of(plan), &next, &[line]).await? {
                return Ok(());
            }
        }
        Err(overtaken())
    }

    /// Throws a plan's draft away as it was seen.
    pub async fn discard_plan_draft(&self, actor: &Actor, plan: &Key, revision: i64) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        let draft = self.plan_draft(actor, plan).await?;
        let draft = draft.ok_or(ServiceError::NotFound("draft"))?;
        let line = self.plan_line_of(actor, "discard", "plan_draft", plan, &draft.changes);
        let discarded = self
            .store()
            .discard_draft(Self::draft_of(plan), revision, &[line])
            .await?;
        discarded.then_some(()).ok_or_else(overtaken)
    }

    /// Publishes a plan's draft as it was seen, with what is to become of groups of customers. Gives the version's number and how
    /// far the moves are.
    pub async fn publish_plan_draft(
        &self,
        actor: &Actor,
        plan: &Key,
        revision: i64,
        choices: &[MoveChoice],
    ) -> Result<(i64, Moved), ServiceError> {
        let draft = self.plan_draft(actor, plan).await?;
        let draft = draft.ok_or(ServiceError::NotFound("draft"))?;
        if draft.revision != revision {
            return Err(overtaken());
        }
        if let Some(fault) = draft.fault {
            return Err(ServiceError::conflict(
                "draft_not_valid",
                format!("it cannot be published yet: {fault}"),
            ));
        }
        if draft.changes.is_empty() {
            return Err(ServiceError::conflict(
                "nothing_changes",
                "the draft says what the current version says",
            ));
        }
        let mut line = self.plan_line_of(actor, "publish", "plan", plan, &draft.changes);
        if draft.based_on > 0 {
            let mut before = with_version(line.before.take(), draft.based_on);
            before["plan"] = json!(plan);
            line.before = Some(before);
        }
        let mut lines = vec![line];
        lines.extend(self.moves_line(actor, plan, choices));
        let now = self.now();
        let moves = self.new_moves(actor, plan, choices, None).await?;
        let published = self
            .store()
            .publish_plan_draft(plan, revision, &draft.terms, &moves, now, &lines)
            .await?;
        let version = version_of(published)?;
        let under_contract = self.stay_under_contract(plan, choices, version.id).await?;
        let begun = self.begin_moves(&moves).await;
        Ok((
            version.number,
            Moved {
                under_contract,
                ..begun
            },
        ))
    }

    pub(super) fn plan_line_of(
        &self,
        actor: &Actor,
        action: &str,
        noun: &str,
        plan: &Key,
        changes: &[Change],
    ) -> drawdown_store::AuditLine {
        let mut line = self.changes_line(actor, action, noun, changes);
        for side in [&mut line.before, &mut line.after] {
            if let Some(serde_json::Value::Object(lines)) = side {
                lines.insert("plan".to_owned(), json!(plan));
            }
        }
        line
    }
}
