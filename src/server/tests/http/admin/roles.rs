//! `/v1/admin` by route and role. The routes come from the router's own description: a new one without a row fails.

use axum::body::Body;
use axum::http::Request;
use drawdown_domain::id::ApiKeyId;
use drawdown_service::{Actor, KeyScope};
use drawdown_store::{ApiKey, ApiKeyScope, NewApiKey};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::document::{document, examples, operations, prepared};
use crate::world::{Answer, World};

const OPERATOR: Actor = Actor::System("tests");

/// Who calls: no key, one that does not exist, a revoked one of scope admin, the vendor's keys by scope, the own key of scope admin
/// of the customer that the routes are about, and that of another customer.
const CALLERS: [&str; 8] = [
    "none",
    "wrong",
    "revoked",
    "read",
    "metering",
    "admin",
    "customer",
    "neighbour",
];

/// What each caller is answered: `i` is let in, `k` is told that its key is missing or not valid (401), `s` that it may not
/// do this (403).
fn row(place: &str) -> &'static str {
    match place {
        "GET /v1/admin/customers"
        | "GET /v1/admin/customers/{key}"
        | "PUT /v1/admin/customers/{key}/status"
        | "PUT /v1/admin/customers/{key}/account-manager"
        | "GET /v1/admin/customers/{key}/notes"
        | "POST /v1/admin/customers/{key}/notes"
        | "POST /v1/admin/customers/{key}/grants"
        | "POST /v1/admin/customers/{key}/grants/{id}/void"
        | "GET /v1/admin/customers/{key}/adjustments"
        | "GET /v1/admin/customers/{key}/adjustments/{id}"
        | "PUT /v1/admin/customers/{key}/plan"
        | "GET /v1/admin/customers/{key}/plan-changes"
        | "DELETE /v1/admin/customers/{key}/plan-changes/{id}"
        | "GET /v1/admin/customers/{key}/contracts"
        | "POST /v1/admin/customers/{key}/contracts"
        | "POST /v1/admin/customers/{key}/contracts/preview"
        | "GET /v1/admin/customers/{key}/contracts/{id}"
        | "DELETE /v1/admin/customers/{key}/contracts/{id}"
        | "DELETE /v1/admin/customers/{key}/contracts/{id}/versions/{version}"
        | "POST /v1/admin/customers/{key}/contracts/{id}/amend"
        | "POST /v1/admin/customers/{key}/contracts/{id}/end"
        | "GET /v1/admin/plans"
        | "GET /v1/admin/plans/{key}"
        | "PUT /v1/admin/plans/{key}/draft"
        | "DELETE /v1/admin/plans/{key}/draft"
        | "POST /v1/admin/plans/{key}/draft/publish"
        | "POST /v1/admin/plans/{key}/moves"
        | "POST /v1/admin/plans/{key}/moves/withdraw"
        | "GET /v1/admin/rates"
        | "GET /v1/admin/rates/versions/{version}"
        | "POST /v1/admin/rates/versions/{version}/withdraw"
        | "GET /v1/admin/rates/draft"
        | "PUT /v1/admin/rates/draft"
        | "DELETE /v1/admin/rates/draft"
        | "POST /v1/admin/rates/draft/check"
        | "POST /v1/admin/rates/draft/publish"
        | "GET /v1/admin/rates/draft/simulation"
        | "POST /v1/admin/rates/draft/simulation"
        | "GET /v1/admin/catalogue"
        | "PUT /v1/admin/catalogue"
        | "POST /v1/admin/catalogue/plan"
        | "GET /v1/admin/customers/{key}/family"
        | "PUT /v1/admin/customers/{key}/parent"
        | "POST /v1/admin/customers/{key}/grants/{id}/transfer"
        | "POST /v1/admin/customers/{key}/grants/{id}/transfer/preview"
        | "PUT /v1/admin/customers/{key}/caps/{name}"
        | "POST /v1/admin/customers/{key}/caps/{name}/remove"
        | "PUT /v1/admin/customers/{key}/throttles/{name}"
        | "POST /v1/admin/customers/{key}/throttles/{name}/remove"
        | "POST /v1/admin/customers/{key}/plan/end"
        | "GET /v1/admin/customers/{key}/charges"
        | "GET /v1/admin/plans/{key}/draft"
        | "GET /v1/admin/portfolio"
        | "GET /v1/admin/adjustments"
        | "GET /v1/admin/audit" => "kkkssiss",
        other => panic!("{other} has no row: say what each caller is answered there"),
    }
}

