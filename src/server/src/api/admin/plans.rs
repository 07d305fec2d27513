//! `/v1/admin/plans`: what is sold as a plan, by version, and who is on which.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_domain::Key;
use drawdown_service::catalogue::plan_json;
use drawdown_service::plans::{PlanGroup, PlanMoveView, PlanRow, PlanVersionView};
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use super::plan_draft::{DraftWire, NotMovedWire};
use super::plan_terms::PlanTermsWire;
use super::rate_terms::{ChangeWire, changes};
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::words::Word;

/// A plan in the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanRow)]
pub(super) struct PlanRowWire {
    /// Its key.
    #[schema(example = "team")]
    key: String,
    /// Its name.
    #[schema(example = "Team")]
    name: String,
    /// `trial`, `tier`, `commitment` or `unlimited`.
    #[schema(example = "tier")]
    kind: &'static str,
    /// Its current version; null where it was never published.
    version: Option<i64>,
    /// Customers on any version of it.
    customers: i64,
    /// Whether it has a draft.
    has_draft: bool,
}

/// All plans.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanRows)]
pub(super) struct PlanRowsWire {
    /// By key.
    items: Vec<PlanRowWire>,
}

/// A version of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanVersion)]
pub(super) struct PlanVersionWire {
    /// 1, 2, 3…
    version: i64,
    /// When it was published.
    published_at: String,
    /// What it says.
    terms: PlanTermsWire,
    /// What it changes of the version before.
    changes: Vec<ChangeWire>,
    /// Customers on it, without those under a contract.
    customers: i64,
}

/// Customers who are not on the current version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanGroup)]
pub(super) struct GroupWire {
    /// The version that they are on.
    version: i64,
    /// Whether they are under a contract that builds on it: these move at its end only.
    under_contract: bool,
    /// How many.
    customers: i64,
    /// What moving changes for them.
    changes: Vec<ChangeWire>,
}

/// How far the move of a group is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupMove)]
pub(super) struct GroupMoveWire {
    /// What is done with each customer: `now`, `renewal`, or `withdraw` where moves are taken back.
    #[schema(example = "now")]
    act: &'static str,
    /// The version that the group was on; null where moves are taken back.
    version: Option<i64>,
    /// The version to which; where moves are taken back, the current one of that time.
    to_version: i64,
    /// Whether it is the group under contracts that build on it.
    under_contract: bool,
    /// Who asked; of a key, its name.
    asked_by: String,
    /// When.
    asked_at: String,
    /// Customers whose turn is still to come.
    under_way: i64,
    /// Customers who were moved; or, where moves are taken back, who stay where they are.
    done: i64,
    /// Customers who were put down for their renewal; it may have come since, or this may have been taken back.
    at_renewal: i64,
    /// Customers for whom it was taken back before their turn.
    withdrawn: i64,
    /// Customers who could not be moved.
    refused: i64,
    /// The first of them.
    refusals: Vec<NotMovedWire>,
}

/// A plan with its versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanDetail)]
pub(super) struct PlanDetailWire {
    /// Its key.
    #[schema(example = "team")]
    key: String,
    /// Its name.
    #[schema(example = "Team")]
    name: String,
    /// Its versions, the newest first.
    versions: Vec<PlanVersionWire>,
    /// Its draft.
    draft: Option<DraftWire>,
    /// Customers who are not on the current version, by what they are on.
    groups: Vec<GroupWire>,
    /// Customers who move to a version of it at their renewal, without those of whom it is being taken back.
    waiting: i64,
    /// How far the moves of groups to its versions are, the newest first; 20 at most.
    moves: Vec<GroupMoveWire>,
}

impl From<&PlanRow> for PlanRowWire {
    fn from(plan: &PlanRow) -> Self {
        Self {
            key: plan.key.to_string(),
            name: plan.terms.name.clone(),
            kind: plan.terms.kind.word(),
            version: plan.current.as_ref().map(|current| current.number),
            customers: plan.customers,
            has_draft: plan.has_draft,
        }
    }
}

impl PlanVersionWire {
    fn of(version: &PlanVersionView) -> Result<Self, Problem> {
        Ok(Self {
            version: version.number,
            published_at: time::format(version.published.at),
            terms: PlanTermsWire::of(plan_json(&version.terms)?)?,
            changes: changes(&version.changes),
            customers: version.customers,
        })
    }
}

impl From<&PlanGroup> for GroupWire {
    fn from(group: &PlanGroup) -> Self {
        Self {
            version: group.version,
            under_contract: group.contract,
            customers: group.customers,
            changes: changes(&group.changes),
        }
    }
}

impl From<&PlanMoveView> for GroupMoveWire {
    fn from(group: &PlanMoveView) -> Self {
        Self {
            act: group.act.word(),
            version: group.from,
            to_version: group.to,
            under_contract: group.contract,
            asked_by: group.asked_by.clone(),
            asked_at: time::format(group.asked.at),
            under_way: group.under_way,
            done: group.done,
            at_renewal: group.at_renewal,
            withdrawn: group.withdrawn,
            refused: group.refused,
            refusals: group.refusals.iter().map(NotMovedWire::from).collect(),
        }
    }
}

/// The plan of an address. What is not a key names none.
pub(super) fn plan_key(text: &str) -> Result<Key, Problem> {
    text.parse().map_err(|_| Problem::plain(Code::UnknownPlan))
}

/// All plans, by key.
#[utoipa::path(
    get, path = "/v1/admin/plans", tag = "admin: catalogue", operation_id = "admin_list_plans",
    responses((status = 200, description = "The plans", body = PlanRowsWire), Problems),
)]
pub(super) async fn list(State(state): State<ApiState>, Admin(actor): Admin) -> Result<Json<PlanRowsWire>, Problem> {
    let plans = state.service.plan_rows(&actor).await?;
    Ok(Json(PlanRowsWire {
        items: plans.iter().map(PlanRowWire::from).collect(),
    }))
}

/// A plan with its versions, its draft, and the customers that are not on the current version.
#[utoipa::path(
    get, path = "/v1/admin/plans/{key}", tag = "admin: catalogue", operation_id = "admin_get_plan",
    params(("key" = String, Path, description = "The plan", example = "team")),
    responses((status = 200, description = "The plan", body = PlanDetailWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<PlanDetailWire>, Problem> {
    let plan = state.service.plan_page(&actor, &plan_key(&key)?).await?;
    Ok(Json(PlanDetailWire {
        key: plan.key.to_string(),
        name: plan.name.clone(),
        versions: plan
            .versions
            .iter()
            .map(PlanVersionWire::of)
            .collect::<Result<_, _>>()?,
        draft: plan.draft.as_ref().map(DraftWire::of).transpose()?,
        groups: plan.groups.iter().map(GroupWire::from).collect(),
        waiting: plan.waiting,
        moves: plan.moves.iter().map(GroupMoveWire::from).collect(),
    }))
}
