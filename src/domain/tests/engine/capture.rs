//! Capture, release, extension and expiry of holds.

use std::collections::BTreeMap;

use drawdown_domain::hold::HoldState;
use drawdown_domain::id::HoldId;
use drawdown_domain::limit::Window;
use drawdown_domain::outcome::{Outcome, RequestError};
use drawdown_domain::plan::{OveragePolicy, PlanTerms};
use drawdown_domain::request::{Capture, Request};
use uuid::Uuid;

use crate::bench::*;

#[test]
fn less_than_held_returns_at_once_to_the_grants_that_burn_last() {
    let mut bench = Bench::new();
    let first = bench.give("3");
    bench.pass(1);
    let second = bench.give("100");
    let hold = bench.hold("5");
    let captured = bench.capture(hold, "3.5");
    assert_eq!((captured.credits, captured.returned), (credits("3.5"), credits("1.5")));
    assert_eq!(bench.grant(first).burned, credits("3"));
    assert_eq!(bench.grant(second).burned, credits("0.5"));
    assert_eq!(bench.grant(second).remaining, credits("99.5"));
    let event = &bench.finish().events[0];
    assert_eq!(event.key, hold.to_string());
    assert_eq!(event.occurred_at, captured.hold.authorized_at);
    assert_eq!(event.charges.len(), 2);
}

#[test]
fn a_run_is_priced_by_the_card_that_it_was_authorised_by() {
    let mut bench = Bench::new();
    bench.give("100");
    let hold = bench.hold("5");
    // In force from the instant at which the run was authorised, and not known then.
    bench.publish("3");
    assert_eq!(bench.capture(hold, "4").credits, credits("4"));
    let later = bench.hold("5");
    assert_eq!(bench.capture(later, "4").credits, credits("12"));
}

#[test]
fn a_hold_of_before_its_card_was_kept_is_priced_by_its_instant() {
    let mut bench = Bench::new();
    bench.give("100");
    let hold = bench.hold("5");
    bench.account.holds.get_mut(&hold).unwrap().rate_card_version = None;
    bench.publish("3");
    assert_eq!(bench.capture(hold, "1").credits, credits("3"));
}

#[test]
fn a_failed_run_costs_nothing_and_is_still_written_down() {
    let mut bench = Bench::new();
    let grant = bench.give("10");
    let hold = bench.hold("5");
    let request = Request::Capture(Capture {
        hold,
        event: drawdown_domain::id::UsageEventId::from_uuid(Uuid::from_u128(9)),
        quantities: BTreeMap::new(),
        reason: Some("the model timed out".to_owned()),
    });
    assert!(matches!(bench.decide(&request), Outcome::Captured(_)));
    assert_eq!(bench.grant(grant).remaining, credits("10"));
    let changes = bench.finish();
    assert_eq!(changes.events[0].credits, credits("0"));
    assert_eq!(changes.holds[0].end_reason.as_deref(), Some("the model timed out"));
    assert_eq!(changes.holds[0].captured, Some(credits("0")));
}

#[test]
fn more_than_held_draws_what_credits_allow_and_owes_the_rest() {
    let mut bench = Bench::new();
    bench.give("6");
    let hold = bench.hold("5");
    let captured = bench.capture(hold, "8");
    assert_eq!((captured.drawn, captured.owed), (credits("1"), credits("2")));
    assert_eq!(bench.account.organization.owed, credits("2"));
}

#[test]
fn more_than_held_never_draws_over_a_cap() {
    let mut bench = Bench::with(PlanTerms {
        overage: OveragePolicy::Forgive(credits("100")),
        ..terms()
    });
    let grant = bench.give("100");
    bench.cap("day", Window::Day, "7");
    let hold = bench.hold("5");
    let captured = bench.capture(hold, "9");
    assert_eq!((captured.drawn, captured.forgiven), (credits("2"), credits("2")));
    assert_eq!(bench.grant(grant).remaining, credits("93"));
    // The cap knows all that was used.
    let counter = bench.account.counters.values().next().unwrap();
    assert_eq!(counter.used, credits("9"));
}

#[test]
fn a_late_capture_looks_at_every_rolling_window_that_holds_it() {
    let mut bench = Bench::with(PlanTerms {
        overage: OveragePolicy::Forgive(credits("100")),
        ..terms()
    });
    bench.give("100");
    bench.cap("roll", Window::RollingHours(1), "10");
    let early = bench.hold("3");
    bench.capture(early, "3");
    bench.pass(50 * MINUTE);
    let mut late = bench.authorize_of("5");
    late.ttl_seconds = 86_400;
    let late = bench.ask(late).hold.unwrap().id;
    // The early run has left by now, but it and the late one shared windows.
    bench.pass(50 * MINUTE);
    assert_eq!(bench.capture(late, "9").drawn, credits("2"));
}

