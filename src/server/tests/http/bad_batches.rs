//! The table of bad input, for reports of usage: dates, events, sizes.

use serde_json::{Value, json};

use crate::bad_input::{refused, world};
use crate::world::images;

#[tokio::test]
async fn bad_dates() {
    let world = world().await;
    let dates = [
        "2026-03-02",
        "2026-03-02T08:00:00",
        "2026-02-30T08:00:00Z",
        "1772442000",
        "now",
        "",
        "2026-03-02T25:00:00Z",
        "1969-12-31T23:59:59Z",
        "2026-03-02T08:00:00.1234567Z",
    ];
    for date in dates {
        let before = world.state("acme").await;
        let event = json!({"id": "e", "customer": "acme", "use_case": "image", "quantity": 1, "occurred_at": date});
        let result = world.post("/v1/usage", &json!({"events": [event]})).await.ok()["results"][0].take();
        assert_eq!(
            (result["status"].as_str(), result["code"].as_str()),
            (Some("rejected"), Some("invalid_request")),
            "{date}"
        );
        assert_eq!(
            (
                result["errors"][0]["field"].as_str(),
                result["errors"][0]["code"].as_str()
            ),
            (Some("occurred_at"), Some("not_a_time")),
            "{date}"
        );
        assert_eq!(world.state("acme").await, before, "{date}");
        let quote = json!({"use_case": "image", "quantity": 1, "at": date}).to_string();
        refused(
            &world,
            "POST",
            "/v1/quote",
            quote,
            422,
            "invalid_request",
            "at not_a_time",
        )
        .await;
    }
    let event = json!({"id": "e", "customer": "acme", "use_case": "image", "quantity": 1, "occurred_at": "2026-03-02T09:05:01Z"});
    let result = world.post("/v1/usage", &json!({"events": [event]})).await.ok()["results"][0].take();
    assert_eq!(
        (result["status"].as_str(), result["code"].as_str()),
        (Some("rejected"), Some("in_future"))
    );
    assert_eq!(world.balance("acme").await, "100");
}

/// A batch of a valid event and one with a field changed.
fn batch(field: &str, value: Value) -> String {
    let mut event = json!({"id": "e", "customer": "acme", "use_case": "image", "mode": "fast", "quantity": 1});
    event[field] = value;
    json!({"events": [{"id": "ok-1", "customer": "acme", "use_case": "image", "quantity": 1}, event]}).to_string()
}

#[tokio::test]
async fn a_batch_of_a_wrong_shape_is_refused_as_a_whole() {
    let world = world().await;
    // What is wrong in shape refuses the whole batch: the valid event beside it is not recorded either.
    let table = [
        ("colour", json!("red"), "events[1].colour unknown_field"),
        ("id", json!(7), "events[1].id wrong_type"),
        ("quantity", json!(true), "events[1].quantity wrong_type"),
        ("occurred_at", json!(7), "events[1].occurred_at wrong_type"),
    ];
    for (field, value, error) in table {
        refused(
            &world,
            "POST",
            "/v1/usage",
            batch(field, value),
            422,
            "invalid_request",
            error,
        )
        .await;
    }
    refused(
        &world,
        "POST",
        "/v1/usage",
        r#"{"events":[]}"#.to_owned(),
        422,
        "invalid_request",
        "events too_few",
    )
    .await;
    refused(
        &world,
        "POST",
        "/v1/usage",
        "{}".to_owned(),
        422,
        "invalid_request",
        "events missing_field",
    )
    .await;
}

#[tokio::test]
async fn an_event_of_a_wrong_value_is_rejected_alone() {
    let world = world().await;
    // What is wrong in value rejects that event alone.
    let table = [
        ("id", json!(""), "invalid_request"),
        ("id", json!("i".repeat(129)), "invalid_request"),
        ("customer", json!("nobody"), "unknown_customer"),
        ("use_case", json!("flying"), "unknown_use_case"),
        ("mode", json!("turbo"), "unknown_mode"),
        ("platform", json!("radio"), "unknown_platform"),
        ("quantity", json!("-1"), "invalid_request"),
        ("quantity", json!(0), "invalid_request"),
        ("quantity", json!("1e3"), "invalid_request"),
    ];
    world
        .raw(
            "POST",
            "/v1/usage",
            r#"{"events":[{"id":"ok-1","customer":"acme","use_case":"image","quantity":1}]}"#,
        )
        .await
        .ok();
    let before = world.state("acme").await;
    for (field, value, code) in table {
        let results = world.raw("POST", "/v1/usage", batch(field, value.clone())).await.ok()["results"].take();
        assert_eq!(results[0]["status"], "duplicate");
        assert_eq!(
            (results[1]["status"].as_str(), results[1]["code"].as_str()),
            (Some("rejected"), Some(code)),
            "{field} {value}"
        );
        assert_eq!(world.state("acme").await, before, "{field} {value}");
    }
}

#[tokio::test]
async fn oversized_bodies_and_batches() {
    let world = world().await;
    let event = |n: usize| json!({"id": format!("e-{n}"), "customer": "acme", "use_case": "image", "quantity": 1});
    let events = |count: usize| json!({"events": (0..count).map(event).collect::<Vec<_>>()}).to_string();
    refused(&world, "POST", "/v1/usage", events(1_001), 413, "batch_too_large", "").await;
    let padded = |bytes: usize| format!("{}{}", events(1), " ".repeat(bytes));
    refused(&world, "POST", "/v1/usage", padded(2 << 20), 413, "body_too_large", "").await;
    let padded = format!("{}{}", images("acme", 1), " ".repeat(64 << 10));
    refused(&world, "POST", "/v1/authorize", padded, 413, "body_too_large", "").await;
    let results = world.raw("POST", "/v1/usage", events(1_000)).await.ok();
    assert_eq!(results["results"].as_array().unwrap().len(), 1_000);
    world.verify().await;
}
