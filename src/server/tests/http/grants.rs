//! `/v1/customers/{key}/grants` and `/ledger`.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_grant_is_credits_from_its_first_to_its_last_instant() {
    let world = World::sqlite().await;
    let grant = json!({"kind": "purchase", "credits": "50.5", "priority": 7, "effective_at": "2026-03-02T10:00:00Z",
        "expires_at": "2026-03-02T12:00:00+01:00", "paid": {"amount": "0.50", "currency": "USD"}, "scope": ["image"],
        "note": "Invoice 7"});
    let answer = world.post("/v1/customers/acme/grants", &grant).await;
    assert_eq!(answer.status, 201);
    let made = answer.ok();
    assert_eq!(made["amount"], "50.5");
    assert_eq!(made["expires_at"], "2026-03-02T11:00:00Z");
    assert_eq!(made["paid"], json!({"amount": "0.50", "currency": "USD"}));
    assert_eq!(made["scope"], json!(["image"]));
    assert_eq!(world.balance("acme").await, "0");
    world.clock.step_seconds(3_600);
    assert_eq!(world.balance("acme").await, "50.5");
    world.clock.step_seconds(3_600);
    assert_eq!(world.balance("acme").await, "0");
    world.service.sweep().await.unwrap();
    let listed = world.get("/v1/customers/acme/grants").await.ok();
    assert_eq!(
        (
            listed["items"][0]["state"].as_str(),
            listed["items"][0]["expired"].as_str()
        ),
        (Some("expired"), Some("50.5"))
    );
    world.verify().await;
}

#[tokio::test]
async fn a_grant_that_is_repeated_with_its_key_is_given_once() {
    let world = World::sqlite().await;
    let body = r#"{"kind":"promotional","credits":25}"#;
    let key = [("idempotency-key", "gift-1")];
    let once = world
        .keyed(&world.admin, "POST", "/v1/customers/acme/grants", &key, body)
        .await
        .ok();
    let again = world
        .keyed(&world.admin, "POST", "/v1/customers/acme/grants", &key, body)
        .await
        .ok();
    assert_eq!(once["id"], again["id"]);
    assert_eq!(world.balance("acme").await, "25");
}

#[tokio::test]
async fn what_is_wrong_with_a_grant_is_said_and_nothing_is_given() {
    let world = World::sqlite().await;
    let before = world.state("acme").await;
    let good = json!({"kind": "promotional", "credits": "5"});
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let cases = [
        (with("kind", json!("gift")), "kind", "unknown_value"),
        (with("credits", json!("0")), "credits", "zero"),
        (with("credits", json!("-5")), "credits", "negative"),
        (with("credits", json!("0.0000001")), "credits", "too_fine"),
        (with("credits", json!("9".repeat(30))), "credits", "too_large"),
        (with("credits", json!("1e3")), "credits", "not_a_number"),
        (with("credits", json!("NaN")), "credits", "not_a_number"),
        (with("credits", Value::Null), "credits", "wrong_type"),
        (with("priority", json!("high")), "priority", "wrong_type"),
        (with("effective_at", json!("2026-03-02")), "effective_at", "not_a_time"),
        (
            with("expires_at", json!("2026-02-30T00:00:00Z")),
            "expires_at",
            "not_a_time",
        ),
        (
            with("paid", json!({"amount": "0.001", "currency": "USD"})),
            "paid.amount",
            "too_fine",
        ),
        (
            with("paid", json!({"amount": "1", "currency": "usd"})),
            "paid.currency",
            "not_a_currency",
        ),
        (with("paid", json!({"amount": "1"})), "paid.currency", "missing_field"),
        (with("scope", json!([])), "scope", "out_of_range"),
        (with("scope", json!(["a b"])), "scope[0]", "not_a_key"),
        (with("colour", json!("red")), "colour", "unknown_field"),
        (json!({"kind": "promotional"}), "credits", "missing_field"),
    ];
    for (body, field, code) in cases {
        let answer = world.post("/v1/customers/acme/grants", &body).await;
        answer.is_problem(422, "invalid_request");
        let error = &answer.body["errors"][0];
        assert_eq!(
            (error["field"].as_str(), error["code"].as_str()),
            (Some(field), Some(code)),
            "{body}"
        );
    }
    let ends_first = json!({"kind": "promotional", "credits": "5", "effective_at": "2026-03-02T10:00:00Z", "expires_at": "2026-03-02T09:30:00Z"});
    let answer = world.post("/v1/customers/acme/grants", &ends_first).await;
    assert_eq!(answer.status, 422, "{:#}", answer.body);
    world
        .post("/v1/customers/nobody/grants", &good)
        .await
        .is_problem(404, "unknown_customer");
    assert_eq!(world.state("acme").await, before);
}

