//! Retries with an idempotency key: nothing happens twice, and the answer is the same to the byte.

use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use super::scene::ceilings;
use crate::world::World;

const NOTES: &str = "/v1/admin/customers/acme/notes";
const GRANTS: &str = "/v1/admin/customers/acme/grants";

#[tokio::test]
async fn a_retry_is_answered_the_same_and_makes_nothing_twice() {
    let world = World::sqlite().await;
    let note = json!({"text": "Renewal is decided in May"}).to_string();
    let grant = json!({"kind": "promotional", "credits": "5", "reason": "x"}).to_string();
    for (path, body) in [(NOTES, &note), (GRANTS, &grant)] {
        let key = [("idempotency-key", path)];
        let first = world.keyed(&world.admin, "POST", path, &key, body.as_str()).await;
        world.clock.step_seconds(3_600);
        let second = world.keyed(&world.admin, "POST", path, &key, body.as_str()).await;
        assert_eq!((first.status, second.status), (201, 201), "{:#}", second.body);
        assert_eq!(first.body, second.body);
        assert_eq!(second.header("content-type"), "application/json");
    }
    assert_eq!(world.get(NOTES).await.ok()["items"].as_array().unwrap().len(), 1);
    assert_eq!(world.balance("acme").await, "5");
}

#[tokio::test]
async fn a_key_stands_for_one_request_unless_that_was_refused() {
    let world = World::sqlite().await;
    let key = [("idempotency-key", "k1")];
    let post = async |path: &str, text: &str| {
        let body = json!({ "text": text }).to_string();
        world.keyed(&world.admin, "POST", path, &key, body).await
    };
    post(NOTES, "").await.is_problem(422, "invalid_request");
    assert_eq!(post(NOTES, "one").await.status, 201);
    post(NOTES, "two").await.is_problem(409, "idempotency_key_reused");
    world.customer("bolt").await;
    let elsewhere = post("/v1/admin/customers/bolt/notes", "one").await;
    elsewhere.is_problem(409, "idempotency_key_reused");
    assert_eq!(world.get(NOTES).await.ok()["items"].as_array().unwrap().len(), 1);
}

async fn lose_answers(world: &World) {
    let url = world.store.sessions_url().replace("-sessions", "");
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let lost = sqlx::query("UPDATE admin_call SET status = NULL, body = NULL");
    assert_ne!(lost.execute(&mut connection).await.unwrap().rows_affected(), 0);
}

/// What a crash leaves: the call was begun, the note was written, and the answer was not kept.
#[tokio::test]
async fn a_call_whose_answer_was_lost_is_carried_out_once() {
    let world = World::sqlite().await;
    let key = [("idempotency-key", "k1")];
    let body = json!({"text": "one"}).to_string();
    let first = world.keyed(&world.admin, "POST", NOTES, &key, body.as_str()).await;
    lose_answers(&world).await;
    let second = world.keyed(&world.admin, "POST", NOTES, &key, body.as_str()).await;
    assert_eq!((first.status, second.status), (201, 201), "{:#}", second.body);
    assert_eq!(world.get(NOTES).await.ok()["items"].as_array().unwrap().len(), 1);
}

/// The same of what is gone the second time.
#[tokio::test]
async fn a_ceiling_whose_removal_was_not_answered_is_removed_once() {
    let world = World::sqlite().await;
    ceilings(&world).await;
    let body = json!({"reason": "The review is over"}).to_string();
    for (kind, name) in [("caps", "house"), ("throttles", "house-rate")] {
        let path = format!("/v1/admin/customers/acme/{kind}/{name}/remove");
        let key = [("idempotency-key", name)];
        for _ in 0..2 {
            let removed = world.keyed(&world.admin, "POST", &path, &key, body.as_str()).await;
            assert_eq!(removed.status, 204, "{:#}", removed.body);
            lose_answers(&world).await;
        }
        let again = world.keyed(&world.admin, "POST", &path, &[], body.as_str()).await;
        again.is_problem(404, "unknown_limit");
    }
    let log = world.get("/v1/admin/audit?customer=acme").await.ok();
    let lines = log["items"].as_array().unwrap();
    assert_eq!(lines.iter().filter(|line| line["action"] == "delete").count(), 2);
}

#[tokio::test]
async fn calls_are_forgotten_after_35_days() {
    let world = World::sqlite().await;
    let key = [("idempotency-key", "k1")];
    let body = json!({"text": "one"}).to_string();
    world.keyed(&world.admin, "POST", NOTES, &key, body.as_str()).await.ok();
    world.clock.step_seconds(36 * 86_400);
    assert!(world.service.forget().await.unwrap() >= 1);
    world.keyed(&world.admin, "POST", NOTES, &key, body.as_str()).await.ok();
    assert_eq!(world.get(NOTES).await.ok()["items"].as_array().unwrap().len(), 2);
}
