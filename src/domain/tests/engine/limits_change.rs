//! Setting and removing limits, moving to another plan or zone: counters go on, or are filled from what was.

use std::sync::Arc;

use drawdown_domain::account::UsageLine;
use drawdown_domain::limit::{Cap, CapLimit, LimitOwner, LimitScope, ThrottlePeriod, Window};
use drawdown_domain::outcome::{Outcome, RequestError};
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::{Currency, Money};

use crate::bench::*;

/// Decides a batch as the store does: needs, backfills, decisions.
fn batch(bench: &mut Bench, requests: &[Request], usage: &[UsageLine]) -> Vec<Outcome> {
    let references: Vec<&Request> = requests.iter().collect();
    let needs = bench.account.needs(bench.now, &references);
    for backfill in &needs.backfills {
        bench.account.backfill(backfill, usage);
    }
    requests.iter().map(|request| bench.decide(request)).collect()
}

fn put(cap: &Cap) -> Request {
    Request::PutCap(Box::new(cap.clone()))
}

#[test]
fn a_new_cap_counts_what_its_window_already_holds() {
    let mut bench = Bench::new();
    bench.give("1000");
    let hold = bench.hold("5");
    let event = bench.event_of("e", "20");
    bench.record(vec![event]);
    bench.finish();
    let cap = bench.cap_of("day", Window::Day, "30");
    let usage = [
        UsageLine {
            at: NOW,
            run: run("fast"),
            credits: credits("20"),
        },
        UsageLine {
            at: NOW.plus_seconds(-DAY),
            run: run("fast"),
            credits: credits("500"),
        },
    ];
    batch(&mut bench, &[put(&cap)], &usage);
    assert!(!bench.authorize("6").allowed);
    assert!(bench.authorize("5").allowed);
    // Ending the hold finds the new counter.
    bench.decide(&Request::Release { hold, reason: None });
    assert!(bench.authorize("5").allowed);
    assert!(!bench.authorize("0.1").allowed);
}

#[test]
fn what_the_batch_does_before_a_new_cap_is_counted_too() {
    let mut bench = Bench::new();
    bench.give("1000");
    let cap = bench.cap_of("day", Window::Day, "30");
    let authorize = Request::Authorize(bench.authorize_of("10"));
    let record = Request::Record(vec![bench.event_of("e", "15")]);
    batch(&mut bench, &[authorize, record, put(&cap)], &[]);
    assert!(!bench.authorize("6").allowed);
    assert!(bench.authorize("5").allowed);
    let counter = bench.finish().counters[0].1;
    assert_eq!((counter.used, counter.held), (credits("15"), credits("15")));
}

#[test]
fn a_cap_goes_on_where_scope_and_window_stay() {
    let mut bench = Bench::new();
    bench.give("1000");
    let cap = bench.cap("day", Window::Day, "10");
    bench.hold("10");
    let mut raised = bench.cap_of("day", Window::Day, "12");
    let needs = bench.account.needs(bench.now, &[&put(&raised)]);
    assert!(needs.backfills.is_empty());
    assert_eq!(bench.put_cap(raised.clone()).id, cap.id);
    assert!(bench.authorize("2").allowed);
    assert!(!bench.authorize("1").allowed);
    bench.finish();
    raised.window = Window::Week;
    batch(&mut bench, &[put(&raised)], &[]);
    let changes = bench.finish();
    assert_eq!(changes.caps_put[0].id, raised.id);
    assert_eq!(changes.caps_deleted[0].id, cap.id);
    assert!(!bench.authorize("1").allowed, "the open holds count in the new window");
}

#[test]
fn removed_and_set_again_in_one_batch_it_still_counts() {
    let mut bench = Bench::new();
    bench.give("1000");
    let cap = bench.cap("day", Window::Day, "10");
    bench.hold("10");
    bench.finish();
    let delete = Request::DeleteCap {
        name: cap.name.clone(),
        owner: cap.owner,
    };
    let again = bench.cap_of("day", Window::Day, "10");
    batch(&mut bench, &[delete, put(&again)], &[]);
    assert!(!bench.authorize("1").allowed);
}

