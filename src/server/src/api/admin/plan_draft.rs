//! `/v1/admin/plans/{key}/draft`: a new version of a plan, written, published, and customers moved to it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_service::catalogue::plan_json;
use drawdown_service::plans::{MoveChoice, Moved, PlanDraft};
use drawdown_service::schedule::PlanWhen;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Admin;
use super::plan_terms::PlanTermsWire;
use super::plans::{GroupWire, plan_key};
use super::rate_terms::{ChangeWire, changes};
use crate::api::ApiState;
use crate::api::body::Query;
use crate::api::code::Code;
use crate::api::fields::Fields;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::words::Word;
use crate::api::write::{Empty, Write};

/// The most groups of customers that are moved in one call.
const MOVES_MAX: usize = 500;

/// Which draft is discarded.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RevisionQuery {
    /// The revision that was seen.
    #[param(example = "2")]
    pub revision: i64,
}

/// What a draft shall say.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutPlanDraft)]
#[serde(deny_unknown_fields)]
pub(super) struct PutDraftWire {
    /// All of it.
    terms: PlanTermsWire,
    /// The revision that was seen: only that one is replaced. Whatever is there, where absent.
    revision: Option<i64>,
}

/// Customers to be moved to the current version.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MoveGroup)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveWire {
    /// The version that they are on.
    version: i64,
    /// Whether those under a contract are meant; false where absent.
    under_contract: Option<bool>,
    /// `now`, `renewal` or `never`.
    when: String,
}

/// What is published.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PublishPlan)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishWire {
    /// The revision that was seen.
    revision: i64,
    /// When groups of customers move to it; a group that is not named stays where it is.
    moves: Option<Vec<MoveWire>>,
}

/// Groups of customers to be moved.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MoveCustomers)]
#[serde(deny_unknown_fields)]
pub(super) struct MovesWire {
    /// When each moves; a group that is not named stays where it is.
    moves: Vec<MoveWire>,
}

/// A draft of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanDraft)]
pub(super) struct DraftWire {
    /// Counts its changes: whoever publishes or discards it names the one that they saw.
    revision: i64,
    /// The version that it began as; 0 for a new plan.
    based_on: i64,
    /// The current version, where that is another one: the draft is not published over it.
    newer: Option<i64>,
    /// What it says.
    terms: PlanTermsWire,
    /// What it changes of the current version.
    changes: Vec<ChangeWire>,
    /// Why it cannot be published yet.
    fault: Option<String>,
    /// When it was last changed.
    changed_at: String,
    /// By whom.
    changed_by: String,
}

/// A draft with the customers whom publishing it concerns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanDraftGroups)]
pub(super) struct DraftGroupsWire {
    /// The draft.
    draft: DraftWire,
    /// Customers on the plan's versions, with what moving to the draft's terms would change for them.
    groups: Vec<GroupWire>,
}

/// A customer that could not be moved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotMoved)]
pub(super) struct NotMovedWire {
    /// Its key.
    customer: String,
    /// Why.
    reason: String,
}

/// How far moves are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Moved)]
pub(super) struct MovedWire {
    /// The current version.
    version: i64,
    /// Customers who were moved to it.
    moved: i64,
    /// Customers who will be at their renewal, or when their contract is over.
    at_renewal: i64,
    /// Customers under contracts of earlier versions who are not to be moved: they keep theirs until their contract is amended or
    /// ends.
    under_contract: i64,
    /// Customers whose turn comes within the next seconds or minutes; `GET /v1/admin/plans/{key}` tells how far it is.
    under_way: i64,
    /// Customers who could not be moved.
    refused: i64,
    /// The first of them.
    refusals: Vec<NotMovedWire>,
}

/// What became of a withdrawal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MovesWithdrawn)]
pub(super) struct WithdrawnWire {
    /// Customers whom it concerns: each stays where it is, unless its move takes effect at this very moment. Of many, the last
    /// are done within seconds or minutes.
    customers: i64,
}

