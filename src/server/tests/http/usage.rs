//! `POST /v1/usage` and `GET /v1/customers/{key}/usage`.

use serde_json::{Value, json};

use crate::world::World;

fn event(id: &str, images: &str) -> Value {
    json!({"id": id, "customer": "acme", "use_case": "image", "quantity": images,
           "occurred_at": "2026-03-02T08:30:00+00:00"})
}

#[tokio::test]
async fn events_are_answered_in_their_places_and_one_bad_one_harms_no_other() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    world.customer("beta").await;
    let mut other = event("b-1", "2");
    other["customer"] = json!("beta");
    let mut unknown = event("c-1", "2");
    unknown["customer"] = json!("nobody");
    let events = json!({"events": [event("a-1", "3"), event("a-2", "-1"), other, unknown, event("a-3", "0.5")]});
    let results = world.post("/v1/usage", &events).await.ok()["results"].take();
    let told: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            (
                result["id"].as_str().unwrap(),
                result["status"].as_str().unwrap(),
                result["code"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("a-1", "recorded", None),
            ("a-2", "rejected", Some("invalid_request")),
            ("b-1", "recorded", None),
            ("c-1", "rejected", Some("unknown_customer")),
            ("a-3", "recorded", None),
        ]
    );
    assert_eq!(results[1]["errors"][0]["field"], "quantity");
    assert_eq!(results[1]["errors"][0]["code"], "negative");
    assert_eq!(results[0]["credits"], "3");
    assert_eq!(world.balance("acme").await, "96.5");
    assert_eq!(world.get("/v1/customers/beta").await.ok()["owed"], "2");
    world.verify().await;
}

#[tokio::test]
async fn the_same_event_is_counted_once() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let events = json!({"events": [event("a-1", "3")]});
    world.post("/v1/usage", &events).await.ok();
    let before = world.state("acme").await;
    let again = world.post("/v1/usage", &events).await.ok();
    assert_eq!(
        (
            again["results"][0]["status"].clone(),
            again["results"][0]["credits"].clone()
        ),
        (json!("duplicate"), json!("3"))
    );
    let reused = world
        .post("/v1/usage", &json!({"events": [event("a-1", "4")]}))
        .await
        .ok();
    assert_eq!(
        (
            reused["results"][0]["status"].clone(),
            reused["results"][0]["code"].clone()
        ),
        (json!("rejected"), json!("event_id_reused"))
    );
    assert_eq!(world.state("acme").await, before);
}

#[tokio::test]
async fn an_event_without_a_time_is_counted_once_whenever_it_is_repeated() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let events =
        |images: u32| json!({"events": [{"id": "now-1", "customer": "acme", "use_case": "image", "quantity": images}]});
    world.post("/v1/usage", &events(3)).await.ok();
    world.clock.step_seconds(90);
    let again = world.post("/v1/usage", &events(3)).await.ok();
    assert_eq!(
        (&again["results"][0]["status"], &again["results"][0]["credits"]),
        (&json!("duplicate"), &json!("3"))
    );
    let reused = world.post("/v1/usage", &events(4)).await.ok();
    assert_eq!(reused["results"][0]["code"], "event_id_reused");
    assert_eq!(world.balance("acme").await, "97");
}

#[tokio::test]
async fn numbers_are_read_exactly() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let body = r#"{"events":[
        {"id":"n-1","customer":"acme","use_case":"image","quantity":0.1},
        {"id":"n-2","customer":"acme","use_case":"image","quantity":"0.2"},
        {"id":"n-3","customer":"acme","use_case":"image","quantities":{"images":9.000001}}]}"#;
    world.raw("POST", "/v1/usage", body).await.ok();
    assert_eq!(world.balance("acme").await, "90.699999");
}

#[tokio::test]
async fn a_report_says_what_was_used_by_bucket_and_group() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let code = json!({"id": "c-1", "customer": "acme", "use_case": "code", "mode": "relaxed", "platform": "ios",
        "subject": "ada", "quantities": {"context_tokens": 1000, "generated_tokens": 500},
        "occurred_at": "2026-03-01T22:59:59Z"});
    world
        .post("/v1/usage", &json!({"events": [event("a-1", "3"), code]}))
        .await
        .ok();
    let path =
        "/v1/customers/acme/usage?from=2026-02-28T23:00:00Z&to=2026-03-02T23:00:00Z&group_by=use_case&bucket=day";
    let report = world.get(path).await.ok();
    // Days begin at midnight in Paris.
    assert_eq!(
        report["buckets"],
        json!(["2026-02-28T23:00:00Z", "2026-03-01T23:00:00Z"])
    );
    assert_eq!(report["total"]["credits"], "4.95");
    assert_eq!(report["total"]["events"], 2);
    let groups: Vec<_> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| (g["key"].clone(), g["credits"].clone()))
        .collect();
    assert_eq!(
        groups,
        [
            (json!("image"), json!(["0", "3"])),
            (json!("code"), json!(["1.95", "0"]))
        ]
    );
    let by_subject = world.get("/v1/customers/acme/usage?group_by=subject").await.ok();
    let keys: Vec<_> = by_subject["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["key"].clone())
        .collect();
    assert_eq!(keys, ["", "ada"]);
}

#[tokio::test]
async fn a_bad_query_is_refused_by_parameter() {
    let world = World::sqlite().await;
    let cases = [
        ("from=yesterday", "from", "not_a_time"),
        ("group_by=colour", "group_by", "unknown_value"),
        ("bucket=year", "bucket", "unknown_value"),
        ("colour=red", "colour", "unknown_field"),
    ];
    for (query, field, code) in cases {
        let answer = world.get(&format!("/v1/customers/acme/usage?{query}")).await;
        answer.is_problem(400, "invalid_query");
        assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
        assert_eq!(answer.body["errors"][0]["code"], code, "{:#}", answer.body);
    }
}
