//! One story: a customer buys credits, runs, is stopped by its own cap, raises it, and reads what became of it all.

use drawdown_domain::Credits;
use drawdown_domain::hold::{Hold, HoldState};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::Window;
use drawdown_domain::outcome::{EventStatus, Outcome, RequestError};
use drawdown_domain::posting::LedgerAccount;
use drawdown_domain::request::Request;
use drawdown_domain::window::Zone;

use super::on_both_engines;
use super::world::{START, World, cap, capture, credits, event};
use crate::{Bucket, Dimension, KeptEvent, StoreError, UsageQuery};

on_both_engines!(a_customers_month);

async fn a_customers_month(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    let hold = a_run(&world, organization).await;
    some_usage(&world, organization, hold).await;
    for (limit, allowed) in [("15", false), ("16", true)] {
        let daily = cap("daily", Window::Day, limit);
        world.submit(organization, Request::PutCap(Box::new(daily))).await;
        assert_eq!(world.authorize(organization, 6).await.allowed, allowed, "{limit}");
    }
    the_figures(&world, organization).await;
    world.assert_clean().await;
}

async fn a_run(world: &World, organization: OrganizationId) -> Hold {
    let allowed = world.authorize(organization, 10).await;
    let hold = allowed.hold.unwrap().id;
    let (owner, open) = world.store.hold(hold).await.unwrap().unwrap();
    assert_eq!(
        (owner, open.state, open.credits),
        (organization, HoldState::Open, credits("10"))
    );
    world.clock.step_seconds(60);
    let Outcome::Captured(captured) = world.submit(organization, capture(hold, 7)).await else {
        panic!("the hold was open");
    };
    assert_eq!((captured.credits, captured.returned), (credits("7"), credits("3")));
    let twice = world.submit(organization, capture(hold, 7)).await;
    let ended = RequestError::HoldEnded {
        state: HoldState::Captured,
    };
    assert_eq!(twice, Outcome::Refused(ended));
    let (_, kept) = world.store.hold(hold).await.unwrap().unwrap();
    assert_eq!(kept, captured.hold);

    let other = world.authorize(organization, 5).await.hold.unwrap().id;
    let released = Request::Release {
        hold: other,
        reason: Some("the agent crashed".to_owned()),
    };
    world.submit(organization, released).await;
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(
        (balance.available, balance.held, balance.burned),
        (credits("93"), Credits::ZERO, credits("7"))
    );
    captured.hold
}

async fn some_usage(world: &World, organization: OrganizationId, hold: Hold) {
    let now = world.clock.now();
    let events = vec![
        event("a", 1, now),
        event("b", 2, now.plus_seconds(-7_200)),
        event("a", 1, now),
    ];
    let Outcome::Recorded(results) = world.submit(organization, Request::Record(events.clone())).await else {
        panic!("usage is always taken in");
    };
    let statuses: Vec<EventStatus> = results.iter().map(|result| result.status).collect();
    assert_eq!(
        statuses,
        [EventStatus::Recorded, EventStatus::Recorded, EventStatus::Duplicate]
    );
    let Outcome::Recorded(again) = world.submit(organization, Request::Record(events)).await else {
        panic!("usage is always taken in");
    };
    assert!(again.iter().all(|result| result.status == EventStatus::Duplicate));
    assert_eq!(again[1].credits, Some(credits("2")));

    let page = world.store.events(organization, None, 2).await.unwrap();
    assert_eq!(page.rows.len(), 2);
    let rest = world.store.events(organization, page.next, 2).await.unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));
    let first = &rest.rows[0].event;
    assert_eq!((first.hold, first.occurred_at), (Some(hold.id), hold.authorized_at));
    assert_eq!((first.key.clone(), first.credits), (hold.id.to_string(), credits("7")));
    let KeptEvent { batch, event } = &page.rows[0];
    let behind = world
        .store
        .batch_events(organization, *batch, event.recorded_at, None, 10);
    let behind = behind.await.unwrap();
    assert_eq!(behind.rows.len(), 2);
}

async fn the_figures(world: &World, organization: OrganizationId) {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let day = zone.window(Window::Day, world.clock.now(), START);
    let today = world.store.day(organization, day.start).await.unwrap();
    assert_eq!((today.credits, today.events), (credits("10"), 3));
    // The third run is still open: it is counted when it ends.
    assert_eq!((today.authorized, today.capped, today.refused), (2, 1, 0));
    let query = |group_by, bucket| UsageQuery {
        from: day.start,
        until: day.end.unwrap(),
        group_by,
        bucket,
    };
    for dimension in [
        Dimension::UseCase,
        Dimension::Mode,
        Dimension::Platform,
        Dimension::Subject,
    ] {
        let rows = world
            .store
            .usage(organization, query(dimension, Bucket::Day))
            .await
            .unwrap();
        assert_eq!((rows.len(), rows[0].sums), (1, today), "{dimension:?}");
    }
    // One event came two hours late.
    let hours = world
        .store
        .usage(organization, query(Dimension::UseCase, Bucket::Hour))
        .await
        .unwrap();
    let used: Vec<Credits> = hours.iter().map(|row| row.sums.credits).collect();
    assert_eq!(used, [credits("2"), credits("8")]);
    let subjects = world
        .store
        .usage(organization, query(Dimension::Subject, Bucket::Hour))
        .await;
    assert!(matches!(subjects, Err(StoreError::NotKept(_))));
    let totals = world
        .store
        .daily_totals(organization, day.start, day.end.unwrap())
        .await
        .unwrap();
    assert_eq!(totals, [(day.start, today)]);

    let newest = world.store.postings(organization, None, 1).await.unwrap();
    let oldest = world.store.postings(organization, Some(2), 10).await.unwrap();
    assert_eq!(
        (oldest.rows[0].from, oldest.rows[0].to),
        (LedgerAccount::Issued, LedgerAccount::Available)
    );
    let kept = world.store.organization(organization).await.unwrap().unwrap();
    assert_eq!(kept.state.posting_hash, newest.rows[0].hash);
    let listed = world.store.organizations(None, 10).await.unwrap();
    assert_eq!(
        (listed.rows[0].available, listed.rows[0].held),
        (credits("84"), credits("6"))
    );
    assert_eq!(listed.rows[0].organization, kept);
}
