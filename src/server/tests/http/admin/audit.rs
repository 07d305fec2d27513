//! The audit log by a key: filtered and paged, with what each change was before and after.

use serde_json::{Value, json};

use crate::world::World;

fn told(page: &Value) -> Vec<String> {
    let line = |line: &Value| {
        let word = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
        format!(
            "{} {} {} {}",
            word("actor"),
            word("action"),
            word("noun"),
            word("customer")
        )
    };
    page["items"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn lines_are_found_by_customer_actor_deed_and_day_and_come_in_pages() {
    let world = World::sqlite().await;
    world.customer("bolt").await;
    world.grant("acme", "5").await;
    world.grant("bolt", "5").await;
    let body = json!({"status": "suspended", "reason": "x"});
    world.put("/v1/admin/customers/bolt/status", &body).await.ok();
    let ask = async |query: &str| told(&world.get(&format!("/v1/admin/audit?{query}")).await.ok());
    assert_eq!(
        ask("what=add+grant").await,
        ["admin add grant bolt", "admin add grant acme"]
    );
    assert_eq!(
        ask("what=add+grant&customer=acme&actor=admin").await,
        ["admin add grant acme"]
    );
    assert_eq!(ask("actor=nobody").await, [""; 0]);
    assert_eq!(ask("to=2026-03-01").await, [""; 0]);
    assert_eq!(
        ask("from=2026-03-02&to=2026-03-02&limit=1").await,
        ["admin suspend customer bolt"]
    );
    let first = world.get("/v1/admin/audit?what=add+grant&limit=1").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(
        ask(&format!("what=add+grant&limit=1&cursor={cursor}")).await,
        ["admin add grant acme"]
    );
    let line = &world.get("/v1/admin/audit?what=suspend+customer").await.ok()["items"][0];
    assert_eq!(
        (&line["before"], &line["after"]["status"]),
        (&json!({"status": "active"}), &json!("suspended"))
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let world = World::sqlite().await;
    for query in [
        "customer=nobody",
        "customer=a%20b",
        "from=yesterday",
        "from=2026-03-02&to=2026-03-01",
        "limit=0",
    ] {
        world
            .get(&format!("/v1/admin/audit?{query}"))
            .await
            .is_problem(400, "invalid_query");
    }
    for cursor in ["zz", "00", "61756469745f78"] {
        let answer = world.get(&format!("/v1/admin/audit?cursor={cursor}")).await;
        assert_eq!(answer.status, 400, "{:#}", answer.body);
    }
}
