//! What surrounds the pages and `/v1`: headers, forms of other sites, probes, metrics.

use axum::body::Body;
use axum::http::Request;

use crate::world::{Answer, World};

async fn post_form(world: &World, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder()
        .method("POST")
        .uri("/form")
        .header("host", "127.0.0.1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let world = World::sqlite().await;
    assert_eq!(
        post_form(&world, &[("sec-fetch-site", "same-origin")]).await.status,
        200
    );
    assert_eq!(post_form(&world, &[("origin", "http://127.0.0.1")]).await.status, 200);
    assert_eq!(post_form(&world, &[("sec-fetch-site", "cross-site")]).await.status, 403);
    assert_eq!(
        post_form(&world, &[("origin", "https://evil.example")]).await.status,
        403
    );
}

#[tokio::test]
async fn every_answer_carries_the_strict_headers_and_an_id() {
    let world = World::sqlite().await;
    let mut ids = Vec::new();
    for path in ["/v1/customers/acme", "/v1/nothing", "/healthz", "/form"] {
        let answer = world.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(
            answer.header("strict-transport-security").is_empty(),
            "{path}: only for https"
        );
        ids.push(answer.header("x-request-id").to_owned());
    }
    assert!(ids.iter().all(|id| id.starts_with("req_") && id.len() == 36), "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), 4);
    assert_eq!(
        world.get("/v1/customers/acme").await.header("cache-control"),
        "no-store"
    );
}

#[tokio::test]
async fn probes_tell_whether_the_database_is_there() {
    let world = World::sqlite().await;
    assert_eq!(world.get("/healthz").await.status, 200);
    assert_eq!(world.get("/readyz").await.status, 200);
    world.store.close().await;
    assert_eq!(world.get("/healthz").await.status, 200);
    assert_eq!(world.get("/readyz").await.status, 503);
}

#[tokio::test]
async fn metrics_count_by_route_and_name_no_customer() {
    let world = World::sqlite().await;
    world.get("/v1/customers/acme").await.ok();
    let metrics = world.get("/metrics").await.body;
    let text = metrics.as_str().unwrap();
    assert!(text.contains("/v1/customers/{key}"), "{text}");
    assert!(!text.contains("acme"), "{text}");
}

#[tokio::test]
async fn a_forged_payment_event_changes_nothing() {
    let world = World::sqlite().await;
    let before = world.state("acme").await;
    let event = r#"{"id":"evt_1","payment":"pay_1","state":"paid"}"#;
    for (provider, signature) in [
        ("sandbox", ""),
        ("sandbox", "t=1772442000,v1=00"),
        ("nobody", "t=1772442000,v1=00"),
    ] {
        let request = Request::builder()
            .method("POST")
            .uri(format!("/webhooks/payments/{provider}"))
            .header("drawdown-signature", signature)
            .body(Body::from(event))
            .unwrap();
        assert_eq!(world.send(request).await.status, 400, "{provider} {signature}");
    }
    assert_eq!(world.state("acme").await, before);
}
