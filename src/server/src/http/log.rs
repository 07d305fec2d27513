//! One log line a request that failed inside, and one at level debug for the others: method, route, status, time taken.
//!
//! The route is the template, not the address: addresses hold customers' keys and identifiers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::request_id::RequestId;

/// Says whether something that happens thousands of times a second is to be logged: once in each second. Its clones share
/// the second.
#[derive(Clone, Debug, Default)]
pub struct OnceASecond {
    last: Arc<AtomicI64>,
}

impl OnceASecond {
    /// True for the first who asks within a second.
    pub fn is_due(&self) -> bool {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let second = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        self.last.swap(second, Ordering::Relaxed) != second
    }
}

/// Layer: logs answers, within a span that names the request.
pub async fn answers(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        id = request.extensions().get::<RequestId>().map(tracing::field::display),
        method = %request.method(),
        route,
        key = tracing::field::Empty,
    );
    let start = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        // A full server refuses thousands a second: whoever refuses says so, once.
        if response.status().is_server_error() && response.status() != StatusCode::SERVICE_UNAVAILABLE {
            tracing::warn!(status, micros, "answered");
        } else {
            tracing::debug!(status, micros, "answered");
        }
    });
    response
}
