//! The HTTP server: `/v1`, the pages and the probes behind one set of layers.
//!
//! From the outside in: request id, metrics, log, security headers; then each part brings its own: `/v1` its problem
//! documents and body limits, the pages their session, their check of where a form comes from, and compression.

pub mod admission;
pub mod connections;
pub mod headers;
pub mod health;
pub mod log;
pub mod metrics;
pub mod origin;
pub mod request_id;
pub mod sessions;
pub mod shutdown;
pub mod site;
pub mod webhook;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use drawdown_service::Service;
use drawdown_store::Store;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api;
use crate::config::PublicUrl;
use admission::Admission;
use sessions::Sessions;
use shutdown::Shutdown;

/// How long an answer may take to begin.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest form, in bytes.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// What the server is made of.
pub struct Parts {
    /// The use cases.
    pub service: Service,
    /// For probes only.
    pub store: Store,
    /// Browser sessions.
    pub sessions: Sessions,
    /// Pages, forms and the live stream, without sessions.
    pub pages: Router,
    /// Files of the site.
    pub site: Router,
    /// Where browsers reach this server.
    pub public_url: PublicUrl,
    /// Ends streams when the server stops.
    pub shutdown: Shutdown,
    /// How many requests may be under way at once: to `/v1`, as many to the pages, and as many of payment providers.
    pub requests_max: u32,
}

/// What the server answers by.
pub struct Routers {
    /// All routes.
    pub all: Router,
    /// For connections that find no room: probes and metrics; everything else is refused.
    pub full: Router,
}

/// All routes with all layers.
pub fn routers(parts: Parts) -> Routers {
    let https = parts.public_url.is_https();
    let pages = guarded(parts.pages.layer(DefaultBodyLimit::max(FORM_BYTES_MAX)))
        .layer(from_fn_with_state(parts.public_url.clone(), origin::check))
        .layer(from_fn_with_state(parts.shutdown, shutdown::end_streams))
        .layer(from_fn_with_state(Admission::new(parts.requests_max), admission::admit));
    let pages = parts.sessions.around(pages, https).layer(CompressionLayer::new());
    let webhooks = guarded(webhook::router(parts.service.clone()))
        .layer(from_fn_with_state(Admission::new(parts.requests_max), admission::admit));
    let (count, metrics) = metrics::layer_and_router();
    let probes = health::router(parts.store).merge(metrics);
    let around = |router: Router| {
        router
            .layer(from_fn_with_state(headers::Https(https), headers::secure))
            .layer(from_fn(log::answers))
            .layer(count.clone())
            .layer(from_fn(request_id::assign))
    };
    let full = api::full_router().merge(probes.clone()).fallback(admission::refuse);
    let all = api::router(parts.service, Admission::new(parts.requests_max))
        .merge(webhooks)
        .merge(probes)
        .merge(parts.site)
        .merge(pages);
    // Without a state its routes would be put together anew with each request.
    Routers {
        all: around(all).with_state(()),
        full: around(full).with_state(()),
    }
}

/// Sees to it that each route answers: in time, and also where it panics.
pub(crate) fn guarded(router: Router) -> Router {
    router.layer(
        ServiceBuilder::new()
            .layer(CatchPanicLayer::new())
            .layer(TimeoutLayer::with_status_code(
                StatusCode::GATEWAY_TIMEOUT,
                ANSWER_TIMEOUT,
            )),
    )
}
