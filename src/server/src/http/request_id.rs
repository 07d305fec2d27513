//! Request ids: one UUID (version 7) for each request, in the log, in problem documents and in `x-request-id`.
//!
//! They are always made here; an id that a caller sends is not taken over, so that two requests never share one.

use std::fmt;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

/// The header that carries it.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The identifier of one request: `req_` and 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "req_{}", self.0.simple())
    }
}

/// Layer: gives the request its id and the answer its header.
pub async fn assign(mut request: Request, next: Next) -> Response {
    let id = RequestId(Uuid::now_v7());
    let header = HeaderValue::from_str(&id.to_string());
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Ok(value) = header {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
