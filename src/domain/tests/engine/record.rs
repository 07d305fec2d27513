//! Record: duplicates, late events, grants of their own time, what is owed.

use drawdown_domain::catalogue::PriceError;
use drawdown_domain::grant::GrantState;
use drawdown_domain::id::HoldId;
use drawdown_domain::limit::{ThrottlePeriod, Window};
use drawdown_domain::outcome::{EventStatus, RequestError};
use drawdown_domain::request::Request;
use uuid::Uuid;

use crate::bench::*;

#[test]
fn an_event_is_counted_once() {
    let mut bench = Bench::new();
    let grant = bench.give("10");
    let event = bench.event_of("e1", "3");
    let mut twin = event.clone();
    twin.id = bench.event_of("x", "0").id;
    let mut other = event.clone();
    other.quantities = images("4");
    let results = bench.record(vec![event.clone(), twin.clone(), other.clone()]);
    let statuses: Vec<_> = results.iter().map(|result| result.status).collect();
    assert_eq!(
        statuses,
        [EventStatus::Recorded, EventStatus::Duplicate, EventStatus::Rejected]
    );
    assert_eq!(results[1].credits, Some(credits("3")));
    assert_eq!(results[2].error, Some(RequestError::EventReused));
    // In the next request of the batch too.
    assert_eq!(bench.record(vec![twin])[0].status, EventStatus::Duplicate);
    assert_eq!(bench.grant(grant).burned, credits("3"));
    assert_eq!(bench.finish().events.len(), 1);
}

#[test]
fn a_valid_event_is_never_refused() {
    let mut bench = Bench::new();
    bench.give("2");
    bench.cap("day", Window::Day, "1");
    let throttle = bench.throttle_of("rate", 1, ThrottlePeriod::Day);
    bench.put_throttle(throttle);
    let events: Vec<_> = (0..3)
        .map(|number| bench.event_of(&format!("e{number}"), "2"))
        .collect();
    let results = bench.record(events);
    assert!(results.iter().all(|result| result.status == EventStatus::Recorded));
    let owed: Vec<_> = results.iter().map(|result| result.owed.unwrap()).collect();
    assert_eq!(owed, [credits("0"), credits("2"), credits("2")]);
    assert_eq!(bench.account.organization.owed, credits("4"));
    assert_eq!(bench.account.counters.values().next().unwrap().used, credits("6"));
    assert!(
        bench.account.throttle_states.is_empty(),
        "throttles ask before, not after"
    );
}

#[test]
fn a_late_event_burns_the_grant_of_its_own_time() {
    let mut bench = Bench::new();
    let mut old = bench.grant_of("10");
    old.expires_at = Some(NOW.plus_seconds(DAY));
    let old = bench.add(old);
    bench.pass(2 * DAY);
    let new = bench.give("10");
    bench.decide(&Request::Sweep);
    assert_eq!(bench.grant(old).state, GrantState::Expired);
    let mut late = bench.event_of("late", "4");
    late.occurred_at = NOW.plus_seconds(HOUR);
    let too_late = bench.event_of("now", "1");
    bench.record(vec![late, too_late]);
    assert_eq!(
        (bench.grant(old).burned, bench.grant(old).expired),
        (credits("4"), credits("6"))
    );
    assert_eq!(bench.grant(new).burned, credits("1"));
    // Beyond the old grant, credits valid now pay.
    let mut large = bench.event_of("large", "8");
    large.occurred_at = NOW.plus_seconds(HOUR);
    bench.record(vec![large]);
    assert_eq!(
        (bench.grant(old).expired, bench.grant(new).burned),
        (credits("0"), credits("3"))
    );
}

#[test]
fn a_grant_that_expired_long_ago_is_not_burned_whoever_has_loaded_it() {
    let mut bench = Bench::new();
    let mut grant = bench.grant_of("10");
    grant.expires_at = Some(bench.now.plus_seconds(HOUR));
    let old = bench.add(grant);
    let then = bench.now;
    let late = |bench: &mut Bench, days: i64, name: &str| {
        bench.now = then.plus_seconds(HOUR + days * DAY);
        let mut event = bench.event_of(name, "1");
        event.occurred_at = then;
        bench.record(vec![event])[0].owed
    };
    assert_eq!(late(&mut bench, 34, "in time"), Some(credits("0")));
    assert_eq!(late(&mut bench, 35, "too late"), Some(credits("1")));
    assert_eq!(bench.grant(old).burned, credits("1"));
}

