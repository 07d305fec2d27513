//! Plans by a key: a draft written whole, published with what becomes of customers, moves taken back.

use serde_json::{Value, json};

use super::scene::plan_terms;
use crate::world::World;

const DRAFT: &str = "/v1/admin/plans/team/draft";

fn with(field: &str, value: Value) -> Value {
    let mut terms = plan_terms("Team");
    terms[field] = value;
    terms
}

#[tokio::test]
async fn a_version_is_written_published_and_customers_move_as_chosen() {
    let world = World::sqlite().await;
    for key in ["acme", "bolt"] {
        world.customer(key).await;
        let body = json!({"plan": "team", "when": "now"});
        world.put(&format!("/v1/admin/customers/{key}/plan"), &body).await.ok();
    }
    let draft = world.put(DRAFT, &json!({"terms": plan_terms("Team")})).await.ok();
    assert_eq!((&draft["based_on"], &draft["fault"]), (&json!(1), &Value::Null));
    assert_eq!(draft["changes"][0], json!({"what": "seats", "from": null, "to": "3"}));
    let body = json!({"revision": draft["revision"], "moves": [{"version": 1, "when": "renewal"}]});
    let key = [("idempotency-key", "publish 2")];
    let path = format!("{DRAFT}/publish");
    let published = world.keyed(&world.admin, "POST", &path, &key, body.to_string()).await;
    let again = world.keyed(&world.admin, "POST", &path, &key, body.to_string()).await;
    assert_eq!((published.status, &published.body), (200, &again.body));
    assert_eq!(
        (&again.body["version"], &again.body["at_renewal"], &again.body["moved"]),
        (&json!(2), &json!(2), &json!(0))
    );
    let plan = world.get("/v1/admin/plans/team").await.ok();
    assert_eq!(
        (&plan["waiting"], &plan["groups"][0]["customers"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(plan["versions"][0]["terms"]["seats"], 3);
    assert_eq!(plan["draft"], Value::Null);
    let stay = world.raw("POST", "/v1/admin/plans/team/moves/withdraw", "").await.ok();
    assert_eq!(stay["customers"], 2);
    let moved = world
        .post(
            "/v1/admin/plans/team/moves",
            &json!({"moves": [{"version": 1, "when": "now"}]}),
        )
        .await
        .ok();
    assert_eq!((&moved["version"], &moved["moved"]), (&json!(2), &json!(2)));
    assert_eq!(world.get("/v1/customers/bolt").await.ok()["plan"]["version"], 2);
}

#[tokio::test]
async fn a_plan_begins_as_a_draft_and_is_listed() {
    let world = World::sqlite().await;
    let path = "/v1/admin/plans/solo/draft";
    let draft = world.put(path, &json!({"terms": plan_terms("Solo")})).await.ok();
    assert_eq!((&draft["based_on"], &draft["revision"]), (&json!(0), &json!(1)));
    let listed = world.get("/v1/admin/plans").await.ok();
    let solo = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|plan| plan["key"] == "solo");
    assert_eq!(
        (&solo.unwrap()["version"], &solo.unwrap()["has_draft"]),
        (&Value::Null, &json!(true))
    );
    world
        .post(&format!("{path}/publish"), &json!({"revision": 1}))
        .await
        .ok();
    let nothing = world.put(path, &json!({"terms": plan_terms("Solo")})).await.ok();
    let body = json!({"revision": nothing["revision"]});
    world
        .post(&format!("{path}/publish"), &body)
        .await
        .is_problem(409, "nothing_changes");
    assert_eq!(world.delete(&format!("{path}?revision=1")).await.status, 204);
    world
        .delete(&format!("{path}?revision=1"))
        .await
        .is_problem(404, "not_found");
}

#[tokio::test]
async fn only_the_revision_that_was_seen_is_replaced_published_or_discarded() {
    let world = World::sqlite().await;
    let first = world.put(DRAFT, &json!({"terms": plan_terms("Team")})).await.ok();
    let revision = first["revision"].as_i64().unwrap();
    let body = json!({"terms": with("seats", json!(4)), "revision": revision});
    assert_eq!(world.put(DRAFT, &body).await.ok()["revision"], revision + 1);
    let late = json!({"terms": with("seats", json!(5)), "revision": revision});
    world.put(DRAFT, &late).await.is_problem(409, "draft_changed");
    let publish = format!("{DRAFT}/publish");
    world
        .post(&publish, &json!({"revision": revision}))
        .await
        .is_problem(409, "draft_changed");
    world
        .delete(&format!("{DRAFT}?revision={revision}"))
        .await
        .is_problem(409, "draft_changed");
    world.delete(DRAFT).await.is_problem(400, "invalid_query");
}

#[tokio::test]
async fn what_is_wrong_with_terms_is_said_by_field() {
    let world = World::sqlite().await;
    let cases = [
        (with("kind", json!("free")), "terms.kind"),
        (with("currency", json!("EUR")), "terms.currency"),
        (with("conversion_rate", json!("0")), "terms.conversion_rate"),
        (with("use_cases", json!(["nothing"])), "terms.use_cases"),
        (
            with("caps", json!({"daily": {"window": "hour", "credits": "5"}})),
            "terms.caps.daily.window",
        ),
        (
            with("caps", json!({"daily": {"window": "day", "credits": "0"}})),
            "terms.caps.daily.credits",
        ),
        (
            with("caps", json!({"daily": {"window": "day"}})),
            "terms.caps.daily.credits",
        ),
        (with("overage", json!({"forgive": "-1"})), "terms.overage.forgive"),
        (with("name", json!("x".repeat(81))), "name"),
        (with("colour", json!("red")), "terms.colour"),
        (with("seats", json!("3")), "terms.seats"),
    ];
    for (terms, field) in cases {
        let answer = world.put(DRAFT, &json!({"terms": terms})).await;
        answer.is_problem(422, "invalid_request");
        assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
        assert!(!answer.body.to_string().contains("line "), "{:#}", answer.body);
    }
    assert_eq!(world.get("/v1/admin/plans/team").await.ok()["draft"], Value::Null);
    world
        .get("/v1/admin/plans/nothing")
        .await
        .is_problem(404, "unknown_plan");
    world.get("/v1/admin/plans/a%20b").await.is_problem(404, "unknown_plan");
    let moves = json!({"moves": [{"version": 1, "when": "soon"}, {"version": 1, "when": "now"}, {"version": 1, "when": "now"}]});
    let answer = world.post("/v1/admin/plans/team/moves", &moves).await;
    answer.is_problem(422, "invalid_request");
    assert_eq!(answer.body["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_draft_that_makes_no_sense_is_kept_and_not_published() {
    let world = World::sqlite().await;
    let draft = world
        .put(DRAFT, &json!({"terms": with("kind", json!("unlimited"))}))
        .await
        .ok();
    assert_eq!(draft["fault"], "an unlimited plan says which runs cost nothing");
    let body = json!({"revision": draft["revision"]});
    world
        .post(&format!("{DRAFT}/publish"), &body)
        .await
        .is_problem(409, "draft_not_valid");
}
