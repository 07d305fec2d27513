//! How many requests may be under way at once. One more is refused at once, with 503 and Retry-After: an answer that
//! waits behind thousands of others comes too late to be of use, and what waits without end fills the memory.
//!
//! A request counts by the size of its body, so that memory is bounded as well as numbers. Probes and metrics are let in
//! always: an operator must be able to look at a server that is full.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;

use super::log::OnceASecond;
use crate::api::USAGE_BODY_BYTES_MAX;

/// Requests under way, where nothing else is set. With bodies of 64 KiB they hold 256 MiB.
pub const REQUESTS_MAX_DEFAULT: u32 = 4_096;
/// Bytes of body for which a request counts once.
const BYTES_A_REQUEST: u64 = 64 * 1024;

/// Lets requests in, up to a number. Cheap to clone; the clones share the number.
#[derive(Clone, Debug)]
pub struct Admission {
    room: Arc<Semaphore>,
    requests_max: u32,
    told: OnceASecond,
}

impl Admission {
    /// Lets so many requests in at once.
    pub fn new(requests_max: u32) -> Self {
        let permits = usize::try_from(requests_max).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            room: Arc::new(Semaphore::new(permits)),
            requests_max,
            told: OnceASecond::default(),
        }
    }

    /// What a request counts; never more than there is, so that it can be let in.
    fn weight(&self, headers: &HeaderMap) -> u32 {
        let announced = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let bytes = match announced {
            Some(bytes) => bytes.min(USAGE_BODY_BYTES_MAX as u64),
            None if headers.contains_key(TRANSFER_ENCODING) => USAGE_BODY_BYTES_MAX as u64,
            None => 0,
        };
        let requests = bytes.div_ceil(BYTES_A_REQUEST).max(1);
        u32::try_from(requests).unwrap_or(u32::MAX).min(self.requests_max)
    }
}

/// Layer: refuses what finds no room.
pub async fn admit(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    let weight = admission.weight(request.headers());
    let Ok(_room) = admission.room.clone().try_acquire_many_owned(weight) else {
        if admission.told.is_due() {
            tracing::warn!(requests = admission.requests_max, "full: further requests are refused");
        }
        return refuse().await;
    };
    next.run(request).await
}

/// The answer to what finds no room.
pub async fn refuse() -> Response {
    let message = "The server is busy; try again in a moment.\n";
    let mut refusal = (StatusCode::SERVICE_UNAVAILABLE, message).into_response();
    refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(headers: &[(&'static str, &str)]) -> u32 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Admission::new(100).weight(&map)
    }

    #[test]
    fn a_request_counts_by_its_body() {
        assert_eq!(weight(&[]), 1);
        assert_eq!(weight(&[("content-length", "300")]), 1);
        assert_eq!(weight(&[("content-length", "65537")]), 2);
        assert_eq!(weight(&[("content-length", "2097152")]), 32);
        // What is longer is refused for that, whatever it says.
        assert_eq!(weight(&[("content-length", "99999999999")]), 32);
        assert_eq!(weight(&[("transfer-encoding", "chunked")]), 32);
        assert_eq!(weight(&[("content-length", "not a number")]), 1);
    }

    #[test]
    fn the_largest_request_can_be_let_in_by_the_smallest_server() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, "2097152".parse().unwrap());
        assert_eq!(Admission::new(4).weight(&headers), 4);
    }
}
