//! The seeded simulator: random days in the life of an organization, decided twice and checked against a plain model.
//!
//! Each seed drives batches of random requests. One account keeps everything in memory; another is loaded anew for every
//! batch from rows, with no more than `needs` asks for, as the store does. Both must answer alike, and after each batch
//! the rows must agree with what a person would work out with pencil and paper (`checks`). A failure names its seed:
//! `DRAWDOWN_SEED=… cargo test -p drawdown-domain --test simulator`.

#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

#[path = "../bench/mod.rs"]
mod bench;

mod checks;
mod random;
mod requests;
mod rows;

use drawdown_domain::account::Account;
use drawdown_domain::outcome::{Decision, Outcome};
use drawdown_domain::request::Request;

use bench::Bench;
use checks::Checks;
use random::Random;
use requests::Player;
use rows::Rows;

const SEEDS: u64 = 200;
const REQUESTS: u32 = 300;

#[test]
fn random_days_leave_the_books_in_order() {
    let only = std::env::var("DRAWDOWN_SEED").ok().map(|seed| seed.parse().unwrap());
    for seed in only.map_or(0..SEEDS, |seed: u64| seed..seed + 1) {
        let result = std::panic::catch_unwind(|| simulate(seed));
        assert!(result.is_ok(), "the simulator failed: DRAWDOWN_SEED={seed}");
    }
}

#[test]
fn the_same_seed_gives_the_same_hash() {
    assert_eq!(simulate(7), simulate(7));
    assert_ne!(simulate(7), simulate(8));
}

/// Plays one seed and gives the hash of the last posting.
fn simulate(seed: u64) -> [u8; 32] {
    let mut random = Random::new(seed);
    let mut player = Player::new(&mut random);
    let mut whole = player.bench.account.clone();
    let mut rows = Rows::of(&whole);
    let mut checks = Checks::new(player.is_tame);
    let mut asked = 0;
    while asked < REQUESTS {
        player.pass_time(&mut random);
        let now = player.bench.now;
        let batch: Vec<Request> = (0..random.from(1..6))
            .map(|_| player.request(&mut random, &rows))
            .collect();
        asked += u32::try_from(batch.len()).unwrap();
        let mut loaded = rows.load(now, &batch);
        rows.backfill(&mut whole, now, &batch);
        for request in &batch {
            let dry = dry_answer(&mut whole, &player.bench, request);
            let outcome = whole.decide(now, request);
            assert_eq!(
                outcome,
                loaded.decide(now, request),
                "whole and loaded differ: {request:?}"
            );
            compare_dry(dry, &outcome);
            checks.outcome(now, request, &outcome);
        }
        let changes = loaded.finish(now);
        assert_eq!(whole.finish(now), changes, "whole and loaded change alike");
        Checks::changes(&rows, &changes, &loaded);
        rows.apply(&loaded, changes);
        checks.rows(now, &rows);
    }
    rows.organization.posting_hash
}

/// What a dry run says before the real one.
fn dry_answer(account: &mut Account, bench: &Bench, request: &Request) -> Option<Decision> {
    let Request::Authorize(authorize) = request else {
        return None;
    };
    let mut dry = authorize.clone();
    dry.dry_run = true;
    match account.decide(bench.now, &Request::Authorize(dry)) {
        Outcome::Decision(decision) => Some(*decision),
        Outcome::Refused(_) => None,
        outcome => panic!("no decision: {outcome:?}"),
    }
}

fn compare_dry(dry: Option<Decision>, outcome: &Outcome) {
    let (Some(dry), Outcome::Decision(real)) = (dry, outcome) else {
        return;
    };
    let real = Decision {
        dry_run: true,
        hold: None,
        ..(**real).clone()
    };
    assert_eq!(dry, real, "a dry run gives the same answer");
}
