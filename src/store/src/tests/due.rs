//! What the clock ends: holds and grants, and the usage that comes late all the same.

use drawdown_domain::grant::GrantState;
use drawdown_domain::hold::HoldState;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Timestamp};

use super::on_both_engines;
use super::world::{World, authorize, credits, decision, event, id, new_grant};
use crate::LedgerError;

on_both_engines!(what_is_due_is_swept_up);

async fn what_is_due_is_swept_up(world: World) {
    let organization = world.organization("acme").await;
    let now = world.clock.now();
    let mut grant = new_grant("10", now);
    grant.expires_at = Some(now.plus_seconds(3_600));
    world
        .submit(organization, Request::AddGrant(Box::new(grant.clone())))
        .await;
    let hold = decision(world.submit(organization, authorize(4)).await)
        .hold
        .unwrap()
        .id;
    let due = async || world.store.due_organizations(world.clock.now(), 10).await.unwrap();
    assert_eq!(due().await, []);
    world.clock.step_seconds(600);
    assert_eq!(due().await, [organization]);
    assert_eq!(world.submit(organization, Request::Sweep).await, Outcome::Done);
    assert_eq!(due().await, []);
    let (_, ended) = world.store.hold(hold).await.unwrap().unwrap();
    assert_eq!(
        (ended.state, ended.ended_at),
        (HoldState::Expired, Some(world.clock.now()))
    );
    world.clock.step_seconds(3_000);
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(
        balance.available,
        Credits::ZERO,
        "expired by the clock, before it is swept up"
    );
    assert_eq!(due().await, [organization]);
    world.submit(organization, Request::Sweep).await;
    let swept = world.store.grant(organization, grant.id).await.unwrap().unwrap();
    assert_eq!((swept.state, swept.expired), (GrantState::Expired, credits("10")));
    // Usage from before the expiry burns the expired grant, late; what it cannot cover is owed.
    let late = vec![event("late", 12, now.plus_seconds(10))];
    world.submit(organization, Request::Record(late)).await;
    let burned = world.store.grant(organization, grant.id).await.unwrap().unwrap();
    assert_eq!((burned.burned, burned.expired), (credits("10"), Credits::ZERO));
    let owing = world.store.organization(organization).await.unwrap().unwrap();
    assert_eq!(owing.state.owed, credits("2"));
    // The next credits settle it.
    world.grant(organization, "5").await;
    let settled = world.store.organization(organization).await.unwrap().unwrap();
    assert_eq!(settled.state.owed, Credits::ZERO);
    world.assert_clean().await;
    let nobody = OrganizationId::from_uuid(id());
    let unknown = world.store.ledger().submit(nobody, Request::Sweep, None).await;
    assert_eq!(unknown, Err(LedgerError::UnknownOrganization));
    let pruned = world.store.prune(Timestamp::MAX).await.unwrap();
    assert!(!pruned.more());
}
