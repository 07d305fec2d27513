//! A plan ended by a key, and the charges of agreements.

use serde_json::{Value, json};

use crate::world::{World, images};

const PLAN: &str = "/v1/admin/customers/acme/plan";
const END: &str = "/v1/admin/customers/acme/plan/end";
const CHARGES: &str = "/v1/admin/customers/acme/charges";

#[tokio::test]
async fn a_plan_is_ended_now_and_every_run_is_refused() {
    let world = World::sqlite().await;
    world.grant("acme", "10").await;
    let key = [("idempotency-key", "end")];
    let now = json!({"when": "now"}).to_string();
    let first = world.keyed(&world.admin, "POST", END, &key, now.as_str()).await;
    let again = world.keyed(&world.admin, "POST", END, &key, now.as_str()).await;
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!(first.body, json!({"outcome": "done", "change": null}));
    assert_eq!(world.get("/v1/customers/acme").await.ok()["plan"], Value::Null);
    let run = world.post("/v1/authorize", &images("acme", 1)).await.ok();
    assert_eq!(
        (&run["allowed"], &run["reasons"][0]["code"]),
        (&json!(false), &json!("no_plan"))
    );
    assert_eq!(world.balance("acme").await, "10", "credits that are there stay");
    let same = world.post(END, &json!({"when": "now"})).await.ok();
    assert_eq!(same["outcome"], "same");
    world.verify().await;
}

#[tokio::test]
async fn a_plan_that_ends_at_its_renewal_can_be_kept_until_then() {
    let world = World::sqlite().await;
    world.put(PLAN, &json!({"plan": "team", "when": "now"})).await.ok();
    let waits = world.post(END, &json!({"when": "renewal"})).await.ok();
    assert_eq!(waits["outcome"], "scheduled");
    let listed = world.get("/v1/admin/customers/acme/plan-changes").await.ok();
    assert_eq!(
        (&listed["items"][0]["id"], &listed["items"][0]["plan"]),
        (&waits["change"], &Value::Null)
    );
    let change = format!(
        "/v1/admin/customers/acme/plan-changes/{}",
        waits["change"].as_str().unwrap()
    );
    assert_eq!(world.delete(&change).await.status, 204);
    world.clock.step_seconds(40 * 86_400);
    world.service.run_schedule().await.unwrap();
    assert_eq!(world.get("/v1/customers/acme").await.ok()["plan"]["key"], "team");

    world.post(END, &json!({"when": "renewal"})).await.ok();
    world.clock.step_seconds(40 * 86_400);
    world.service.run_schedule().await.unwrap();
    assert_eq!(world.get("/v1/customers/acme").await.ok()["plan"], Value::Null);
    for (body, status, code) in [
        (json!({"when": "soon"}), 422, "invalid_request"),
        (json!({}), 422, "invalid_request"),
        (json!({"when": "now", "plan": "team"}), 422, "invalid_request"),
    ] {
        world.post(END, &body).await.is_problem(status, code);
    }
    world
        .post("/v1/admin/customers/nobody/plan/end", &json!({"when": "now"}))
        .await
        .is_problem(404, "unknown_customer");
}

#[tokio::test]
async fn a_plan_under_a_contract_ends_with_it_only() {
    let world = World::sqlite().await;
    let terms = json!({
        "plan": "team", "committed": {"amount": "1200", "currency": "USD"}, "conversion_rate": "125",
        "starts": "2026-03-02", "months": 2, "payments": {"every": "month"}
    });
    world
        .post("/v1/admin/customers/acme/contracts", &json!({ "terms": terms }))
        .await
        .ok();
    world
        .post(END, &json!({"when": "now"}))
        .await
        .is_problem(409, "under_contract");

    // What falls due is told before, and noted when it does.
    let charges = world.get(CHARGES).await.ok();
    let told = |charges: &Value| -> Vec<(String, bool)> {
        let items = charges["items"].as_array().unwrap().iter();
        items
            .map(|charge| {
                let amount = charge["amount"]["amount"].as_str().unwrap();
                (amount.to_owned(), charge["noted_at"].is_null())
            })
            .collect()
    };
    let money = |amount: &str, to_come| (amount.to_owned(), to_come);
    assert_eq!(
        told(&charges),
        [money("600.00", true), money("600.00", false)],
        "{charges:#}"
    );
    assert_eq!(charges["items"][0]["due_at"], "2026-04-01T22:00:00Z");
    world.clock.step_seconds(35 * 86_400);
    world.service.run_schedule().await.unwrap();
    let charges = world.get(CHARGES).await.ok();
    assert_eq!(
        told(&charges),
        [money("600.00", false), money("600.00", false)],
        "{charges:#}"
    );
    world
        .get("/v1/admin/customers/nobody/charges")
        .await
        .is_problem(404, "unknown_customer");
}

#[tokio::test]
async fn a_draft_tells_what_moving_to_it_would_change() {
    let world = World::sqlite().await;
    let path = "/v1/admin/plans/team/draft";
    world.get(path).await.is_problem(404, "not_found");
    world.put(PLAN, &json!({"plan": "team", "when": "now"})).await.ok();
    let terms = super::scene::plan_terms("Team");
    let put = world.put(path, &json!({ "terms": terms })).await.ok();
    let got = world.get(path).await.ok();
    assert_eq!(got["draft"], put);
    let group = &got["groups"][0];
    assert_eq!(
        (&group["version"], &group["customers"], &group["under_contract"]),
        (&json!(1), &json!(1), &json!(false))
    );
    assert_eq!(group["changes"], put["changes"]);
    world
        .get("/v1/admin/plans/a%20b/draft")
        .await
        .is_problem(404, "unknown_plan");
}
