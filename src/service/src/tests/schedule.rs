//! What is agreed happens when it is due: carry-overs, ends of trials, changes of plan, after days of downtime and with
//! two processes at once.

use std::sync::Arc;

use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::plan::{Allotment, PlanKind, PlanTerms, PlanVersion, Rollover, Validity};
use drawdown_domain::{Currency, Timestamp};
use drawdown_store::Published;
use rust_decimal::Decimal;

use super::world::{World, key, whole};
use crate::ServiceError;
use crate::customers::PutCustomer;
use crate::grants::GrantView;
use crate::schedule::{PlanChanged, PlanWhen};

const DAY: i64 = 86_400;

fn terms(name: &str, kind: PlanKind) -> PlanTerms {
    PlanTerms::new(name, kind, Currency::USD, Decimal::ONE_HUNDRED)
}

fn with_allotment(name: &str, credits: i64, rollover: Rollover) -> PlanTerms {
    let allotment = Allotment {
        rollover,
        ..Allotment::plain(whole(credits))
    };
    PlanTerms {
        allotments: [(key("credits"), allotment)].into(),
        ..terms(name, PlanKind::Tier)
    }
}

async fn publish(world: &World, name: &str, terms: &PlanTerms) -> Arc<PlanVersion> {
    let store = world.service.store();
    let now: Timestamp = super::world::START;
    match store.publish_plan(&key(name), terms, now, &[]).await.unwrap() {
        Published::New(version) | Published::Same(version) => Arc::new(version),
    }
}

async fn customer(world: &World, name: &str, plan: &str, zone: &str) -> OrganizationId {
    let put = PutCustomer {
        name: Some(name.to_owned()),
        time_zone: Some(zone.to_owned()),
        plan: Some(key(plan)),
        ..PutCustomer::default()
    };
    let view = world.service.put_customer(&world.vendor, &key(name), put).await;
    view.unwrap().id
}

async fn grants(world: &World, organization: OrganizationId) -> Vec<GrantView> {
    let mut grants = world.service.grants(&world.vendor, organization).await.unwrap();
    grants.reverse();
    grants
}

