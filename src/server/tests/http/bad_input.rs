//! The table of bad input: each row gets a problem document with its code, and changes nothing.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::world::{World, images};

/// Asserts that a request is refused so, and that the customer is as it was before.
pub(crate) async fn refused(
    world: &World,
    method: &str,
    path: &str,
    body: String,
    status: u16,
    code: &str,
    field: &str,
) {
    let before = world.state("acme").await;
    let answer = world.raw(method, path, body.clone()).await;
    answer.is_problem(status, code);
    if !field.is_empty() {
        let (place, what) = field.split_once(' ').unwrap();
        let error = &answer.body["errors"][0];
        assert_eq!(
            (error["field"].as_str(), error["code"].as_str()),
            (Some(place), Some(what)),
            "{body}: {:#}",
            answer.body
        );
    }
    assert_eq!(world.state("acme").await, before, "{body}");
}

pub(crate) async fn world() -> World {
    let world = World::sqlite().await;
    world.grant("acme", "100").await;
    world
}

/// A run with one field changed.
fn run(field: &str, value: Value) -> String {
    let mut run = json!({"customer": "acme", "use_case": "code", "mode": "fast", "platform": "api",
        "quantities": {"context_tokens": "10", "generated_tokens": "10"}});
    run[field] = value;
    run.to_string()
}

#[tokio::test]
async fn unknown_names() {
    let world = world().await;
    let table = [
        ("customer", json!("nobody"), 404, "unknown_customer", ""),
        (
            "use_case",
            json!("flying"),
            422,
            "unknown_use_case",
            "use_case unknown_use_case",
        ),
        ("mode", json!("turbo"), 422, "unknown_mode", "mode unknown_mode"),
        (
            "platform",
            json!("radio"),
            422,
            "unknown_platform",
            "platform unknown_platform",
        ),
        (
            "quantities",
            json!({"images": 1}),
            422,
            "unknown_meter",
            "quantities unknown_meter",
        ),
        ("customer", json!("a b"), 422, "invalid_request", "customer not_a_key"),
        ("use_case", json!(""), 422, "invalid_request", "use_case not_a_key"),
        ("mode", json!("é"), 422, "invalid_request", "mode not_a_key"),
        (
            "subject",
            json!("s".repeat(129)),
            422,
            "invalid_request",
            "subject not_a_key",
        ),
    ];
    for (field, value, status, code, error) in table {
        refused(&world, "POST", "/v1/authorize", run(field, value), status, code, error).await;
    }
    let (method, path) = ("GET", "/v1/customers/nobody");
    refused(&world, method, path, String::new(), 404, "unknown_customer", "").await;
}