impl DraftWire {
    /// As it is answered.
    pub(super) fn of(draft: &PlanDraft) -> Result<Self, Problem> {
        Ok(Self {
            revision: draft.revision,
            based_on: draft.based_on,
            newer: draft.newer,
            terms: PlanTermsWire::of(plan_json(&draft.terms)?)?,
            changes: changes(&draft.changes),
            fault: draft.fault.clone(),
            changed_at: time::format(draft.changed.at),
            changed_by: draft.changed_by.clone(),
        })
    }
}

impl From<&(String, String)> for NotMovedWire {
    fn from((customer, reason): &(String, String)) -> Self {
        Self {
            customer: customer.clone(),
            reason: reason.clone(),
        }
    }
}

impl MovedWire {
    fn of(version: i64, moved: &Moved) -> Self {
        Self {
            version,
            moved: moved.now,
            at_renewal: moved.at_renewal + moved.at_contract_end,
            under_contract: moved.under_contract,
            under_way: moved.under_way,
            refused: moved.refused_count,
            refusals: moved.refused.iter().map(NotMovedWire::from).collect(),
        }
    }
}

fn choices(moves: &[MoveWire]) -> Result<Vec<MoveChoice>, Problem> {
    let mut fields = Fields::new();
    if moves.len() > MOVES_MAX {
        fields.refuse("moves", "too_many", format!("at most {MOVES_MAX} groups"));
    }
    let words = [
        ("now", Some(PlanWhen::Now)),
        (PlanWhen::AtRenewal.word(), Some(PlanWhen::AtRenewal)),
        ("never", None),
    ];
    let mut chosen: Vec<MoveChoice> = Vec::new();
    for (place, group) in moves.iter().enumerate() {
        let when = fields.word(&format!("moves[{place}].when"), &group.when, &words);
        let contract = group.under_contract.unwrap_or(false);
        let again = |one: &MoveChoice| one.version == group.version && one.contract == contract;
        if chosen.iter().any(again) {
            fields.refuse(format!("moves[{place}]"), "twice", "this group is named before");
        }
        if let Some(Some(when)) = when {
            chosen.push(MoveChoice {
                version: group.version,
                contract,
                when,
            });
        }
    }
    fields.finish()?;
    Ok(chosen)
}

/// Writes a draft of a plan, whole: a new version, or a plan that is not there yet. Nobody is on it until it is published.
#[utoipa::path(
    put, path = "/v1/admin/plans/{key}/draft", tag = "admin: catalogue", operation_id = "admin_put_plan_draft",
    params(("key" = String, Path, description = "The plan", example = "team")),
    request_body(content = PutDraftWire, example = json!({"terms": {
        "name": "Team", "kind": "tier", "currency": "USD", "conversion_rate": "100", "price": "94.99",
        "allotments": {"monthly": {"credits": "10000", "rollover": {"up_to": "2"}}},
        "seats": 5, "extra_seat_price": "12", "unlimited": [{"mode": "relaxed", "fair_use": {
            "window": "day", "steps": [{"above": "500", "requests": 10, "per": "minute"}]
        }}],
        "overage": {"forgive": "5"}, "top_ups": "with_plan", "top_up_valid": "12 months", "low_balance_percent": 20,
        "caps": {"daily": {"credits": "2000", "window": "day", "scope": {"use_case": "code", "each": "subject"}}},
        "throttles": {"steady": {"requests": 50, "per": "minute", "then": "degrade"}}
    }})),
    responses((status = 200, description = "The draft", body = DraftWire), Problems),
)]
pub(super) async fn put(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<PutDraftWire>,
) -> Result<Json<DraftWire>, Problem> {
    let terms = write.body.terms.value()?;
    let draft = state
        .service
        .put_plan_draft(&actor, &plan_key(&key)?, write.body.revision, &terms)
        .await?;
    Ok(Json(DraftWire::of(&draft)?))
}

