//! What a contract says otherwise than its plan, by a key: ceilings, throttles, overage, refund words and the low-balance mark
//! hold for that customer while the contract runs, and the plan's hold again after it.

use serde_json::{Value, json};

use super::scene::rates;
use crate::world::{World, images};

const PATH: &str = "/v1/admin/customers/acme/contracts";

fn terms(overrides: &Value) -> Value {
    json!({"terms": {
        "plan": "team", "committed": {"amount": "100", "currency": "USD"}, "conversion_rate": "100",
        "starts": "2026-03-02", "months": 1, "overrides": overrides
    }})
}

async fn names(world: &World, kind: &str) -> Vec<String> {
    let limits = world.get("/v1/customers/acme/limits").await.ok();
    let mut names: Vec<String> = limits[kind]
        .as_array()
        .unwrap()
        .iter()
        .map(|limit| limit["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn what_a_contract_says_otherwise_holds_while_it_runs() {
    let world = World::sqlite().await;
    let overrides = json!({
        "overage": "block", "low_balance_percent": 10, "refunds": {"image": "A failed render costs nothing"},
        "caps": {"ceiling": null, "daily": {"window": "day", "credits": "50"}},
        "throttles": {"steady": {"requests": 2, "per": "hour"}}
    });
    let signed = world.post(PATH, &terms(&overrides)).await.ok();
    let said = &signed["terms"]["overrides"];
    assert_eq!(
        (&said["overage"], &said["low_balance_percent"], &said["refunds"]),
        (
            &overrides["overage"],
            &overrides["low_balance_percent"],
            &overrides["refunds"]
        )
    );
    assert_eq!(
        (&said["caps"]["ceiling"], &said["caps"]["daily"]["credits"]),
        (&Value::Null, &json!("50"))
    );
    // The plan's ceiling is gone, the contract's own are there.
    assert_eq!(names(&world, "caps").await, ["daily"]);
    assert_eq!(names(&world, "throttles").await, ["steady"]);
    let large = world.post("/v1/authorize", &images("acme", 51)).await.ok();
    assert_eq!(
        (&large["allowed"], &large["reasons"][0]["code"]),
        (&json!(false), &json!("cap_exceeded"))
    );
    for _ in 0..2 {
        assert_eq!(
            world.post("/v1/authorize", &images("acme", 1)).await.ok()["allowed"],
            true
        );
    }
    let third = world.post("/v1/authorize", &images("acme", 1)).await.ok();
    assert_eq!(third["reasons"][0]["code"], "throttle_exceeded");

    // What is sent back as it was answered is no amendment; what is left out is as in the plan again.
    let one = format!("{PATH}/{}/amend", signed["id"].as_str().unwrap());
    let mut same = signed["terms"].clone();
    let again = world.post(&one, &json!({ "terms": same })).await.ok();
    assert_eq!(again["version"], 1);
    same["overrides"] = json!({"caps": {"daily": {"window": "day", "credits": "500"}}});
    world.clock.step_seconds(86_400);
    let amended = world.post(&one, &json!({ "terms": same })).await.ok();
    assert_eq!(amended["version"], 2);
    assert_eq!(names(&world, "caps").await, ["ceiling", "daily"]);
    assert_eq!(names(&world, "throttles").await, [""; 0]);
    world.verify().await;
}

#[tokio::test]
async fn a_use_case_that_is_left_out_has_the_words_of_the_plan_again() {
    let world = World::sqlite().await;
    let words = json!({"code": null, "image": "Half of it comes back"});
    let signed = world.post(PATH, &terms(&json!({ "refunds": words }))).await.ok();
    assert_eq!(signed["terms"]["overrides"]["refunds"], words);
    let one = format!("{PATH}/{}/amend", signed["id"].as_str().unwrap());
    let mut other = signed["terms"].clone();
    other["overrides"]["refunds"] = json!({"image": "Half of it comes back"});
    let amended = world.post(&one, &json!({ "terms": other })).await.ok();
    assert_eq!(amended["version"], 2);
    assert_eq!(amended["terms"]["overrides"], other["overrides"]);
}

#[tokio::test]
async fn what_is_agreed_stays_though_a_rate_card_drops_what_it_names() {
    let world = World::sqlite().await;
    let cap = json!({"window": "day", "credits": "50", "scope": {"use_case": "image"}});
    let signed = world.post(PATH, &terms(&json!({"caps": {"renders": cap}}))).await.ok();
    let mut card = rates("8");
    card["use_cases"].as_object_mut().unwrap().remove("image");
    let draft = world.put("/v1/admin/rates/draft", &json!({ "rates": card })).await.ok();
    let body = json!({"revision": draft["revision"]});
    world.post("/v1/admin/rates/draft/publish", &body).await.ok();
    world.clock.step_seconds(60);

    let one = format!("{PATH}/{}/amend", signed["id"].as_str().unwrap());
    let mut next = signed["terms"].clone();
    next["note"] = json!("Renders are sold no more");
    let amended = world.post(&one, &json!({ "terms": next })).await.ok();
    assert_eq!(amended["version"], 2);
    assert_eq!(amended["terms"]["overrides"], signed["terms"]["overrides"]);
    next["overrides"]["caps"]["more"] = cap;
    let answer = world.post(&one, &json!({ "terms": next })).await;
    answer.is_problem(422, "invalid_request");
    let fields: Vec<&serde_json::Value> = answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["field"])
        .collect();
    assert!(
        fields.contains(&&json!("overrides.caps.more.scope.use_case")),
        "{fields:?}"
    );
}

#[tokio::test]
async fn usage_beyond_the_credits_follows_the_contract() {
    let world = World::sqlite().await;
    world
        .put("/v1/admin/customers/acme/plan", &json!({"plan": "team", "when": "now"}))
        .await
        .ok();
    let event = |id: &str, images: u32| json!({"events": [{"id": id, "customer": "acme", "use_case": "image", "quantity": images}]});
    let overrides = json!({"overage": {"forgive": "25"}});
    world.post(PATH, &terms(&overrides)).await.ok();
    let balance: u32 = world.balance("acme").await.parse().unwrap();
    assert_eq!(balance, 10_000, "the commitment of 100 at 100 credits each");
    world.post("/v1/usage", &event("all", balance + 30)).await.ok();
    let customer = world.get("/v1/customers/acme").await.ok();
    assert_eq!(
        (&customer["balance"], &customer["owed"]),
        (&json!("0"), &json!("5")),
        "25 of 30 are forgiven"
    );
}

#[tokio::test]
async fn what_is_wrong_with_overrides_is_said_by_field_and_nothing_is_signed() {
    let world = World::sqlite().await;
    let cases = [
        (json!({"overage": "never"}), "overrides.overage"),
        (json!({"low_balance_percent": -1}), "overrides.low_balance_percent"),
        (json!({"low_balance_percent": 100}), "overrides.low_balance_percent"),
        (json!({"refunds": {"nothing": "All"}}), "overrides.refunds.nothing"),
        (
            json!({"caps": {"daily": {"window": "day", "credits": "0"}}}),
            "overrides.caps.daily.credits",
        ),
        (json!({"caps": {"a b": null}}), "overrides.caps.a b"),
        (
            json!({"throttles": {"steady": {"requests": 5, "per": "hour", "scope": {"mode": "gone"}}}}),
            "overrides.throttles.steady.scope.mode",
        ),
        (json!({"use_cases": ["gone"]}), "overrides"),
    ];
    for (overrides, field) in cases {
        for path in [PATH.to_owned(), format!("{PATH}/preview")] {
            let answer = world.post(&path, &terms(&overrides)).await;
            answer.is_problem(422, "invalid_request");
            assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
        }
    }
    assert_eq!(world.get(PATH).await.ok()["items"], json!([]));
}
