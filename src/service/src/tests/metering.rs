//! Metering: authorize, capture, record over many customers, quote.

use std::collections::BTreeMap;

use drawdown_domain::outcome::EventStatus;
use drawdown_domain::{Credits, Quantity};

use super::world::{CATALOGUE, World, api_key, key, whole};
use crate::actor::KeyScope;
use crate::metering::{AuthorizeInput, EventInput, Idempotency, Quantities, QuoteInput, RunInput};

fn render() -> RunInput {
    RunInput {
        use_case: key("render"),
        mode: Some(key("fast")),
        platform: None,
        subject: None,
    }
}

fn event(id: &str, customer: &str, images: u32) -> EventInput {
    EventInput {
        id: id.to_owned(),
        customer: key(customer),
        run: render(),
        quantities: Quantities::Single(Quantity::from(images)),
        occurred_at: None,
    }
}

fn authorize(customer: &str, images: u32) -> AuthorizeInput {
    AuthorizeInput {
        customer: key(customer),
        run: render(),
        quantities: Quantities::Single(Quantity::from(images)),
        ttl_s: None,
        dry_run: false,
    }
}

#[tokio::test]
async fn a_call_with_events_of_many_customers_is_answered_in_its_order() {
    for world in World::all().await {
        world.customer("a", "tier", 100).await;
        world.customer("b", "tier", 100).await;
        let metering = api_key(KeyScope::Metering);
        let mut lost = event("3", "a", 1);
        lost.run.use_case = key("nothing");
        let events = vec![
            event("1", "a", 1),
            event("2", "nobody", 1),
            lost,
            event("4", "b", 2),
            event("5", "a", 3),
            event("1", "a", 1),
            event(&"x".repeat(129), "a", 1),
        ];
        let answers = world.service.record(&metering, events, None).await.unwrap();
        let told: Vec<_> = answers
            .iter()
            .map(|answer| (answer.result.status, answer.result.credits, answer.code))
            .collect();
        let rejected = |code: &'static str| (EventStatus::Rejected, None, Some(code));
        let recorded = |credits: i64| (EventStatus::Recorded, Some(whole(credits)), None);
        assert_eq!(
            told,
            [
                recorded(4),
                rejected("unknown_customer"),
                rejected("unknown_use_case"),
                recorded(8),
                recorded(12),
                (EventStatus::Duplicate, Some(whole(4)), None),
                rejected("invalid_event_id"),
            ]
        );
        assert_eq!(world.left("a").await, whole(84));
        assert_eq!(world.left("b").await, whole(92));
        assert_eq!(world.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn a_run_is_reserved_and_what_it_does_not_use_comes_back() {
    let world = World::sqlite().await;
    world.customer("a", "tier", 100).await;
    let metering = api_key(KeyScope::Metering);
    let service = &world.service;
    let decision = service.authorize(&metering, authorize("a", 10), None).await.unwrap();
    assert!(decision.allowed);
    assert_eq!(world.left("a").await, whole(60));
    let hold = decision.hold.unwrap().id;
    let used = Some(Quantities::Single(Quantity::from(3)));
    let captured = service
        .capture(&metering, hold, used.clone(), None, None)
        .await
        .unwrap();
    assert_eq!(captured.credits, whole(12));
    assert_eq!(world.left("a").await, whole(88));
    let again = service.capture(&metering, hold, used, None, None).await.unwrap_err();
    assert_eq!(again.code(), "hold_ended");
    let unknown = drawdown_domain::id::HoldId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(service.hold(&metering, unknown).await.unwrap_err().code(), "not_found");
}

#[tokio::test]
async fn the_same_idempotency_key_answers_the_same_also_after_a_change_of_key() {
    let world = World::sqlite().await;
    world.customer("a", "tier", 100).await;
    let idempotency = |body: u8| {
        Some(Idempotency {
            key: "once".to_owned(),
            request_hash: [body; 32],
        })
    };
    let (metering, admin) = (api_key(KeyScope::Metering), api_key(KeyScope::Admin));
    let service = &world.service;
    let first = service
        .authorize(&metering, authorize("a", 1), idempotency(1))
        .await
        .unwrap();
    let again = service
        .authorize(&admin, authorize("a", 1), idempotency(1))
        .await
        .unwrap();
    assert_eq!(first, again);
    let other = service
        .authorize(&metering, authorize("a", 2), idempotency(2))
        .await
        .unwrap_err();
    assert_eq!(other.code(), "idempotency_key_reused");
    assert_eq!(world.left("a").await, whole(96));
}

#[tokio::test]
async fn a_quote_is_what_the_run_will_cost() {
    let world = World::sqlite().await;
    world.customer("a", "tier", 100).await;
    let run = RunInput {
        use_case: key("code"),
        mode: None,
        platform: Some(key("ios")),
        subject: None,
    };
    let quantities = BTreeMap::from([
        (key("context_tokens"), Quantity::from(1_234)),
        (key("generated_tokens"), Quantity::from(56)),
    ]);
    let quote = |quantities: Quantities| QuoteInput {
        customer: Some(key("a")),
        run: run.clone(),
        quantities,
        at: None,
        version: None,
    };
    let read = api_key(KeyScope::Read);
    let asked = quote(Quantities::ByMeter(quantities.clone()));
    let told = world.service.quote(&read, asked).await.unwrap();
    // (1.234 * 2 + 0.056 * 8) * 1.3
    assert_eq!(told.credits, "3.7908".parse::<Credits>().unwrap());
    assert_eq!(told.money.unwrap().minor, 4);
    assert_eq!(told.mode, key("fast"));
    let event = EventInput {
        id: "1".to_owned(),
        customer: key("a"),
        run: run.clone(),
        quantities: Quantities::ByMeter(quantities),
        occurred_at: None,
    };
    let metering = api_key(KeyScope::Metering);
    let recorded = world.service.record(&metering, vec![event], None).await.unwrap();
    assert_eq!(recorded[0].result.credits, Some(told.credits));
    let one = quote(Quantities::Single(Quantity::from(1)));
    let unclear = world.service.quote(&read, one).await.unwrap_err();
    assert_eq!(unclear.code(), "ambiguous_quantity");
}

#[tokio::test]
async fn a_key_for_reading_meters_nothing() {
    let world = World::sqlite().await;
    world.customer("a", "tier", 100).await;
    let read = api_key(KeyScope::Read);
    let refused = world
        .service
        .authorize(&read, authorize("a", 1), None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let refused = world
        .service
        .record(&read, vec![event("1", "a", 1)], None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    assert_eq!(world.left("a").await, whole(100));
}

#[tokio::test]
async fn a_repeated_call_gives_each_event_its_own_result_though_prices_were_published_since() {
    for world in World::all().await {
        world.customer("a", "tier", 100).await;
        let metering = api_key(KeyScope::Metering);
        let report = async || {
            let mut film = event("film", "a", 2);
            film.run.use_case = key("film");
            let idempotency = Idempotency {
                key: "once".to_owned(),
                request_hash: [1; 32],
            };
            let events = vec![film, event("still", "a", 1)];
            let answers = world
                .service
                .record(&metering, events, Some(idempotency))
                .await
                .unwrap();
            let told = answers
                .into_iter()
                .map(|answer| (answer.result.key, answer.result.status, answer.code));
            told.collect::<Vec<_>>()
        };
        let of = |id: &str, status, code| (id.to_owned(), status, code);
        let recorded = EventStatus::Recorded;
        let unknown = of("film", EventStatus::Rejected, Some("unknown_use_case"));
        assert_eq!(report().await, [unknown, of("still", recorded, None)]);
        let with_films = CATALOGUE.replace(
            "[use_cases.render]",
            "[use_cases.film]\nname = \"Film\"\n[use_cases.film.meters.images]\ncredits = \"10\"\n[use_cases.render]",
        );
        world.service.apply_catalogue(&world.vendor, &with_films).await.unwrap();
        world.step_seconds(60);
        assert_eq!(
            report().await,
            [of("film", recorded, None), of("still", recorded, None)]
        );
        let duplicate = of("film", EventStatus::Duplicate, None);
        assert_eq!(report().await, [duplicate, of("still", recorded, None)]);
        assert_eq!(world.left("a").await, whole(100 - 20 - 4));
        assert_eq!(world.findings().await, [""; 0]);
    }
}
