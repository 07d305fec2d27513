//! `/v1/customers/{key}/limits`, `/caps/{name}` and `/throttles/{name}`.

use serde_json::{Value, json};

use crate::world::{World, images};

#[tokio::test]
async fn a_cap_is_put_listed_counted_and_removed() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let cap = json!({"scope": {"use_case": "image", "each": "subject"}, "window": "month", "credits": "40",
        "thresholds": [50, 100], "owner": "customer"});
    let path = "/v1/customers/acme/caps/pictures";
    let put = world.put(path, &cap).await.ok();
    assert_eq!(put["credits"], "40");
    assert_eq!(
        (put["owner"].as_str(), put["action"].as_str()),
        (Some("customer"), Some("block"))
    );
    assert_eq!(put["scope"], json!({"use_case": "image", "each": "subject"}));
    // March ends at midnight in Paris, by then on summer time.
    assert_eq!(put["reset"], "2026-03-31T22:00:00Z");
    let mut run = images("acme", 30);
    run["subject"] = json!("ada");
    world.post("/v1/authorize", &run).await.ok();
    let limits = world.get("/v1/customers/acme/limits").await.ok();
    assert_eq!(
        limits["caps"][0]["used"][0],
        json!({"each": "ada", "used": "0", "held": "30"})
    );
    assert_eq!(
        world.post("/v1/authorize", &run).await.ok()["reasons"][0]["code"],
        "cap_exceeded"
    );
    run["subject"] = json!("grace");
    assert_eq!(world.post("/v1/authorize", &run).await.ok()["allowed"], true);
    assert_eq!(world.delete(&format!("{path}?owner=customer")).await.status, 204);
    world
        .delete(&format!("{path}?owner=customer"))
        .await
        .is_problem(404, "unknown_limit");
    assert_eq!(world.get("/v1/customers/acme/limits").await.ok()["caps"], json!([]));
}

#[tokio::test]
async fn a_cap_in_money_counts_at_the_plans_rate() {
    let world = World::sqlite().await;
    let cap = json!({"window": "6 hours", "money": {"amount": "0.25", "currency": "USD"}, "action": "notify"});
    let put = world.put("/v1/customers/acme/caps/spend", &cap).await.ok();
    assert_eq!(
        (put["credits"].as_str(), put["window"].as_str()),
        (Some("25"), Some("6 hours"))
    );
    assert_eq!(put["money"], json!({"amount": "0.25", "currency": "USD"}));
}

#[tokio::test]
async fn a_customers_cap_stays_below_the_ceiling() {
    let world = World::sqlite().await;
    world
        .put("/v1/customers/zenith", &json!({"name": "Zenith", "plan": "team"}))
        .await
        .ok();
    let cap = |credits: &str| json!({"window": "month", "credits": credits, "owner": "customer"});
    let path = "/v1/customers/zenith/caps/own";
    world.put(path, &cap("10001")).await.is_problem(422, "above_ceiling");
    world.put(path, &cap("10000")).await.ok();
}

#[tokio::test]
async fn a_throttle_is_put_listed_and_removed() {
    let world = World::sqlite().await;
    let throttle = json!({"scope": {"mode": "fast"}, "requests": 50, "per": "hour", "burst": 10, "then": "degrade"});
    let path = "/v1/customers/acme/throttles/steady";
    let put = world.put(path, &throttle).await.ok();
    for field in ["requests", "per", "burst", "then"] {
        assert_eq!(put[field], throttle[field], "{field}");
    }
    let credits = json!({"credits": "12.5", "per": "minute"});
    assert_eq!(world.put(path, &credits).await.ok()["credits"], "12.5");
    let limits = world.get("/v1/customers/acme/limits").await.ok();
    assert_eq!(limits["throttles"].as_array().unwrap().len(), 1);
    assert_eq!(world.delete(path).await.status, 204);
    world.delete(path).await.is_problem(404, "unknown_limit");
}

#[tokio::test]
async fn what_is_wrong_with_a_cap_is_said_and_nothing_is_set() {
    let world = World::sqlite().await;
    let before = world.state("acme").await;
    let caps = [
        (json!({"credits": "5"}), "window", "missing_field"),
        (json!({"window": "year", "credits": "5"}), "window", "unknown_value"),
        (json!({"window": "721 hours", "credits": "5"}), "window", "out_of_range"),
        (json!({"window": "day"}), "credits", "missing_field"),
        (json!({"window": "day", "credits": "0"}), "credits", "zero"),
        (json!({"window": "day", "credits": "-5"}), "credits", "negative"),
        (
            json!({"window": "day", "credits": "5", "money": {"amount": "1", "currency": "USD"}}),
            "money",
            "ambiguous",
        ),
        (
            json!({"window": "day", "credits": "5", "action": "explode"}),
            "action",
            "unknown_value",
        ),
        (
            json!({"window": "day", "credits": "5", "owner": "nobody"}),
            "owner",
            "unknown_value",
        ),
        (
            json!({"window": "day", "credits": "5", "thresholds": [80, 50]}),
            "thresholds",
            "out_of_range",
        ),
        (
            json!({"window": "day", "credits": "5", "thresholds": [0]}),
            "thresholds",
            "out_of_range",
        ),
        (
            json!({"window": "day", "credits": "5", "thresholds": [300]}),
            "thresholds[0]",
            "wrong_type",
        ),
        (
            json!({"window": "day", "credits": "5", "scope": {"colour": "red"}}),
            "scope.colour",
            "unknown_field",
        ),
        (
            json!({"window": "day", "credits": "5", "scope": {"key": "mine"}}),
            "scope.key",
            "not_an_id",
        ),
        (
            json!({"window": "day", "credits": "5", "scope": {"each": "mode"}}),
            "scope.each",
            "unknown_value",
        ),
    ];
    for (body, field, code) in caps {
        refused(&world, "/v1/customers/acme/caps/c", &body, field, code).await;
    }
    assert_eq!(world.state("acme").await, before);
}

#[tokio::test]
async fn what_is_wrong_with_a_throttle_is_said_and_nothing_is_set() {
    let world = World::sqlite().await;
    let before = world.state("acme").await;
    let throttles = [
        (json!({"requests": 5}), "per", "missing_field"),
        (json!({"requests": 5, "per": "year"}), "per", "unknown_value"),
        (json!({"per": "hour"}), "requests", "missing_field"),
        (json!({"requests": 0, "per": "hour"}), "requests", "out_of_range"),
        (json!({"requests": 1.5, "per": "hour"}), "requests", "wrong_type"),
        (
            json!({"requests": 5, "credits": "5", "per": "hour"}),
            "credits",
            "ambiguous",
        ),
        (
            json!({"requests": 5, "per": "hour", "burst": 0}),
            "burst",
            "out_of_range",
        ),
        (
            json!({"requests": 5, "per": "hour", "then": "wait"}),
            "then",
            "unknown_value",
        ),
    ];
    for (body, field, code) in throttles {
        refused(&world, "/v1/customers/acme/throttles/t", &body, field, code).await;
    }
    assert_eq!(world.state("acme").await, before);
}

async fn refused(world: &World, path: &str, body: &Value, field: &str, code: &str) {
    let answer = world.put(path, body).await;
    answer.is_problem(422, "invalid_request");
    let error = &answer.body["errors"][0];
    assert_eq!(
        (error["field"].as_str(), error["code"].as_str()),
        (Some(field), Some(code)),
        "{body}: {:#}",
        answer.body
    );
}
