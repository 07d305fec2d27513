//! When intervals begin anew: a price that falls due with a change of plan brings its credits with it, once.

use std::sync::Arc;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::plan::{Allotment, Interval, PlanKind, PlanTerms, PlanVersion, Validity};
use drawdown_domain::{Currency, Money, Timestamp};
use drawdown_store::Published;
use rust_decimal::Decimal;

use super::world::{START, World, key, whole};
use crate::customers::PutCustomer;
use crate::schedule::{PlanChanged, PlanWhen};

const DAY: i64 = 86_400;

/// Plans that give credits of one name: a trial of fourteen days, tiers of a month and of a year, and one that costs nothing.
async fn publish(world: &World) -> [Arc<PlanVersion>; 4] {
    let of = |name: &str, credits: i64, minor: Option<i64>| PlanTerms {
        price: minor.map(|minor| Money::new(minor, Currency::USD)),
        allotments: [(key("credits"), Allotment::plain(whole(credits)))].into(),
        ..PlanTerms::new(name, PlanKind::Tier, Currency::USD, Decimal::ONE_HUNDRED)
    };
    let trial = PlanTerms {
        kind: PlanKind::Trial,
        lasts: Some(Validity::Days(14)),
        ..of("Trial", 50, None)
    };
    let yearly = PlanTerms {
        interval: Interval::Year,
        ..of("Yearly", 9_000, Some(90_000))
    };
    let terms = [trial, of("Paid", 500, Some(9_900)), yearly, of("Free", 20, None)];
    let mut versions = Vec::new();
    for (name, terms) in ["trial", "paid", "yearly", "free"].into_iter().zip(terms) {
        let published = world.service.store().publish_plan(&key(name), &terms, START, &[]).await;
        let (Published::New(version) | Published::Same(version)) = published.unwrap();
        versions.push(Arc::new(version));
    }
    versions.try_into().unwrap()
}

async fn customer(world: &World, name: &str, plan: &str) -> OrganizationId {
    let put = PutCustomer {
        name: Some(name.to_owned()),
        time_zone: Some("America/New_York".to_owned()),
        plan: Some(key(plan)),
        ..PutCustomer::default()
    };
    let put = world.service.put_customer(&world.vendor, &key(name), put).await;
    put.unwrap().id
}

/// What was charged and given so far, in order: the day after the start, the kind, minor units or whole credits.
async fn told(world: &World, organization: OrganizationId) -> Vec<(i64, &'static str, i64)> {
    let (service, vendor) = (&world.service, &world.vendor);
    let grants = service.grants(vendor, organization).await.unwrap();
    let steps = service.store().done_steps(organization, Timestamp::MAX, 100).await;
    let mut told: Vec<_> = steps
        .unwrap()
        .into_iter()
        .filter(|step| ["charge", "grant"].contains(&step.kind))
        .map(|step| {
            let grant = grants.iter().find(|grant| Some(grant.id) == step.grant);
            let credits = grant.map(|grant| grant.amount.micros() / 1_000_000);
            let amount = step.money.map(|money| money.minor).or(credits);
            let day = step.at.micros_since(START).div_euclid(DAY * 1_000_000);
            (day, step.kind, amount.unwrap())
        })
        .collect();
    told.sort_unstable();
    told
}

async fn change(world: &World, organization: OrganizationId, plan: &PlanVersion, when: PlanWhen) -> PlanChanged {
    let changed = world
        .service
        .change_plan(&world.vendor, organization, plan.id, when)
        .await;
    changed.unwrap()
}

#[tokio::test]
async fn a_trial_that_becomes_a_tier_is_charged_and_given_together() {
    for world in World::all().await {
        let [_, paid, ..] = publish(&world).await;
        let (soon, at_its_end) = (
            customer(&world, "soon", "trial").await,
            customer(&world, "at-its-end", "trial").await,
        );
        let scheduled = change(&world, at_its_end, &paid, PlanWhen::AtRenewal).await;
        assert!(matches!(scheduled, PlanChanged::Scheduled(_)));
        world.step_seconds(5 * DAY);
        assert_eq!(change(&world, soon, &paid, PlanWhen::Now).await, PlanChanged::Done);
        assert_eq!(
            world.left("soon").await,
            whole(550),
            "what the trial gave stays to its end"
        );
        world.step_seconds(43 * DAY);
        world.service.run_schedule().await.unwrap();
        let expected = [
            (0, "grant", 50),
            (5, "charge", 9_900),
            (5, "grant", 500),
            (35, "charge", 9_900),
            (35, "grant", 500),
        ];
        assert_eq!(told(&world, soon).await, expected);
        // Fourteen days and the rest of the first one; the month after that begins at midnight, too.
        let expected = [
            (0, "grant", 50),
            (14, "charge", 9_900),
            (14, "grant", 500),
            (45, "charge", 9_900),
            (45, "grant", 500),
        ];
        assert_eq!(told(&world, at_its_end).await, expected);
        assert_eq!(world.left("soon").await, whole(500));
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn nobody_pays_twice_for_a_month_by_going_back_and_forth() {
    let world = World::sqlite().await;
    let [_, paid, yearly, free] = publish(&world).await;
    let organization = customer(&world, "a", "paid").await;
    for plan in [&free, &paid, &yearly, &paid] {
        world.step_seconds(2 * DAY);
        change(&world, organization, plan, PlanWhen::Now).await;
    }
    let once = [
        (0, "charge", 9_900),
        (0, "grant", 500),
        (6, "charge", 90_000),
        (6, "grant", 9_000),
    ];
    assert_eq!(told(&world, organization).await, once);
    world.step_seconds(24 * DAY);
    world.service.run_schedule().await.unwrap();
    let told = told(&world, organization).await;
    assert_eq!(told.len(), 6, "the customer's own month goes on: {told:?}");
    assert_eq!(world.findings().await, [""; 0]);
}

#[tokio::test]
async fn a_price_that_first_falls_due_brings_its_credits_at_once() {
    let world = World::sqlite().await;
    let [_, paid, _, free] = publish(&world).await;
    let organization = customer(&world, "a", "free").await;
    world.step_seconds(10 * DAY);
    change(&world, organization, &paid, PlanWhen::Now).await;
    let expected = [(0, "grant", 20), (10, "charge", 9_900), (10, "grant", 500)];
    assert_eq!(told(&world, organization).await, expected);
    // Back to what costs nothing: no second allotment within the month that is paid for, the free one after it.
    world.step_seconds(5 * DAY);
    change(&world, organization, &free, PlanWhen::Now).await;
    assert_eq!(told(&world, organization).await, expected);
    world.step_seconds(27 * DAY);
    world.service.run_schedule().await.unwrap();
    assert_eq!(told(&world, organization).await.last(), Some(&(40, "grant", 20)));
}
