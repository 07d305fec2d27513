//! Rate cards and plans: versions that are published once and stay.

use drawdown_domain::id::PlanVersionId;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::{OrganizationChange, Request};

use super::on_both_engines;
use super::world::{START, World, capture, credits, id, key};
use crate::{LedgerError, Published};

on_both_engines!(what_is_published_stays);

async fn what_is_published_stays(world: World) {
    let store = &world.store;
    let catalogue = store.catalogue().await.unwrap();
    let card = &catalogue.versions[0];
    let same = store
        .publish_rates(&card.rates, START.plus_seconds(9), START, &[])
        .await
        .unwrap();
    assert_eq!(same, Published::Same(card.clone()));
    let mut dearer = card.rates.clone();
    dearer.modes.insert(key("fast"), 2.into());
    let later = START.plus_seconds(3_600);
    let Published::New(second) = store.publish_rates(&dearer, later, START, &[]).await.unwrap() else {
        panic!("the rates differ");
    };
    assert_eq!(second.number, 2);
    assert_eq!(store.catalogue().await.unwrap().versions, [card.clone(), second]);
    // The ledger prices by it from its time on.
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    assert_eq!(world.authorize(organization, 1).await.credits, credits("1"));
    world.clock.step_seconds(3_600);
    let held = world.authorize(organization, 1).await;
    assert_eq!(held.credits, credits("2"));
    // What was authorised at the instant from which the next one holds, before it was known, keeps its price.
    dearer.modes.insert(key("fast"), 3.into());
    let now = world.clock.now();
    let third = store.publish_rates(&dearer, now, now, &[]).await.unwrap();
    assert!(matches!(third, Published::New(third) if third.effective_at == now));
    let captured = world.submit(organization, capture(held.hold.unwrap().id, 1)).await;
    assert!(matches!(captured, Outcome::Captured(captured) if captured.credits == credits("2")));
    assert_eq!(world.authorize(organization, 1).await.credits, credits("3"));

    let mut terms = world.plan.terms.clone();
    let same = store.publish_plan(&key("tier"), &terms, START, &[]).await.unwrap();
    assert_eq!(same, Published::Same(world.plan.clone()));
    terms.seats = Some(5);
    let Published::New(second) = store.publish_plan(&key("tier"), &terms, START, &[]).await.unwrap() else {
        panic!("the terms differ");
    };
    assert_eq!(
        (second.number, store.plan_version(second.id).await.unwrap().as_deref()),
        (2, Some(&second))
    );
    assert_eq!(
        store.current_plan(&key("tier")).await.unwrap().as_deref(),
        Some(&second)
    );
    assert_eq!(store.current_plan(&key("other")).await.unwrap(), None);
    let plans = store.plans().await.unwrap();
    assert_eq!(
        (plans.len(), plans[0].organizations, plans[0].current.number),
        (1, 1, 2)
    );
    let unknown = Request::Organization(OrganizationChange::Plan {
        version: PlanVersionId::from_uuid(id()),
        caps: Vec::new(),
        throttles: Vec::new(),
    });
    let refused = store.ledger().submit(organization, unknown, None).await;
    assert_eq!(refused, Err(LedgerError::UnknownPlanVersion));
}
