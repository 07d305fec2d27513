//! API keys: wrong, revoked and wrongly scoped ones.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use drawdown_service::{Actor, KeyScope};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::process::{Client, Place};
use crate::world::{World, images};

/// How long a process trusts a key that it has looked up.
const TRUST: Duration = Duration::from_secs(1);

#[tokio::test]
async fn nothing_is_told_without_a_key() {
    let world = World::sqlite().await;
    let wrong = format!("dd_sk_{}", "0".repeat(64));
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[], "missing_key"),
        (&[("authorization", "")], "missing_key"),
        (&[("authorization", "Basic YTpi")], "missing_key"),
        (&[("authorization", "Bearer ")], "missing_key"),
        (&[("authorization", "Bearer nonsense")], "invalid_key"),
        (&[("authorization", &format!("Bearer {wrong}"))], "invalid_key"),
    ];
    for (headers, code) in cases {
        for (method, path) in [
            ("GET", "/v1/customers/acme"),
            ("GET", "/v1/customers/nobody"),
            ("POST", "/v1/authorize"),
        ] {
            let mut request = Request::builder().method(method).uri(path);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let answer = world.send(request.body(Body::empty()).unwrap()).await;
            answer.is_problem(401, code);
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let world = World::sqlite().await;
    let operator = Actor::System("tests");
    let key = world
        .service
        .create_key(&operator, "short-lived", KeyScope::Read)
        .await
        .unwrap();
    let secret = key.secret.expose_secret();
    assert_eq!(
        world.keyed(secret, "GET", "/v1/customers/acme", &[], "").await.status,
        200
    );
    world.service.revoke_key(&operator, key.id).await.unwrap();
    world
        .keyed(secret, "GET", "/v1/customers/acme", &[], "")
        .await
        .is_problem(401, "invalid_key");
}

/// The tests' own process revokes the key; the other is a server, which goes on using it all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_revoked_in_one_process_is_refused_by_another_within_a_second() {
    let Some(world) = World::postgres().await else { return };
    let other = Place::on(world.store.sessions_url().to_owned()).serve(&[]);
    let operator = Actor::System("tests");
    let key = world.service.create_key(&operator, "shared", KeyScope::Read);
    let key = key.await.unwrap();
    let secret = key.secret.expose_secret();
    let path = "/v1/customers/acme";
    let there = Client::new(&other.url, secret);
    assert_eq!(there.send(Method::GET, path, None).await.0, StatusCode::OK);
    assert_eq!(world.keyed(secret, "GET", path, &[], "").await.status, 200);

    world.service.revoke_key(&operator, key.id).await.unwrap();
    let revoked = Instant::now();
    world
        .keyed(secret, "GET", path, &[], "")
        .await
        .is_problem(401, "invalid_key");
    loop {
        let asked = revoked.elapsed();
        let (status, answer) = there.send(Method::GET, path, None).await;
        if status == StatusCode::UNAUTHORIZED {
            assert_eq!(answer["code"], "invalid_key");
            break;
        }
        // What is asked after a second is refused, however slow the machine: the poll ends by then.
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        assert!(asked < TRUST, "a key was trusted for longer than a second");
    }
    // For good, in both.
    assert_eq!(there.send(Method::GET, path, None).await.0, StatusCode::UNAUTHORIZED);
    world
        .keyed(secret, "GET", path, &[], "")
        .await
        .is_problem(401, "invalid_key");
}

#[tokio::test]
async fn a_key_does_what_its_scope_allows_and_nothing_else() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let hold = world.post("/v1/authorize", &images("acme", 1)).await.ok()["hold"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let cap = json!({"window": "day", "credits": "50"}).to_string();
    let throttle = json!({"requests": 5, "per": "hour"}).to_string();
    let grant = json!({"kind": "promotional", "credits": "1"}).to_string();
    let event = json!({"events": [{"id": "e", "customer": "acme", "use_case": "image", "quantity": 1}]}).to_string();
    let run = images("acme", 1).to_string();
    // Method, path, body, and which scopes may: admin may all.
    let table = [
        ("GET", "/v1/customers/acme".to_owned(), "", &["metering", "read"][..]),
        ("GET", "/v1/customers".to_owned(), "", &["metering", "read"]),
        ("GET", "/v1/customers/acme/grants".to_owned(), "", &["metering", "read"]),
        ("GET", "/v1/customers/acme/ledger".to_owned(), "", &["metering", "read"]),
        ("GET", "/v1/customers/acme/usage".to_owned(), "", &["metering", "read"]),
        ("GET", "/v1/customers/acme/limits".to_owned(), "", &["metering", "read"]),
        ("GET", format!("/v1/holds/{hold}"), "", &["metering", "read"]),
        (
            "POST",
            "/v1/quote".to_owned(),
            r#"{"use_case":"image","quantity":1}"#,
            &["metering", "read"],
        ),
        ("POST", "/v1/authorize".to_owned(), &run, &["metering"]),
        ("POST", "/v1/usage".to_owned(), &event, &["metering"]),
        (
            "POST",
            format!("/v1/holds/{hold}/extend"),
            r#"{"ttl_s":60}"#,
            &["metering"],
        ),
        (
            "POST",
            format!("/v1/holds/{hold}/capture"),
            r#"{"quantity":1}"#,
            &["metering"],
        ),
        ("POST", format!("/v1/holds/{hold}/release"), "{}", &["metering"]),
        ("PUT", "/v1/customers/acme".to_owned(), r#"{"name":"Acme"}"#, &[]),
        ("POST", "/v1/customers/acme/grants".to_owned(), &grant, &[]),
        ("PUT", "/v1/customers/acme/caps/daily".to_owned(), &cap, &[]),
        ("DELETE", "/v1/customers/acme/caps/daily".to_owned(), "", &[]),
        ("PUT", "/v1/customers/acme/throttles/steady".to_owned(), &throttle, &[]),
        ("DELETE", "/v1/customers/acme/throttles/steady".to_owned(), "", &[]),
    ];
    for (scope, secret) in [("read", &world.read), ("metering", &world.metering)] {
        for (method, path, body, allowed) in &table {
            let answer = world.keyed(secret, method, path, &[], *body).await;
            if allowed.contains(&scope) {
                assert_ne!(answer.status, 403, "{scope} {method} {path}: {:#}", answer.body);
                assert_ne!(answer.status, 401, "{scope} {method} {path}");
            } else {
                answer.is_problem(403, "insufficient_scope");
            }
        }
    }
    for (method, path, body, _) in &table {
        let answer = world.keyed(&world.admin, method, path, &[], *body).await;
        assert!(
            ![401, 403].contains(&answer.status),
            "admin {method} {path}: {:#}",
            answer.body
        );
    }
    world.verify().await;
}

#[tokio::test]
async fn a_refused_scope_changes_nothing() {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    let before = world.state("acme").await;
    let run = images("acme", 1).to_string();
    world
        .keyed(&world.read, "POST", "/v1/authorize", &[], run)
        .await
        .is_problem(403, "insufficient_scope");
    let grant = r#"{"kind":"promotional","credits":"1"}"#;
    world
        .keyed(&world.metering, "POST", "/v1/customers/acme/grants", &[], grant)
        .await
        .is_problem(403, "insufficient_scope");
    assert_eq!(world.state("acme").await, before);
}
