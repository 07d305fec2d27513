//! `POST /v1/authorize`.

use serde_json::{Value, json};

use crate::world::{World, images};

#[tokio::test]
async fn an_allowed_run_is_held_and_explained() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let answer = world.post("/v1/authorize", &images("acme", 30)).await;
    let location = answer.header("location").to_owned();
    let decision = answer.ok();
    assert_eq!(decision["allowed"], true);
    assert_eq!(decision["mode"], "fast");
    assert_eq!(decision["credits"], "30");
    assert_eq!(decision["available"], "100");
    assert_eq!(decision["hold"]["credits"], "30");
    assert_eq!(decision["hold"]["expires_at"], "2026-03-02T09:10:00Z");
    assert_eq!(
        location,
        format!("/v1/holds/{}", decision["hold"]["id"].as_str().unwrap())
    );
    assert_eq!(world.get(&location).await.ok()["state"], "open");
    let customer = world.get("/v1/customers/acme").await.ok();
    assert_eq!(
        (customer["balance"].as_str(), customer["held"].as_str()),
        (Some("70"), Some("30"))
    );
    world.verify().await;
}

#[tokio::test]
async fn a_dry_run_gives_the_same_answer_and_reserves_nothing() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let mut ask = images("acme", 30);
    ask["dry_run"] = Value::Bool(true);
    let before = world.state("acme").await;
    let asked = world.post("/v1/authorize", &ask).await.ok();
    assert_eq!(world.state("acme").await, before);
    let real = world.post("/v1/authorize", &images("acme", 30)).await.ok();
    assert_eq!(
        (asked["dry_run"].clone(), asked["hold"].clone()),
        (json!(true), Value::Null)
    );
    for field in [
        "allowed",
        "mode",
        "credits",
        "reasons",
        "limits",
        "next_limit",
        "available",
    ] {
        assert_eq!(asked[field], real[field], "{field}");
    }
}

#[tokio::test]
async fn every_refusal_names_limit_used_limit_and_reset() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let cap = json!({"scope": {"use_case": "image"}, "window": "day", "credits": "20"});
    world.put("/v1/customers/acme/caps/daily", &cap).await.ok();
    let throttle = json!({"requests": 2, "per": "hour"});
    world.put("/v1/customers/acme/throttles/steady", &throttle).await.ok();
    world.post("/v1/authorize", &images("acme", 15)).await.ok();
    world.post("/v1/authorize", &images("acme", 1)).await.ok();
    let answer = world.post("/v1/authorize", &images("acme", 90)).await;
    let retry_after = answer.header("retry-after").to_owned();
    let refused = answer.ok();
    assert_eq!(refused["allowed"], false);
    assert_eq!(refused["hold"], Value::Null);
    let codes: Vec<_> = refused["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["code"].clone())
        .collect();
    assert_eq!(codes, ["throttle_exceeded", "cap_exceeded", "insufficient_credits"]);
    let expected = [("throttle", "2", "2"), ("cap", "0", "20"), ("credits", "0", "100")];
    for (kind, used, limit) in expected {
        let found = limit_of(&refused, kind);
        assert_eq!(found["exceeded"], true, "{found:#}");
        assert_eq!(
            (found["used"].as_str(), found["limit"].as_str()),
            (Some(used), Some(limit)),
            "{found:#}"
        );
    }
    assert_eq!(limit_of(&refused, "cap")["held"], "16");
    // The day ends at midnight in Paris, the throttle is full again after an hour.
    assert_eq!(limit_of(&refused, "cap")["reset"], "2026-03-02T23:00:00Z");
    assert_eq!(limit_of(&refused, "throttle")["reset"], "2026-03-02T10:00:00Z");
    for reason in refused["reasons"].as_array().unwrap() {
        assert!(!reason["message"].as_str().unwrap().is_empty() && !reason["unblock"].as_str().unwrap().is_empty());
    }
    if let Some(seconds) = refused["retry_after_s"].as_i64() {
        assert_eq!(retry_after, seconds.to_string());
    }
    world.verify().await;
}

fn limit_of<'a>(decision: &'a Value, kind: &str) -> &'a Value {
    decision["limits"]
        .as_array()
        .unwrap()
        .iter()
        .find(|limit| limit["kind"] == kind)
        .unwrap()
}

#[tokio::test]
async fn a_throttle_says_when_to_come_back() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let throttle = json!({"requests": 1, "per": "minute"});
    world.put("/v1/customers/acme/throttles/steady", &throttle).await.ok();
    assert_eq!(
        world.post("/v1/authorize", &images("acme", 1)).await.ok()["allowed"],
        true
    );
    let refused = world.post("/v1/authorize", &images("acme", 1)).await;
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(refused.ok()["retry_after_s"], 60);
    world.clock.step_seconds(60);
    assert_eq!(
        world.post("/v1/authorize", &images("acme", 1)).await.ok()["allowed"],
        true
    );
}

#[tokio::test]
async fn a_throttle_that_degrades_grants_the_next_mode() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let throttle = json!({"scope": {"mode": "fast"}, "requests": 1, "per": "hour", "then": "degrade"});
    world.put("/v1/customers/acme/throttles/fast", &throttle).await.ok();
    world.post("/v1/authorize", &images("acme", 4)).await.ok();
    let degraded = world.post("/v1/authorize", &images("acme", 4)).await.ok();
    assert_eq!(
        (degraded["allowed"].clone(), degraded["mode"].clone()),
        (json!(true), json!("relaxed"))
    );
    assert_eq!(
        (degraded["requested_mode"].clone(), degraded["credits"].clone()),
        (json!("fast"), json!("1"))
    );
    assert_eq!(degraded["reasons"][0]["code"], "throttle_exceeded");
}

#[tokio::test]
async fn the_plan_decides_which_use_cases_may_run() {
    let world = World::sqlite().await;
    let customer = json!({"name": "Painter", "plan": "images-only"});
    world.put("/v1/customers/painter", &customer).await.ok();
    world.grant("painter", "10").await;
    assert_eq!(
        world.post("/v1/authorize", &images("painter", 1)).await.ok()["allowed"],
        true
    );
    let code = json!({"customer": "painter", "use_case": "code", "quantities": {"context_tokens": 1}});
    let refused = world.post("/v1/authorize", &code).await.ok();
    assert_eq!(refused["reasons"][0]["code"], "use_case_not_in_plan");
}

#[tokio::test]
async fn the_same_idempotency_key_is_the_same_hold() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let ask = images("acme", 30).to_string();
    let once = world
        .keyed(
            &world.metering,
            "POST",
            "/v1/authorize",
            &[("idempotency-key", "run 1")],
            ask.clone(),
        )
        .await;
    world.clock.step_seconds(300);
    let again = world
        .keyed(
            &world.metering,
            "POST",
            "/v1/authorize",
            &[("idempotency-key", "run 1")],
            ask.clone(),
        )
        .await;
    assert_eq!(once.ok(), again.ok());
    assert_eq!(world.balance("acme").await, "70");
    let before = world.state("acme").await;
    let other = images("acme", 31).to_string();
    let reused = world
        .keyed(
            &world.metering,
            "POST",
            "/v1/authorize",
            &[("idempotency-key", "run 1")],
            other,
        )
        .await;
    reused.is_problem(409, "idempotency_key_reused");
    assert_eq!(world.state("acme").await, before);
    world.verify().await;
}
