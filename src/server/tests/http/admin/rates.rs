//! The rate card by a key: a draft written whole, checked, simulated, published from an instant on, taken back.

use serde_json::{Value, json};

use super::scene::{rates, rates_draft};
use crate::world::{World, images};

const DRAFT: &str = "/v1/admin/rates/draft";

async fn price(world: &World) -> Value {
    let run = json!({"use_case": "code", "platform": "web", "quantities": {"generated_tokens": 1000}});
    world.post("/v1/quote", &run).await.ok()["credits"].take()
}

#[tokio::test]
async fn a_draft_is_checked_published_for_later_and_taken_back() {
    let world = World::sqlite().await;
    world.get(DRAFT).await.is_problem(404, "not_found");
    let revision = rates_draft(&world, "9").await;
    let draft = world.get(DRAFT).await.ok();
    assert_eq!((&draft["revision"], &draft["based_on"]), (&json!(revision), &json!(1)));
    assert_eq!(draft["changes"].as_array().unwrap().len(), 1, "{draft:#}");
    let at = "2026-06-01T00:00:00Z";
    let checked = world
        .post(&format!("{DRAFT}/check"), &json!({"effective_at": at}))
        .await
        .ok();
    assert_eq!(
        (&checked["before"], &checked["changes"]),
        (&json!(1), &draft["changes"])
    );
    let body = json!({"revision": revision, "effective_at": at}).to_string();
    let key = [("idempotency-key", "june")];
    for _ in 0..2 {
        let published = world
            .keyed(&world.admin, "POST", &format!("{DRAFT}/publish"), &key, body.as_str())
            .await;
        assert_eq!(published.ok()["version"], 2);
    }
    let card = world.get("/v1/admin/rates").await.ok();
    assert_eq!(
        (&card["items"][0]["state"], &card["items"][0]["effective_at"]),
        (&json!("scheduled"), &json!(at))
    );
    assert_eq!(price(&world).await, "8");
    let withdrawn = world.raw("POST", "/v1/admin/rates/versions/2/withdraw", "").await.ok();
    assert_eq!(withdrawn["version"]["state"], "withdrawn");
    world
        .raw("POST", "/v1/admin/rates/versions/2/withdraw", "")
        .await
        .is_problem(409, "not_scheduled");
    for version in ["9", "nonsense"] {
        world
            .get(&format!("/v1/admin/rates/versions/{version}"))
            .await
            .is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn what_is_published_at_once_prices_what_runs_next() {
    let world = World::sqlite().await;
    let revision = rates_draft(&world, "9.5").await;
    world
        .post(&format!("{DRAFT}/publish"), &json!({"revision": revision}))
        .await
        .ok();
    assert_eq!(price(&world).await, "9.5");
    let version = world.get("/v1/admin/rates/versions/2").await.ok();
    assert_eq!(
        version["rates"]["use_cases"]["code"]["meters"]["generated_tokens"]["credits"],
        "9.5"
    );
    let again = world.put(DRAFT, &json!({"rates": version["rates"]})).await.ok();
    assert_eq!(
        again["changes"],
        json!([]),
        "what is answered says the same when it is sent"
    );
    let body = json!({"revision": again["revision"]});
    world
        .post(&format!("{DRAFT}/publish"), &body)
        .await
        .is_problem(409, "nothing_changes");
}

#[tokio::test]
async fn what_is_wrong_with_a_draft_or_an_instant_is_said() {
    let world = World::sqlite().await;
    let mut negative = rates("9");
    negative["modes"]["fast"] = json!("-1");
    let mut unknown = rates("9");
    unknown["use_cases"]["code"]["ladder"] = json!(["slow"]);
    let mut empty = rates("9");
    empty["use_cases"] = json!({});
    let mut per = rates("9");
    per["use_cases"]["image"]["meters"]["images"]["per"] = json!(0);
    let cases = [
        (negative, "rates.modes.fast"),
        (unknown, "rates.use_cases.code.ladder"),
        (empty, "rates.use_cases"),
        (per, "rates.use_cases.image.meters.images.per"),
    ];
    for (rates, field) in cases {
        let answer = world.put(DRAFT, &json!({ "rates": rates })).await;
        answer.is_problem(422, "invalid_request");
        assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
    }
    world.get(DRAFT).await.is_problem(404, "not_found");
    let revision = rates_draft(&world, "9").await;
    for at in ["2026-03-01T00:00:00Z", "2029-01-01T00:00:00Z", "tomorrow"] {
        let body = json!({"revision": revision, "effective_at": at});
        let answer = world.post(&format!("{DRAFT}/publish"), &body).await;
        answer.is_problem(422, "invalid_request");
    }
    let late = json!({"rates": rates("7"), "revision": revision - 1});
    world.put(DRAFT, &late).await.is_problem(409, "draft_changed");
    let publish = json!({"revision": revision - 1});
    world
        .post(&format!("{DRAFT}/publish"), &publish)
        .await
        .is_problem(409, "draft_changed");
    world
        .delete(&format!("{DRAFT}?revision={}", revision - 1))
        .await
        .is_problem(409, "draft_changed");
    assert_eq!(world.delete(&format!("{DRAFT}?revision={revision}")).await.status, 204);
}

#[tokio::test]
async fn a_simulation_prices_what_has_run_by_the_draft() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let hold = world.post("/v1/authorize", &images("acme", 10)).await.ok();
    let capture = format!("/v1/holds/{}/capture", hold["hold"]["id"].as_str().unwrap());
    world.post(&capture, &json!({"quantity": 10})).await.ok();
    world.clock.step_seconds(86_400);
    let mut twice = rates("8");
    twice["use_cases"]["image"]["meters"]["images"]["credits"] = json!("2");
    let draft = world.put(DRAFT, &json!({"rates": twice})).await.ok();
    let path = format!("{DRAFT}/simulation");
    let mut simulation = world
        .post(&path, &json!({"revision": draft["revision"], "days": 30}))
        .await
        .ok();
    for _ in 0..20 {
        if simulation["state"] == "done" {
            break;
        }
        simulation = world
            .get(&format!("{path}?revision={}&days=30", draft["revision"]))
            .await
            .ok();
    }
    let result = &simulation["result"];
    assert_eq!(
        (&result["runs"], &result["before"], &result["after"]),
        (&json!(1), &json!("10"), &json!("20"))
    );
    let acme = &result["customers"][0];
    assert_eq!((&acme["customer"], &acme["difference"]), (&json!("acme"), &json!("10")));
    world
        .post(&path, &json!({"revision": 1, "days": 30}))
        .await
        .is_problem(409, "draft_changed");
    let days = world
        .post(&path, &json!({"revision": draft["revision"], "days": 7}))
        .await;
    days.is_problem(422, "invalid_request");
}
