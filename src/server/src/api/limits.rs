//! `GET /v1/customers/{key}/limits`: every cap and throttle with what is used of it.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_service::limits::{FairUseView, LimitsView};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::caller::Caller;
use super::caps::CapWire;
use super::customers::customer_key;
use super::problem::{Problem, Problems};
use super::scope::Scope;
use super::throttles::ThrottleWire;
use super::time;

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
    /// Where the customer stands with what its plan includes without limit.
    fair_use: Vec<FairUseWire>,
}

/// Fair use of what a plan includes without limit: never a stop, a slower rate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FairUse)]
pub(super) struct FairUseWire {
    /// Which runs.
    scope: Scope,
    /// Credits used in the window, at the rate card's price.
    #[schema(example = "412.5")]
    used: String,
    /// The soft allowance: use that has no effect.
    #[schema(example = "500")]
    allowance: String,
    /// How many steps it has gone down; 0 within the allowance.
    #[schema(example = 0)]
    step: u32,
    /// The standing in words.
    #[schema(example = "Within the soft allowance; beyond 500 credits 60 runs an hour.")]
    standing: String,
    /// When use is counted anew.
    resets_at: Option<String>,
}

impl From<&LimitsView> for LimitsWire {
    fn from(limits: &LimitsView) -> Self {
        Self {
            balance: limits.left.to_string(),
            held: limits.held.to_string(),
            caps: limits.caps.iter().map(CapWire::from).collect(),
            throttles: limits.throttles.iter().map(ThrottleWire::from).collect(),
            fair_use: limits.fair_use.iter().map(FairUseWire::from).collect(),
        }
    }
}

impl From<&FairUseView> for FairUseWire {
    fn from(view: &FairUseView) -> Self {
        Self {
            scope: Scope::from(&view.scope),
            used: view.standing.used.to_string(),
            allowance: view.allowance.to_string(),
            step: view.standing.step,
            standing: view.words.clone(),
            resets_at: view.resets.as_ref().map(|resets| time::format(resets.at)),
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
