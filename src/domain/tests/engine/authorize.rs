//! Authorize: the order of the rules, what is reserved, what a refusal says.

use drawdown_domain::Timestamp;
use drawdown_domain::catalogue::PriceError;
use drawdown_domain::limit::{ThrottlePeriod, ThrottleThen, Window};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::outcome::{ReasonCode, RequestError};
use drawdown_domain::plan::{OveragePolicy, PlanTerms};
use drawdown_domain::request::{OrganizationChange, Request};

use crate::bench::*;

#[test]
fn an_allowed_run_reserves_its_price_in_burn_order() {
    let mut bench = Bench::new();
    let late = bench.give("100");
    let mut soon = bench.grant_of("3");
    soon.expires_at = Some(NOW.plus_seconds(DAY));
    let soon = bench.add(soon);
    let decision = bench.authorize("5");
    let held = decision.hold.unwrap();
    assert!(decision.allowed && decision.reasons.is_empty());
    assert_eq!(decision.credits, credits("5"));
    assert_eq!(decision.available, credits("103"));
    let shares: Vec<_> = held.shares.iter().map(|share| (share.grant, share.credits)).collect();
    assert_eq!(shares, [(soon, credits("3")), (late, credits("2"))]);
    assert_eq!(bench.grant(late).held, credits("2"));
    assert_eq!(held.expires_at, NOW.plus_seconds(600));
    assert_eq!(decision.next_limit, Some(key("credits")));
}

#[test]
fn every_failing_rule_is_told_in_order() {
    let mut bench = Bench::with(PlanTerms {
        use_cases: Some(vec![key("code")]),
        platforms: Some(vec![key("api")]),
        modes: Some(vec![key("relaxed")]),
        ..terms()
    });
    bench.cap("small", Window::Day, "1");
    let mut throttle = bench.throttle_of("slow", 1, ThrottlePeriod::Minute);
    throttle.burst = Some(1);
    bench.put_throttle(throttle);
    bench.decide(&Request::Organization(OrganizationChange::Status(
        OrganizationStatus::Suspended,
    )));
    let codes = |bench: &mut Bench| -> Vec<ReasonCode> {
        bench.authorize("5").reasons.iter().map(|reason| reason.code).collect()
    };
    let expected = [
        ReasonCode::OrganizationSuspended,
        ReasonCode::UseCaseNotInPlan,
        ReasonCode::PlatformNotInPlan,
        ReasonCode::ModeNotInPlan,
        ReasonCode::CapExceeded,
        ReasonCode::InsufficientCredits,
    ];
    // Refused runs use up no throttle: a second one fails the same rules.
    assert_eq!(codes(&mut bench), expected);
    assert_eq!(codes(&mut bench), expected);
}

#[test]
fn what_has_no_price_is_not_decided() {
    let mut bench = Bench::new();
    bench.give("10");
    let mut unknown = |change: fn(&mut drawdown_domain::request::Authorize)| {
        let mut authorize = bench.authorize_of("1");
        change(&mut authorize);
        bench.refused(&Request::Authorize(authorize))
    };
    let price = RequestError::Price;
    assert_eq!(
        unknown(|a| a.run.use_case = key("dance")),
        price(PriceError::UnknownUseCase(key("dance")))
    );
    assert_eq!(
        unknown(|a| a.run.mode = key("warp")),
        price(PriceError::UnknownMode(key("warp")))
    );
    assert_eq!(
        unknown(|a| a.run.platform = key("fax")),
        price(PriceError::UnknownPlatform(key("fax")))
    );
    assert_eq!(unknown(|a| a.quantities.clear()), price(PriceError::NoQuantity));
    assert!(matches!(unknown(|a| a.ttl_seconds = 0), RequestError::OutOfRange(_)));
    assert!(matches!(
        unknown(|a| a.ttl_seconds = 86_401),
        RequestError::OutOfRange(_)
    ));
    assert_eq!(
        unknown(|a| a.quantities = images("1000000000000000")),
        price(PriceError::TooLarge)
    );
}

#[test]
fn too_few_credits_say_what_is_missing_and_when_more_arrive() {
    let mut bench = Bench::new();
    bench.give("2.5");
    let mut tomorrow = bench.grant_of("10");
    tomorrow.effective_at = NOW.plus_seconds(DAY);
    bench.add(tomorrow);
    let decision = bench.authorize("4");
    let reason = &decision.reasons[0];
    assert_eq!(reason.message, "Credits: 2.5 left for render, 4 asked.");
    assert_eq!(
        reason.unblock,
        "Top up at least 1.5 credits, or wait until Sat 21 Nov 2026 19:00 Asia/Tokyo, when more credits become valid."
    );
    assert_eq!(decision.retry_after_s, Some(DAY));
    bench.now = reason.unblocks_at.unwrap();
    assert!(bench.authorize("4").allowed);
}

#[test]
fn a_dry_run_gives_the_same_answer_and_changes_nothing() {
    let mut bench = Bench::new();
    bench.give("10");
    bench.cap("day", Window::Day, "8");
    let throttle = bench.throttle_of("rate", 2, ThrottlePeriod::Minute);
    bench.put_throttle(throttle);
    bench.hold("6");
    bench.finish();
    for number in ["1", "5"] {
        let before = format!(
            "{:?}",
            (&bench.account.grants, &bench.account.counters, &bench.account.holds)
        );
        let mut real = bench.authorize_of(number);
        let mut dry = real.clone();
        dry.dry_run = true;
        let mut dry = bench.ask(dry);
        assert_eq!(bench.finish(), drawdown_domain::account::Changes::default());
        let after = format!(
            "{:?}",
            (&bench.account.grants, &bench.account.counters, &bench.account.holds)
        );
        assert_eq!(before, after);
        real.dry_run = false;
        let real = bench.ask(real);
        bench.finish();
        assert!(dry.dry_run && dry.hold.is_none());
        dry.dry_run = false;
        dry.hold.clone_from(&real.hold);
        assert_eq!(dry, real);
    }
}