#[tokio::test]
async fn what_is_left_is_carried_over_up_to_twice_the_allotment() {
    for world in World::all().await {
        publish(
            &world,
            "rolling",
            &with_allotment("Rolling", 100, Rollover::UpTo(Decimal::TWO)),
        )
        .await;
        let organization = customer(&world, "a", "rolling", "America/New_York").await;
        // Three months at once: nothing is lost, and each step is done as if it had been in time.
        world.step_seconds(93 * DAY);
        world.service.run_schedule().await.unwrap();
        assert_eq!(world.left("a").await, whole(300));
        let carried: Vec<_> = grants(&world, organization)
            .await
            .into_iter()
            .filter(|grant| grant.kind == GrantKind::Rollover)
            .map(|grant| (grant.amount, grant.expired, grant.voided))
            .collect();
        // 100 carried, then 200, then no more than 200 of 300.
        let expected = [
            (whole(100), whole(0), whole(100)),
            (whole(200), whole(0), whole(200)),
            (whole(200), whole(0), whole(0)),
        ];
        assert_eq!(carried, expected);
        assert_eq!(world.service.run_schedule().await.unwrap(), 0);
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn a_change_waits_for_the_renewal_and_can_be_withdrawn() {
    let world = World::sqlite().await;
    let small = publish(&world, "small", &with_allotment("Small", 100, Rollover::None)).await;
    let large = publish(&world, "large", &with_allotment("Large", 900, Rollover::None)).await;
    let organization = customer(&world, "a", "small", "Asia/Tokyo").await;
    let change = |plan: &Arc<PlanVersion>, when| {
        let (service, vendor, id) = (world.service.clone(), world.vendor.clone(), plan.id);
        async move { service.change_plan(&vendor, organization, id, when).await.unwrap() }
    };
    let PlanChanged::Scheduled(id) = change(&large, PlanWhen::AtRenewal).await else {
        panic!("it waits");
    };
    let service = &world.service;
    service
        .withdraw_plan_change(&world.vendor, organization, id)
        .await
        .unwrap();
    let again = service.withdraw_plan_change(&world.vendor, organization, id).await;
    assert!(matches!(again, Err(ServiceError::NotFound(_))));
    world.step_seconds(32 * DAY);
    service.run_schedule().await.unwrap();
    assert_eq!(world.left("a").await, whole(100));

    assert!(matches!(
        change(&large, PlanWhen::AtRenewal).await,
        PlanChanged::Scheduled(_)
    ));
    // Another one takes its place; the last word counts.
    assert_eq!(change(&small, PlanWhen::AtRenewal).await, PlanChanged::Done);
    assert!(matches!(
        change(&large, PlanWhen::AtRenewal).await,
        PlanChanged::Scheduled(_)
    ));
    world.step_seconds(31 * DAY);
    service.run_schedule().await.unwrap();
    assert_eq!(world.left("a").await, whole(900));
    // Now: no second allotment of the same name within the month.
    assert_eq!(change(&small, PlanWhen::Now).await, PlanChanged::Done);
    assert_eq!(change(&small, PlanWhen::Now).await, PlanChanged::Same);
    assert_eq!(world.left("a").await, whole(900));
    assert_eq!(world.findings().await, [""; 0]);
}

#[tokio::test]
async fn a_trial_ends_by_itself_or_becomes_a_plan() {
    for world in World::all().await {
        let trial = PlanTerms {
            kind: PlanKind::Trial,
            lasts: Some(Validity::Days(14)),
            ..with_allotment("Trial", 100, Rollover::None)
        };
        publish(&world, "trial", &trial).await;
        let monthly = publish(&world, "paid", &with_allotment("Paid", 500, Rollover::None)).await;
        let ends = customer(&world, "ends", "trial", "Pacific/Auckland").await;
        let goes_on = customer(&world, "goes-on", "trial", "Pacific/Auckland").await;
        let when = PlanWhen::AtRenewal;
        let changed = world
            .service
            .change_plan(&world.vendor, goes_on, monthly.id, when)
            .await;
        assert!(matches!(changed, Ok(PlanChanged::Scheduled(_))));
        assert_eq!(grants(&world, ends).await[0].kind, GrantKind::Trial);
        world.step_seconds(15 * DAY);
        world.service.run_schedule().await.unwrap();
        let view = |name| {
            let (service, vendor, name) = (world.service.clone(), world.vendor.clone(), key(name));
            async move { service.customer(&vendor, &name).await.unwrap() }
        };
        assert_eq!((view("ends").await.plan, world.left("ends").await), (None, whole(0)));
        assert_eq!(view("goes-on").await.plan.unwrap().key, key("paid"));
        // Put on the trial again it has no second one.
        customer(&world, "ends", "trial", "Pacific/Auckland").await;
        assert_eq!(world.left("ends").await, whole(0));
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn a_plan_is_ended_now_or_when_it_renews() {
    let world = World::sqlite().await;
    let small = publish(&world, "small", &with_allotment("Small", 100, Rollover::None)).await;
    let (service, vendor) = (&world.service, &world.vendor);
    let has_plan = async |name: &str| service.customer(vendor, &key(name)).await.unwrap().plan.is_some();
    for (name, when) in [("now", PlanWhen::Now), ("later", PlanWhen::AtRenewal)] {
        let organization = customer(&world, name, "small", "Europe/Berlin").await;
        let ended = service.end_plan(vendor, organization, when).await.unwrap();
        let waits = when == PlanWhen::AtRenewal;
        assert_eq!(matches!(ended, PlanChanged::Scheduled(_)), waits);
        assert_eq!(has_plan(name).await, waits);
        // What was given keeps its end.
        assert_eq!(world.left(name).await, whole(100));
    }
    let staying = customer(&world, "staying", "small", "Europe/Berlin").await;
    service.end_plan(vendor, staying, PlanWhen::AtRenewal).await.unwrap();
    let kept = service
        .change_plan(vendor, staying, small.id, PlanWhen::AtRenewal)
        .await;
    assert_eq!(
        kept.unwrap(),
        PlanChanged::Done,
        "naming the present plan takes the end back"
    );
    world.step_seconds(32 * DAY);
    service.run_schedule().await.unwrap();
    for (name, left) in [("now", 0), ("later", 0), ("staying", 100)] {
        assert_eq!(has_plan(name).await, left > 0, "{name}");
        assert_eq!(world.left(name).await, whole(left), "{name}");
    }
    let again = service.new_customer(vendor, &key("now"), PutCustomer::default()).await;
    assert!(matches!(again, Err(ServiceError::Invalid(_))), "a key is taken once");
    assert_eq!(world.findings().await, [""; 0]);
}
