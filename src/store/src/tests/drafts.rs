//! Drafts on both engines: whoever is late changes nothing, what is published prices from its instant on and not before,
//! and what is taken back never prices anything.

use drawdown_domain::catalogue::Rates;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::plan::{PlanKind, PlanTerms};
use drawdown_domain::request::Request;
use drawdown_domain::{Currency, Timestamp};

use super::on_both_engines;
use super::world::{START, World, credits, event, key};
use crate::{Draft, DraftOf, PublishedDraft, begins_as};

on_both_engines!(
    whoever_is_late_changes_nothing,
    a_scheduled_version_prices_from_its_instant_on,
    what_is_taken_back_never_prices,
    what_is_published_before_a_withdrawal_outlives_it,
    a_draft_is_not_published_over_a_version_that_came_or_went_meanwhile,
);

const HOUR: i64 = 3_600;

fn draft(revision: i64, rates: &Rates) -> Draft<Rates> {
    Draft {
        revision,
        based_on: 1,
        content: rates.clone(),
        changed_at: START,
        changed_by: "Ada".to_owned(),
    }
}

async fn rates_of(world: &World, factor: i64) -> Rates {
    let mut rates = world.store.catalogue().await.unwrap().versions[0].rates.clone();
    rates.modes.insert(key("fast"), factor.into());
    rates
}

/// Publishes rates at `factor` for fast runs from so many hours on.
async fn publish(world: &World, factor: i64, hours: i64) -> i64 {
    let (store, rates) = (&world.store, rates_of(world, factor).await);
    let draft = Draft {
        based_on: begins_as(&store.rate_cards().await.unwrap()).unwrap().number,
        ..draft(1, &rates)
    };
    assert!(store.put_draft(DraftOf::RateCard, &draft, &[]).await.unwrap());
    let at = START.plus_seconds(hours * HOUR);
    match store.publish_rates_draft(1, &rates, at, START, &[]).await.unwrap() {
        PublishedDraft::New(card) => card.number,
        other => panic!("{other:?}"),
    }
}

async fn whoever_is_late_changes_nothing(world: World) {
    let (store, of) = (&world.store, DraftOf::RateCard);
    let (first, second) = (rates_of(&world, 2).await, rates_of(&world, 3).await);
    assert_eq!(store.draft::<Rates>(of).await.unwrap(), None);
    assert!(store.put_draft(of, &draft(1, &first), &[]).await.unwrap());
    assert!(!store.put_draft(of, &draft(1, &second), &[]).await.unwrap());
    assert!(store.put_draft(of, &draft(2, &second), &[]).await.unwrap());
    assert!(!store.put_draft(of, &draft(2, &first), &[]).await.unwrap());
    assert_eq!(store.draft(of).await.unwrap(), Some(draft(2, &second)));
    assert!(!store.discard_draft(of, 1, &[]).await.unwrap());
    let late = store.publish_rates_draft(1, &first, START, START, &[]).await.unwrap();
    assert_eq!(late, PublishedDraft::Changed);
    assert_eq!(store.catalogue().await.unwrap().versions.len(), 1);
    // A plan's draft is another one.
    let plan = key("tier");
    assert_eq!(store.draft::<Rates>(DraftOf::Plan(&plan)).await.unwrap(), None);
    assert!(store.discard_draft(of, 2, &[]).await.unwrap());
    assert_eq!(store.draft::<Rates>(of).await.unwrap(), None);
}

/// What a late event of that instant costs.
async fn late(world: &World, organization: OrganizationId, name: &str, at: Timestamp) -> String {
    let request = Request::Record(vec![event(name, 1, at)]);
    match world.submit(organization, request).await {
        Outcome::Recorded(results) => results[0].credits.unwrap().to_string(),
        other => panic!("{other:?}"),
    }
}

async fn a_scheduled_version_prices_from_its_instant_on(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "1000").await;
    assert_eq!(publish(&world, 5, 2).await, 2);
    assert_eq!(world.authorize(organization, 1).await.credits, credits("1"));
    world.clock.step_seconds(2 * HOUR - 1);
    assert_eq!(world.authorize(organization, 1).await.credits, credits("1"));
    world.clock.step_seconds(1);
    assert_eq!(world.authorize(organization, 1).await.credits, credits("5"));
    // Late usage costs what its own time cost, to the second.
    let switch = START.plus_seconds(2 * HOUR);
    assert_eq!(late(&world, organization, "before", switch.plus_seconds(-1)).await, "1");
    assert_eq!(late(&world, organization, "at", switch).await, "5");
}