#[test]
fn a_dry_run_ends_nothing_that_is_due() {
    let mut bench = Bench::new();
    let grant = bench.give("10");
    bench.hold("10");
    bench.finish();
    bench.pass(600);
    let mut dry = bench.authorize_of("10");
    dry.dry_run = true;
    assert!(bench.ask(dry).allowed);
    assert_eq!(bench.grant(grant).held, credits("10"));
    assert!(bench.authorize("10").allowed);
}

#[test]
fn a_run_that_costs_nothing_needs_nothing() {
    let mut bench = Bench::new();
    bench.cap("none", Window::Day, "0");
    let decision = bench.authorize("0");
    assert!(decision.allowed, "{decision:?}");
    let hold = decision.hold.unwrap();
    assert!(hold.shares.is_empty());
    assert_eq!(bench.capture(hold.id, "0").credits, credits("0"));
}

#[test]
fn owed_usage_stops_runs_only_where_the_plan_says_so() {
    for (overage, stops) in [(OveragePolicy::Block, true), (OveragePolicy::Owe, false)] {
        let mut bench = Bench::with(PlanTerms { overage, ..terms() });
        let mut scoped = bench.grant_of("5");
        scoped.scope = Some(vec![key("render")]);
        let event = bench.event_of("e1", "3");
        bench.record(vec![event]);
        bench.add(scoped);
        let decision = bench.authorize("1");
        assert_eq!(decision.allowed, !stops);
        if stops {
            assert_eq!(decision.reasons[0].code, ReasonCode::OverageOwed);
            bench.give("3");
            assert!(bench.authorize("1").allowed);
        }
    }
}

#[test]
fn a_run_without_credits_degrades_where_the_plan_allows() {
    let mut bench = Bench::with(PlanTerms {
        degrade_without_credits: true,
        ..terms()
    });
    bench.give("2");
    let decision = bench.authorize("5");
    assert!(decision.allowed);
    assert_eq!((decision.mode, decision.requested_mode), (key("relaxed"), key("fast")));
    assert_eq!(decision.credits, credits("1.25"));
    assert_eq!(decision.reasons[0].code, ReasonCode::InsufficientCredits);
    assert_eq!(bench.finish().rollups, [], "a run is counted when it ends");
    let hold = decision.hold.unwrap().id;
    let reason = None;
    bench.decide(&Request::Release { hold, reason });
    let (counted, delta) = bench.finish().rollups[0].clone();
    assert_eq!((counted.mode, delta.authorized, delta.degraded), (key("relaxed"), 1, 1));
    let refused = bench.authorize("500");
    assert!(!refused.allowed);
    assert_eq!((refused.mode, refused.credits), (key("fast"), credits("500")));
}

#[test]
fn degrading_stops_at_a_rule_that_time_and_mode_do_not_mend() {
    let mut bench = Bench::new();
    bench.give("100");
    let mut throttle = bench.throttle_of("fast", 1, ThrottlePeriod::Minute);
    throttle.then = ThrottleThen::Degrade;
    throttle.scope.mode = Some(key("fast"));
    bench.put_throttle(throttle);
    bench.cap("day", Window::Day, "1");
    bench.hold("1");
    let decision = bench.authorize("1");
    let codes: Vec<_> = decision.reasons.iter().map(|reason| reason.code).collect();
    assert_eq!(codes, [ReasonCode::ThrottleExceeded, ReasonCode::CapExceeded]);
    // The cap opens at midnight in Tokyo, five hours from now.
    assert_eq!(decision.retry_after_s, Some(5 * HOUR));
}

#[test]
fn what_binds_next_is_measured_in_runs_like_this_one() {
    let mut bench = Bench::new();
    bench.give("100");
    bench.cap("day", Window::Day, "50");
    let throttle = bench.throttle_of("rate", 20, ThrottlePeriod::Hour);
    bench.put_throttle(throttle);
    assert_eq!(bench.authorize("1").next_limit, Some(key("rate")));
    assert_eq!(bench.authorize("5").next_limit, Some(key("day")));
}

#[test]
fn the_same_hold_is_not_made_twice() {
    let mut bench = Bench::new();
    bench.give("100");
    let authorize = bench.authorize_of("1");
    bench.ask(authorize.clone());
    assert!(matches!(
        bench.refused(&Request::Authorize(authorize)),
        RequestError::OutOfRange(_)
    ));
}

#[test]
fn without_a_plan_nothing_starts() {
    let mut bench = Bench::new();
    bench.give("100");
    bench.account.plan = None;
    assert_eq!(bench.authorize("1").reasons[0].code, ReasonCode::NoPlan);
}

#[test]
fn a_refusal_counts_once_under_the_first_rule_that_failed() {
    let mut bench = Bench::new();
    bench.cap("day", Window::Day, "1");
    bench.finish();
    bench.authorize("5");
    let changes = bench.finish();
    let (key, delta) = &changes.rollups[0];
    assert_eq!((delta.capped, delta.refused, delta.authorized), (1, 0, 0));
    assert_eq!(key.hour, Timestamp::from_seconds(NOW.micros() / 1_000_000));
    assert!(changes.postings.is_empty());
}
