//! `POST /v1/authorize` of a server that has no room for all of it.

use anyhow::{Context, Result};

use super::Authorize;
use crate::http::Answer;
use crate::load::Traffic;

/// The status of a refusal for want of room.
const OVERLOADED: u16 = 503;

/// Authorizes; where the server refuses for want of room, it must say when to come back, and the answer is worth nothing.
pub(crate) struct Flood(pub(crate) Authorize);

impl Traffic for Flood {
    fn next(&self, request: &mut Vec<u8>) -> bool {
        self.0.next(request)
    }

    fn judge(&self, answer: Answer<'_>) -> Result<u64> {
        if answer.status != OVERLOADED {
            return self.0.judge(answer);
        }
        answer.header("retry-after").context("a refusal without Retry-After")?;
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, head: &[u8], body: &[u8]) -> Result<u64> {
        Flood(Authorize::new("k", 1, 1)).judge(Answer { status, head, body })
    }

    #[test]
    fn a_refusal_for_want_of_room_is_worth_nothing_and_says_when_to_come_back() {
        let head = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n";
        assert_eq!(judged(503, head, b"{}").unwrap(), 0);
        assert!(judged(503, b"HTTP/1.1 503 Service Unavailable\r\n\r\n", b"{}").is_err());
        assert_eq!(judged(200, b"", br#"{"allowed":true}"#).unwrap(), 1);
        assert!(judged(500, head, b"{}").is_err());
    }
}