#[test]
fn a_late_capture_leaves_room_for_what_came_after_it() {
    let mut bench = Bench::with(PlanTerms {
        overage: OveragePolicy::Forgive(credits("100")),
        ..terms()
    });
    bench.give("100");
    bench.cap("roll", Window::RollingHours(1), "10");
    let mut long = bench.authorize_of("5");
    long.ttl_seconds = 86_400;
    let long = bench.ask(long).hold.unwrap().id;
    bench.pass(30 * MINUTE);
    let later = bench.hold("3");
    bench.capture(later, "3");
    // No window ends now that holds both, but some did.
    bench.pass(40 * MINUTE);
    assert_eq!(bench.capture(long, "9").drawn, credits("2"));
}

#[test]
fn the_plan_forgives_up_to_its_measure() {
    let mut bench = Bench::with(PlanTerms {
        overage: OveragePolicy::Forgive(credits("1.5")),
        ..terms()
    });
    bench.give("5");
    let hold = bench.hold("5");
    let captured = bench.capture(hold, "8");
    assert_eq!((captured.forgiven, captured.owed), (credits("1.5"), credits("1.5")));
    assert_eq!(bench.account.organization.forgiven, credits("1.5"));
}

#[test]
fn a_hold_ends_once() {
    let mut bench = Bench::new();
    bench.give("100");
    let hold = bench.hold("5");
    bench.capture(hold, "5");
    let again = bench.capture_of(hold, "5");
    let ended = |state| RequestError::HoldEnded { state };
    assert_eq!(bench.refused(&again), ended(HoldState::Captured));
    let release = |hold| Request::Release { hold, reason: None };
    assert_eq!(bench.refused(&release(hold)), ended(HoldState::Captured));
    let hold = bench.hold("5");
    assert!(matches!(bench.decide(&release(hold)), Outcome::Hold(_)));
    let capture = bench.capture_of(hold, "5");
    assert_eq!(bench.refused(&capture), ended(HoldState::Released));
    let hold = bench.hold("5");
    bench.pass(600);
    let capture = bench.capture_of(hold, "5");
    assert_eq!(bench.refused(&capture), ended(HoldState::Expired));
    let unknown = HoldId::from_uuid(Uuid::from_u128(7));
    assert_eq!(bench.refused(&release(unknown)), RequestError::UnknownHold);
}

#[test]
fn a_capture_that_cannot_be_priced_leaves_the_hold_open() {
    let mut bench = Bench::new();
    let grant = bench.give("100");
    let hold = bench.hold("5");
    bench.finish();
    let Request::Capture(mut capture) = bench.capture_of(hold, "5") else {
        unreachable!()
    };
    capture.quantities = [(key("smiles"), "1".parse().unwrap())].into();
    assert!(matches!(
        bench.refused(&Request::Capture(capture)),
        RequestError::Price(_)
    ));
    assert_eq!(bench.grant(grant).held, credits("5"));
    assert_eq!(bench.finish(), drawdown_domain::account::Changes::default());
    bench.capture(hold, "5");
}

#[test]
fn an_extended_hold_lives_on() {
    let mut bench = Bench::new();
    bench.give("100");
    let hold = bench.hold("5");
    bench.pass(599);
    let extend = Request::Extend { hold, ttl_seconds: 600 };
    assert!(matches!(bench.decide(&extend), Outcome::Hold(_)));
    bench.pass(599);
    bench.capture(hold, "5");
    assert!(matches!(bench.refused(&extend), RequestError::HoldEnded { .. }));
}

#[test]
fn a_shortened_hold_ends_sooner() {
    let mut bench = Bench::new();
    let grant = bench.give("100");
    let hold = bench.hold("5");
    bench.decide(&Request::Extend { hold, ttl_seconds: 1 });
    bench.pass(1);
    bench.decide(&Request::Sweep);
    assert_eq!(bench.grant(grant).held, credits("0"));
}

#[test]
fn what_returns_to_an_expired_or_void_grant_goes_where_its_rest_went() {
    let mut bench = Bench::new();
    let mut soon = bench.grant_of("10");
    soon.expires_at = Some(NOW.plus_seconds(60));
    let soon = bench.add(soon);
    let hold = bench.hold("4");
    bench.pass(60);
    bench.capture(hold, "1");
    let grant = bench.grant(soon);
    assert_eq!((grant.burned, grant.expired), (credits("1"), credits("9")));

    let void = bench.give("10");
    let hold = bench.hold("4");
    bench.decide(&Request::VoidGrant {
        grant: void,
        reason: "refunded".to_owned(),
    });
    assert_eq!(
        (bench.grant(void).voided, bench.grant(void).held),
        (credits("6"), credits("4"))
    );
    bench.decide(&Request::Release { hold, reason: None });
    assert_eq!(bench.grant(void).voided, credits("10"));
}
