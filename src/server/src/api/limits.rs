//! `GET /v1/customers/{key}/limits`: every cap and throttle with what is used of it.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_service::limits::LimitsView;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::caller::Caller;
use super::caps::CapWire;
use super::customers::customer_key;
use super::problem::{Problem, Problems};
use super::throttles::ThrottleWire;

/// All that limits a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limits)]
pub(super) struct LimitsWire {
    /// Credits that can be burned now.
    #[schema(example = "4870")]
    balance: String,
    /// Credits reserved by open holds.
    #[schema(example = "0")]
    held: String,
    /// Caps, the fullest first.
    caps: Vec<CapWire>,
    /// Throttles.
    throttles: Vec<ThrottleWire>,
}

impl From<&LimitsView> for LimitsWire {
    fn from(limits: &LimitsView) -> Self {
        Self {
            balance: limits.left.to_string(),
            held: limits.held.to_string(),
            caps: limits.caps.iter().map(CapWire::from).collect(),
            throttles: limits.throttles.iter().map(ThrottleWire::from).collect(),
        }
    }
}

/// Every limit of a customer, the vendor's and its own.
#[utoipa::path(
    get, path = "/v1/customers/{key}/limits", tag = "customers",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    responses((status = 200, description = "The limits", body = LimitsWire), Problems),
)]
pub(super) async fn get_limits(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(key): Path<String>,
) -> Result<Json<LimitsWire>, Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let limits = state.service.limits(&actor, organization).await?;
    Ok(Json(LimitsWire::from(&limits)))
}
