//! Contracts and amendments that are taken back by a key before they take effect, and are not after that.

use serde_json::{Value, json};

use crate::world::World;

const PATH: &str = "/v1/admin/customers/acme/contracts";

async fn sign(world: &World, starts: &str) -> Value {
    let terms = json!({
        "plan": "team", "committed": {"amount": "12000", "currency": "USD"}, "conversion_rate": "125", "starts": starts,
        "months": 12
    });
    world.post(PATH, &json!({"terms": terms})).await.ok()
}

async fn amend(world: &World, contract: &Value, seats: u32, effective: &str) -> Value {
    let mut terms = contract["terms"].clone();
    terms["overrides"] = json!({"seats": seats});
    let body = json!({"effective": effective, "terms": terms});
    let one = format!("{PATH}/{}/amend", contract["id"].as_str().unwrap());
    world.post(&one, &body).await.ok()
}

#[tokio::test]
async fn a_contract_is_taken_back_until_it_begins() {
    let world = World::sqlite().await;
    let signed = sign(&world, "2026-04-01").await;
    let one = format!("{PATH}/{}", signed["id"].as_str().unwrap());
    amend(&world, &signed, 9, "2026-05-01").await;
    let taken = world.delete(&one).await;
    assert_eq!((taken.status, &taken.body), (204, &json!("")));
    world.get(&one).await.is_problem(404, "not_found");
    world.delete(&one).await.is_problem(404, "not_found");
    assert_eq!(world.get(PATH).await.ok()["items"], json!([]));
    let changes = world.get("/v1/admin/customers/acme/plan-changes").await.ok();
    assert_eq!(changes["items"], json!([]));

    let signed = sign(&world, "2026-04-01").await;
    let one = format!("{PATH}/{}", signed["id"].as_str().unwrap());
    world.clock.step_seconds(62 * 86_400);
    world.delete(&one).await.is_problem(409, "contract_begun");
    assert_eq!(world.get(&one).await.ok()["state"], "running");
    world.verify().await;
}

#[tokio::test]
async fn the_last_amendment_is_taken_back_until_it_takes_effect() {
    let world = World::sqlite().await;
    let signed = sign(&world, "2026-04-01").await;
    let one = format!("{PATH}/{}", signed["id"].as_str().unwrap());
    for (seats, effective) in [(9, "2026-05-01"), (12, "2026-07-01")] {
        amend(&world, &signed, seats, effective).await;
    }
    world.clock.step_seconds(70 * 86_400);
    let version = |number: &str| format!("{one}/versions/{number}");
    world.delete(&version("2")).await.is_problem(409, "contract_begun");
    for unknown in ["1", "4", "x"] {
        world.delete(&version(unknown)).await.is_problem(404, "not_found");
    }
    assert_eq!(world.delete(&version("3")).await.status, 204);
    let left = world.get(&one).await.ok();
    assert_eq!(
        (&left["version"], &left["terms"]["overrides"]),
        (&json!(2), &json!({"seats": 9}))
    );
    let again = amend(&world, &left, 15, "2026-08-01").await;
    assert_eq!(again["version"], 4, "a number is given once");
    amend(&world, &again, 16, "2026-08-01").await;
    world.delete(&version("4")).await.is_problem(409, "not_the_last");
    world.verify().await;
}
