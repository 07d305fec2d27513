//! Customers of one parent by a key: named, given unspent credits once, and nothing across the family's border.

use serde_json::{Value, json};

use super::scene::family;
use crate::world::World;

const FAMILY: &str = "/v1/admin/customers/acme/family";

fn body(to: &str, credits: &str) -> Value {
    json!({"to": to, "credits": credits, "reason": "Unused here"})
}

/// A grant of `acme` with so many credits, paid with so much; the address of its transfers.
async fn paid(world: &World, credits: &str, amount: &str) -> String {
    let grant = json!({"kind": "purchase", "credits": credits, "paid": {"amount": amount, "currency": "USD"}});
    let grant = world.post("/v1/customers/acme/grants", &grant).await.ok();
    format!(
        "/v1/admin/customers/acme/grants/{}/transfer",
        grant["id"].as_str().unwrap()
    )
}

#[tokio::test]
async fn a_parent_is_named_told_and_taken_away() {
    let world = World::sqlite().await;
    assert_eq!(
        world.get(FAMILY).await.ok(),
        json!({"parent": null, "relatives": [], "transfers": []})
    );
    family(&world).await;
    world.customer("bolt").await;
    let bolt = "/v1/admin/customers/bolt/parent";
    let named = json!({"parent": "acme-group", "reason": "The same house"});
    let told = world.put(bolt, &named).await.ok();
    assert_eq!(
        world.put(bolt, &named).await.ok(),
        told,
        "the same again changes nothing"
    );
    assert_eq!(told["parent"], "acme-group");
    let relatives: Vec<&str> = told["relatives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["key"].as_str().unwrap())
        .collect();
    assert_eq!(relatives, ["acme-group", "acme"]);

    for (parent, reason, field) in [
        (json!("acme"), "x", "parent"),
        (json!("bolt"), "x", "parent"),
        (json!("nobody"), "x", "parent"),
        (json!("a b"), "x", "parent"),
        (json!("acme-group"), " ", "reason"),
    ] {
        let answer = world.put(bolt, &json!({"parent": parent, "reason": reason})).await;
        answer.is_problem(422, "invalid_request");
        assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
    }
    let none = json!({"parent": null, "reason": "Sold"});
    assert_eq!(world.put(bolt, &none).await.ok()["relatives"], json!([]));
    world
        .put("/v1/admin/customers/nobody/parent", &none)
        .await
        .is_problem(404, "unknown_customer");
}

#[tokio::test]
async fn unspent_credits_are_transferred_once_with_their_share_of_what_was_paid() {
    let world = World::sqlite().await;
    family(&world).await;
    let path = paid(&world, "1000", "10.00").await;
    let preview = world
        .post(&format!("{path}/preview"), &body("acme-group", "250"))
        .await
        .ok();
    assert_eq!(
        (&preview["from"], &preview["to"], &preview["paid"]["amount"]),
        (&json!("acme"), &json!("acme-group"), &json!("2.50"))
    );
    assert_eq!(world.balance("acme").await, "1000", "a preview transfers nothing");

    let key = [("idempotency-key", "move 7")];
    let text = body("acme-group", "250").to_string();
    let first = world.keyed(&world.admin, "POST", &path, &key, text.as_str()).await;
    world.clock.step_seconds(3_600);
    let second = world.keyed(&world.admin, "POST", &path, &key, text.as_str()).await;
    assert_eq!((first.status, &first.body), (201, &second.body), "{:#}", first.body);
    assert_eq!(
        (&first.body["to"], &first.body["credits"], &first.body["paid"]["amount"]),
        (&json!("acme-group"), &json!("250"), &json!("2.50"))
    );
    assert_eq!(world.balance("acme").await, "750");
    assert_eq!(world.balance("acme-group").await, "250");
    let told = &world.get(FAMILY).await.ok()["transfers"];
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert_eq!(
        (&told[0]["direction"], &told[0]["other"], &told[0]["made_by"]),
        (&json!("given"), &json!("acme-group"), &json!("admin"))
    );
    let got = world.get("/v1/admin/customers/acme-group/family").await.ok();
    assert_eq!(
        (
            &got["parent"],
            &got["transfers"][0]["direction"],
            &got["transfers"][0]["grant"]
        ),
        (&Value::Null, &json!("received"), &first.body["grant"])
    );
    world.verify().await;
}

#[tokio::test]
async fn nothing_goes_to_strangers_or_beyond_what_is_unspent() {
    let world = World::sqlite().await;
    family(&world).await;
    world.customer("bolt").await;
    let path = paid(&world, "10", "1.00").await;
    let cases = [
        (body("bolt", "5"), "to"),
        (body("acme", "5"), "to"),
        (body("nobody", "5"), "to"),
        (body("acme-group", "0"), "credits"),
        (json!({"to": "acme-group", "credits": "5", "reason": ""}), "reason"),
    ];
    for (body, field) in cases {
        for path in [path.clone(), format!("{path}/preview")] {
            let answer = world.post(&path, &body).await;
            answer.is_problem(422, "invalid_request");
            assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
        }
    }
    let answer = world
        .post(&format!("{path}/preview"), &body("acme-group", "10.000001"))
        .await;
    answer.is_problem(422, "invalid_request");
    let answer = world.post(&path, &body("acme-group", "10.000001")).await;
    answer.is_problem(422, "out_of_range");
    for id in ["grant_00000000000000000000000000000001", "nonsense"] {
        let path = format!("/v1/admin/customers/acme/grants/{id}/transfer");
        let answer = world.post(&path, &body("acme-group", "5")).await;
        answer.is_problem(404, "unknown_grant");
    }
    // A grant is given away by its own customer only.
    let elsewhere = path.replace("/acme/", "/acme-group/");
    let answer = world.post(&elsewhere, &body("acme", "5")).await;
    answer.is_problem(404, "unknown_grant");
    assert_eq!(world.balance("acme").await, "10");
    assert_eq!(world.balance("acme-group").await, "0");
    world.verify().await;
}
