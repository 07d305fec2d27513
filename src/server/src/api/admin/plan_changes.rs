//! `/v1/admin/customers/{key}/plan` and `…/plan-changes`: a customer's plan, changed at once or at its renewal, and what of it
//! is still to come.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_domain::id::PlanChangeId;
use drawdown_service::schedule::{PlanChangeView, PlanChanged, PlanWhen};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::customers::customer_key;
use crate::api::fields::Fields;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::words::Word;
use crate::api::write::Write;

/// The plan that a customer shall be on.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutPlan)]
#[serde(deny_unknown_fields)]
pub(super) struct PutPlanWire {
    /// The plan, by its key.
    plan: String,
    /// Its version; the current one where absent.
    version: Option<i64>,
    /// `now`, or `renewal`: when the present plan next renews, or a trial or contract ends.
    when: String,
}

/// When a plan ends.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EndPlan)]
#[serde(deny_unknown_fields)]
pub(super) struct EndPlanWire {
    /// `now`, or `renewal`: when it next renews, or a trial or contract ends.
    when: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanPut)]
pub(super) struct PlanPutWire {
    /// `done`, `scheduled`, or `same`: it was so already.
    #[schema(example = "scheduled")]
    outcome: &'static str,
    /// The change that is to come, where it is scheduled: it can be withdrawn until then.
    change: Option<String>,
}

/// A change of plan that is to come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanChange)]
pub(super) struct PlanChangeWire {
    /// Its identifier.
    id: String,
    /// The plan's name; null for no plan.
    #[schema(example = "Team")]
    plan: Option<String>,
    /// The plan's version.
    version: Option<i64>,
    /// True where it belongs to a contract, which is amended or taken back instead of withdrawing this.
    of_contract: bool,
    /// When; null for the next renewal.
    at: Option<String>,
}

/// The changes of plan to come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanChanges)]
pub(super) struct PlanChangesWire {
    /// The soonest first.
    items: Vec<PlanChangeWire>,
}

impl From<PlanChanged> for PlanPutWire {
    fn from(changed: PlanChanged) -> Self {
        let (outcome, change) = match changed {
            PlanChanged::Done => ("done", None),
            PlanChanged::Scheduled(id) => ("scheduled", Some(id.to_string())),
            PlanChanged::Same => ("same", None),
        };
        Self { outcome, change }
    }
}

impl From<&PlanChangeView> for PlanChangeWire {
    fn from(change: &PlanChangeView) -> Self {
        Self {
            id: change.id.to_string(),
            plan: change.plan.as_ref().map(|(name, _)| name.clone()),
            version: change.plan.as_ref().map(|(_, number)| *number),
            of_contract: change.of_contract,
            at: change.at.as_ref().map(|moment| time::format(moment.at)),
        }
    }
}

/// Puts a customer on a plan, at once or at its renewal. A later call takes the place of one that waits.
///
/// An interval that is paid for goes on under a plan that costs as often: nothing is charged or given a second time in it. Where the
/// plan's price falls due with the change, its credits come with it, and intervals begin anew that day.
#[utoipa::path(
    put, path = "/v1/admin/customers/{key}/plan", tag = "admin: customers", operation_id = "admin_put_plan",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = PutPlanWire, examples(
        ("now" = (summary = "At once", value = json!({"plan": "team", "when": "now"}))),
        ("renewal" = (summary = "At its renewal", value = json!({"plan": "team", "version": 1, "when": "renewal"}))),
    )),
    responses((status = 200, description = "What became of it", body = PlanPutWire), Problems),
)]
pub(super) async fn put(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<PutPlanWire>,
) -> Result<Json<PlanPutWire>, Problem> {
    let mut fields = Fields::new();
    let plan = fields.key("plan", &write.body.plan);
    let when = fields.word("when", &write.body.when, PlanWhen::WORDS);
    let (plan, when) = fields.finish_with(plan.zip(when))?;
    let service = &state.service;
    let organization = service.organization_of(&actor, &customer_key(&key)?).await?;
    let version = service
        .plan_version_id(&actor, organization, &plan, write.body.version)
        .await?;
    let changed = Box::pin(service.change_plan(&actor, organization, version, when)).await?;
    Ok(Json(PlanPutWire::from(changed)))
}

/// Ends a customer's plan, at once or at its renewal. A later call takes the place of one that waits.
///
/// After that the customer has no plan: every run is refused and nothing is given. Credits that are there keep their ends; those
/// that were bought beside a plan that they need rest until there is a plan again.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/plan/end", tag = "admin: customers", operation_id = "admin_end_plan",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = EndPlanWire, examples(
        ("now" = (summary = "At once", value = json!({"when": "now"}))),
        ("renewal" = (summary = "At its renewal", value = json!({"when": "renewal"}))),
    )),
    responses((status = 200, description = "What became of it", body = PlanPutWire), Problems),
)]
pub(super) async fn end(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<EndPlanWire>,
) -> Result<Json<PlanPutWire>, Problem> {
    let mut fields = Fields::new();
    let when = fields.word("when", &write.body.when, PlanWhen::WORDS);
    let when = fields.finish_with(when)?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let changed = Box::pin(state.service.end_plan(&actor, organization, when)).await?;
    Ok(Json(PlanPutWire::from(changed)))
}

/// The changes of plan to come.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}/plan-changes", tag = "admin: customers",
    operation_id = "admin_list_plan_changes",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    responses((status = 200, description = "What is to come", body = PlanChangesWire), Problems),
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<PlanChangesWire>, Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let changes = state.service.plan_changes(&actor, organization).await?;
    Ok(Json(PlanChangesWire {
        items: changes.iter().map(PlanChangeWire::from).collect(),
    }))
}

/// Withdraws a change of plan that has not taken effect.
#[utoipa::path(
    delete, path = "/v1/admin/customers/{key}/plan-changes/{id}", tag = "admin: customers",
    operation_id = "admin_withdraw_plan_change",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The change"),
    ),
    responses((status = 204, description = "It is withdrawn"), Problems),
)]
pub(super) async fn withdraw(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let id: PlanChangeId = id.parse().map_err(|_| Problem::plain(Code::NotFound))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    state.service.withdraw_plan_change(&actor, organization, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
