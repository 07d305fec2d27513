//! Grants: how they are added, paid, voided and expire, and how they settle what is owed.

use drawdown_domain::grant::GrantState;
use drawdown_domain::id::GrantId;
use drawdown_domain::outcome::{Outcome, RequestError};
use drawdown_domain::request::Request;
use uuid::Uuid;

use drawdown_domain::posting::LedgerAccount::{Available, Burned, Expired, Issued, Owed};

use crate::bench::*;

#[test]
fn credits_exist_only_once_paid() {
    let mut bench = Bench::new();
    let mut grant = bench.grant_of("10");
    grant.state = GrantState::Pending;
    let id = bench.add(grant);
    assert!(!bench.authorize("1").allowed);
    assert!(bench.finish().postings.is_empty());
    let activate = Request::ActivateGrant { grant: id };
    let first = bench.decide(&activate);
    assert!(bench.authorize("1").allowed);
    assert!(matches!(&first, Outcome::Grant(grant) if grant.remaining == credits("10")));
    // A payment told twice doubles nothing.
    bench.finish();
    bench.decide(&activate);
    assert_eq!(bench.finish(), drawdown_domain::account::Changes::default());
}

#[test]
fn what_is_wrong_with_a_new_grant_is_said() {
    let mut bench = Bench::new();
    let mut refuse = |change: fn(&mut drawdown_domain::grant::Grant)| {
        let mut grant = bench.grant_of("10");
        change(&mut grant);
        bench.refused(&Request::AddGrant(Box::new(grant)))
    };
    let is_invalid = |error| matches!(error, RequestError::InvalidGrant(_));
    assert!(is_invalid(refuse(|grant| grant.amount = credits("0"))));
    assert!(is_invalid(refuse(|grant| grant.expires_at = Some(grant.effective_at))));
    assert!(is_invalid(refuse(|grant| {
        grant.effective_at = NOW.plus_seconds(-DAY);
        grant.expires_at = Some(NOW);
    })));
    assert!(is_invalid(refuse(|grant| grant.state = GrantState::Void)));
    assert!(is_invalid(refuse(|grant| grant.scope = Some(vec![]))));
    bench.give("9000000000000");
    let more = bench.grant_of("9000000000000");
    assert_eq!(
        bench.refused(&Request::AddGrant(Box::new(more))),
        RequestError::Overflow
    );
    let unknown = GrantId::from_uuid(Uuid::from_u128(7));
    assert_eq!(
        bench.refused(&Request::ActivateGrant { grant: unknown }),
        RequestError::UnknownGrant
    );
}

#[test]
fn a_grant_given_up_before_it_was_paid_stays_given_up() {
    let mut bench = Bench::new();
    let mut grant = bench.grant_of("10");
    grant.state = GrantState::Pending;
    let id = bench.add(grant);
    let void = Request::VoidGrant {
        grant: id,
        reason: "abandoned".to_owned(),
    };
    bench.decide(&void);
    assert!(bench.grant(id).is_balanced());
    assert_eq!(bench.grant(id).voided, credits("10"));
    assert_eq!(
        bench.refused(&Request::ActivateGrant { grant: id }),
        RequestError::GrantEnded
    );
    assert!(matches!(bench.decide(&void), Outcome::Grant(_)));
}

#[test]
fn an_expired_grant_loses_what_is_unspent_and_never_starts_a_run() {
    let mut bench = Bench::new();
    let mut grant = bench.grant_of("10");
    grant.expires_at = Some(NOW.plus_seconds(60));
    let id = bench.add(grant);
    bench.finish();
    bench.pass(60);
    assert!(!bench.authorize("1").allowed);
    assert_eq!(
        (bench.grant(id).expired, bench.grant(id).state),
        (credits("10"), GrantState::Expired)
    );
    let posting = &bench.finish().postings[0];
    assert_eq!((posting.from, posting.to), (Available, Expired));
}

#[test]
fn a_run_in_flight_at_expiry_may_still_be_captured() {
    let mut bench = Bench::new();
    let mut grant = bench.grant_of("10");
    grant.expires_at = Some(NOW.plus_seconds(60));
    let id = bench.add(grant);
    let hold = bench.hold("4");
    bench.pass(61);
    bench.decide(&Request::Sweep);
    assert_eq!(
        (bench.grant(id).expired, bench.grant(id).held),
        (credits("6"), credits("4"))
    );
    let captured = bench.capture(hold, "4");
    assert_eq!((captured.credits, captured.owed), (credits("4"), credits("0")));
    assert_eq!(bench.grant(id).burned, credits("4"));
}

#[test]
fn a_hold_that_outlives_its_grant_and_expires_with_it_leaves_nothing() {
    let mut bench = Bench::new();
    let mut grant = bench.grant_of("10");
    grant.expires_at = Some(NOW.plus_seconds(60));
    let id = bench.add(grant);
    bench.hold("4");
    bench.pass(DAY);
    bench.decide(&Request::Sweep);
    assert_eq!(bench.grant(id).expired, credits("10"));
    assert!(bench.grant(id).is_balanced());
}

#[test]
fn credits_that_arrive_settle_what_is_owed() {
    let mut bench = Bench::new();
    let event = bench.event_of("e1", "7");
    bench.record(vec![event]);
    assert_eq!(bench.account.organization.owed, credits("7"));
    bench.finish();
    let first = bench.give("5");
    assert_eq!(
        (bench.grant(first).burned, bench.account.organization.owed),
        (credits("5"), credits("2"))
    );
    let moves: Vec<_> = bench
        .finish()
        .postings
        .iter()
        .map(|p| (p.grant, p.from, p.to, p.credits))
        .collect();
    assert_eq!(
        moves,
        [
            (None, Burned, Owed, credits("5")),
            (Some(first), Issued, Available, credits("5")),
            (Some(first), Available, Burned, credits("5")),
        ]
    );
    let mut scoped = bench.grant_of("5");
    scoped.scope = Some(vec![key("code")]);
    let scoped = bench.add(scoped);
    assert_eq!(bench.grant(scoped).remaining, credits("5"), "a scope is kept");
    let mut later = bench.grant_of("5");
    later.effective_at = NOW.plus_seconds(DAY);
    let later = bench.add(later);
    assert_eq!(bench.account.organization.owed, credits("2"));
    bench.pass(DAY);
    bench.decide(&Request::Sweep);
    assert_eq!(
        (bench.grant(later).burned, bench.account.organization.owed),
        (credits("2"), credits("0"))
    );
}

#[test]
fn the_burn_order_knows_the_grants_that_are_loaded_now() {
    let mut bench = Bench::new();
    let old = bench.give("1");
    let mut last = bench.grant_of("10");
    last.priority = 5;
    let last = bench.add(last);
    bench.hold("1");
    bench.finish();
    // The store drops the first, which is used up, and loads another that burns before the one that stays.
    bench.account.grants.retain(|grant| grant.id != old);
    let mut first = bench.grant(last).clone();
    first.id = bench.grant_of("10").id;
    first.priority = 1;
    bench.account.grants.push(first.clone());
    let hold = bench.authorize("2").hold.unwrap();
    assert_eq!(hold.shares[0].grant, first.id);
}
