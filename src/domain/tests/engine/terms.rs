//! What a plan says is done: runs without limit under fair use, bought credits that need a plan, what is carried over.

use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::limit::{ThrottlePeriod, Window};
use drawdown_domain::money::{Currency, Money};
use drawdown_domain::outcome::{LimitKind, LimitStatus, Outcome, ReasonCode};
use drawdown_domain::plan::{FairRate, FairStep, FairUse, PlanTerms, TopUps, Unlimited};
use drawdown_domain::request::{OrganizationChange, Request};

use crate::bench::*;

fn unlimited() -> PlanTerms {
    let step = |above, requests| FairStep {
        above: credits(above),
        rate: FairRate {
            requests,
            per: ThrottlePeriod::Hour,
        },
    };
    PlanTerms {
        unlimited: vec![Unlimited {
            mode: Some(key("relaxed")),
            fair_use: Some(FairUse {
                window: Window::Day,
                steps: vec![step("10", 60), step("20", 6)],
            }),
            ..Unlimited::default()
        }],
        ..terms()
    }
}

fn relaxed(bench: &mut Bench, images: &str) -> drawdown_domain::outcome::Decision {
    let mut authorize = bench.authorize_of(images);
    authorize.run = run("relaxed");
    bench.ask(authorize)
}

fn standing(decision: &drawdown_domain::outcome::Decision) -> &LimitStatus {
    let mut limits = decision.limits.iter();
    limits.find(|limit| limit.kind == LimitKind::FairUse).unwrap()
}

#[test]
fn what_is_included_costs_nothing_and_slows_down_with_use() {
    let mut bench = Bench::with(unlimited());
    assert!(
        !bench.authorize("4").allowed,
        "fast runs cost credits, and there are none"
    );
    // 0.25 credits an image: 40 images are the allowance.
    let first = relaxed(&mut bench, "44");
    assert!(first.allowed && first.credits.is_zero());
    assert_eq!(standing(&first).limit, credits("10"));
    let second = relaxed(&mut bench, "4");
    assert_eq!((second.allowed, standing(&second).held), (true, credits("11")));
    let slowed = relaxed(&mut bench, "4");
    assert_eq!((slowed.allowed, slowed.retry_after_s), (false, Some(60)));
    assert_eq!(slowed.reasons[0].code, ReasonCode::FairUse);
    // What was less than expected makes room again.
    let captured = bench.capture(first.hold.unwrap().id, "4");
    assert!(captured.credits.is_zero() && captured.hold.state == drawdown_domain::hold::HoldState::Captured);
    let again = relaxed(&mut bench, "4");
    assert_eq!(
        (again.allowed, standing(&again).used, standing(&again).held),
        (true, credits("1"), credits("1"))
    );
    let event = &bench.finish().events[0];
    assert_eq!((event.credits, event.exact), (credits("0"), "1".parse().unwrap()));
    // The second step, and the next day.
    let mut recorded = bench.event_of("much", "100");
    recorded.run = run("relaxed");
    assert_eq!(bench.record(vec![recorded])[0].credits, Some(credits("0")));
    assert!(relaxed(&mut bench, "4").allowed);
    assert_eq!(relaxed(&mut bench, "4").retry_after_s, Some(600));
    bench.pass(DAY);
    assert!((0..9).all(|_| relaxed(&mut bench, "4").allowed));
}

#[test]
fn a_released_run_leaves_fair_use() {
    let mut bench = Bench::with(unlimited());
    let held = relaxed(&mut bench, "80").hold.unwrap().id;
    let release = Request::Release {
        hold: held,
        reason: None,
    };
    assert!(matches!(bench.decide(&release), Outcome::Hold(_)));
    let next = relaxed(&mut bench, "4");
    assert_eq!(
        (standing(&next).used, standing(&next).held),
        (credits("0"), credits("0"))
    );
}

#[test]
fn bought_credits_rest_without_the_plan_that_they_need() {
    let with_plan = PlanTerms {
        top_ups: TopUps::WithPlan,
        ..terms()
    };
    for (terms, burned) in [(with_plan, "0"), (terms(), "4")] {
        let mut bench = Bench::with(terms);
        let bought = bench.give("100");
        bench.decide(&Request::Organization(OrganizationChange::NoPlan));
        let refused = bench.authorize("1");
        assert_eq!(refused.reasons[0].code, ReasonCode::NoPlan);
        assert_eq!(
            refused.reasons[0].message.contains("100 bought credits rest"),
            burned == "0"
        );
        let event = bench.event_of("late", "4");
        bench.record(vec![event]);
        assert_eq!(bench.grant(bought).burned, credits(burned));
        assert_eq!(bench.account.organization.top_ups_rest, burned == "0");
    }
}

#[test]
fn what_is_carried_over_takes_its_cost_along_and_is_burned_once() {
    let mut bench = Bench::new();
    let mut grant = bench.grant_of("100");
    grant.expires_at = Some(NOW.plus_seconds(DAY));
    grant.paid = Some(Money::new(1_000, Currency::USD));
    let old = bench.add(grant);
    let event = bench.event_of("first", "40");
    bench.record(vec![event]);
    bench.pass(DAY);
    let mut new = bench.grant_of("1");
    new.kind = GrantKind::Rollover;
    new.expires_at = Some(NOW.plus_seconds(2 * DAY));
    let roll_over = Request::RollOver {
        from: vec![old],
        most: Some(credits("50")),
        grant: Box::new(new),
    };
    let Outcome::Grant(new) = bench.decide(&roll_over) else {
        panic!("it is carried over");
    };
    assert_eq!(
        (new.remaining, new.paid.map(|paid| paid.minor)),
        (credits("50"), Some(500))
    );
    let left = bench.grant(old);
    assert_eq!(
        (left.state, left.expired, left.voided),
        (GrantState::Expired, credits("10"), credits("50"))
    );
    // A late event finds in the old grant only what was not carried over.
    let mut late = bench.event_of("late", "30");
    late.occurred_at = NOW.plus_seconds(DAY - 1);
    bench.record(vec![late]);
    assert_eq!(bench.grant(old).burned, credits("50"));
    assert_eq!(bench.grant(new.id).burned, credits("20"));
    // Due long ago, and over by now.
    let mut over = bench.grant_of("7");
    over.effective_at = NOW.plus_seconds(-2 * DAY);
    over.expires_at = Some(NOW);
    let Outcome::Grant(over) = bench.decide(&Request::AddDueGrant(Box::new(over))) else {
        panic!("it is added");
    };
    assert_eq!((over.state, over.expired), (GrantState::Expired, credits("7")));
}
