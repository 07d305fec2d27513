//! `/v1/holds/{id}` and its capture, release and extension.

use serde_json::{Value, json};

use crate::world::{World, images};

async fn hold(world: &World, credits: u32) -> String {
    let decision = world.post("/v1/authorize", &images("acme", credits)).await.ok();
    format!("/v1/holds/{}", decision["hold"]["id"].as_str().unwrap())
}

async fn world() -> World {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    world
}

#[tokio::test]
async fn less_than_held_returns_and_more_is_drawn() {
    let world = world().await;
    let path = hold(&world, 30).await;
    let captured = world
        .post(&format!("{path}/capture"), &json!({"quantity": "12.5"}))
        .await
        .ok();
    assert_eq!(captured["credits"], "12.5");
    assert_eq!(captured["returned"], "17.5");
    assert_eq!(captured["hold"]["state"], "captured");
    assert_eq!(world.balance("acme").await, "87.5");
    let path = hold(&world, 30).await;
    let captured = world
        .post(&format!("{path}/capture"), &json!({"quantities": {"images": 40}}))
        .await
        .ok();
    assert_eq!(
        (captured["drawn"].as_str(), captured["owed"].as_str()),
        (Some("10"), Some("0"))
    );
    assert_eq!(world.balance("acme").await, "47.5");
    world.verify().await;
}

#[tokio::test]
async fn what_credits_cannot_cover_is_owed() {
    let world = world().await;
    let path = hold(&world, 90).await;
    let captured = world
        .post(&format!("{path}/capture"), &json!({"quantity": 130}))
        .await
        .ok();
    assert_eq!(
        (captured["drawn"].as_str(), captured["owed"].as_str()),
        (Some("10"), Some("30"))
    );
    let customer = world.get("/v1/customers/acme").await.ok();
    assert_eq!(
        (customer["balance"].as_str(), customer["owed"].as_str()),
        (Some("0"), Some("30"))
    );
    assert_eq!(customer["standing"], "owing");
    world.verify().await;
}

#[tokio::test]
async fn a_failed_run_costs_nothing() {
    let world = world().await;
    let path = hold(&world, 30).await;
    let captured = world
        .post(&format!("{path}/capture"), &json!({"reason": "the model timed out"}))
        .await
        .ok();
    assert_eq!(
        (captured["credits"].as_str(), captured["returned"].as_str()),
        (Some("0"), Some("30"))
    );
    assert_eq!(captured["hold"]["reason"], "the model timed out");
    let path = hold(&world, 30).await;
    let released = world.raw("POST", &format!("{path}/release"), "").await.ok();
    assert_eq!(released["state"], "released");
    assert_eq!(world.balance("acme").await, "100");
    world.verify().await;
}

#[tokio::test]
async fn a_hold_ends_once() {
    let world = world().await;
    let captured = hold(&world, 10).await;
    world
        .post(&format!("{captured}/capture"), &json!({"quantity": 10}))
        .await
        .ok();
    let released = hold(&world, 10).await;
    world.post(&format!("{released}/release"), &json!({})).await.ok();
    let expired = hold(&world, 10).await;
    world.clock.step_seconds(601);
    world.service.sweep().await.unwrap();
    let ended = [
        (captured, "hold_captured"),
        (released, "hold_released"),
        (expired, "hold_expired"),
    ];
    for (path, code) in ended {
        let before = world.state("acme").await;
        world
            .post(&format!("{path}/capture"), &json!({"quantity": 5}))
            .await
            .is_problem(409, code);
        world
            .post(&format!("{path}/release"), &json!({}))
            .await
            .is_problem(409, code);
        world
            .post(&format!("{path}/extend"), &json!({"ttl_s": 60}))
            .await
            .is_problem(409, code);
        assert_eq!(world.state("acme").await, before, "{code}");
    }
    assert_eq!(world.balance("acme").await, "90");
    world.verify().await;
}

#[tokio::test]
async fn a_capture_that_is_repeated_with_its_key_answers_the_same() {
    let world = world().await;
    let path = format!("{}/capture", hold(&world, 30).await);
    let body = r#"{"quantity":"20"}"#;
    let key = [("idempotency-key", "capture-1")];
    let once = world.keyed(&world.metering, "POST", &path, &key, body).await.ok();
    let again = world.keyed(&world.metering, "POST", &path, &key, body).await.ok();
    assert_eq!(once, again);
    assert_eq!(world.balance("acme").await, "80");
    let other = world
        .keyed(&world.metering, "POST", &path, &key, r#"{"quantity":"21"}"#)
        .await;
    other.is_problem(409, "idempotency_key_reused");
    world.verify().await;
}

#[tokio::test]
async fn an_extended_hold_lives_on() {
    let world = world().await;
    let path = hold(&world, 10).await;
    world.clock.step_seconds(500);
    let extended = world
        .post(&format!("{path}/extend"), &json!({"ttl_s": 3600}))
        .await
        .ok();
    assert_eq!(extended["expires_at"], "2026-03-02T10:08:20Z");
    world.clock.step_seconds(3_000);
    assert_eq!(world.get(&path).await.ok()["state"], "open");
    world
        .post(&format!("{path}/capture"), &json!({"quantity": 10}))
        .await
        .ok();
}

#[tokio::test]
async fn what_is_no_hold_is_unknown() {
    let world = world().await;
    let nobody = "hold_00000000000070008000000000000000";
    for id in [nobody, "hold_1", "grant_00000000000070008000000000000000", "%20"] {
        world
            .get(&format!("/v1/holds/{id}"))
            .await
            .is_problem(404, "unknown_hold");
        let body = Value::Object(serde_json::Map::new());
        world
            .post(&format!("/v1/holds/{id}/capture"), &body)
            .await
            .is_problem(404, "unknown_hold");
    }
}
