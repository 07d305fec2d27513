//! What customers read: usage by bucket and group, CSV, the ledger down to its events, the credits page.

use drawdown_domain::organization::Role;
use drawdown_domain::posting::LedgerAccount;
use drawdown_domain::{Credits, Quantity};

use super::world::{World, api_key, key, member, whole};
use crate::actor::KeyScope;
use crate::metering::{EventInput, Quantities, RunInput};
use crate::usage::span::UsageSpan;
use crate::usage::{Bucket, GroupBy, UsageQuery};

fn event(id: &str, mode: &str, subject: &str, images: u32) -> EventInput {
    EventInput {
        id: id.to_owned(),
        customer: key("a"),
        run: RunInput {
            use_case: key("render"),
            mode: Some(key(mode)),
            platform: None,
            subject: Some(key(subject)),
        },
        quantities: Quantities::Single(Quantity::from(images)),
        occurred_at: None,
    }
}

/// Three days: 4 and 1 credits, nothing, 8 credits.
async fn three_days(world: &World) -> drawdown_domain::id::OrganizationId {
    let organization = world.customer("a", "tier", 100).await;
    let metering = api_key(KeyScope::Metering);
    let first = vec![event("1", "fast", "ada", 1), event("2", "relaxed", "bob", 1)];
    world.service.record(&metering, first, None).await.unwrap();
    world.step_seconds(2 * 86_400);
    let last = vec![event("3", "fast", "bob", 2)];
    world.service.record(&metering, last, None).await.unwrap();
    organization
}

#[tokio::test]
async fn usage_is_exact_by_every_group_and_bucket() {
    for world in World::all().await {
        let organization = three_days(&world).await;
        let viewer = member(organization, Role::Viewer);
        let span = UsageSpan::LastDays(3);
        let span = world.service.usage_span(&viewer, organization, &span).await.unwrap();
        assert_eq!((span.days, span.first.date.as_str()), (3, "2026-03-02"));
        let ask = |group_by: GroupBy, bucket: Bucket| UsageQuery {
            from: Some(span.from),
            to: Some(span.to),
            group_by,
            bucket,
        };
        let read = |query: UsageQuery| world.service.usage(&viewer, organization, query);
        let by_mode = read(ask(GroupBy::Mode, Bucket::Day)).await.unwrap();
        let series: Vec<_> = by_mode
            .series
            .iter()
            .map(|series| (series.key.as_str(), series.credits.clone()))
            .collect();
        let zero = Credits::ZERO;
        assert_eq!(
            series,
            [
                ("fast", vec![whole(4), zero, whole(8)]),
                ("relaxed", vec![whole(1), zero, zero])
            ]
        );
        assert_eq!((by_mode.totals.credits, by_mode.totals.events), (whole(13), 3));
        let by_subject = read(ask(GroupBy::Subject, Bucket::Day)).await.unwrap();
        assert_eq!(by_subject.series[0].totals.credits, whole(9));
        let by_hour = read(ask(GroupBy::UseCase, Bucket::Hour)).await.unwrap();
        assert_eq!((by_hour.buckets.len(), by_hour.totals.credits), (72, whole(13)));
        assert_eq!(by_hour.series[0].name, "Image render");
        let unkept = read(ask(GroupBy::Subject, Bucket::Hour)).await.unwrap_err();
        assert_eq!(unkept.code(), "invalid");
    }
}

#[tokio::test]
async fn csv_has_a_row_for_what_was_used() {
    let world = World::sqlite().await;
    let organization = three_days(&world).await;
    let viewer = member(organization, Role::Viewer);
    let query = UsageQuery {
        group_by: GroupBy::Mode,
        ..UsageQuery::default()
    };
    let csv = world.service.usage_csv(&viewer, organization, query).await.unwrap();
    let expected = "start,date,group,name,credits\r\n\
        2026-03-02T00:00:00Z,2026-03-02,fast,fast,4\r\n\
        2026-03-02T00:00:00Z,2026-03-02,relaxed,relaxed,1\r\n\
        2026-03-04T00:00:00Z,2026-03-04,fast,fast,8\r\n";
    assert_eq!(csv, expected);
}

#[tokio::test]
async fn a_posting_leads_to_its_events() {
    let world = World::sqlite().await;
    let organization = three_days(&world).await;
    let viewer = member(organization, Role::Viewer);
    let service = &world.service;
    let page = service.postings(&viewer, organization, None, 10).await.unwrap();
    let told: Vec<_> = page
        .items
        .iter()
        .map(|posting| (posting.words.as_str(), posting.change.to_string(), posting.events))
        .collect();
    assert_eq!(
        told,
        [
            ("Used", "-8".to_owned(), 1),
            ("Used", "-5".to_owned(), 2),
            ("Granted", "100".to_owned(), 0)
        ]
    );
    assert_eq!(page.items[0].previous_hash, page.items[1].hash);
    assert_eq!(page.items[2].from, LedgerAccount::Issued);
    let detail = service.posting(&viewer, organization, 2, None, 10).await.unwrap();
    let events: Vec<&str> = detail.events.items.iter().map(|event| event.key.as_str()).collect();
    assert_eq!(events, ["1", "2"]);
    assert_eq!(detail.events.items[1].quantity_words, "1 image");
    let none = service.posting(&viewer, organization, 4, None, 10).await.unwrap_err();
    assert_eq!(none.code(), "not_found");
}

#[tokio::test]
async fn newest_events_come_page_by_page() {
    let world = World::sqlite().await;
    let organization = three_days(&world).await;
    let viewer = member(organization, Role::Viewer);
    let service = &world.service;
    let mut keys = Vec::new();
    let mut before = None;
    loop {
        let page = service
            .newest_events(&viewer, organization, before.as_deref(), 1)
            .await
            .unwrap();
        keys.extend(page.items.into_iter().map(|event| event.key));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(keys, ["3", "2", "1"]);
    let bad = service
        .newest_events(&viewer, organization, Some("x"), 1)
        .await
        .unwrap_err();
    assert_eq!(bad.code(), "invalid");
}

#[tokio::test]
async fn the_credits_page_shows_grants_in_burn_order_and_payments_to_who_may_see_them() {
    let world = World::sqlite().await;
    let organization = three_days(&world).await;
    let viewer = member(organization, Role::Viewer);
    let owner = member(organization, Role::Owner);
    let service = &world.service;
    let seen = service.credits(&viewer, organization, None).await.unwrap();
    assert_eq!((seen.left, seen.payments, seen.may_top_up), (whole(87), None, false));
    assert_eq!(seen.grants[0].burn_position, Some(1));
    assert_eq!(
        (seen.grants[0].burned, seen.grants[0].source.as_str()),
        (whole(13), "Gift")
    );
    let id = service.new_payment_id();
    let money = drawdown_domain::Money::new(1_000, drawdown_domain::Currency::USD);
    service.start_top_up(&owner, organization, id, money).await.unwrap();
    let seen = service.credits(&owner, organization, None).await.unwrap();
    assert_eq!((seen.pending, seen.left), (whole(1_000), whole(87)));
    assert_eq!(seen.payments.unwrap().len(), 1);
    let lines = service.audit(&owner, Some(organization), None, 1).await.unwrap();
    assert_eq!(
        (lines.items[0].action.as_str(), lines.items[0].noun.as_str()),
        ("start", "payment")
    );
}
