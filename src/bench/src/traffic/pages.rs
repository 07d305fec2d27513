//! Pages in turn, as members see them.

use std::cell::Cell;

use anyhow::Result;

use crate::http::{Answer, page_request};
use crate::load::Traffic;

/// Pages in turn, each as each signed-in member.
pub(crate) struct Pages {
    requests: Vec<Vec<u8>>,
    next: Cell<usize>,
}

impl Pages {
    /// One page, by members' session cookies.
    pub(crate) fn new(path: &str, cookies: &[String]) -> Self {
        Self {
            requests: cookies.iter().map(|cookie| page_request(path, cookie)).collect(),
            next: Cell::new(0),
        }
    }
}

impl Traffic for Pages {
    fn next(&self, request: &mut Vec<u8>) -> bool {
        let place = self.next.get();
        self.next.set(place + 1);
        request.clear();
        let Some(chosen) = self.requests.get(place % self.requests.len().max(1)) else {
            return false;
        };
        request.extend_from_slice(chosen);
        true
    }

    fn judge(&self, answer: Answer<'_>) -> Result<u64> {
        answer.expect(&[200])?;
        Ok(1)
    }
}