#[test]
fn a_late_event_counts_in_the_window_of_its_own_time() {
    let mut bench = Bench::new();
    bench.give("100");
    bench.cap("day", Window::Day, "5");
    let mut yesterday = bench.event_of("late", "5");
    yesterday.occurred_at = NOW.plus_seconds(-DAY);
    bench.record(vec![yesterday]);
    assert!(bench.authorize("5").allowed, "today is untouched");
    let rollup = &bench.finish().rollups;
    assert_eq!(rollup[0].0.hour, NOW.plus_seconds(-DAY));
}

#[test]
fn an_event_is_priced_by_the_card_of_its_own_time() {
    let mut bench = Bench::new();
    bench.give("100");
    bench.publish("3");
    let new = bench.event_of("new", "1");
    let mut old = bench.event_of("old", "1");
    old.occurred_at = NOW.plus_micros(-1);
    let mut older = bench.event_of("older", "1");
    older.occurred_at = NOW.plus_seconds(-100 * DAY);
    let results = bench.record(vec![new, old, older]);
    let prices: Vec<_> = results.iter().map(|result| result.credits.unwrap()).collect();
    assert_eq!(prices, [credits("3"), credits("1"), credits("1")]);
}

#[test]
fn what_is_not_valid_is_rejected_by_itself() {
    let mut bench = Bench::new();
    bench.give("10");
    let good = bench.event_of("good", "1");
    let mut unknown = bench.event_of("unknown", "1");
    unknown.run.use_case = key("dance");
    let mut ahead = bench.event_of("ahead", "1");
    ahead.occurred_at = NOW.plus_seconds(301);
    let mut nearly = bench.event_of("nearly", "1");
    nearly.occurred_at = NOW.plus_seconds(300);
    let disguised = bench.event_of(&HoldId::from_uuid(Uuid::from_u128(5)).to_string(), "1");
    let results = bench.record(vec![unknown, ahead, good, nearly, disguised]);
    let errors: Vec<_> = results.iter().map(|result| result.error.clone()).collect();
    assert_eq!(
        errors[0],
        Some(RequestError::Price(PriceError::UnknownUseCase(key("dance"))))
    );
    assert_eq!(errors[1], Some(RequestError::InFuture));
    assert_eq!((&errors[2], &errors[3]), (&None, &None));
    assert!(matches!(errors[4], Some(RequestError::OutOfRange(_))));
    assert!(matches!(
        bench.refused(&Request::Record(vec![])),
        RequestError::OutOfRange(_)
    ));
}

#[test]
fn an_overflow_leaves_nothing_of_its_event_behind() {
    let mut bench = Bench::new();
    bench.cap("ever", Window::Lifetime, "1");
    let huge = |bench: &mut Bench, name: &str| bench.event_of(name, "1000000000000");
    let mut events: Vec<_> = (0..9).map(|number| huge(&mut bench, &format!("e{number}"))).collect();
    assert!(bench.record(events.clone()).iter().all(|result| result.error.is_none()));
    bench.finish();
    events = vec![huge(&mut bench, "one more"), bench.event_of("small", "1")];
    let results = bench.record(events);
    assert_eq!(results[0].error, Some(RequestError::Overflow));
    assert_eq!(results[1].error, None);
    let changes = bench.finish();
    assert_eq!(changes.events.len(), 1);
    assert_eq!(changes.postings[0].credits, credits("1"));
    assert_eq!(bench.account.organization.owed, credits("9000000000001"));
}

#[test]
fn grants_with_a_scope_pay_for_nothing_else() {
    let mut bench = Bench::new();
    let mut scoped = bench.grant_of("10");
    scoped.scope = Some(vec![key("code")]);
    let scoped = bench.add(scoped);
    assert!(!bench.authorize("1").allowed);
    let event = bench.event_of("e", "1");
    assert_eq!(bench.record(vec![event])[0].owed, Some(credits("1")));
    assert_eq!(bench.grant(scoped).remaining, credits("10"));
}