#[tokio::test]
async fn bad_quantities() {
    let world = world().await;
    let table = [
        ("-1", "negative"),
        ("\"-0.5\"", "negative"),
        (&"9".repeat(30), "too_large"),
        (&format!("\"{}\"", "9".repeat(30)), "too_large"),
        ("1000000000000001", "too_large"),
        ("\"NaN\"", "not_a_number"),
        ("\"Infinity\"", "not_a_number"),
        ("1e3", "not_a_number"),
        ("1E3", "not_a_number"),
        ("\"1e3\"", "not_a_number"),
        ("\"\"", "not_a_number"),
        ("\" 1\"", "not_a_number"),
        ("\"1,000\"", "not_a_number"),
        ("\"0x10\"", "not_a_number"),
        ("0.0000000001", "too_fine"),
        ("null", "wrong_type"),
        ("true", "wrong_type"),
        ("[1]", "wrong_type"),
        ("{}", "wrong_type"),
    ];
    for (quantity, code) in table {
        let body = format!(r#"{{"customer":"acme","use_case":"code","quantities":{{"context_tokens":{quantity}}}}}"#);
        let error = format!("quantities.context_tokens {code}");
        refused(
            &world,
            "POST",
            "/v1/authorize",
            body.clone(),
            422,
            "invalid_request",
            &error,
        )
        .await;
        refused(&world, "POST", "/v1/quote", body, 422, "invalid_request", &error).await;
        if quantity == "null" {
            // Nothing is as good as nothing said.
            continue;
        }
        let single = format!(r#"{{"customer":"acme","use_case":"image","quantity":{quantity}}}"#);
        let error = format!("quantity {code}");
        refused(&world, "POST", "/v1/authorize", single, 422, "invalid_request", &error).await;
    }
    // NaN is no JSON at all.
    let body = r#"{"customer":"acme","use_case":"image","quantity":NaN}"#.to_owned();
    refused(&world, "POST", "/v1/authorize", body, 400, "malformed_json", "").await;
}

#[tokio::test]
async fn no_quantity() {
    let world = world().await;
    let table = [
        (
            json!({"customer": "acme", "use_case": "image"}),
            "invalid_request",
            "quantities missing_field",
        ),
        (
            json!({"customer": "acme", "use_case": "image", "quantity": 0}),
            "invalid_request",
            "quantity zero",
        ),
        (
            json!({"customer": "acme", "use_case": "image", "quantity": "0.000"}),
            "invalid_request",
            "quantity zero",
        ),
        (
            json!({"customer": "acme", "use_case": "image", "quantities": {}}),
            "invalid_request",
            "quantities zero",
        ),
        (
            json!({"customer": "acme", "use_case": "image", "quantities": {"images": 0}}),
            "invalid_request",
            "quantities zero",
        ),
        (
            json!({"customer": "acme", "use_case": "image", "quantity": 1, "quantities": {"images": 1}}),
            "invalid_request",
            "quantity ambiguous_quantity",
        ),
        (
            json!({"customer": "acme", "use_case": "code", "quantity": 1}),
            "ambiguous_quantity",
            "quantity ambiguous_quantity",
        ),
    ];
    for (body, code, error) in table {
        refused(&world, "POST", "/v1/authorize", body.to_string(), 422, code, error).await;
    }
    let body = r#"{"customer":"acme","use_case":"image","quantities":{"images":1,"images":2}}"#.to_owned();
    refused(
        &world,
        "POST",
        "/v1/authorize",
        body,
        422,
        "invalid_request",
        "quantities.images duplicate_field",
    )
    .await;
}

#[tokio::test]
async fn wrong_types_and_unknown_fields() {
    let world = world().await;
    let table = [
        ("customer", json!(7), "customer wrong_type"),
        ("customer", Value::Null, "customer wrong_type"),
        ("use_case", json!(["code"]), "use_case wrong_type"),
        ("quantities", json!("10"), "quantities wrong_type"),
        ("quantities", json!([10]), "quantities wrong_type"),
        ("ttl_s", json!("60"), "ttl_s wrong_type"),
        ("ttl_s", json!(1.5), "ttl_s wrong_type"),
        ("ttl_s", json!(0), "ttl_s out_of_range"),
        ("ttl_s", json!(86_401), "ttl_s out_of_range"),
        ("ttl_s", json!(-1), "ttl_s out_of_range"),
        ("dry_run", json!("yes"), "dry_run wrong_type"),
        ("colour", json!("red"), "colour unknown_field"),
        ("Customer", json!("acme"), "Customer unknown_field"),
    ];
    for (field, value, error) in table {
        refused(
            &world,
            "POST",
            "/v1/authorize",
            run(field, value),
            422,
            "invalid_request",
            error,
        )
        .await;
    }
}

#[tokio::test]
async fn bodies_that_are_no_run() {
    let world = world().await;
    let table = [
        (
            r#"{"use_case":"image","quantity":1}"#,
            422,
            "invalid_request",
            "customer missing_field",
        ),
        (
            r#"{"customer":"acme","quantity":1}"#,
            422,
            "invalid_request",
            "use_case missing_field",
        ),
        (
            r#"{"customer":"acme","customer":"acme","use_case":"image","quantity":1}"#,
            422,
            "invalid_request",
            "customer duplicate_field",
        ),
        ("", 422, "invalid_request", "customer missing_field"),
        ("[]", 422, "invalid_request", ""),
        ("7", 422, "invalid_request", "body wrong_type"),
        ("null", 422, "invalid_request", "body wrong_type"),
        ("{", 400, "malformed_json", ""),
        (
            r#"{"customer":"acme","use_case":"image","quantity":1}{}"#,
            400,
            "malformed_json",
            "",
        ),
        ("customer=acme", 400, "malformed_json", ""),
        (r#"{"customer":"acme",}"#, 400, "malformed_json", ""),
    ];
    for (body, status, code, error) in table {
        refused(&world, "POST", "/v1/authorize", body.to_owned(), status, code, error).await;
    }
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    refused(
        &world,
        "POST",
        "/v1/authorize",
        format!(r#"{{"customer":{deep}}}"#),
        422,
        "invalid_request",
        "",
    )
    .await;
}

#[tokio::test]
async fn several_wrong_values_are_told_at_once() {
    let world = world().await;
    let body = json!({"customer": "a b", "use_case": "c d", "quantity": "-1", "ttl_s": 0});
    let answer = world.post("/v1/authorize", &body).await;
    answer.is_problem(422, "invalid_request");
    let fields: Vec<_> = answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].clone())
        .collect();
    assert_eq!(fields, ["customer", "use_case", "quantity", "ttl_s"]);
}

#[tokio::test]
async fn bad_idempotency_keys() {
    let world = world().await;
    let before = world.state("acme").await;
    let body = images("acme", 1).to_string();
    for key in ["", "  ", &"k".repeat(256), "a\tb"] {
        let answer = world
            .keyed(
                &world.admin,
                "POST",
                "/v1/authorize",
                &[("idempotency-key", key)],
                body.clone(),
            )
            .await;
        answer.is_problem(400, "invalid_idempotency_key");
    }
    let two = [("idempotency-key", "a"), ("idempotency-key", "b")];
    let answer = world.keyed(&world.admin, "POST", "/v1/authorize", &two, body).await;
    answer.is_problem(400, "invalid_idempotency_key");
    assert_eq!(world.state("acme").await, before);
}

#[tokio::test]
async fn unknown_routes_methods_and_media_types() {
    let world = world().await;
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/customers/acme/colour",
        "/v1/authorize/",
    ] {
        world.get(path).await.is_problem(404, "unknown_route");
    }
    let answer = world.get("/v1/authorize").await;
    answer.is_problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "POST");
    world
        .raw("PATCH", "/v1/customers/acme", "{}")
        .await
        .is_problem(405, "method_not_allowed");
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let request = Request::builder()
            .method("POST")
            .uri("/v1/authorize")
            .header("authorization", format!("Bearer {}", world.admin))
            .header("content-type", media)
            .body(Body::from(images("acme", 1).to_string()))
            .unwrap();
        world.send(request).await.is_problem(415, "unsupported_media_type");
    }
    let request = Request::builder()
        .method("POST")
        .uri("/v1/authorize")
        .header("authorization", format!("Bearer {}", world.admin))
        .header("content-type", "Application/JSON; charset=utf-8")
        .body(Body::from(images("acme", 1).to_string()))
        .unwrap();
    world.send(request).await.ok();
}

#[tokio::test]
async fn a_failure_inside_says_nothing_of_the_inside() {
    let world = world().await;
    world.store.close().await;
    let answer = world.post("/v1/authorize", &images("acme", 1)).await;
    assert!(answer.status >= 500, "{:#}", answer.body);
    let text = answer.body.to_string().to_lowercase();
    for word in ["sqlx", "sqlite", "pool", "ledger", "closed", "panick", ".rs"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    assert_eq!(answer.header("content-type"), "application/problem+json");
}