/// A draft of a plan, and what moving to it would change for each group of customers. Nobody has moved.
#[utoipa::path(
    get, path = "/v1/admin/plans/{key}/draft", tag = "admin: catalogue", operation_id = "admin_get_plan_draft",
    params(("key" = String, Path, description = "The plan", example = "team")),
    responses((status = 200, description = "The draft and the groups", body = DraftGroupsWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<DraftGroupsWire>, Problem> {
    let plan = plan_key(&key)?;
    let draft = state.service.plan_draft(&actor, &plan).await?;
    let draft = draft.ok_or_else(|| Problem::new(Code::NotFound, "The plan has no draft."))?;
    let groups = state.service.plan_groups(&actor, &plan, Some(&draft.terms)).await?;
    Ok(Json(DraftGroupsWire {
        draft: DraftWire::of(&draft)?,
        groups: groups.iter().map(GroupWire::from).collect(),
    }))
}

/// Throws a draft away as it was seen.
#[utoipa::path(
    delete, path = "/v1/admin/plans/{key}/draft", tag = "admin: catalogue", operation_id = "admin_delete_plan_draft",
    params(("key" = String, Path, description = "The plan", example = "team"), RevisionQuery),
    responses((status = 204, description = "It is discarded"), Problems),
)]
pub(super) async fn discard(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    Query(query): Query<RevisionQuery>,
) -> Result<StatusCode, Problem> {
    let service = &state.service;
    service
        .discard_plan_draft(&actor, &plan_key(&key)?, query.revision)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Publishes a draft as it was seen, for new customers at once, and moves groups of customers to it.
#[utoipa::path(
    post, path = "/v1/admin/plans/{key}/draft/publish", tag = "admin: catalogue", operation_id = "admin_publish_plan",
    params(("key" = String, Path, description = "The plan", example = "team")),
    request_body(content = PublishWire, example = json!({"revision": 2, "moves": [
        {"version": 1, "when": "renewal"}, {"version": 1, "under_contract": true, "when": "never"}
    ]})),
    responses((status = 200, description = "The version and what became of the moves", body = MovedWire), Problems),
)]
pub(super) async fn publish(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<PublishWire>,
) -> Result<Json<MovedWire>, Problem> {
    let moves = choices(write.body.moves.as_deref().unwrap_or_default())?;
    let (plan, revision) = (plan_key(&key)?, write.body.revision);
    let published = Box::pin(state.service.publish_plan_draft(&actor, &plan, revision, &moves)).await?;
    Ok(Json(MovedWire::of(published.0, &published.1)))
}

/// Moves groups of customers to the current version.
#[utoipa::path(
    post, path = "/v1/admin/plans/{key}/moves", tag = "admin: catalogue", operation_id = "admin_move_customers",
    params(("key" = String, Path, description = "The plan", example = "team")),
    request_body(content = MovesWire, example = json!({"moves": [{"version": 1, "when": "now"}]})),
    responses((status = 200, description = "What became of the moves", body = MovedWire), Problems),
)]
pub(super) async fn move_customers(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<MovesWire>,
) -> Result<Json<MovedWire>, Problem> {
    let chosen = choices(&write.body.moves)?;
    let plan = plan_key(&key)?;
    let moved = Box::pin(state.service.move_groups(&actor, &plan, &chosen)).await?;
    let page = state.service.plan_page(&actor, &plan).await?;
    let current = page.versions.first().map_or(0, |version| version.number);
    Ok(Json(MovedWire::of(current, &moved)))
}

/// Takes back every move to the current version that waits for a renewal or has not begun.
#[utoipa::path(
    post, path = "/v1/admin/plans/{key}/moves/withdraw", tag = "admin: catalogue", operation_id = "admin_withdraw_moves",
    params(("key" = String, Path, description = "The plan", example = "team")),
    request_body(content = Object, description = "Nothing, or an empty object", example = json!({})),
    responses((status = 200, description = "How many customers it concerns", body = WithdrawnWire), Problems),
)]
pub(super) async fn withdraw_moves(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    _: Write<Empty>,
) -> Result<Json<WithdrawnWire>, Problem> {
    let plan = plan_key(&key)?;
    let customers = Box::pin(state.service.withdraw_moves(&actor, &plan)).await?;
    Ok(Json(WithdrawnWire { customers }))
}
