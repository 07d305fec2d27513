//! Loads a server: closed loop, where each connection sends when its last answer has come, and open loop, at a rate of
//! its own whatever the server does. One thread; counts what was answered well, and how long it took.

mod closed;
mod measured;
mod open;
#[cfg(test)]
mod stub;

use anyhow::Result;

pub(crate) use closed::{closed, times};
pub(crate) use measured::Measured;
pub(crate) use open::{in_parts, open};

use crate::http::Answer;

/// What is sent and how answers are judged. One for all connections of a load, which share a thread.
pub(crate) trait Traffic {
    /// Puts the next request into the buffer, which still holds one that was sent; false where there are no more.
    fn next(&self, request: &mut Vec<u8>) -> bool;

    /// How many units the answer is worth; an error where it is not what was to be.
    fn judge(&self, answer: Answer<'_>) -> Result<u64>;
}
