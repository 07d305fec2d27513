//! Contracts by a key: previewed, signed once, amended from a day on, ended; and what is wrong with them.

use serde_json::{Value, json};

use crate::world::World;

const PATH: &str = "/v1/admin/customers/acme/contracts";

fn terms() -> Value {
    json!({
        "plan": "team", "committed": {"amount": "1200000", "currency": "USD"}, "conversion_rate": "125",
        "starts": "2026-04-01", "months": 12, "payments": {"every": "half_year"},
        "release": {"table": [{"month": 0, "percent": "10"}, {"month": 3, "percent": "90"}]},
        "overrides": {"seats": 250}, "note": "Signed by Ines"
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut terms = terms();
    terms[field] = value;
    terms
}

#[tokio::test]
async fn a_contract_is_previewed_signed_amended_and_ended() {
    let world = World::sqlite().await;
    let preview = world
        .post(&format!("{PATH}/preview"), &json!({"terms": terms()}))
        .await
        .ok();
    assert_eq!(
        (&preview["credits"], &preview["discount_percent"]),
        (&json!("150000000"), &json!("20"))
    );
    let money: Vec<&str> = preview["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step["money"]["amount"].as_str())
        .collect();
    assert_eq!(money, ["600000.00", "600000.00"]);
    assert_eq!(
        world.get(PATH).await.ok()["items"],
        json!([]),
        "a preview signs nothing"
    );

    let signed = world.post(PATH, &json!({"terms": terms()})).await;
    assert_eq!(signed.status, 201, "{:#}", signed.body);
    let signed = signed.ok();
    assert_eq!((&signed["state"], &signed["version"]), (&json!("upcoming"), &json!(1)));
    assert_eq!(signed["begins_at"], "2026-03-31T22:00:00Z");
    assert_eq!(
        (&signed["terms"]["overrides"], &signed["terms"]["starts"]),
        (&json!({"seats": 250}), &json!("2026-04-01"))
    );
    assert_eq!(signed["terms"]["release"], terms()["release"]);

    let one = format!("{PATH}/{}", signed["id"].as_str().unwrap());
    let mut amended = signed["terms"].clone();
    amended["renewal_months"] = json!(12);
    let body = json!({"effective": "2026-05-01", "terms": amended});
    let amended = world.post(&format!("{one}/amend"), &body).await.ok();
    assert_eq!(
        (&amended["version"], &amended["terms"]["renewal_months"]),
        (&json!(2), &json!(12))
    );
    assert_eq!(amended["ends_at"], Value::Null);
    let again = world.post(&format!("{one}/amend"), &body).await.ok();
    assert_eq!(again["version"], 2, "the same terms are no amendment");

    world.clock.step_seconds(62 * 86_400);
    let ended = world.raw("POST", &format!("{one}/end"), "").await.ok();
    assert_eq!(ended["terms"]["renewal_months"], Value::Null);
    assert_eq!(ended["ends_at"], "2027-03-31T22:00:00Z");
    assert_eq!(world.get(&one).await.ok(), ended);
    assert_eq!(world.get(PATH).await.ok()["items"], json!([ended]));
    world.verify().await;
}

#[tokio::test]
async fn a_contract_that_is_sent_again_is_signed_once() {
    let world = World::sqlite().await;
    let key = [("idempotency-key", "deal 7")];
    let body = json!({"terms": terms()}).to_string();
    let first = world.keyed(&world.admin, "POST", PATH, &key, body.as_str()).await;
    let second = world.keyed(&world.admin, "POST", PATH, &key, body.as_str()).await;
    assert_eq!((first.status, &first.body), (201, &second.body));
    let other = world.post(PATH, &json!({"terms": terms()})).await;
    other.is_problem(409, "contract_running");
    assert_eq!(world.get(PATH).await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_terms_is_said_by_field_and_nothing_is_signed() {
    let world = World::sqlite().await;
    let euros = json!({"amount": "12000", "currency": "EUR"});
    let twice = json!({"every": "month", "table": []});
    let half = json!({"table": [{"month": 0, "percent": "50"}]});
    let cases = [
        (with("plan", json!("a b")), "plan"),
        (with("committed", euros), "committed"),
        (
            with("committed", json!({"amount": "0.001", "currency": "USD"})),
            "committed.amount",
        ),
        (with("conversion_rate", json!("0")), "conversion_rate"),
        (with("starts", json!("tomorrow")), "starts"),
        (with("starts", json!("2026-02-01")), "starts"),
        (with("months", json!(0)), "months"),
        (with("months", json!(-1)), "months"),
        (with("renewal_months", json!(121)), "months"),
        (with("release", twice), "release"),
        (with("payments", half), "payments"),
        (with("payments", json!({"every": "day"})), "payments.every"),
        (
            with("overrides", json!({"price": {"amount": "5", "currency": "EUR"}})),
            "plan",
        ),
    ];
    for (terms, field) in cases {
        for path in [PATH.to_owned(), format!("{PATH}/preview")] {
            let answer = world.post(&path, &json!({"terms": terms})).await;
            answer.is_problem(422, "invalid_request");
            assert_eq!(answer.body["errors"][0]["field"], field, "{terms}");
        }
    }
    let nothing = world
        .post(PATH, &json!({"terms": with("plan", json!("nothing"))}))
        .await;
    nothing.is_problem(404, "unknown_plan");
    let version = world
        .post(PATH, &json!({"terms": with("plan_version", json!(7))}))
        .await;
    version.is_problem(404, "not_found");
    for id in ["contract_00000000000000000000000000000001", "nonsense"] {
        world.get(&format!("{PATH}/{id}")).await.is_problem(404, "not_found");
        world
            .raw("POST", &format!("{PATH}/{id}/end"), "")
            .await
            .is_problem(404, "not_found");
        let body = json!({"terms": terms()});
        world
            .post(&format!("{PATH}/{id}/amend"), &body)
            .await
            .is_problem(404, "not_found");
    }
    assert_eq!(world.get(PATH).await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_contract_of_another_customer_is_not_found() {
    let world = World::sqlite().await;
    world.customer("bolt").await;
    let signed = world
        .post("/v1/admin/customers/bolt/contracts", &json!({"terms": terms()}))
        .await
        .ok();
    let id = signed["id"].as_str().unwrap();
    world.get(&format!("{PATH}/{id}")).await.is_problem(404, "not_found");
    world
        .raw("POST", &format!("{PATH}/{id}/end"), "")
        .await
        .is_problem(404, "not_found");
}

#[tokio::test]
async fn a_plan_is_changed_now_or_at_renewal_and_the_change_withdrawn() {
    let world = World::sqlite().await;
    let path = "/v1/admin/customers/acme/plan";
    let done = world.put(path, &json!({"plan": "team", "when": "now"})).await.ok();
    assert_eq!((&done["outcome"], &done["change"]), (&json!("done"), &Value::Null));
    let same = world
        .put(path, &json!({"plan": "team", "version": 1, "when": "now"}))
        .await
        .ok();
    assert_eq!(same["outcome"], "same");
    let waits = world.put(path, &json!({"plan": "open", "when": "renewal"})).await.ok();
    assert_eq!(waits["outcome"], "scheduled");
    let listed = world.get("/v1/admin/customers/acme/plan-changes").await.ok();
    assert_eq!(listed["items"][0]["plan"], "Open");
    let change = format!(
        "/v1/admin/customers/acme/plan-changes/{}",
        waits["change"].as_str().unwrap()
    );
    assert_eq!(world.delete(&change).await.status, 204);
    world.delete(&change).await.is_problem(404, "not_found");
    world
        .delete("/v1/admin/customers/acme/plan-changes/nonsense")
        .await
        .is_problem(404, "not_found");
    assert_eq!(
        world.get("/v1/admin/customers/acme/plan-changes").await.ok()["items"],
        json!([])
    );
    assert_eq!(world.get("/v1/customers/acme").await.ok()["plan"]["key"], "team");
    for (body, status, code) in [
        (json!({"plan": "nothing", "when": "now"}), 404, "unknown_plan"),
        (json!({"plan": "team", "version": 9, "when": "now"}), 404, "not_found"),
        (json!({"plan": "team", "when": "soon"}), 422, "invalid_request"),
        (json!({"plan": "team"}), 422, "invalid_request"),
    ] {
        world.put(path, &body).await.is_problem(status, code);
    }
}

#[tokio::test]
async fn a_withdrawal_with_a_key_is_answered_the_same_again() {
    let world = World::sqlite().await;
    world
        .put("/v1/admin/customers/acme/plan", &json!({"plan": "team", "when": "now"}))
        .await
        .ok();
    let waits = world
        .put(
            "/v1/admin/customers/acme/plan",
            &json!({"plan": "open", "when": "renewal"}),
        )
        .await
        .ok();
    let path = format!(
        "/v1/admin/customers/acme/plan-changes/{}",
        waits["change"].as_str().unwrap()
    );
    for _ in 0..2 {
        let key = [("idempotency-key", "w1")];
        assert_eq!(world.keyed(&world.admin, "DELETE", &path, &key, "").await.status, 204);
    }
}
