//! Security headers of every answer, and caching of what must not be kept.
//!
//! A page brings its own content security policy with the nonce of its scripts; anything else gets the strictest one
//! that there is. `Strict-Transport-Security` is sent only where browsers reach the server by https.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The browsable API page: its own scripts, and the inline styles that it cannot do without.
const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const NO_DEVICES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
                          magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// Whether browsers reach this server by https.
#[derive(Clone, Copy, Debug)]
pub struct Https(pub bool);

/// Layer: adds what an answer does not bring itself.
pub async fn secure(State(https): State<Https>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let policy = if path.starts_with("/v1/docs") { DOCS } else { NOTHING };
    let api = path == "/v1" || path.starts_with("/v1/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    default(headers, CONTENT_SECURITY_POLICY, policy);
    default(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, REFERRER_POLICY, "same-origin");
    default(headers, X_FRAME_OPTIONS, "DENY");
    default(headers, PERMISSIONS_POLICY, NO_DEVICES);
    default(headers, CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    default(headers, CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    if api {
        default(headers, CACHE_CONTROL, "no-store");
    }
    if https.0 {
        default(
            headers,
            STRICT_TRANSPORT_SECURITY,
            "max-age=63072000; includeSubDomains",
        );
    }
    response
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
