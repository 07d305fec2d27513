//! Calls of the admin API: begun once, answered the same, forgotten where they were refused; and keys that ask for adjustments.

use drawdown_domain::id::{AdjustmentId, ApiKeyId, GrantId, OrganizationId, StaffId};
use drawdown_domain::{Credits, Timestamp};
use serde_json::json;
use sqlx::migrate::Migrator;
use uuid::Uuid;

use super::on_both_engines;
use super::world::{START, World, id, open_store};
use crate::database::{Pool, on};
use crate::{
    AdjustmentAsker, AdjustmentKind, AdjustmentRequest, AdjustmentState, AdminCall, ApiKey, ApiKeyScope, NewApiKey,
    Store,
};

on_both_engines!(a_call_is_begun_once_and_answered_the_same, a_key_asks_once);

async fn a_call_is_begun_once_and_answered_the_same(world: World) {
    let store = &world.store;
    let call = |key: u8, request: u8| AdminCall {
        key_hash: [key; 32],
        request_hash: [request; 32],
        identifier: id(),
        answer: None,
    };
    let first = call(1, 1);
    assert_eq!(store.begin_admin_call(&first, START).await.unwrap(), first);
    assert_eq!(store.begin_admin_call(&call(1, 2), START).await.unwrap(), first);
    store.end_admin_call([1; 32], 201, "{}").await.unwrap();
    store.end_admin_call([1; 32], 200, "another").await.unwrap();
    store.forget_admin_call([1; 32]).await.unwrap();
    let answered = store.begin_admin_call(&call(1, 1), START).await.unwrap();
    assert_eq!(answered.answer, Some((201, "{}".to_owned())));
    assert_eq!(answered.identifier, first.identifier);
    let refused = call(2, 2);
    store.begin_admin_call(&refused, START).await.unwrap();
    store.forget_admin_call([2; 32]).await.unwrap();
    let corrected = call(2, 3);
    assert_eq!(store.begin_admin_call(&corrected, START).await.unwrap(), corrected);
    let days = |days: i64| START.plus_seconds(days * 86_400);
    assert_eq!(store.prune(days(34)).await.unwrap().idempotency, 0);
    assert_eq!(store.prune(days(36)).await.unwrap().idempotency, 2);
}

fn request(organization: OrganizationId, asked_by: AdjustmentAsker, once: &str) -> AdjustmentRequest {
    AdjustmentRequest {
        id: AdjustmentId::from_uuid(id()),
        organization,
        once: once.to_owned(),
        kind: AdjustmentKind::Give,
        grant: GrantId::from_uuid(id()),
        credits: Credits::from_micros(7),
        content: json!({}),
        reason: "x".to_owned(),
        state: AdjustmentState::Pending,
        asked_by,
        asked_by_name: "tool".to_owned(),
        asked_at: START,
        decided: None,
        outcome: None,
    }
}

async fn a_key_asks_once(world: World) {
    let organization = world.organization("acme").await;
    let store = &world.store;
    let mut keys = Vec::new();
    for place in 0..2_u8 {
        let key = ApiKey {
            id: ApiKeyId::from_uuid(id()),
            organization: None,
            name: "tool".to_owned(),
            scope: ApiKeyScope::Admin,
            shown_prefix: "dd_sk_".to_owned(),
            created_at: START,
            revoked_at: None,
        };
        keys.push(AdjustmentAsker::Key(key.id));
        let secret_hash = [place; 32];
        store
            .create_api_key(&NewApiKey { key, secret_hash }, &[])
            .await
            .unwrap();
    }
    let first = request(organization, keys[0], "call");
    assert!(store.ask_adjustment(&first, &[]).await.unwrap());
    // The vendor's keys share their calls: a retry may come with a new one.
    assert!(
        !store
            .ask_adjustment(&request(organization, keys[1], "call"), &[])
            .await
            .unwrap()
    );
    let found = store.adjustment_of_form(organization, keys[1], "call").await.unwrap();
    assert_eq!(found, Some(first.clone()));
    assert!(
        store
            .ask_adjustment(&request(organization, keys[0], "other"), &[])
            .await
            .unwrap()
    );
    let stranger = AdjustmentAsker::Staff(StaffId::from_uuid(id()));
    assert_eq!(
        store.adjustment_of_form(organization, stranger, "call").await.unwrap(),
        None
    );
}

/// An SQLite database as it was before keys could ask.
async fn before(world: &World) -> Store {
    let store = open_store(&world.url.replace("drawdown.db", "before.db"), &world.clock).await;
    let Pool::Sqlite(pool) = &store.db().write else {
        unreachable!("of the same engine")
    };
    let mut before = Migrator::DEFAULT;
    let all = sqlx::migrate!("../../migrations/sqlite");
    let older = all.iter().filter(|migration| migration.version < 24).cloned();
    before.migrations = older.collect();
    before.run(pool).await.unwrap();
    store
}

/// SQLite makes the table anew for keys that ask.
#[tokio::test]
async fn what_persons_have_asked_for_before_is_kept() {
    let world = World::sqlite().await;
    let store = before(&world).await;
    let (organization, person) = (OrganizationId::from_uuid(id()), StaffId::from_uuid(id()));
    let asked = request(organization, AdjustmentAsker::Staff(person), "form");
    let statements: [(&str, Vec<Uuid>); 3] = [
        (
            "INSERT INTO organization (id, key, name, status, time_zone, currency, period_anchor, posting_hash, created_at)
             VALUES ($1, 'acme', 'Acme', 'active', 'UTC', 'USD', 0, zeroblob(32), 0)",
            vec![organization.uuid()],
        ),
        (
            "INSERT INTO staff (id, email, name, password_hash, roles, all_customers, created_at)
             VALUES ($1, 'a@b.example', 'Ada', 'x', '[\"finance\"]', 1, 0)",
            vec![person.uuid()],
        ),
        (
            "INSERT INTO adjustment_request (organization_id, id, once, kind, grant_id, credits, content, reason, state,
                asked_by, asked_by_name, asked_at)
             VALUES ($1, $2, 'form', 'give', $3, 7, '{}', 'x', 'pending', $4, 'tool', 1772442000000000)",
            vec![organization.uuid(), asked.id.uuid(), asked.grant.uuid(), person.uuid()],
        ),
    ];
    for (statement, values) in statements {
        let run = on!(pool: &store.db().write, |c| {
            let mut bound = sqlx::query(statement);
            for value in &values {
                bound = bound.bind(*value);
            }
            bound.execute(c).await.map(|_| ())
        });
        run.unwrap();
    }
    store.migrate().await.unwrap();
    let found = store.adjustment(organization, asked.id).await.unwrap();
    assert_eq!(
        found.map(|found| AdjustmentRequest {
            asked_at: Timestamp::MAX,
            ..found
        }),
        Some(AdjustmentRequest {
            asked_at: Timestamp::MAX,
            ..asked
        })
    );
    store.close().await;
}
