//! One story through every noun of `/v1`, told on both databases: the numbers must be the same.

use serde_json::{Value, json};

use crate::world::{World, images};

async fn story(world: World) {
    world.grant("acme", "100").await;
    let cap = json!({"scope": {"use_case": "image"}, "window": "day", "credits": "60"});
    world.put("/v1/customers/acme/caps/daily", &cap).await.ok();

    // A run that is asked for, held and captured; one that the cap refuses; one that fails.
    let run = world.post("/v1/authorize", &images("acme", 40)).await.ok();
    let refused = world.post("/v1/authorize", &images("acme", 21)).await.ok();
    assert_eq!(refused["reasons"][0]["code"], "cap_exceeded");
    let capture = format!("/v1/holds/{}/capture", run["hold"]["id"].as_str().unwrap());
    let key = [("idempotency-key", "capture-1")];
    let body = r#"{"quantity":"35.5"}"#;
    let once = world.keyed(&world.metering, "POST", &capture, &key, body).await.ok();
    assert_eq!(
        world.keyed(&world.metering, "POST", &capture, &key, body).await.ok(),
        once
    );
    let failing = world.post("/v1/authorize", &images("acme", 10)).await.ok();
    let release = format!("/v1/holds/{}/release", failing["hold"]["id"].as_str().unwrap());
    world.post(&release, &json!({"reason": "cancelled"})).await.ok();

    // A hold that nobody ends, usage that nobody asked for, and a repeat of it.
    world.post("/v1/authorize", &images("acme", 5)).await.ok();
    world.clock.step_seconds(601);
    let events = json!({"events": [
        {"id": "e-1", "customer": "acme", "use_case": "code", "mode": "relaxed", "platform": "ios",
         "quantities": {"context_tokens": 4808, "generated_tokens": 10}, "occurred_at": "2026-03-02T08:00:00Z"},
        {"id": "e-2", "customer": "acme", "use_case": "image", "quantity": "0.000001"},
    ]});
    let recorded = world.post("/v1/usage", &events).await.ok();
    // (4.808 * 2 + 0.01 * 8) * 0.25 * 1.3
    assert_eq!(recorded["results"][0]["credits"], "3.1512");
    assert_eq!(recorded["results"][1]["credits"], "0.000001");
    let mut again = events["events"][0].clone();
    again["quantities"] = json!({"context_tokens": "4808.0", "generated_tokens": 10});
    let repeated = world.post("/v1/usage", &json!({"events": [again]})).await.ok();
    assert_eq!(repeated["results"][0]["status"], "duplicate");

    let customer = world.get("/v1/customers/acme").await.ok();
    assert_eq!(customer["balance"], "61.348799");
    assert_eq!(
        (customer["held"].as_str(), customer["owed"].as_str()),
        (Some("0"), Some("0"))
    );
    let limits = world.get("/v1/customers/acme/limits").await.ok();
    assert_eq!(
        limits["caps"][0]["used"][0],
        json!({"each": null, "used": "35.500001", "held": "0"})
    );
    let usage = world.get("/v1/customers/acme/usage?group_by=mode").await.ok();
    let total = &usage["total"];
    assert_eq!(total["credits"], "38.651201");
    let counts = ["events", "authorized", "capped", "refused", "throttled"].map(|count| total[count].as_i64().unwrap());
    assert_eq!(counts, [3, 3, 1, 0, 0]);
    let ledger = world.get("/v1/customers/acme/ledger?limit=200").await.ok();
    let mut previous = Value::Null;
    for posting in ledger["items"].as_array().unwrap() {
        assert!(previous.is_null() || previous == posting["hash"], "the chain is broken");
        previous = posting["previous_hash"].clone();
    }
    assert_eq!(previous, "0".repeat(64));
    world.verify().await;
}

#[tokio::test]
async fn on_sqlite() {
    story(World::sqlite().await).await;
}

#[tokio::test]
async fn on_postgresql() {
    if let Some(world) = World::postgres().await {
        story(world).await;
    }
}
