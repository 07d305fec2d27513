//! `/v1/customers` and `/v1/customers/{key}`.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn putting_a_customer_twice_is_once() {
    let world = World::sqlite().await;
    let body = json!({"name": "Zenith", "time_zone": "Asia/Tokyo", "currency": "USD", "plan": "team"});
    let once = world.put("/v1/customers/zenith", &body).await.ok();
    assert_eq!(once["key"], "zenith");
    assert_eq!(once["time_zone"], "Asia/Tokyo");
    assert_eq!(once["plan"]["key"], "team");
    assert_eq!(
        (once["balance"].as_str(), once["held"].as_str(), once["owed"].as_str()),
        (Some("0"), Some("0"), Some("0"))
    );
    assert_eq!(world.put("/v1/customers/zenith", &body).await.ok(), once);
    assert_eq!(world.get("/v1/customers/zenith").await.ok(), once);
    let renamed = world
        .put("/v1/customers/zenith", &json!({"name": "Zenith Labs"}))
        .await
        .ok();
    assert_eq!(
        (renamed["name"].as_str(), renamed["id"].as_str()),
        (Some("Zenith Labs"), once["id"].as_str())
    );
    assert_eq!(renamed["plan"]["key"], "team");
}

#[tokio::test]
async fn a_plan_brings_its_ceilings() {
    let world = World::sqlite().await;
    world
        .put("/v1/customers/zenith", &json!({"name": "Zenith", "plan": "team"}))
        .await
        .ok();
    let limits = world.get("/v1/customers/zenith/limits").await.ok();
    assert_eq!(limits["caps"][0]["name"], "ceiling");
    assert_eq!(limits["caps"][0]["owner"], "vendor");
}

#[tokio::test]
async fn what_is_wrong_with_a_customer_is_said() {
    let world = World::sqlite().await;
    let cases = [
        (json!({"name": "", "plan": "open"}), 422, "invalid_request"),
        (json!({"name": "N", "plan": "no such"}), 422, "invalid_request"),
        (json!({"name": "N", "plan": "nosuch"}), 422, "invalid_request"),
        (
            json!({"name": "N", "plan": "open", "time_zone": "Europe/Nowhere"}),
            422,
            "invalid_request",
        ),
        (
            json!({"name": "N", "plan": "open", "currency": "dollars"}),
            422,
            "invalid_request",
        ),
        (json!({"name": "N"}), 422, "invalid_request"),
        (json!({"plan": "open"}), 422, "invalid_request"),
    ];
    for (body, status, code) in cases {
        world.put("/v1/customers/new", &body).await.is_problem(status, code);
        world.get("/v1/customers/new").await.is_problem(404, "unknown_customer");
    }
    world
        .put("/v1/customers/a%20b", &json!({"name": "N", "plan": "open"}))
        .await
        .is_problem(422, "invalid_request");
    world
        .get("/v1/customers/a%20b")
        .await
        .is_problem(404, "unknown_customer");
    world.get("/v1/customers/%ff").await.is_problem(400, "invalid_address");
}

#[tokio::test]
async fn customers_are_listed_page_by_page() {
    let world = World::sqlite().await;
    for key in ["beta", "gamma", "delta"] {
        world.customer(key).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/customers?limit=3".to_owned();
    loop {
        let page = world.get(&path).await.ok();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["key"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/customers?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["acme", "beta", "delta", "gamma"]);
    for (query, code) in [
        ("limit=0", "invalid_query"),
        ("limit=201", "invalid_query"),
        ("limit=many", "invalid_query"),
        ("cursor=xyz", "invalid_cursor"),
        ("page=2", "invalid_query"),
    ] {
        world.get(&format!("/v1/customers?{query}")).await.is_problem(400, code);
    }
}
