//! Plans as they are written and published on the pages: each with its versions, its draft, who is on which version, and
//! moving customers to the current one now or at their renewal.
//!
//! A published version is never edited. Customers stay on theirs until they are moved, by a job, a few at a time; a move at
//! renewal can be taken back until then. Who may is the catalogue's row of the one table.

mod draft;
mod edit;
mod known;
mod moves;
mod rounds;

use std::sync::Arc;

use drawdown_domain::Key;
use drawdown_domain::catalogue::change::Change;
use drawdown_domain::plan::{PlanTerms, PlanVersion};
use drawdown_store::{DraftOf, ListedPlanVersion};

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

pub use draft::{NewPlan, PlanDraft};
pub use drawdown_store::PlanMoveAct;
pub use edit::PlanEdit;
pub(crate) use known::missing;
pub use moves::{MoveChoice, Moved, PlanGroup, PlanMoveView};

/// A plan in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// Its key.
    pub key: Key,
    /// Its current version; `None` where it was never published.
    pub current: Option<Arc<PlanVersion>>,
    /// The terms that the list tells of: those of the current version, or of the draft.
    pub terms: PlanTerms,
    /// Customers on any version of it.
    pub customers: i64,
    /// Whether it has a draft.
    pub has_draft: bool,
}

/// A version of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanVersionView {
    /// 1, 2, 3…
    pub number: i64,
    /// When it was published.
    pub published: Moment,
    /// The terms.
    pub terms: PlanTerms,
    /// What it changes of the version before.
    pub changes: Vec<Change>,
    /// Customers on it, without those under a contract.
    pub customers: i64,
    /// Customers under a contract that builds on it.
    pub under_contract: i64,
}

/// A plan's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanPage {
    /// Its key.
    pub key: Key,
    /// Its name: of the current version, or of the draft.
    pub name: String,
    /// Its versions, the newest first.
    pub versions: Vec<PlanVersionView>,
    /// Its draft.
    pub draft: Option<PlanDraft>,
    /// Customers who are not on the current version, by what they are on.
    pub groups: Vec<PlanGroup>,
    /// Customers who move to a version of it with their group at their renewal, without those of whom it is being taken back.
    pub waiting: i64,
    /// How far the moves of groups to its versions are, the newest first.
    pub moves: Vec<PlanMoveView>,
}

impl Service {
    /// Refuses whoever may not write plans: for forms, before they are filled in.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`].
    pub fn may_write_plans(&self, actor: &Actor) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)
    }

    /// All plans, by key; to whoever only reads the catalogue, what is published of it.
    pub async fn plan_rows(&self, actor: &Actor) -> Result<Vec<PlanRow>, ServiceError> {
        actor.authorise(Action::ReadCatalogue, None)?;
        let published = self.store().plans().await?;
        let drafts = match self.may_write_plans(actor) {
            Ok(()) => self.store().plan_drafts::<PlanTerms>().await?,
            Err(_) => Vec::new(),
        };
        let mut rows: Vec<PlanRow> = published
            .into_iter()
            .map(|summary| PlanRow {
                key: summary.current.plan.clone(),
                terms: summary.current.terms.clone(),
                customers: summary.organizations,
                has_draft: drafts.iter().any(|(key, _)| *key == summary.current.plan),
                current: Some(summary.current),
            })
            .collect();
        for (key, draft) in drafts {
            if rows.iter().all(|row| row.key != key) {
                rows.push(PlanRow {
                    key,
                    current: None,
                    terms: draft.content,
                    customers: 0,
                    has_draft: true,
                });
            }
        }
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(rows)
    }

    /// One plan. To whoever only reads the catalogue, what is published of it: neither its draft nor the customers who move.
    pub async fn plan_page(&self, actor: &Actor, plan: &Key) -> Result<PlanPage, ServiceError> {
        actor.authorise(Action::ReadCatalogue, None)?;
        let writes = self.may_write_plans(actor).is_ok();
        let listed = self.store().plan_versions(plan).await?;
        let draft = if writes {
            self.plan_draft(actor, plan).await?
        } else {
            None
        };
        let name = listed.first().map(|newest| newest.version.terms.name.clone());
        let name = name.or_else(|| draft.as_ref().map(|draft| draft.terms.name.clone()));
        let name = name.ok_or(ServiceError::NotFound("plan"))?;
        let moments = self.catalogue_moments();
        let view = |(place, of): (usize, &ListedPlanVersion)| {
            let (terms, before) = (&of.version.terms, listed.get(place + 1));
            PlanVersionView {
                number: of.version.number,
                published: moments.at(of.published_at),
                changes: before.map_or_else(Vec::new, |before| before.version.terms.changes_to(terms)),
                terms: terms.clone(),
                customers: of.organizations,
                under_contract: of.under_contract,
            }
        };
        let versions = listed.iter().enumerate().map(view).collect();
        if !writes {
            return Ok(PlanPage {
                key: plan.clone(),
                name,
                versions,
                draft,
                groups: Vec::new(),
                waiting: 0,
                moves: Vec::new(),
            });
        }
        Ok(PlanPage {
            key: plan.clone(),
            name,
            versions,
            groups: self.plan_groups(actor, plan, None).await?,
            draft,
            waiting: self.store().count_waiting_for_plan(plan).await?,
            moves: self.move_views(plan).await?,
        })
    }

    /// Why terms cannot be published: what makes no sense, or is not there to be used.
    pub(crate) async fn plan_fault(&self, terms: &PlanTerms) -> Result<Option<String>, ServiceError> {
        if let Err(fault) = terms.validate() {
            return Ok(Some(fault.to_string()));
        }
        self.unknown_to_rates(terms).await
    }

    /// What of terms the rate card in force does not have, in a sentence.
    pub(crate) async fn unknown_to_rates(&self, terms: &PlanTerms) -> Result<Option<String>, ServiceError> {
        let card = self.card_in_force().await?;
        let unknown = card.and_then(|card| missing(terms, &card.rates).into_iter().next());
        Ok(unknown.map(|unknown| format!("the rate card in force has no {unknown}")))
    }

    /// The plan's draft as the store keeps it.
    pub(crate) const fn draft_of(plan: &Key) -> DraftOf<'_> {
        DraftOf::Plan(plan)
    }
}
