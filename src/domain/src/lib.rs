//! The rules of prepaid credits: pure types and functions, without a clock, randomness or I/O.
//!
//! Everything here compiles for the browser. What only a server needs (time zones, hashes, the decision engine in
//! [`account`]) sits behind the feature `engine`. Callers bring the time and the identifiers; the same input always
//! gives the same answer, so that every rule can be tested by properties and replayed by seed.

pub mod catalogue;
pub mod contract;
pub mod credits;
pub mod format;
pub mod grant;
pub mod hold;
pub mod id;
pub mod key;
pub mod limit;
pub mod live;
pub mod money;
pub mod organization;
pub mod plan;
pub mod portfolio;
pub mod quantity;
pub mod simulation;
pub mod staff;
pub mod timestamp;
pub mod usage;

#[cfg(feature = "engine")]
pub mod account;
#[cfg(feature = "engine")]
pub mod outcome;
#[cfg(feature = "engine")]
pub mod posting;
#[cfg(feature = "engine")]
pub mod request;
#[cfg(feature = "engine")]
pub mod schedule;
#[cfg(feature = "engine")]
pub mod window;

pub use credits::Credits;
pub use key::Key;
pub use money::{Currency, Money};
pub use quantity::Quantity;
pub use timestamp::Timestamp;
