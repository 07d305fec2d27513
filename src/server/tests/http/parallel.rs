//! Two hundred authorize calls at once against what admits fifty: exactly fifty are allowed, on SQLite and on PostgreSQL
//! with two server processes at once, and every refusal names limit, used, limit and reset.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::fresh_postgres::fresh_postgres;
use crate::process::{Client, Place};
use crate::world::images;

const CALLS: usize = 200;
const ADMITTED: usize = 50;

/// Sends all calls at once, to the servers in turn.
async fn storm(clients: &[Client], customer: &str) -> Vec<Value> {
    let mut calls = JoinSet::new();
    for call in 0..CALLS {
        let client = clients[call % clients.len()].clone();
        let ask = images(customer, 1);
        calls.spawn(async move { client.post("/v1/authorize", &ask).await });
    }
    calls.join_all().await
}

/// Asserts that exactly fifty are allowed, each with a hold of its own, and that each refusal says what stopped it.
fn exactly_fifty(decisions: &[Value], kind: &str, code: &str, has_reset: bool) {
    let (allowed, refused): (Vec<_>, Vec<_>) = decisions.iter().partition(|decision| decision["allowed"] == true);
    assert_eq!(allowed.len(), ADMITTED, "{kind}");
    let holds: BTreeSet<_> = allowed
        .iter()
        .map(|decision| decision["hold"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(holds.len(), ADMITTED);
    for decision in refused {
        assert_eq!(decision["hold"], Value::Null);
        let reason = &decision["reasons"][0];
        assert_eq!(reason["code"], code);
        assert!(!reason["unblock"].as_str().unwrap().is_empty());
        let limits = decision["limits"].as_array().unwrap();
        let limit = limits.iter().find(|limit| limit["kind"] == kind).unwrap();
        assert_eq!(
            (limit["exceeded"].clone(), limit["limit"].as_str()),
            (json!(true), Some("50")),
            "{limit:#}"
        );
        let figure = |name: &str| limit[name].as_str().unwrap().parse::<u32>().unwrap();
        assert_eq!(figure("used") + figure("held"), 50, "{limit:#}");
        assert_eq!(limit["reset"].is_string(), has_reset, "{limit:#}");
    }
}

async fn all_three(clients: &[Client]) {
    let first = &clients[0];
    first.customer("by-credits", "50").await;
    exactly_fifty(
        &storm(clients, "by-credits").await,
        "credits",
        "insufficient_credits",
        false,
    );

    first.customer("by-cap", "1000").await;
    first
        .put(
            "/v1/customers/by-cap/caps/daily",
            &json!({"window": "day", "credits": "50"}),
        )
        .await;
    exactly_fifty(&storm(clients, "by-cap").await, "cap", "cap_exceeded", true);

    first.customer("by-throttle", "1000").await;
    // One more every half hour: none while the storm lasts.
    let throttle = json!({"requests": 50, "per": "day", "burst": 50});
    first.put("/v1/customers/by-throttle/throttles/steady", &throttle).await;
    exactly_fifty(
        &storm(clients, "by-throttle").await,
        "throttle",
        "throttle_exceeded",
        true,
    );

    for (customer, left) in [("by-credits", "0"), ("by-cap", "950"), ("by-throttle", "950")] {
        let customer = first.get(&format!("/v1/customers/{customer}")).await;
        assert_eq!(
            (customer["balance"].as_str(), customer["held"].as_str()),
            (Some(left), Some("50"))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_sqlite() {
    let place = Place::sqlite();
    let key = place.set_up();
    let server = place.serve(&[]);
    all_three(&[Client::new(&server.url, &key)]).await;
    assert!(place.ok(&["verify"]).starts_with("right:"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_postgresql_with_two_servers() {
    let Some(url) = fresh_postgres().await else { return };
    let place = Place::on(url);
    let key = place.set_up();
    let (one, two) = (place.serve(&[]), place.serve(&[]));
    assert_ne!(one.url, two.url);
    all_three(&[Client::new(&one.url, &key), Client::new(&two.url, &key)]).await;
    assert!(place.ok(&["verify"]).starts_with("right:"));
}