async fn what_is_taken_back_never_prices(world: World) {
    let store = &world.store;
    let organization = world.organization("acme").await;
    world.grant(organization, "1000").await;
    let (second, third) = (publish(&world, 2, 2).await, publish(&world, 3, 4).await);
    let now = START.plus_seconds(HOUR);
    assert!(store.withdraw_rates(third, now, &[]).await.unwrap());
    assert!(!store.withdraw_rates(third, now, &[]).await.unwrap(), "once");
    // The third is gone: what comes in its place says what the second says, until the second is taken back too.
    assert!(store.withdraw_rates(second, now, &[]).await.unwrap());
    for hours in [1, 1, 1, 1, 1] {
        world.clock.step_seconds(hours * HOUR);
        assert_eq!(world.authorize(organization, 1).await.credits, credits("1"));
    }
    assert!(!store.withdraw_rates(1, now, &[]).await.unwrap(), "in force");
    let fourth = publish(&world, 4, 6).await;
    assert!(
        !store
            .withdraw_rates(fourth, START.plus_seconds(6 * HOUR), &[])
            .await
            .unwrap(),
        "in force"
    );
    let listed = store.rate_cards().await.unwrap();
    assert_eq!(listed[0].card.number, fourth);
    let taken: Vec<i64> = listed.iter().filter_map(|one| one.withdraws).collect();
    assert_eq!(taken, [third, second, third]);
}

async fn what_is_published_before_a_withdrawal_outlives_it(world: World) {
    let store = &world.store;
    let organization = world.organization("acme").await;
    world.grant(organization, "1000").await;
    let (second, third) = (publish(&world, 2, 4).await, publish(&world, 3, 8).await);
    assert!(store.withdraw_rates(second, START, &[]).await.unwrap());
    // The version of the file, and a draft's: neither ends where the second would have begun.
    let filed = rates_of(&world, 5).await;
    store.publish_rates(&filed, START, START, &[]).await.unwrap();
    publish(&world, 7, 2).await;
    for (hours, price) in [(0, "5"), (1, "5"), (1, "7"), (2, "7"), (1, "7"), (2, "7"), (1, "3")] {
        world.clock.step_seconds(hours * HOUR);
        assert_eq!(
            world.authorize(organization, 1).await.credits,
            credits(price),
            "{hours}"
        );
    }
    assert_eq!(
        store
            .rate_cards()
            .await
            .unwrap()
            .iter()
            .filter(|one| one.withdraws == Some(second))
            .count(),
        3
    );
    assert!(
        !store.withdraw_rates(third, world.clock.now(), &[]).await.unwrap(),
        "in force"
    );
}

async fn a_draft_is_not_published_over_a_version_that_came_or_went_meanwhile(world: World) {
    let (store, of) = (&world.store, DraftOf::RateCard);
    let (mine, filed) = (rates_of(&world, 2).await, rates_of(&world, 5).await);
    assert!(store.put_draft(of, &draft(1, &mine), &[]).await.unwrap());
    let at = START.plus_seconds(HOUR);
    store.publish_rates(&filed, at, START, &[]).await.unwrap();
    let publish = async |revision| {
        store
            .publish_rates_draft(revision, &mine, at, START, &[])
            .await
            .unwrap()
    };
    assert_eq!(publish(1).await, PublishedDraft::Behind);
    // It is there still, and goes through once somebody has put it on the newer version.
    let on = |revision, based_on| Draft {
        based_on,
        ..draft(revision, &mine)
    };
    assert!(store.put_draft(of, &on(2, 2), &[]).await.unwrap());
    assert!(store.withdraw_rates(2, START, &[]).await.unwrap());
    assert_eq!(
        publish(2).await,
        PublishedDraft::Behind,
        "what it began as was taken back"
    );
    assert!(store.put_draft(of, &on(3, 1), &[]).await.unwrap());
    assert!(matches!(publish(3).await, PublishedDraft::New(_)));

    let plan = key("solo");
    let terms = |name: &str| PlanTerms::new(name, PlanKind::Tier, Currency::USD, 100.into());
    let empty = Draft {
        revision: 1,
        based_on: 0,
        content: terms("Mine"),
        changed_at: START,
        changed_by: "Ada".to_owned(),
    };
    assert!(store.put_draft(DraftOf::Plan(&plan), &empty, &[]).await.unwrap());
    store.publish_plan(&plan, &terms("Filed"), START, &[]).await.unwrap();
    let publish = async || {
        let mine = terms("Mine");
        store
            .publish_plan_draft(&plan, 1, &mine, &[], START, &[])
            .await
            .unwrap()
    };
    assert_eq!(publish().await, PublishedDraft::Behind);
    assert_eq!(store.current_plan(&plan).await.unwrap().unwrap().terms, terms("Filed"));
}
