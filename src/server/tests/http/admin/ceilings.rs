//! The vendor's ceilings on one customer by a key: set, changed and removed for a reason, and how runs meet them.

use drawdown_service::Actor;
use serde_json::{Value, json};

use super::scene::ceilings;
use crate::world::{World, images};

const CAP: &str = "/v1/admin/customers/acme/caps/house";
const THROTTLE: &str = "/v1/admin/customers/acme/throttles/house-rate";

async fn is_allowed(world: &World, images_: u32) -> bool {
    let answer = world.post("/v1/authorize", &images("acme", images_)).await.ok();
    answer["allowed"] == true
}

#[tokio::test]
async fn a_ceiling_on_credits_holds_from_when_it_is_set_until_it_is_removed() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let cap = |credits: &str| json!({"window": "day", "credits": credits, "reason": "Card under review"});
    let set = world.put(CAP, &cap("5")).await.ok();
    assert_eq!(
        (&set["owner"], &set["credits"], &set["action"]),
        (&json!("vendor"), &json!("5"), &json!("block"))
    );
    assert!(!is_allowed(&world, 6).await);
    assert_eq!(world.put(CAP, &cap("7")).await.ok()["credits"], "7");
    assert!(is_allowed(&world, 6).await);
    let limits = world.get("/v1/customers/acme/limits").await.ok();
    assert_eq!(limits["caps"].as_array().unwrap().len(), 1, "{limits:#}");

    let remove = format!("{CAP}/remove");
    let key = [("idempotency-key", "r")];
    let reason = json!({"reason": "The review is over"}).to_string();
    for _ in 0..2 {
        let answer = world.keyed(&world.admin, "POST", &remove, &key, reason.as_str()).await;
        assert_eq!(answer.status, 204, "{:#}", answer.body);
    }
    let again = world.post(&remove, &json!({"reason": "x"})).await;
    again.is_problem(404, "unknown_limit");
    assert!(is_allowed(&world, 50).await);
    world.verify().await;
}

#[tokio::test]
async fn a_ceiling_on_the_rate_holds_from_when_it_is_set_until_it_is_removed() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    ceilings(&world).await;
    assert!(is_allowed(&world, 1).await);
    assert!(!is_allowed(&world, 1).await, "one an hour");
    let faster = json!({"requests": 50, "per": "second", "reason": "Agreed with Ines"});
    let set = world.put(THROTTLE, &faster).await.ok();
    assert_eq!((&set["owner"], &set["requests"]), (&json!("vendor"), &json!(50)));
    let limits = world.get("/v1/customers/acme/limits").await.ok();
    assert_eq!(limits["throttles"].as_array().unwrap().len(), 1, "{limits:#}");
    let remove = format!("{THROTTLE}/remove");
    let reason = json!({"reason": "The loop is mended"});
    assert_eq!(world.post(&remove, &reason).await.status, 204);
    world.post(&remove, &reason).await.is_problem(404, "unknown_limit");
    assert!(is_allowed(&world, 1).await);
    let limits = world.get("/v1/customers/acme/limits").await.ok();
    assert_eq!(limits["throttles"], json!([]));
}

#[tokio::test]
async fn the_reason_and_what_was_there_before_are_in_the_audit_log() {
    let world = World::sqlite().await;
    ceilings(&world).await;
    let body = json!({"window": "day", "credits": "9", "reason": "Card is fine"});
    world.put(CAP, &body).await.ok();
    let log = world.service.audit(&Actor::System("tests"), None, None, 1).await;
    let line = &log.unwrap().items[0];
    let (before, after) = (line.before.as_ref().unwrap(), line.after.as_ref().unwrap());
    assert_eq!((line.actor.as_str(), line.action.as_str()), ("admin", "put"));
    assert_eq!(after["reason"], "Card is fine");
    assert_ne!(before["limit"], after["limit"], "{before:#}");
}

#[tokio::test]
async fn a_customers_own_limit_of_that_name_stays() {
    let world = World::sqlite().await;
    let own = json!({"window": "day", "credits": "3", "owner": "customer"});
    world.put("/v1/customers/acme/caps/house", &own).await.ok();
    ceilings(&world).await;
    let reason = json!({"reason": "x"});
    assert_eq!(world.post(&format!("{CAP}/remove"), &reason).await.status, 204);
    let limits = world.get("/v1/customers/acme/limits").await.ok();
    let caps = limits["caps"].as_array().unwrap();
    assert_eq!((caps.len(), &caps[0]["owner"]), (1, &json!("customer")));
}

#[tokio::test]
async fn what_is_wrong_with_a_ceiling_is_said_by_field() {
    let world = World::sqlite().await;
    let good = json!({"window": "day", "credits": "5", "reason": "x"});
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let cases = [
        (with("reason", json!(" ")), "reason"),
        (with("window", json!("year")), "window"),
        (with("credits", json!("0")), "credits"),
        (with("money", json!({"amount": "5", "currency": "USD"})), "money"),
        (with("scope", json!({"use_case": "nothing"})), "scope.use_case"),
        (with("action", json!("stop")), "action"),
        (with("thresholds", json!([80, 50])), "thresholds"),
        (with("owner", json!("customer")), "owner"),
    ];
    for (body, field) in cases {
        let answer = world.put(CAP, &body).await;
        answer.is_problem(422, "invalid_request");
        assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
    }
    for (body, field) in [
        (json!({"requests": 5, "per": "hour"}), "reason"),
        (json!({"requests": 0, "per": "hour", "reason": "x"}), "requests"),
        (json!({"per": "hour", "reason": "x"}), "requests"),
        (json!({"requests": 5, "per": "year", "reason": "x"}), "per"),
    ] {
        let answer = world.put(THROTTLE, &body).await;
        answer.is_problem(422, "invalid_request");
        assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
    }
    let nobody = CAP.replace("acme", "nobody");
    world.put(&nobody, &good).await.is_problem(404, "unknown_customer");
    world
        .post(&format!("{nobody}/remove"), &json!({"reason": "x"}))
        .await
        .is_problem(404, "unknown_customer");
}
