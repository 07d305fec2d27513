//! Two hundred callers at once, and room for fifty: exactly fifty get through, whatever stops the others, and however
//! many processes write.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::{ThrottlePeriod, Window};
use drawdown_domain::outcome::{Decision, ReasonCode};
use drawdown_domain::request::Request;
use tokio::task::JoinSet;

use super::on_both_engines;
use super::world::{World, authorize, cap, credits, decision, throttle};

const CALLERS: usize = 200;
const ROOM: usize = 50;

on_both_engines!(
    credits_admit_fifty,
    a_cap_admits_fifty,
    a_throttle_admits_fifty,
    many_organizations_at_once
);

/// Two hundred authorizes of one credit at once; on PostgreSQL every other one through a second store.
async fn storm(world: &World, organization: OrganizationId) -> Vec<Decision> {
    let mut ledgers = vec![world.store.ledger()];
    if !world.is_sqlite() {
        ledgers.push(world.another_store().await.ledger());
    }
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let ledger = ledgers[number % ledgers.len()].clone();
        callers.spawn(async move { decision(ledger.submit(organization, authorize(1), None).await.unwrap()) });
    }
    callers.join_all().await
}

fn assert_fifty(decisions: &[Decision], code: ReasonCode) {
    let allowed = decisions.iter().filter(|decision| decision.allowed).count();
    assert_eq!(allowed, ROOM);
    for refused in decisions.iter().filter(|decision| !decision.allowed) {
        assert!(refused.hold.is_none());
        assert_eq!(
            refused.reasons.iter().map(|reason| reason.code).collect::<Vec<_>>(),
            [code]
        );
        let limit = refused.limits.iter().find(|limit| limit.exceeded).unwrap();
        assert_eq!(limit.limit, credits("50"), "{limit:?}");
    }
}

async fn credits_admit_fifty(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "50").await;
    let decisions = storm(&world, organization).await;
    assert_fifty(&decisions, ReasonCode::InsufficientCredits);
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!((balance.available, balance.held), (credits("0"), credits("50")));
}

async fn a_cap_admits_fifty(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "1000").await;
    let cap = cap("daily", Window::Day, "50");
    world.submit(organization, Request::PutCap(Box::new(cap))).await;
    let decisions = storm(&world, organization).await;
    assert_fifty(&decisions, ReasonCode::CapExceeded);
}

async fn a_throttle_admits_fifty(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "1000").await;
    let throttle = throttle("hourly", 50, ThrottlePeriod::Hour);
    world
        .submit(organization, Request::PutThrottle(Box::new(throttle)))
        .await;
    let decisions = storm(&world, organization).await;
    assert_fifty(&decisions, ReasonCode::ThrottleExceeded);
}

/// Batches that mix organizations never wait for each other in a circle, and never mix up answers.
async fn many_organizations_at_once(world: World) {
    let mut organizations = Vec::new();
    for number in 0..8 {
        let organization = world.organization(&format!("customer-{number}")).await;
        world.grant(organization, "5").await;
        organizations.push(organization);
    }
    let mut ledgers = vec![world.store.ledger()];
    if !world.is_sqlite() {
        ledgers.push(world.another_store().await.ledger());
    }
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let ledger = ledgers[number % ledgers.len()].clone();
        let organization = organizations[number / 2 % organizations.len()];
        callers.spawn(async move { decision(ledger.submit(organization, authorize(1), None).await.unwrap()) });
    }
    let decisions = callers.join_all().await;
    assert_eq!(decisions.iter().filter(|decision| decision.allowed).count(), 40);
    for organization in organizations {
        let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
        assert_eq!((balance.available, balance.held), (credits("0"), credits("5")));
    }
}
