//! `/v1/admin/customers/{key}/charges`: the money that a customer's agreements make due. Nothing here collects it.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_service::contracts::ChargeView;
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use crate::api::ApiState;
use crate::api::customers::{MoneyWire, customer_key};
use crate::api::problem::{Problem, Problems};
use crate::api::time;

/// Money that an agreement makes due.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Charge)]
pub(super) struct ChargeWire {
    /// When it is, or was, due.
    due_at: String,
    /// What for, for people.
    #[schema(example = "The price of an interval")]
    words: String,
    /// How much.
    amount: MoneyWire,
    /// When it was noted that it fell due; null where it is to come.
    noted_at: Option<String>,
}

/// What a customer's agreements make due.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Charges)]
pub(super) struct ChargesWire {
    /// What is to come in 13 months, the latest first, 12 at most; then what fell due, the newest first, 24 at most.
    items: Vec<ChargeWire>,
}

impl From<&ChargeView> for ChargeWire {
    fn from(charge: &ChargeView) -> Self {
        Self {
            due_at: time::format(charge.due.at),
            words: charge.words.clone(),
            amount: MoneyWire::from(charge.amount),
            noted_at: charge.noted.as_ref().map(|moment| time::format(moment.at)),
        }
    }
}

/// What a customer's plan and contracts make due: prices of intervals and payments, to come and noted.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}/charges", tag = "admin: customers", operation_id = "admin_list_charges",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    responses((status = 200, description = "The charges", body = ChargesWire), Problems),
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<ChargesWire>, Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let charges = state.service.charges(&actor, organization).await?;
    Ok(Json(ChargesWire {
        items: charges.iter().map(ChargeWire::from).collect(),
    }))
}
