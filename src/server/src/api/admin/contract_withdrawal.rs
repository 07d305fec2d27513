//! Taking back a contract that has not begun, and the last amendment before it takes effect.

use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::Admin;
use super::contracts::contract_id;
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::customers::customer_key;
use crate::api::problem::{Problem, Problems};

/// Takes a contract back that has not begun, with its amendments. The customer stays on the plan that it has.
#[utoipa::path(
    delete, path = "/v1/admin/customers/{key}/contracts/{id}", tag = "admin: customers",
    operation_id = "admin_withdraw_contract",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The contract"),
    ),
    responses((status = 204, description = "It is taken back"), Problems),
)]
pub(super) async fn withdraw(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let id = contract_id(&id)?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    Box::pin(state.service.withdraw_contract(&actor, organization, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the last amendment of a contract back, before it takes effect: the version before it goes on.
#[utoipa::path(
    delete, path = "/v1/admin/customers/{key}/contracts/{id}/versions/{version}", tag = "admin: customers",
    operation_id = "admin_withdraw_amendment",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The contract"),
        ("version" = String, Path, description = "The amendment, by the number of its version", example = "2"),
    ),
    responses((status = 204, description = "It is taken back"), Problems),
)]
pub(super) async fn withdraw_amendment(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id, version)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let id = contract_id(&id)?;
    let unknown = |_| Problem::new(Code::NotFound, "There is no such amendment.");
    let version: u32 = version.parse().map_err(unknown)?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    Box::pin(state.service.withdraw_amendment(&actor, organization, id, version)).await?;
    Ok(StatusCode::NO_CONTENT)
}
