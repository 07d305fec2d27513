//! Rules that hold for every input: throttles, windows, and holds that come and go.

#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

#[path = "../bench/mod.rs"]
mod bench;

mod holds;
mod throttles;
mod windows;
