//! Rules that hold for every input: prices, terms, schedules, revenue, throttles, windows, and holds that come and go.

#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

#[path = "../bench/mod.rs"]
mod bench;

mod carry_over;
mod catalogue;
mod holds;
mod plans;
mod portfolio;
mod schedule;
mod simulation;
mod throttles;
mod windows;
