//! The requests of the lines: authorize for customers chosen at random, batches of usage events, pages in turn.

mod authorize;
mod flood;
mod pages;
mod usage;

use std::cell::{Cell, RefCell};

use anyhow::Result;

pub(crate) use authorize::Authorize;
pub(crate) use flood::Flood;
pub(crate) use pages::Pages;
pub(crate) use usage::{EVENTS, Novelty, Usage};

use crate::http::Answer;
use crate::load::Traffic;

const KEY_DIGITS: usize = 6;

/// A customer's key by its number.
pub(crate) fn customer(number: u64) -> String {
    format!("c{number:0KEY_DIGITS$}")
}

/// Numbers that look random and are the same in every run (xorshift64).
#[derive(Debug)]
pub(crate) struct Numbers(Cell<u64>);

impl Numbers {
    /// A sequence of its own for each seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Cell::new(spread(seed) | 1))
    }

    /// A number below `limit`.
    pub(crate) fn below(&self, limit: u64) -> u64 {
        let mut state = self.0.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.0.set(state);
        // The high bits are the better ones.
        (state >> 16) % limit.max(1)
    }
}

/// A number far from its neighbours' (splitmix64).
fn spread(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Given requests, each once; each must be answered by a status of success.
pub(crate) struct Once {
    requests: RefCell<Box<dyn Iterator<Item = Vec<u8>>>>,
}

impl Once {
    /// The requests in their order.
    pub(crate) fn new(requests: impl Iterator<Item = Vec<u8>> + 'static) -> Self {
        Self {
            requests: RefCell::new(Box::new(requests)),
        }
    }
}

impl Traffic for Once {
    fn next(&self, request: &mut Vec<u8>) -> bool {
        let Some(next) = self.requests.borrow_mut().next() else {
            return false;
        };
        *request = next;
        true
    }

    fn judge(&self, answer: Answer<'_>) -> Result<u64> {
        answer.expect(&[200, 201, 204])?;
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_reach_everything_below_their_limit() {
        let numbers = Numbers::new(7);
        let seen: std::collections::BTreeSet<u64> = (0..1000).map(|_| numbers.below(10)).collect();
        assert_eq!(seen.len(), 10);
    }
}
