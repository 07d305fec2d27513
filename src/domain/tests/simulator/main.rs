//! The seeded simulator: several organizations, processes that crash and race, messages that get lost, doubled and late,
//! commits that fail or of which nobody knows, clocks that jump; beside it a model that is too simple to be wrong.
//!
//! Each operation is held against the model and the books. What goes wrong is named by its seed and made small; again:
//! `cargo xtask simulate --seed …`. The world is `world`, what may happen to messages and commits is `operation`, the
//! model is `model`, what must always hold is `checks`.

#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.
#![allow(clippy::trivially_copy_pass_by_ref)] // The facts of the model are passed alike, whatever their size.
#![allow(clippy::print_stderr)] // Progress is for the person who waits.

mod asks;
mod checks;
mod database;
mod envelope;
mod lies;
mod market;
mod model;
mod operation;
mod play;
mod process;
mod random;
mod rows;
mod script;
mod seeds;
mod shrink;
mod world;

use lies::Lie;
use seeds::Order;

#[test]
fn nothing_goes_wrong_in_any_seed() {
    if let Err(story) = Order::from_environment().play() {
        panic!("{story}");
    }
}

#[test]
fn a_seed_is_always_alike() {
    let play = |seed| play::seed(seed, 300, None).unwrap();
    assert_eq!(play(7), play(7));
    assert_ne!(play(7).mark, play(8).mark);
}

#[test]
fn every_lie_is_found_and_made_small() {
    for (lie, most) in [
        (Lie::CapOverspent, 12),
        (Lie::CapturedTwice, 12),
        (Lie::ReleaseLost, 12),
        (Lie::BurnOrder, 12),
        (Lie::OneRunTooMany, 20),
        (Lie::LateIsNow, 12),
        (Lie::KeyForgotten, 12),
        (Lie::VersionIgnored, 12),
        (Lie::FailureKept, 12),
    ] {
        let found = (0..200).find_map(|seed| play::seed(seed, 1_000, Some(lie)).err().map(|failure| (seed, failure)));
        let (seed, failure) = found.unwrap_or_else(|| panic!("nobody finds {lie:?}"));
        let steps = failure.operations.len();
        let (shortest, why) = shrink::shrink(seed, failure, Some(lie));
        eprintln!(
            "{lie:?}: seed {seed}, operation {steps}, {} alone: {why}",
            shortest.len()
        );
        for operation in &shortest {
            eprintln!("  {operation}");
        }
        assert!(
            shortest.len() <= most,
            "{lie:?} needs {} operations: {shortest:#?}",
            shortest.len()
        );
    }
}
