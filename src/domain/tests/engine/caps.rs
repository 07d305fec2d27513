//! Caps: windows, scopes, money, rolling steps, and what a refusal says of them.

use drawdown_domain::hold::Run;
use drawdown_domain::limit::{CapAction, CapLimit, Each, LimitScope, Window};
use drawdown_domain::outcome::ReasonCode;
use drawdown_domain::request::Request;
use drawdown_domain::{Currency, Money};

use crate::bench::*;

#[test]
fn a_cap_never_holds_more_than_its_limit_and_says_so_in_words() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("renders", Window::Day, "500");
    let hold = bench.hold("480");
    bench.capture(hold, "480");
    bench.hold("20");
    let decision = bench.authorize("1.3");
    let reason = &decision.reasons[0];
    assert_eq!(reason.code, ReasonCode::CapExceeded);
    assert_eq!(
        reason.message,
        "Cap renders: 480 of 500 credits used and 20 reserved today, 1.3 more asked; resets Sat 21 Nov 2026 00:00 Asia/Tokyo."
    );
    assert_eq!(
        reason.unblock,
        "Raise the cap renders, or wait until Sat 21 Nov 2026 00:00 Asia/Tokyo."
    );
    assert_eq!(decision.retry_after_s, Some(5 * HOUR));
    let status = &decision.limits[0];
    assert!(status.exceeded && status.blocks && status.left().is_zero());
    bench.pass(5 * HOUR);
    assert!(bench.authorize("1.3").allowed);
}

#[test]
fn a_hold_counts_in_the_window_in_which_it_was_authorised() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("day", Window::Day, "10");
    let mut long = bench.authorize_of("10");
    long.ttl_seconds = 86_400;
    let hold = bench.ask(long).hold.unwrap().id;
    bench.pass(6 * HOUR);
    assert!(bench.authorize("10").allowed, "a new day");
    bench.capture(hold, "4");
    assert!(
        !bench.authorize("1").allowed,
        "yesterday's capture gives nothing back to today"
    );
    let used: Vec<_> = bench
        .account
        .counters
        .values()
        .map(|counter| (counter.used, counter.held))
        .collect();
    assert_eq!(used, [(credits("4"), credits("0")), (credits("0"), credits("10"))]);
}

#[test]
fn ending_a_hold_gives_its_room_back() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("day", Window::Day, "2000");
    bench.cap("small", Window::Day, "10");
    let hold = bench.hold("10");
    assert!(!bench.authorize("1").allowed);
    bench.capture(hold, "0.14");
    assert!(bench.authorize("9.86").allowed);
    // By the clock too: a run that crashed blocks nobody for ever.
    bench.pass(600);
    assert!(bench.authorize("9.86").allowed);
}

#[test]
fn a_run_larger_than_the_cap_is_not_told_to_wait() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("day", Window::Day, "10");
    let decision = bench.authorize("11");
    assert_eq!(decision.retry_after_s, None);
    assert_eq!(decision.reasons[0].unblocks_at, None);
    assert!(decision.reasons[0].unblock.contains("alone asks for more"));
}

#[test]
fn the_first_refusal_of_a_window_is_marked() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("day", Window::Day, "10");
    bench.hold("10");
    bench.finish();
    bench.authorize("1");
    bench.pass(1);
    bench.authorize("1");
    let changes = bench.finish();
    assert_eq!(changes.counters.len(), 1);
    assert_eq!(changes.counters[0].1.hit_at, Some(NOW));
}

#[test]
fn a_cap_that_notifies_stops_nothing() {
    let mut bench = Bench::new();
    bench.give("1000");
    let mut cap = bench.cap_of("tell", Window::Month, "1");
    cap.action = CapAction::Notify;
    bench.put_cap(cap);
    let decision = bench.authorize("5");
    assert!(decision.allowed);
    assert!(decision.limits[0].exceeded && !decision.limits[0].blocks);
    assert_eq!(decision.next_limit, Some(key("credits")));
}

