//! `/v1/admin/customers`: the portfolio as a list, an account, its status, notes and account manager.

use drawdown_domain::staff::StaffRole;
use drawdown_service::Actor;
use drawdown_service::staff::StaffInput;
use serde_json::{Value, json};

use crate::world::{World, images};

const OPERATOR: Actor = Actor::System("tests");

async fn three(world: &World) {
    for (key, credits) in [("acme", "30"), ("bolt", "10"), ("coil", "20")] {
        world.customer(key).await;
        world.grant(key, credits).await;
    }
    // A row that was just made is left alone for minutes.
    world.clock.step_seconds(301);
    world.service.refresh_portfolio().await.unwrap();
}

fn keys(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_list_is_searched_filtered_sorted_and_paged() {
    let world = World::sqlite().await;
    three(&world).await;
    let page = world.get("/v1/admin/customers").await.ok();
    assert_eq!(keys(&page), ["acme", "bolt", "coil"]);
    assert_eq!(page["items"][0]["left"], "30");
    assert_eq!(page["items"][0]["plan"], "open");
    let page = world.get("/v1/admin/customers?sort=-left").await.ok();
    assert_eq!(keys(&page), ["acme", "coil", "bolt"]);
    let page = world.get("/v1/admin/customers?search=bo").await.ok();
    assert_eq!(keys(&page), ["bolt"]);
    assert_eq!(keys(&world.get("/v1/admin/customers?plan=team").await.ok()), [""; 0]);
    assert_eq!(
        keys(&world.get("/v1/admin/customers?status=suspended").await.ok()),
        [""; 0]
    );
    let first = world.get("/v1/admin/customers?sort=left&limit=2").await.ok();
    assert_eq!(keys(&first), ["bolt", "coil"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/v1/admin/customers?sort=left&limit=2&cursor={cursor}");
    let last = world.get(&path).await.ok();
    assert_eq!((keys(&last), &last["next_cursor"]), (vec!["acme"], &Value::Null));
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_said() {
    let world = World::sqlite().await;
    for query in [
        "sort=colour",
        "health=fine",
        "status=banana",
        "plan=a%20b",
        "limit=0",
        "limit=201",
        "colour=red",
    ] {
        let answer = world.get(&format!("/v1/admin/customers?{query}")).await;
        answer.is_problem(400, "invalid_query");
        let field = query.split('=').next().unwrap();
        assert_eq!(answer.body["errors"][0]["field"], field, "{query}");
    }
    for cursor in ["zz", "00", "6f7267"] {
        let answer = world.get(&format!("/v1/admin/customers?cursor={cursor}")).await;
        answer.is_problem(400, "invalid_cursor");
    }
}

#[tokio::test]
async fn an_account_tells_how_a_customer_stands_and_does() {
    let world = World::sqlite().await;
    world.grant("acme", "30").await;
    let account = world.get("/v1/admin/customers/acme").await.ok();
    assert_eq!(account["customer"]["balance"], "30");
    assert_eq!(account["figures"]["left"], "30");
    assert_eq!(account["account_manager"], Value::Null);
    for path in ["nobody", "a%20b", "nobody/notes", "nobody/adjustments"] {
        let answer = world.get(&format!("/v1/admin/customers/{path}")).await;
        answer.is_problem(404, "unknown_customer");
    }
}

#[tokio::test]
async fn a_suspended_customer_runs_nothing_until_it_is_resumed() {
    let world = World::sqlite().await;
    world.grant("acme", "30").await;
    let put = async |status: &str| {
        let body = json!({"status": status, "reason": "payment is overdue"});
        world.put("/v1/admin/customers/acme/status", &body).await
    };
    assert_eq!(put("suspended").await.ok()["customer"]["status"], "suspended");
    let run = world.post("/v1/authorize", &images("acme", 1)).await.ok();
    assert_eq!(
        (&run["allowed"], &run["reasons"][0]["code"]),
        (&json!(false), &json!("organization_suspended"))
    );
    assert_eq!(put("suspended").await.ok()["customer"]["status"], "suspended");
    assert_eq!(put("active").await.ok()["customer"]["status"], "active");
    assert_eq!(
        world.post("/v1/authorize", &images("acme", 1)).await.ok()["allowed"],
        true
    );
    put("banana").await.is_problem(422, "invalid_request");
    let log = world.service.audit(&OPERATOR, None, None, 10).await.unwrap().items;
    let by_key: Vec<&str> = log
        .iter()
        .filter(|line| line.actor == "admin" && line.noun == "customer")
        .map(|line| line.action.as_str())
        .take(2)
        .collect();
    assert_eq!(by_key, ["resume", "suspend"], "the same again writes nothing");
}

#[tokio::test]
async fn notes_are_kept_with_the_name_of_the_key() {
    let world = World::sqlite().await;
    let path = "/v1/admin/customers/acme/notes";
    for text in ["Renewal is decided in May", "By Ines"] {
        let note = world.post(path, &json!({ "text": text })).await;
        assert_eq!(
            (note.status, &note.body["author"]),
            (201, &json!("admin")),
            "{:#}",
            note.body
        );
        world.clock.step_seconds(60);
    }
    let notes = world.get(path).await.ok();
    let texts: Vec<&str> = notes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["By Ines", "Renewal is decided in May"]);
    world
        .post(path, &json!({"text": " "}))
        .await
        .is_problem(422, "invalid_request");
    world.post(path, &json!({})).await.is_problem(422, "invalid_request");
}

#[tokio::test]
async fn a_customer_is_put_into_an_account_managers_hands_and_nobody_elses() {
    let world = World::sqlite().await;
    for (email, role) in [
        ("ines@vendor.example", StaffRole::AccountManager),
        ("finn@vendor.example", StaffRole::Finance),
    ] {
        let input = StaffInput {
            email: email.to_owned(),
            name: email[..4].to_owned(),
            roles: vec![role],
            all_customers: false,
            password: "correct horse".to_owned().into(),
        };
        world.service.add_staff(&OPERATOR, input).await.unwrap();
    }
    let put = async |email: &str| {
        let path = "/v1/admin/customers/acme/account-manager";
        world.put(path, &json!({ "email": email })).await
    };
    assert_eq!(put("ines@vendor.example").await.ok()["account_manager"], "ines");
    put("finn@vendor.example").await.is_problem(422, "invalid_request");
    put("nobody@vendor.example").await.is_problem(404, "not_found");
    put("").await.is_problem(422, "invalid_request");
    assert_eq!(
        world.get("/v1/admin/customers/acme").await.ok()["account_manager"],
        "ines"
    );
}
