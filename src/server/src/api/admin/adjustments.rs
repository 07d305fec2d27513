//! `/v1/admin/customers/{key}/adjustments`: what is to be given or taken back above the limit and waits for a second person.
//! Keys ask and look; approving and refusing are for people, on the pages.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_domain::id::AdjustmentId;
use drawdown_service::adjustments::{AdjustmentView, WaitingAdjustment};
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::customers::customer_key;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::words::Word;

/// Credits to be given or taken back above the limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Adjustment)]
pub(super) struct AdjustmentWire {
    /// Its identifier.
    id: String,
    /// `give` or `take_back`.
    #[schema(example = "give")]
    kind: &'static str,
    /// How many; when they are taken back, what was unspent when it was asked for.
    #[schema(example = "25000")]
    credits: String,
    /// The grant that is made by it, or from which is taken back.
    grant: String,
    /// What it will do, as a sentence.
    #[schema(example = "Give 25,000 credits as an adjustment, without an end.")]
    words: String,
    /// Why.
    #[schema(example = "Double charge of 12 May")]
    reason: String,
    /// `pending`, `approved`, `booked`, `failed`, `refused` or `withdrawn`.
    #[schema(example = "pending")]
    state: &'static str,
    /// Who asked; of a key, its name.
    asked_by: String,
    /// When.
    asked_at: String,
    /// Who decided.
    decided_by: Option<String>,
    /// When.
    decided_at: Option<String>,
    /// Why it was refused, or why the ledger did not take it.
    outcome: Option<String>,
}

/// What waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Adjustments)]
pub(super) struct AdjustmentsWire {
    /// The oldest first, 100 at most.
    items: Vec<AdjustmentWire>,
}

/// What waits, with its customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingAdjustment)]
pub(super) struct WaitingWire {
    /// The customer's identifier.
    customer: String,
    /// Its name.
    #[schema(example = "Acme Rockets")]
    name: String,
    /// What is asked for.
    adjustment: AdjustmentWire,
}

/// What of all customers waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingAdjustments)]
pub(super) struct AllWaitingWire {
    /// The oldest first.
    items: Vec<WaitingWire>,
}

impl From<&WaitingAdjustment> for WaitingWire {
    fn from(waiting: &WaitingAdjustment) -> Self {
        Self {
            customer: waiting.customer.to_string(),
            name: waiting.name.clone(),
            adjustment: AdjustmentWire::from(&waiting.request),
        }
    }
}

impl From<&AdjustmentView> for AdjustmentWire {
    fn from(request: &AdjustmentView) -> Self {
        let decided = request.decided.as_ref();
        Self {
            id: request.id.to_string(),
            kind: Word::word(request.kind),
            credits: request.credits.to_string(),
            grant: request.grant.to_string(),
            words: request.sentence.clone(),
            reason: request.reason.clone(),
            state: Word::word(request.state),
            asked_by: request.asked_by.clone(),
            asked_at: time::format(request.asked.at),
            decided_by: decided.map(|(name, _)| name.clone()),
            decided_at: decided.map(|(_, moment)| time::format(moment.at)),
            outcome: request.outcome.clone(),
        }
    }
}

/// What of all customers waits for a second person, the oldest first.
#[utoipa::path(
    get, path = "/v1/admin/adjustments", tag = "admin: customers", operation_id = "admin_list_waiting",
    responses((status = 200, description = "What waits", body = AllWaitingWire), Problems),
)]
pub(super) async fn waiting(
    State(state): State<ApiState>,
    Admin(actor): Admin,
) -> Result<Json<AllWaitingWire>, Problem> {
    let waiting = state.service.waiting_adjustments(&actor).await?;
    Ok(Json(AllWaitingWire {
        items: waiting.iter().map(WaitingWire::from).collect(),
    }))
}

/// What of a customer waits for a second person, the oldest first.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}/adjustments", tag = "admin: customers",
    operation_id = "admin_list_adjustments",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    responses((status = 200, description = "What waits", body = AdjustmentsWire), Problems),
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<AdjustmentsWire>, Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let open = state.service.open_adjustments(&actor, organization).await?;
    Ok(Json(AdjustmentsWire {
        items: open.iter().map(AdjustmentWire::from).collect(),
    }))
}

/// One adjustment and what became of it.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}/adjustments/{id}", tag = "admin: customers",
    operation_id = "admin_get_adjustment",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The adjustment"),
    ),
    responses((status = 200, description = "The adjustment", body = AdjustmentWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
) -> Result<Json<AdjustmentWire>, Problem> {
    let id: AdjustmentId = id.parse().map_err(|_| Problem::plain(Code::NotFound))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let request = state.service.adjustment(&actor, organization, id).await?;
    Ok(Json(AdjustmentWire::from(&request)))
}
