//! `/v1`: the HTTP API that the vendor's product calls.
//!
//! Each file is one noun: it takes a request apart, calls one use case of the service and writes the answer. Wire types
//! are this module's own, so that the domain can change without the API. Every error is a problem document
//! ([`problem`]) with a code of one table ([`code`]). Who may do what is decided in the service.

pub mod body;
pub mod caller;
pub mod code;
pub mod fields;
pub mod number;
pub mod paging;
pub mod problem;
pub mod time;
pub mod write;

mod admin;
mod authorize;
mod caps;
mod customers;
mod decision;
mod document;
mod grants;
mod holds;
mod ledger;
mod limits;
mod problems;
mod quote;
mod refusal;
mod report;
mod run;
mod scope;
mod throttles;
mod usage;
mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any};
use drawdown_service::Service;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::admission::{self, Admission};
use crate::http::guarded;

pub use document::{document, document_text};

/// The largest body of most requests, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The largest body of a report of usage, in bytes.
pub const USAGE_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct ApiState {
    /// The use cases.
    pub service: Service,
}

/// The routes with their description, but for those of `/v1/admin`.
fn routes() -> OpenApiRouter<ApiState> {
    let usage = OpenApiRouter::new()
        .routes(routes!(usage::record))
        .layer(DefaultBodyLimit::max(USAGE_BODY_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(authorize::authorize))
        .routes(routes!(holds::get_hold))
        .routes(routes!(holds::capture))
        .routes(routes!(holds::release))
        .routes(routes!(holds::extend))
        .routes(routes!(quote::quote))
        .routes(routes!(customers::list_customers))
        .routes(routes!(customers::get_customer, customers::put_customer))
        .routes(routes!(grants::list_grants, grants::add_grant))
        .routes(routes!(grants::void_grant))
        .routes(routes!(ledger::list_postings))
        .routes(routes!(report::report))
        .routes(routes!(limits::get_limits))
        .routes(routes!(caps::put_cap, caps::delete_cap))
        .routes(routes!(throttles::put_throttle, throttles::delete_throttle))
        .routes(routes!(problems::list_codes))
        .routes(routes!(problems::get_code))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(usage)
}

/// All of `/v1`, with the document and its browsable page, every error a problem document.
pub fn router(service: Service, admission: Admission) -> Router {
    let (router, _) = routes().split_for_parts();
    let state = ApiState { service };
    let router = router
        .merge(admin::router(&state))
        .merge(document::router())
        .with_state(state)
        .merge(everywhere(any(unknown_route)));
    told_as_problems(guarded(router).layer(from_fn_with_state(admission, admission::admit)))
}

/// All of `/v1` for a connection that finds no room: refused.
pub fn full_router() -> Router {
    told_as_problems(everywhere(any(admission::refuse)))
}

/// The same answer to every address that no other route has.
fn everywhere(answer: MethodRouter) -> Router {
    Router::new()
        .route("/v1", answer.clone())
        .route("/v1/", answer.clone())
        .route("/v1/{*rest}", answer)
}

/// Writes every error of the routes as a problem document, also those that no handler made.
fn told_as_problems(router: Router) -> Router {
    router.layer(from_fn(problem::render))
}

async fn unknown_route() -> problem::Problem {
    problem::Problem::plain(code::Code::UnknownRoute)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let router = Router::new().route("/v1/boom", axum::routing::get(boom));
        let request = Request::get("/v1/boom").body(Body::empty()).unwrap();
        let response = told_as_problems(guarded(router)).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], "internal");
        assert!(!body.to_string().contains("wires"), "{body}");
    }

    async fn boom() {
        panic!("the wires are loose");
    }
}
