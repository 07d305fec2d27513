//! The same key answers the same, whoever asks, however often and however fast; with another request it is a conflict.

use drawdown_domain::outcome::Outcome;
use tokio::task::JoinSet;

use super::on_both_engines;
use super::world::{World, authorize, credits, decision};
use crate::{Idempotency, LedgerError};

on_both_engines!(
    a_race_of_retries_is_one_request,
    another_request_is_a_conflict,
    answers_are_forgotten_after_35_days,
    keys_are_each_organizations_own,
);

fn keyed(key: &str, request: u8) -> Idempotency {
    Idempotency {
        key: key.to_owned(),
        request_hash: [request; 32],
    }
}

async fn a_race_of_retries_is_one_request(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "50").await;
    let mut ledgers = vec![world.store.ledger()];
    if !world.is_sqlite() {
        ledgers.push(world.another_store().await.ledger());
    }
    let mut callers = JoinSet::new();
    for number in 0..40 {
        let ledger = ledgers[number % ledgers.len()].clone();
        // Each retry brings another hold identifier along: the first one's is answered to all.
        callers.spawn(async move {
            ledger
                .submit(organization, authorize(10), Some(keyed("run-1", 1)))
                .await
                .unwrap()
        });
    }
    let answers = callers.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(decision(answers[0].clone()).allowed);
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(balance.held, credits("10"));
}

async fn another_request_is_a_conflict(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "50").await;
    let ledger = world.store.ledger();
    ledger
        .submit(organization, authorize(10), Some(keyed("run-1", 1)))
        .await
        .unwrap();
    let other = ledger
        .submit(organization, authorize(11), Some(keyed("run-1", 2)))
        .await;
    assert_eq!(other, Err(LedgerError::IdempotencyConflict));
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(balance.held, credits("10"));
}

async fn answers_are_forgotten_after_35_days(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "50").await;
    let ledger = world.store.ledger();
    let first = ledger
        .submit(organization, authorize(10), Some(keyed("run-1", 1)))
        .await
        .unwrap();
    world.clock.step_seconds(35 * 86_400);
    assert_eq!(world.store.prune(world.clock.now()).await.unwrap().idempotency, 0);
    let again: Outcome = ledger
        .submit(organization, authorize(10), Some(keyed("run-1", 1)))
        .await
        .unwrap();
    assert_eq!(again, first);
    world.clock.step_seconds(1);
    assert_eq!(world.store.prune(world.clock.now()).await.unwrap().idempotency, 1);
    let anew = ledger
        .submit(organization, authorize(10), Some(keyed("run-1", 1)))
        .await
        .unwrap();
    assert_ne!(anew, first);
}

async fn keys_are_each_organizations_own(world: World) {
    let ledger = world.store.ledger();
    for name in ["acme", "globex"] {
        let organization = world.organization(name).await;
        world.grant(organization, "50").await;
        let answer = ledger
            .submit(organization, authorize(10), Some(keyed("run-1", 1)))
            .await
            .unwrap();
        assert!(decision(answer).allowed, "{name}");
        let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
        assert_eq!(balance.held, credits("10"), "{name}");
    }
}
