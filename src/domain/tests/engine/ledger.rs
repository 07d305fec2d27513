//! Postings: summed, numbered, chained, and true to the events behind them.

use drawdown_domain::Credits;
use drawdown_domain::posting::{LedgerAccount, events_digest, hash_of};

use drawdown_domain::posting::LedgerAccount::{Available, Burned, Held, Issued};

use crate::bench::*;

#[test]
fn a_batch_posts_one_line_a_transfer_and_chains_them() {
    let mut bench = Bench::new();
    let grant = bench.give("100");
    for _ in 0..3 {
        let hold = bench.hold("5");
        bench.capture(hold, "4");
    }
    let first = bench.finish();
    let moves: Vec<_> = first
        .postings
        .iter()
        .map(|p| (p.from, p.to, p.credits, p.events))
        .collect();
    assert_eq!(
        moves,
        [
            (Issued, Available, credits("100"), 0),
            (Available, Held, credits("15"), 0),
            (Held, Available, credits("3"), 0),
            (Held, Burned, credits("12"), 3),
        ]
    );
    let behind = first.events.iter().map(|event| (event.id, event.charges[0].credits));
    assert_eq!(first.postings[3].events_digest, events_digest(behind));
    bench.pass(1);
    bench.hold("1");
    let second = bench.finish();
    assert_eq!(bench.account.organization.version, 2);
    assert_eq!(second.postings[0].batch, 2);
    let mut previous = [0; 32];
    for (place, posting) in (1..).zip(first.postings.iter().chain(&second.postings)) {
        assert_eq!(posting.sequence, place);
        assert_eq!(posting.previous_hash, previous);
        assert_eq!(posting.hash, hash_of(posting));
        assert!(posting.grant.is_none_or(|id| id == grant));
        previous = posting.hash;
    }
    assert_eq!(bench.account.organization.posting_hash, previous);
}

#[test]
fn what_is_burned_in_all_is_what_events_cost() {
    let mut bench = Bench::new();
    bench.give("10");
    let events = (0..4)
        .map(|number| bench.event_of(&format!("e{number}"), "4"))
        .collect();
    bench.record(events);
    bench.give("3");
    let changes = bench.finish();
    let sum = |from: fn(LedgerAccount) -> bool, to: fn(LedgerAccount) -> bool| {
        let lines = changes.postings.iter().filter(|p| from(p.from) && to(p.to));
        Credits::checked_sum(lines.map(|p| p.credits)).unwrap()
    };
    let into = sum(|_| true, |to| to == LedgerAccount::Burned);
    let out = sum(|from| from == LedgerAccount::Burned, |_| true);
    let cost = Credits::checked_sum(changes.events.iter().map(|event| event.credits)).unwrap();
    assert_eq!(into.checked_sub(out), Some(cost));
    assert_eq!(bench.account.organization.owed, credits("3"));
}

#[test]
fn a_batch_without_change_has_no_number() {
    let mut bench = Bench::new();
    bench.decide(&drawdown_domain::request::Request::Sweep);
    assert_eq!(bench.finish(), drawdown_domain::account::Changes::default());
    assert_eq!(bench.account.organization.version, 0);
}
