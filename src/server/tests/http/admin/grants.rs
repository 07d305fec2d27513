//! Credits given for a reason and taken back by a key, at once and above the limit.

use drawdown_service::Actor;
use serde_json::{Value, json};

use crate::world::World;

const PATH: &str = "/v1/admin/customers/acme/grants";

#[tokio::test]
async fn what_is_given_can_be_burned_and_what_is_unspent_taken_back() {
    let world = World::sqlite().await;
    let body =
        json!({"kind": "promotional", "credits": "500.5", "valid_days": 2, "scope": ["image"], "reason": "Pilot"});
    let given = world.post(PATH, &body).await;
    assert_eq!(given.status, 201);
    let given = given.ok();
    assert_eq!((&given["amount"], &given["note"]), (&json!("500.5"), &json!("Pilot")));
    assert_eq!(
        (&given["scope"], &given["expires_at"]),
        (&json!(["image"]), &json!("2026-03-04T09:00:00Z"))
    );
    assert_eq!(world.balance("acme").await, "500.5");
    let void = format!("{PATH}/{}/void", given["id"].as_str().unwrap());
    let taken = world.post(&void, &json!({"reason": "wrong customer"})).await.ok();
    assert_eq!((&taken["state"], &taken["voided"]), (&json!("void"), &json!("500.5")));
    assert_eq!(world.balance("acme").await, "0");
    let again = world.post(&void, &json!({"reason": "wrong customer"})).await;
    again.is_problem(409, "nothing_unspent");
    world.verify().await;
}

#[tokio::test]
async fn what_is_wrong_with_it_is_said_and_nothing_is_given() {
    let world = World::sqlite().await;
    let good = json!({"kind": "promotional", "credits": "5", "reason": "x"});
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let cases = [
        (with("kind", json!("purchase")), "kind"),
        (with("credits", json!("0")), "credits"),
        (with("credits", json!("-1")), "credits"),
        (with("credits", json!("0.0000001")), "credits"),
        (with("valid_days", json!(0)), "valid_days"),
        (with("scope", json!([])), "scope"),
        (with("scope", json!(["nothing"])), "scope"),
        (with("reason", json!(" ")), "reason"),
        (with("paid", json!("5")), "paid"),
    ];
    let before = world.state("acme").await;
    for (body, field) in cases {
        let answer = world.post(PATH, &body).await;
        answer.is_problem(422, "invalid_request");
        assert_eq!(answer.body["errors"][0]["field"], field, "{body}");
    }
    let unknown = world.post("/v1/admin/customers/nobody/grants", &good).await;
    unknown.is_problem(404, "unknown_customer");
    for id in ["grant_00000000000000000000000000000001", "nonsense"] {
        let answer = world.post(&format!("{PATH}/{id}/void"), &json!({"reason": "x"})).await;
        answer.is_problem(404, "unknown_grant");
    }
    assert_eq!(world.state("acme").await, before);
}

#[tokio::test]
async fn a_grant_of_another_customer_is_not_found() {
    let world = World::sqlite().await;
    world.customer("bolt").await;
    let grant = world.grant("bolt", "5").await;
    let path = format!("{PATH}/{}/void", grant["id"].as_str().unwrap());
    world
        .post(&path, &json!({"reason": "x"}))
        .await
        .is_problem(404, "unknown_grant");
    assert_eq!(world.balance("bolt").await, "5");
}

#[tokio::test]
async fn the_audit_log_names_the_key() {
    let world = World::sqlite().await;
    world
        .post(
            PATH,
            &json!({"kind": "adjustment", "credits": "5", "reason": "Double charge"}),
        )
        .await
        .ok();
    let log = world
        .service
        .audit(&Actor::System("tests"), None, None, 1)
        .await
        .unwrap();
    let line = &log.items[0];
    assert_eq!(
        (line.actor.as_str(), line.action.as_str(), line.noun.as_str()),
        ("admin", "add", "grant")
    );
}