#[test]
fn scopes_and_each_keep_counters_apart() {
    let mut bench = Bench::new();
    bench.give("1000");
    let mut cap = bench.cap_of("agents", Window::Day, "5");
    cap.scope = LimitScope {
        use_case: Some(key("render")),
        each: Some(Each::Subject),
        ..LimitScope::default()
    };
    bench.put_cap(cap);
    let mut ask = |subject: Option<&str>, number: &str| {
        let mut authorize = bench.authorize_of(number);
        authorize.run = Run {
            subject: subject.map(key),
            ..authorize.run
        };
        bench.ask(authorize)
    };
    assert!(ask(Some("ann"), "5").allowed);
    let refused = ask(Some("ann"), "1");
    assert!(!refused.allowed);
    assert_eq!(refused.limits[0].each.as_deref(), Some("ann"));
    assert!(refused.reasons[0].message.starts_with("Cap agents for ann: "));
    assert!(ask(Some("bob"), "5").allowed);
    assert!(ask(None, "5").allowed);
    assert!(!ask(None, "5").allowed, "runs without a subject share one counter");
    let mut other = bench.authorize_of("5");
    other.run.use_case = key("code");
    other.quantities = [(key("context_tokens"), "2500".parse().unwrap())].into();
    assert!(bench.ask(other).allowed);
}

#[test]
fn a_cap_in_money_converts_at_the_plans_rate() {
    let mut bench = Bench::new();
    bench.give("1000");
    let mut cap = bench.cap_of("money", Window::Day, "0");
    cap.limit = CapLimit::Money(Money::new(10, Currency::USD));
    bench.put_cap(cap);
    assert!(bench.authorize("10").allowed);
    let refused = bench.authorize("0.000001");
    assert!(!refused.allowed);
    assert_eq!(refused.limits[0].limit, credits("10"));
}

#[test]
fn a_rolling_window_is_never_over_and_opens_step_by_step() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("roll", Window::RollingHours(1), "10");
    let first = bench.hold("6");
    bench.capture(first, "6");
    bench.pass(30 * MINUTE);
    let second = bench.hold("4");
    bench.capture(second, "4");
    let refused = bench.authorize("5");
    // Steps of a minute: the first leaves when sixty whole ones have passed.
    assert_eq!(refused.reasons[0].unblocks_at, Some(NOW.plus_seconds(61 * MINUTE)));
    assert_eq!(refused.limits[0].resets_at, Some(NOW.plus_seconds(61 * MINUTE)));
    bench.now = NOW.plus_seconds(61 * MINUTE - 1);
    assert!(!bench.authorize("5").allowed);
    bench.pass(1);
    assert!(bench.authorize("5").allowed);
    assert!(!bench.authorize("2").allowed);
}

#[test]
fn a_rolling_window_counts_what_a_clock_ahead_let_through() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.pass(HOUR);
    bench.cap("roll", Window::RollingHours(1), "10");
    bench.hold("6");
    // The next batch is decided by another process, whose clock is three minutes behind.
    bench.pass(-3 * MINUTE);
    let refused = bench.authorize("5");
    assert!(!refused.allowed);
    assert_eq!(refused.limits[0].held, credits("6"));
    assert!(bench.authorize("4").allowed);
}

#[test]
fn a_lifetime_cap_never_resets() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("ever", Window::Lifetime, "10");
    bench.hold("10");
    let refused = bench.authorize("1");
    assert_eq!((refused.retry_after_s, refused.limits[0].resets_at), (None, None));
    assert!(
        refused.reasons[0]
            .message
            .contains("in all, 1 more asked; it is never reset.")
    );
}

#[test]
fn a_removed_cap_does_not_hinder_the_end_of_its_holds() {
    let mut bench = Bench::new();
    bench.give("1000");
    let cap = bench.cap("day", Window::Day, "10");
    let hold = bench.hold("10");
    bench.decide(&Request::DeleteCap {
        name: cap.name,
        owner: cap.owner,
    });
    bench.capture(hold, "3");
    let changes = bench.finish();
    assert!(changes.counters.is_empty(), "no counters of a cap that is gone");
}