#[test]
fn the_vendors_ceilings_bind_the_customer() {
    let mut bench = Bench::new();
    let mut ceiling = bench.cap_of("ceiling", Window::Day, "100");
    ceiling.owner = LimitOwner::Vendor;
    bench.put_cap(ceiling.clone());
    let mine = bench.cap_of("mine", Window::Day, "100.1");
    assert_eq!(
        bench.refused(&put(&mine)),
        RequestError::AboveCeiling {
            ceiling: key("ceiling"),
            limit: credits("100")
        }
    );
    bench.cap("mine", Window::Day, "100");
    let mut taken = bench.cap_of("ceiling", Window::Day, "1");
    assert_eq!(bench.refused(&put(&taken)), RequestError::VendorLimit);
    let delete = |name: &str, owner| Request::DeleteCap { name: key(name), owner };
    assert_eq!(
        bench.refused(&delete("ceiling", LimitOwner::Customer)),
        RequestError::VendorLimit
    );
    assert_eq!(
        bench.refused(&delete("nothing", LimitOwner::Customer)),
        RequestError::UnknownLimit
    );
    taken.owner = LimitOwner::Vendor;
    bench.put_cap(taken);
    assert_eq!(bench.decide(&delete("ceiling", LimitOwner::Vendor)), Outcome::Done);
}

#[test]
fn a_limit_that_is_not_valid_is_refused() {
    let mut bench = Bench::new();
    let mut refuse = |change: fn(&mut Cap)| {
        let mut cap = bench.cap_of("cap", Window::Day, "1");
        change(&mut cap);
        bench.refused(&put(&cap))
    };
    let is_invalid = |error| matches!(error, RequestError::InvalidLimit(_));
    assert!(is_invalid(refuse(|cap| cap.limit = CapLimit::Credits(credits("-1")))));
    assert!(is_invalid(refuse(|cap| cap.window = Window::RollingHours(0))));
    assert!(is_invalid(refuse(|cap| cap.window = Window::RollingHours(721))));
    assert!(is_invalid(refuse(|cap| cap.thresholds = vec![80, 50])));
    assert!(is_invalid(refuse(|cap| cap.thresholds = vec![101])));
    assert!(is_invalid(refuse(|cap| {
        cap.scope = LimitScope {
            subject: Some(key("ann")),
            each: Some(drawdown_domain::limit::Each::Subject),
            ..LimitScope::default()
        };
    })));
    let yen = "JPY".parse::<Currency>().unwrap();
    assert_eq!(yen.places(), 0);
    assert!(is_invalid(refuse(|cap| {
        cap.limit = CapLimit::Money(Money::new(1, "JPY".parse().unwrap()));
    })));
    let throttle = bench.throttle_of("none", 0, ThrottlePeriod::Day);
    assert!(is_invalid(bench.refused(&Request::PutThrottle(Box::new(throttle)))));
}

#[test]
fn a_throttle_keeps_its_state_through_a_change_of_rate() {
    let mut bench = Bench::new();
    bench.give("100");
    let throttle = bench.throttle_of("rate", 1, ThrottlePeriod::Day);
    let throttle = bench.put_throttle(throttle);
    bench.hold("1");
    let faster = bench.throttle_of("rate", 1, ThrottlePeriod::Hour);
    assert_eq!(bench.put_throttle(faster).id, throttle.id);
    assert!(!bench.authorize("1").allowed);
}

#[test]
fn another_plan_brings_its_ceilings_and_keeps_the_counters_of_those_that_stay() {
    let mut bench = Bench::new();
    bench.give("1000");
    let vendors = |mut cap: Cap| {
        cap.owner = LimitOwner::Vendor;
        cap
    };
    let stays = bench.cap_of("stays", Window::Day, "10");
    let stays = bench.put_cap(vendors(stays));
    let goes = bench.cap_of("goes", Window::Day, "1000");
    bench.put_cap(vendors(goes));
    bench.cap("mine", Window::Week, "1000");
    bench.hold("10");
    bench.finish();
    let plan = plan_version(2, terms());
    bench.account.plans.insert(plan.id, Arc::clone(&plan));
    let raised = bench.cap_of("stays", Window::Day, "15");
    let fresh = bench.cap_of("fresh", Window::Month, "14");
    let change = Request::Organization(OrganizationChange::Plan {
        version: plan.id,
        caps: vec![raised, fresh],
        throttles: vec![],
    });
    assert_eq!(batch(&mut bench, &[change], &[]), [Outcome::Done]);
    assert_eq!(bench.account.organization.plan, Some(plan.id));
    let names: Vec<_> = bench.account.caps.iter().map(|cap| cap.name.to_string()).collect();
    assert_eq!(names, ["mine", "stays", "fresh"]);
    let changes = bench.finish();
    assert_eq!(changes.caps_deleted[0].name, key("goes"));
    assert_eq!(changes.caps_put[0].id, stays.id);
    let refused = bench.authorize("5");
    assert_eq!(refused.reasons[0].limit, Some(key("fresh")));
    assert!(bench.authorize("4").allowed);
}