#[tokio::test]
async fn voiding_a_grant_takes_what_is_unspent() {
    let world = World::sqlite().await;
    let id = world.grant("acme", "40").await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/customers/acme/grants/{id}/void");
    let voided = world.post(&path, &json!({"reason": "a mistake"})).await.ok();
    assert_eq!(
        (voided["state"].as_str(), voided["voided"].as_str()),
        (Some("void"), Some("40"))
    );
    assert_eq!(world.balance("acme").await, "0");
    assert_eq!(world.post(&path, &json!({"reason": "again"})).await.ok(), voided);
    world.post(&path, &json!({})).await.is_problem(422, "invalid_request");
    let nobody = "/v1/customers/acme/grants/grant_00000000000070008000000000000000/void";
    world
        .post(nobody, &json!({"reason": "none"}))
        .await
        .is_problem(404, "unknown_grant");
    world.verify().await;
}

#[tokio::test]
async fn grants_and_the_ledger_are_listed_newest_first_page_by_page() {
    let world = World::sqlite().await;
    for credits in ["1", "2", "3"] {
        world.grant("acme", credits).await;
        world.clock.step_seconds(1);
    }
    let first = world.get("/v1/customers/acme/grants?limit=2").await.ok();
    let amounts = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["amount"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(amounts(&first), ["3", "2"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world
        .get(&format!("/v1/customers/acme/grants?limit=2&cursor={cursor}"))
        .await
        .ok();
    assert_eq!(
        (amounts(&second), second["next_cursor"].clone()),
        (vec!["1".to_owned()], Value::Null)
    );
    let ledger = world.get("/v1/customers/acme/ledger?limit=2").await.ok();
    let newest = &ledger["items"][0];
    assert_eq!(
        (
            newest["from"].as_str(),
            newest["to"].as_str(),
            newest["credits"].as_str()
        ),
        (Some("issued"), Some("available"), Some("3"))
    );
    assert_eq!(newest["previous_hash"], ledger["items"][1]["hash"]);
    let cursor = ledger["next_cursor"].as_str().unwrap();
    let rest = world
        .get(&format!("/v1/customers/acme/ledger?limit=2&cursor={cursor}"))
        .await
        .ok();
    assert_eq!(
        (rest["items"][0]["sequence"].clone(), rest["items"][0]["hash"].clone()),
        (json!(1), ledger["items"][1]["previous_hash"].clone())
    );
}

#[tokio::test]
async fn above_the_limit_a_gift_is_refused_and_the_way_to_a_second_person_is_told() {
    let world = World::sqlite().await;
    let gift = |kind: &str, credits: &str| json!({"kind": kind, "credits": credits});
    let path = "/v1/customers/acme/grants";
    for kind in ["promotional", "adjustment"] {
        let refused = world.post(path, &gift(kind, "10000.000001")).await;
        refused.is_problem(403, "second_person_needed");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("POST /v1/admin/customers/{key}/grants"), "{detail}");
    }
    assert_eq!(world.balance("acme").await, "0");
    // The limit itself is given, and then nothing more within the day, whoever of the vendor's keys asks.
    let key = [("idempotency-key", "gift-1")];
    let body = gift("promotional", "10000").to_string();
    for _ in 0..2 {
        let given = world.keyed(&world.admin, "POST", path, &key, body.as_str()).await;
        assert_eq!(given.status, 201, "{:#}", given.body);
    }
    let more = world.post(path, &gift("adjustment", "0.000001")).await;
    more.is_problem(403, "second_person_needed");
    // The same by the staff's route becomes a request, and a retry of it the same request.
    let asked = json!({"kind": "adjustment", "credits": "1", "reason": "Outage"});
    let asked = world.post("/v1/admin/customers/acme/grants", &asked).await;
    assert_eq!((asked.status, &asked.body["state"]), (202, &json!("pending")));
    // Another customer has a day of its own; and what was sold or agreed has no limit.
    world.customer("bolt").await;
    let other = world.post("/v1/customers/bolt/grants", &gift("promotional", "1")).await;
    assert_eq!(other.status, 201, "{:#}", other.body);
    for kind in ["purchase", "commitment", "trial", "allotment", "rollover"] {
        assert_eq!(world.post(path, &gift(kind, "10001")).await.status, 201, "{kind}");
    }
    assert_eq!(world.balance("acme").await, "60005");
    world.clock.step_seconds(86_399);
    let early = world.post(path, &gift("promotional", "1")).await;
    early.is_problem(403, "second_person_needed");
    world.clock.step_seconds(1);
    assert_eq!(world.post(path, &gift("promotional", "10000")).await.status, 201);
    world.verify().await;
}
