//! Requests that share a batch do not share their fate: what one brings about, its neighbours never feel.

use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use tokio::task::JoinSet;

use super::on_both_engines;
use super::world::{World, authorize, credits, new_grant};
use crate::LedgerError;
use crate::database::on;

on_both_engines!(
    unreadable_rows_fail_their_organization_alone,
    a_hold_is_never_overwritten,
    callers_that_go_away_change_nothing,
);

async fn execute(world: &World, sql: &str) {
    on!(pool: &world.store.db().write, |c| sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
}

async fn unreadable_rows_fail_their_organization_alone(world: World) {
    let sick = world.organization("sick").await;
    world.grant(sick, "100").await;
    execute(&world, "UPDATE credit_grant SET scope = 'not JSON'").await;
    let sound = world.organization("sound").await;
    world.grant(sound, "100").await;
    let mut callers = JoinSet::new();
    for number in 0..60 {
        let organization = if number % 3 == 0 { sick } else { sound };
        let ledger = world.store.ledger();
        callers.spawn(async move { (organization, ledger.submit(organization, authorize(1), None).await) });
    }
    for (organization, answer) in callers.join_all().await {
        if organization == sick {
            assert!(matches!(answer, Err(LedgerError::Internal(_))), "{answer:?}");
        } else {
            assert!(matches!(answer, Ok(Outcome::Decision(decision)) if decision.allowed));
        }
    }
    let balance = world.store.balance(sound, world.clock.now()).await.unwrap();
    assert_eq!(balance.held, credits("40"));
    execute(&world, "UPDATE credit_grant SET scope = NULL").await;
    assert!(world.authorize(sick, 1).await.allowed, "it is as it was");
    world.assert_clean().await;
}

async fn a_hold_is_never_overwritten(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    let request = authorize(3);
    let ledger = world.store.ledger();
    let [first, second] = [
        ledger.submit(organization, request.clone(), None),
        ledger.submit(organization, request, None),
    ];
    let (first, second) = tokio::join!(first, second);
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(balance.held, credits("3"));
    world.assert_clean().await;
}

async fn callers_that_go_away_change_nothing(world: World) {
    let organization = world.organization("acme").await;
    let mut callers = JoinSet::new();
    let mut grants = Vec::new();
    for _ in 0..60 {
        let grant = new_grant("1", world.clock.now());
        grants.push(grant.id);
        let ledger = world.store.ledger();
        callers.spawn(async move {
            ledger
                .submit(organization, Request::AddGrant(Box::new(grant)), None)
                .await
        });
    }
    tokio::task::yield_now().await;
    callers.shutdown().await;
    // The queue is served in order: once this is answered, all before it was decided.
    world.submit(organization, Request::Sweep).await;
    let mut kept = 0;
    for grant in grants {
        kept += i64::from(world.store.grant(organization, grant).await.unwrap().is_some());
    }
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(balance.granted.micros(), kept * 1_000_000);
    world.assert_clean().await;
}
