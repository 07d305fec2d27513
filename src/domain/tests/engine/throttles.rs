//! Throttles: rate and burst, retry times, degrading.

use drawdown_domain::limit::{ThrottleLimit, ThrottlePeriod, ThrottleThen};
use drawdown_domain::outcome::{LimitUnit, ReasonCode};

use crate::bench::*;

#[test]
fn a_throttle_admits_its_burst_and_then_one_an_interval() {
    let mut bench = Bench::new();
    bench.give("1000");
    let throttle = bench.throttle_of("rate", 50, ThrottlePeriod::Hour);
    bench.put_throttle(throttle);
    let allowed = (0..200).filter(|_| bench.authorize("1").allowed).count();
    assert_eq!(allowed, 50);
    let refused = bench.authorize("1");
    assert_eq!(refused.retry_after_s, Some(72));
    let status = &refused.limits[0];
    assert_eq!(status.unit, LimitUnit::Requests);
    assert_eq!(
        (status.used, status.limit, status.requested),
        (credits("50"), credits("50"), credits("1"))
    );
    assert_eq!(status.resets_at, Some(NOW.plus_seconds(HOUR)));
    assert_eq!(
        refused.reasons[0].message,
        "Throttle rate: 50 of 50 runs used; it refills at 50 an hour; there is room in 72 seconds."
    );
    bench.pass(71);
    assert!(!bench.authorize("1").allowed);
    bench.pass(1);
    assert!(bench.authorize("1").allowed);
    assert!(!bench.authorize("1").allowed);
}

#[test]
fn a_throttle_of_credits_counts_what_runs_cost() {
    let mut bench = Bench::new();
    bench.give("1000");
    let mut throttle = bench.throttle_of("rate", 0, ThrottlePeriod::Minute);
    throttle.limit = ThrottleLimit::Credits(credits("7"));
    throttle.burst = Some(21);
    bench.put_throttle(throttle);
    assert!(bench.authorize("21").allowed, "a full burst at once");
    let refused = bench.authorize("3.5");
    assert_eq!(refused.retry_after_s, Some(30));
    assert_eq!(refused.limits[0].used, credits("21"));
    bench.pass(30);
    assert!(bench.authorize("3.5").allowed);
}

#[test]
fn a_run_larger_than_the_burst_is_not_told_to_wait() {
    let mut bench = Bench::new();
    bench.give("1000");
    let mut throttle = bench.throttle_of("rate", 0, ThrottlePeriod::Minute);
    throttle.limit = ThrottleLimit::Credits(credits("7"));
    bench.put_throttle(throttle);
    let refused = bench.authorize("7.000001");
    assert_eq!(refused.retry_after_s, None);
    assert!(refused.reasons[0].unblock.contains("larger than it ever admits"));
    assert!(bench.authorize("7").allowed);
}

#[test]
fn beyond_the_throttle_a_run_degrades_and_says_why() {
    let mut bench = Bench::new();
    bench.give("1000");
    let mut throttle = bench.throttle_of("fast", 1, ThrottlePeriod::Minute);
    throttle.then = ThrottleThen::Degrade;
    bench.put_throttle(throttle);
    assert_eq!(bench.authorize("4").mode, key("fast"));
    let degraded = bench.authorize("4");
    assert!(degraded.allowed);
    assert_eq!((degraded.mode, degraded.credits), (key("relaxed"), credits("1")));
    assert_eq!(degraded.reasons[0].code, ReasonCode::ThrottleExceeded);
    assert_eq!(degraded.retry_after_s, None);
    // The last mode of the ladder is where it sends runs: it does not count them there.
    assert!(bench.authorize("4").allowed);
}

#[test]
fn below_the_last_mode_a_run_is_refused() {
    let mut bench = Bench::new();
    bench.give("1000");
    for (name, mode, per) in [
        ("fast", "fast", ThrottlePeriod::Hour),
        ("relaxed", "relaxed", ThrottlePeriod::Minute),
    ] {
        let mut throttle = bench.throttle_of(name, 1, per);
        throttle.then = ThrottleThen::Degrade;
        throttle.scope.mode = Some(key(mode));
        bench.put_throttle(throttle);
    }
    assert_eq!(bench.authorize("4").mode, key("fast"));
    assert_eq!(bench.authorize("4").mode, key("relaxed"));
    let refused = bench.authorize("4");
    assert!(!refused.allowed);
    assert_eq!(refused.reasons.len(), 2);
    // The relaxed mode opens first.
    assert_eq!(refused.retry_after_s, Some(60));
}