async fn key(world: &World, name: &str, scope: KeyScope) -> (ApiKeyId, String) {
    let made = world.service.create_key(&OPERATOR, name, scope).await.unwrap();
    (made.id, made.secret.expose_secret().to_owned())
}

/// A key of scope admin that speaks for one customer only.
async fn customers_key(world: &World, customer: &str, letter: &str) -> String {
    let organization = world
        .service
        .organization_of(&OPERATOR, &customer.parse().unwrap())
        .await;
    let organization = organization.unwrap();
    let secret = format!("dd_sk_{}", letter.repeat(64));
    let new = NewApiKey {
        key: ApiKey {
            id: ApiKeyId::from_uuid(world.service.new_call()),
            organization: Some(organization),
            name: format!("{customer}'s own"),
            scope: ApiKeyScope::Admin,
            shown_prefix: secret.chars().take(12).collect(),
            created_at: world.service.instant(),
            revoked_at: None,
        },
        secret_hash: Sha256::digest(secret.as_bytes()).into(),
    };
    world.store.create_api_key(&new, &[]).await.unwrap();
    secret
}

async fn secrets(world: &World) -> [Option<String>; CALLERS.len()] {
    let (id, revoked) = key(world, "revoked", KeyScope::Admin).await;
    world.service.revoke_key(&OPERATOR, id).await.unwrap();
    world.customer("neighbour").await;
    [
        None,
        Some(format!("dd_sk_{}", "0".repeat(64))),
        Some(revoked),
        Some(world.read.clone()),
        Some(world.metering.clone()),
        Some(world.admin.clone()),
        Some(customers_key(world, "acme", "c").await),
        Some(customers_key(world, "neighbour", "d").await),
    ]
}

async fn call(world: &World, secret: Option<&String>, method: &str, path: &str, body: &Value) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("idempotency-key", "the same for all");
    if let Some(secret) = secret {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    world.send(request.body(Body::from(text)).unwrap()).await
}

/// How many lines the audit log has.
async fn lines(world: &World) -> usize {
    world
        .service
        .audit(&OPERATOR, None, None, 200)
        .await
        .unwrap()
        .items
        .len()
}

#[tokio::test]
async fn each_route_answers_each_caller_as_the_table_says() {
    let document = document();
    let mut seen = 0;
    for (path, method, operation) in operations(&document) {
        if !path.starts_with("/v1/admin/") {
            continue;
        }
        seen += 1;
        let place = format!("{method} {path}");
        let row = row(&place);
        assert_eq!(row.len(), CALLERS.len(), "{place}");
        let world = World::sqlite().await;
        let address = prepared(&world, &path, &operation).await;
        let body = examples(&operation).into_iter().next().unwrap_or(Value::Null);
        let secrets = secrets(&world).await;
        for ((caller, secret), cell) in CALLERS.iter().zip(&secrets).zip(row.chars()) {
            let before = lines(&world).await;
            let answer = call(&world, secret.as_ref(), &method, &address, &body).await;
            match cell {
                'i' => assert!(
                    (200..300).contains(&answer.status),
                    "{place}: {caller}: {:#}",
                    answer.body
                ),
                'k' if secret.is_none() => answer.is_problem(401, "missing_key"),
                'k' => answer.is_problem(401, "invalid_key"),
                's' => answer.is_problem(403, "insufficient_scope"),
                other => panic!("{other} means nothing"),
            }
            if cell != 'i' {
                assert_eq!(lines(&world).await, before, "{place}: {caller} has changed something");
            }
        }
    }
    assert!(seen >= 10, "every route is described: {seen}");
}

#[tokio::test]
async fn what_is_no_route_says_nothing_of_what_there_is() {
    let world = World::sqlite().await;
    for path in ["/v1/admin", "/v1/admin/", "/v1/admin/nonsense"] {
        world.get(path).await.is_problem(404, "unknown_route");
    }
    let body = json!({"reason": "x"});
    world
        .post("/v1/admin/customers", &body)
        .await
        .is_problem(405, "method_not_allowed");
}