#[test]
fn an_unknown_plan_changes_nothing() {
    let mut bench = Bench::new();
    let change = Request::Organization(OrganizationChange::Plan {
        version: plan_version(3, terms()).id,
        caps: vec![],
        throttles: vec![],
    });
    assert_eq!(bench.refused(&change), RequestError::NoPlan);
    assert_eq!(bench.finish(), drawdown_domain::account::Changes::default());
}

#[test]
fn moving_to_another_zone_does_not_empty_the_day() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("day", Window::Day, "10");
    let hold = bench.hold("4");
    let event = bench.event_of("e", "6");
    bench.record(vec![event]);
    bench.finish();
    let profile = Request::Organization(OrganizationChange::Profile {
        name: "Kumo".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
    });
    let usage = [UsageLine {
        at: NOW,
        run: run("fast"),
        credits: credits("6"),
    }];
    let before = Request::Authorize(bench.authorize_of("1"));
    let outcomes = batch(&mut bench, &[before, profile], &usage);
    assert!(matches!(&outcomes[0], Outcome::Decision(decision) if !decision.allowed));
    assert!(!bench.authorize("1").allowed);
    bench.decide(&Request::Release { hold, reason: None });
    let decision = bench.authorize("4");
    assert!(decision.allowed);
    // Midnight in Berlin is thirteen hours away.
    assert_eq!(decision.limits[0].resets_at, Some(NOW.plus_seconds(13 * HOUR)));
    let nowhere = Request::Organization(OrganizationChange::Profile {
        name: "Kumo".to_owned(),
        time_zone: "Mars/Olympus".to_owned(),
    });
    assert!(matches!(bench.refused(&nowhere), RequestError::OutOfRange(_)));
}

#[test]
fn moving_away_and_back_in_one_batch_loses_no_run() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("day", Window::Day, "10");
    bench.finish();
    let to = |time_zone: &str| {
        Request::Organization(OrganizationChange::Profile {
            name: "Kumo".to_owned(),
            time_zone: time_zone.to_owned(),
        })
    };
    let run = Request::Authorize(bench.authorize_of("6"));
    let outcomes = batch(&mut bench, &[to("Europe/Berlin"), run, to("Asia/Tokyo")], &[]);
    assert!(matches!(&outcomes[1], Outcome::Decision(decision) if decision.allowed));
    assert!(!bench.authorize("5").allowed, "the day of Tokyo holds the run, too");
    assert!(bench.authorize("4").allowed);
}

/// Nineteen o'clock in Tokyo is eleven in Berlin: what was used eighteen hours ago is of Tokyo's day, not of Berlin's.
#[test]
fn a_capture_beyond_its_hold_has_the_room_of_the_zone_that_is() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("day", Window::Day, "10");
    let mut event = bench.event_of("e", "6");
    event.occurred_at = NOW.plus_seconds(-18 * HOUR);
    bench.record(vec![event]);
    let hold = bench.hold("4");
    assert!(!bench.authorize("1").allowed, "the day of Tokyo is full");
    bench.finish();
    let to_berlin = Request::Organization(OrganizationChange::Profile {
        name: "Kumo".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
    });
    assert_eq!(batch(&mut bench, &[to_berlin], &[]), [Outcome::Done]);
    // The day of Berlin holds the four that are held: six more fit.
    let captured = bench.capture(hold, "11");
    assert_eq!((captured.drawn, captured.owed), (credits("6"), credits("1")));
    assert!(!bench.authorize("0.1").allowed);
}

#[test]
fn needs_name_every_counter_and_state_that_a_run_may_look_at() {
    let mut bench = Bench::new();
    bench.give("1000");
    bench.cap("day", Window::Day, "100");
    bench.cap("roll", Window::RollingHours(2), "100");
    let mut relaxed = bench.cap_of("relaxed", Window::Day, "100");
    relaxed.scope.mode = Some(key("relaxed"));
    bench.put_cap(relaxed);
    let throttle = bench.throttle_of("rate", 5, ThrottlePeriod::Hour);
    bench.put_throttle(throttle);
    let authorize = bench.authorize_of("1");
    let needs = bench
        .account
        .needs(bench.now, &[&Request::Authorize(authorize.clone())]);
    // The rolling window is looked at ten minutes, five steps, ahead: clocks differ.
    assert_eq!(needs.counters.len(), 1 + 61 + 5 + 1);
    assert_eq!(needs.throttles.len(), 1);
    bench.ask(authorize);
    assert!(bench.account.counters.keys().all(|key| needs.counters.contains(key)));
    assert!(
        bench
            .account
            .throttle_states
            .keys()
            .all(|key| needs.throttles.contains(key))
    );
    // An open hold's counters are needed for its end.
    let again = bench.account.needs(bench.now, &[&Request::Sweep]);
    assert!(bench.account.counters.keys().all(|key| again.counters.contains(key)));
}
