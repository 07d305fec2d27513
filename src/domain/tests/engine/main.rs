//! The engine, seen from outside: what it decides, what it changes and what it posts.

#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

#[path = "../bench/mod.rs"]
mod bench;

mod authorize;
mod caps;
mod capture;
mod grants;
mod ledger;
mod limits_change;
mod record;
mod terms;
mod throttles;
