//! `/v1/admin`: what the vendor's staff do on the pages of `/manage`, by a key of scope `admin`.
//!
//! Such a key acts like an administrator, but it is nobody: what needs a second person can be asked for here and is decided
//! on the pages. Who may is the service's affair ([`Admin`] asks it before anything of a body is read); every write takes an
//! idempotency key (`call`).

mod adjustments;
mod audit;
mod call;
mod catalogue;
mod ceilings;
mod charges;
mod contract_terms;
mod contract_withdrawal;
mod contracts;
mod customers;
mod family;
mod grants;
mod notes;
mod plan_changes;
mod plan_draft;
mod plan_terms;
mod plans;
mod portfolio;
mod rate_draft;
mod rate_terms;
mod rates;
mod simulation;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use drawdown_service::Actor;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::Caller;
use super::code::Code;
use super::problem::Problem;
use super::{ApiState, BODY_BYTES_MAX};

/// The routes with their description.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    let of_catalogue = OpenApiRouter::new()
        .routes(routes!(catalogue::get, catalogue::apply))
        .routes(routes!(catalogue::plan))
        .routes(routes!(rate_draft::get, rate_draft::put, rate_draft::discard))
        .routes(routes!(plan_draft::get, plan_draft::put, plan_draft::discard))
        .layer(DefaultBodyLimit::max(call::CALL_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(customers::list))
        .routes(routes!(customers::get))
        .routes(routes!(customers::put_status))
        .routes(routes!(customers::put_account_manager))
        .routes(routes!(notes::list, notes::add))
        .routes(routes!(grants::give))
        .routes(routes!(grants::take_back))
        .routes(routes!(family::get))
        .routes(routes!(family::put_parent))
        .routes(routes!(family::preview))
        .routes(routes!(family::transfer))
        .routes(routes!(ceilings::put_cap))
        .routes(routes!(ceilings::remove_cap))
        .routes(routes!(ceilings::put_throttle))
        .routes(routes!(ceilings::remove_throttle))
        .routes(routes!(portfolio::get))
        .routes(routes!(adjustments::waiting))
        .routes(routes!(adjustments::list))
        .routes(routes!(adjustments::get))
        .routes(routes!(plan_changes::put))
        .routes(routes!(plan_changes::end))
        .routes(routes!(plan_changes::list))
        .routes(routes!(plan_changes::withdraw))
        .routes(routes!(contracts::list, contracts::sign))
        .routes(routes!(contracts::preview))
        .routes(routes!(contracts::get, contract_withdrawal::withdraw))
        .routes(routes!(contract_withdrawal::withdraw_amendment))
        .routes(routes!(contracts::amend))
        .routes(routes!(contracts::end))
        .routes(routes!(charges::list))
        .routes(routes!(plans::list))
        .routes(routes!(plans::get))
        .routes(routes!(plan_draft::publish))
        .routes(routes!(plan_draft::move_customers))
        .routes(routes!(plan_draft::withdraw_moves))
        .routes(routes!(rates::list))
        .routes(routes!(rates::get))
        .routes(routes!(rates::withdraw))
        .routes(routes!(rate_draft::check))
        .routes(routes!(rate_draft::publish))
        .routes(routes!(simulation::get, simulation::simulate))
        .routes(routes!(audit::list))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(of_catalogue)
}

/// The routes, with the memory of their answers.
pub(super) fn router(state: &ApiState) -> Router<ApiState> {
    let (router, _) = routes().split_for_parts();
    router.route_layer(from_fn_with_state(state.clone(), call::keep))
}

/// A caller that may use `/v1/admin`.
#[derive(Debug)]
pub(super) struct Admin(pub Actor);

impl FromRequestParts<ApiState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let Caller(actor) = Caller::from_request_parts(parts, state).await?;
        actor.authorise_admin_api()?;
        Ok(Self(actor))
    }
}

/// What is wrong with fields, where they are parameters of the address.
fn in_query(problem: Problem) -> Problem {
    Problem {
        code: Code::InvalidQuery,
        ..problem
    }
}
