//! Holds: what they do not use returns to the very grants it came from.

use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Timestamp};
use proptest::prelude::*;

use crate::bench::*;

/// Grants: micro-credits, priority, days until expiry.
fn grants() -> impl Strategy<Value = Vec<(i64, i32, Option<i64>)>> {
    let grant = (1_i64..20_000_000, 0..3, proptest::option::of(1_i64..5));
    prop::collection::vec(grant, 1..6)
}

fn bench_with(grants: &[(i64, i32, Option<i64>)]) -> Bench {
    let mut bench = Bench::new();
    for (micros, priority, days) in grants {
        let mut grant = bench.grant_of(&Credits::from_micros(*micros).to_string());
        grant.priority = *priority;
        grant.expires_at = days.map(|days| NOW.plus_seconds(days * DAY));
        bench.add(grant);
        bench.now = Timestamp::from_micros(bench.now.micros() + 1);
    }
    bench
}

proptest! {
    #[test]
    fn a_released_hold_leaves_everything_as_it_was(grants in grants(), asked in 0_i64..60_000_000) {
        let mut bench = bench_with(&grants);
        bench.cap("day", drawdown_domain::limit::Window::Day, "40");
        let before = bench.account.grants.clone();
        let decision = bench.authorize(&Credits::from_micros(asked).to_string());
        if let Some(held) = decision.hold {
            bench.decide(&Request::Release { hold: held.id, reason: None });
        }
        prop_assert_eq!(&bench.account.grants, &before);
        let counters = bench.account.counters.values();
        prop_assert!(counters.fold(true, |empty, counter| empty && counter.held.is_zero() && counter.used.is_zero()));
    }

    #[test]
    fn a_capture_burns_as_if_it_had_been_known_from_the_start(grants in grants(), asked in 1_i64..30_000_000, part in 0_i64..=100) {
        let used = Credits::from_micros(asked / 100 * part).to_string();
        let mut bench = bench_with(&grants);
        let decision = bench.authorize(&Credits::from_micros(asked).to_string());
        prop_assume!(decision.allowed);
        let id = decision.hold.unwrap().id;
        bench.capture(id, &used);
        // The same usage, held exactly.
        let mut exact = bench_with(&grants);
        let id = exact.hold(&used);
        exact.capture(id, &used);
        prop_assert_eq!(bench.account.grants, exact.account.grants);
    }

    #[test]
    fn decisions_repeat(grants in grants(), asked in prop::collection::vec(0_i64..9_000_000, 1..8)) {
        let play = || {
            let mut bench = bench_with(&grants);
            let outcomes: Vec<_> = asked.iter().map(|micros| bench.authorize(&Credits::from_micros(*micros).to_string())).collect();
            (outcomes, bench.finish())
        };
        prop_assert_eq!(play(), play());
    }
}
