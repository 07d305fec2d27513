//! GCRA: no interval of length t admits more than burst + rate × t, and the time to retry is the first that works.

use drawdown_domain::limit::{Throttle, ThrottleLimit, ThrottlePeriod};
use drawdown_domain::{Credits, Timestamp};
use proptest::prelude::*;

use crate::bench::*;

/// When the next run comes.
#[derive(Clone, Copy, Debug)]
enum Next {
    After(i64),
    /// At the very instant that the last refusal named.
    WhenTold,
    /// A microsecond before it.
    JustBefore,
}

fn next() -> impl Strategy<Value = Next> {
    prop_oneof![
        (0_i64..2_000_000).prop_map(Next::After),
        (0_i64..90_000_000).prop_map(Next::After),
        Just(Next::After(0)),
        Just(Next::WhenTold),
        Just(Next::WhenTold),
        Just(Next::JustBefore),
    ]
}

fn limits() -> impl Strategy<Value = (ThrottleLimit, Option<u32>)> {
    prop_oneof![
        (1_u32..40, proptest::option::of(1_u32..20)).prop_map(|(runs, burst)| (ThrottleLimit::Requests(runs), burst)),
        (1_i64..60_000_000, proptest::option::of(1_u32..20))
            .prop_map(|(micros, burst)| (ThrottleLimit::Credits(Credits::from_micros(micros)), burst)),
    ]
}

fn periods() -> impl Strategy<Value = ThrottlePeriod> {
    use ThrottlePeriod::{Day, Hour, Minute, Second};
    prop::sample::select(vec![Second, Minute, Hour, Day])
}

/// The throttle's figures in units: rate, burst, period in microseconds, whether it counts runs.
fn figures(throttle: &Throttle) -> (i128, i128, i128, bool) {
    let (rate, unit, counts_runs) = match throttle.limit {
        ThrottleLimit::Requests(runs) => (i128::from(runs), 1, true),
        ThrottleLimit::Credits(credits) => (i128::from(credits.micros()), 1_000_000, false),
    };
    let burst = throttle.burst.map_or(rate, |burst| i128::from(burst) * unit);
    (rate, burst, i128::from(throttle.per.seconds()) * 1_000_000, counts_runs)
}

fn check_intervals(throttle: &Throttle, admitted: &[(Timestamp, i64)]) -> Result<(), TestCaseError> {
    let (rate, burst, period, counts_runs) = figures(throttle);
    for (place, (last, _)) in admitted.iter().enumerate() {
        let mut units = 0;
        for (at, micros) in admitted[..=place].iter().rev() {
            units += if counts_runs { 1 } else { i128::from(*micros) };
            let time = i128::from(last.micros_since(*at));
            prop_assert!(units * period <= burst * period + rate * time, "{units} in {time} µs");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn never_more_than_burst_and_rate(
        (limit, burst) in limits(),
        per in periods(),
        runs in prop::collection::vec((next(), 1_i64..12_000_000), 1..60),
    ) {
        let mut bench = Bench::new();
        bench.give("1000000");
        let mut throttle = bench.throttle_of("rate", 1, per);
        throttle.limit = limit;
        throttle.burst = burst;
        let throttle = bench.put_throttle(throttle);
        let mut admitted: Vec<(Timestamp, i64)> = Vec::new();
        let mut told: Option<Timestamp> = None;
        let mut last = None;
        for (next, micros) in runs {
            // To retry means the same run again.
            let micros = match next { Next::After(_) => micros, _ => last.unwrap_or(micros) };
            let expected = match (next, told) {
                (Next::WhenTold, Some(at)) => { bench.now = at; Some(true) }
                (Next::JustBefore, Some(at)) => { bench.now = at.plus_micros(-1).max(bench.now); Some(false) }
                (Next::After(pause), _) => { bench.now = bench.now.plus_micros(pause); None }
                _ => None,
            };
            let decision = bench.authorize(&Credits::from_micros(micros).to_string());
            if let Some(expected) = expected {
                prop_assert_eq!(decision.allowed, expected, "{:?}", decision);
            }
            last = Some(micros);
            told = decision.reasons.first().and_then(|reason| reason.unblocks_at);
            if decision.allowed {
                admitted.push((bench.now, micros));
            } else {
                let (_, burst, _, counts_runs) = figures(&throttle);
                let units = if counts_runs { 1 } else { i128::from(micros) };
                prop_assert_eq!(told.is_none(), units > burst, "only what is larger than the burst never passes");
            }
        }
        check_intervals(&throttle, &admitted)?;
    }
}
