//! What is above the limit: a key asks, people decide.

use drawdown_domain::staff::StaffRole;
use drawdown_service::staff::{Reach, Staff, StaffInput};
use drawdown_service::{Actor, ServiceError};
use serde_json::json;

use super::scene::adjustment;
use crate::world::World;

const OPERATOR: Actor = Actor::System("tests");
const PATH: &str = "/v1/admin/customers/acme/adjustments";

async fn finance(world: &World) -> Actor {
    let input = StaffInput {
        email: "finn@vendor.example".to_owned(),
        name: "Finn".to_owned(),
        roles: vec![StaffRole::Finance],
        all_customers: true,
        password: "correct horse".to_owned().into(),
    };
    let id = world.service.add_staff(&OPERATOR, input).await.unwrap();
    Actor::Staff(Staff {
        id,
        email: "finn@vendor.example".to_owned(),
        name: "Finn".to_owned(),
        roles: vec![StaffRole::Finance],
        reach: Reach::All,
    })
}

#[tokio::test]
async fn a_key_asks_and_a_person_approves() {
    let world = World::sqlite().await;
    let id = adjustment(&world).await;
    assert_eq!(world.balance("acme").await, "0", "nothing is given yet");
    let all = world.get("/v1/admin/adjustments").await.ok();
    let first = &all["items"][0];
    assert_eq!(
        (&first["name"], &first["adjustment"]["id"]),
        (&json!("acme"), &json!(id))
    );
    let listed = world.get(PATH).await.ok();
    assert_eq!(
        (&listed["items"][0]["id"], &listed["items"][0]["asked_by"]),
        (&json!(id), &json!("admin"))
    );
    let acme = "acme".parse().unwrap();
    let organization = world.service.organization_of(&OPERATOR, &acme).await.unwrap();
    let finn = finance(&world).await;
    world
        .service
        .approve_adjustment(&finn, organization, id.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(world.balance("acme").await, "25000");
    let ended = world.get(&format!("{PATH}/{id}")).await.ok();
    assert_eq!(
        (&ended["state"], &ended["decided_by"]),
        (&json!("booked"), &json!("Finn"))
    );
    assert_eq!(world.get(PATH).await.ok()["items"], json!([]));
    world.verify().await;
}

#[tokio::test]
async fn a_key_never_decides_and_nobody_withdraws_what_it_asked_for() {
    let world = World::sqlite().await;
    let id = adjustment(&world).await.parse().unwrap();
    let acme = "acme".parse().unwrap();
    let organization = world.service.organization_of(&OPERATOR, &acme).await.unwrap();
    let secret = world.admin.clone().into();
    let key = world.service.authenticate_api_key(&secret).await.unwrap();
    let service = &world.service;
    let refused =
        |result: Result<_, ServiceError>| assert!(matches!(result, Err(ServiceError::Forbidden(_))), "{result:?}");
    refused(service.approve_adjustment(&key, organization, id).await);
    refused(service.refuse_adjustment(&key, organization, id, "no").await);
    refused(service.withdraw_adjustment(&key, organization, id).await);
    let finn = finance(&world).await;
    refused(service.withdraw_adjustment(&finn, organization, id).await);
    let ended = service
        .refuse_adjustment(&finn, organization, id, "no such charge")
        .await
        .unwrap();
    assert_eq!(ended.outcome.as_deref(), Some("no such charge"));
    assert_eq!(world.balance("acme").await, "0");
}

#[tokio::test]
async fn a_retry_asks_once_and_a_grant_is_asked_back_once() {
    let world = World::sqlite().await;
    let key = [("idempotency-key", "k")];
    let body = json!({"kind": "adjustment", "credits": "25000", "reason": "Double charge"}).to_string();
    let grants = "/v1/admin/customers/acme/grants";
    let first = world.keyed(&world.admin, "POST", grants, &key, body.as_str()).await;
    let second = world.keyed(&world.admin, "POST", grants, &key, body.as_str()).await;
    assert_eq!((first.status, second.status, &first.body), (202, 202, &second.body));
    assert_eq!(world.get(PATH).await.ok()["items"].as_array().unwrap().len(), 1);
    let grant = world.grant("acme", "20000").await;
    let void = format!("{grants}/{}/void", grant["id"].as_str().unwrap());
    let asked = world.post(&void, &json!({"reason": "wrong customer"})).await;
    assert_eq!(
        (asked.status, &asked.body["kind"]),
        (202, &json!("take_back")),
        "{:#}",
        asked.body
    );
    world
        .post(&void, &json!({"reason": "wrong customer"}))
        .await
        .is_problem(409, "already_asked");
    assert_eq!(world.balance("acme").await, "20000");
}

#[tokio::test]
async fn what_is_no_adjustment_of_the_customer_is_not_found() {
    let world = World::sqlite().await;
    let id = adjustment(&world).await;
    world.customer("bolt").await;
    for path in [
        format!("/v1/admin/customers/bolt/adjustments/{id}"),
        format!("{PATH}/nonsense"),
        format!("{PATH}/adjustment_00000000000000000000000000000001"),
    ] {
        world.get(&path).await.is_problem(404, "not_found");
    }
}
