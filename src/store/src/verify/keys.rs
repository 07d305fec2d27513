//! The keys of usage events against the events: each event has its key, which tells of that event, and there are no others.

use std::collections::HashMap;

use drawdown_domain::Credits;
use uuid::Uuid;

use super::Check;
use crate::database::on;
use crate::error::StoreError;
use crate::event::KeptEvent;
use crate::event_key::key_hash;
use crate::sets::{UuidSet, one_of};

#[derive(sqlx::FromRow)]
struct KeyRow {
    key_hash: Uuid,
    content_hash: Uuid,
    credits: i64,
    batch: i64,
    recorded_at: i64,
}

/// Holds some events against their keys.
pub(super) async fn check(check: &mut Check<'_>, events: &[KeptEvent]) -> Result<(), StoreError> {
    let id = check.id();
    let sql = format!(
        "SELECT key_hash, content_hash, credits, batch, recorded_at FROM usage_event_key
         WHERE organization_id = $1 AND key_hash {}",
        one_of(&*check.tx, 2)
    );
    let hashes = UuidSet::new(events.iter().map(|kept| key_hash(&kept.event.key)));
    let rows: Vec<KeyRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(&sql)
        .bind(id.uuid())
        .bind(hashes)
        .fetch_all(c)
        .await)?;
    let keys: HashMap<Uuid, KeyRow> = rows.into_iter().map(|row| (row.key_hash, row)).collect();
    for KeptEvent { batch, event } in events {
        let name = |what: &str| format!("event {}: {what}", event.key);
        let Some(key) = keys.get(&key_hash(&event.key)) else {
            check.find(name("its key"), "one of its own", "none");
            continue;
        };
        let hash = Uuid::from_bytes(event.content_hash).simple();
        check.same(|| name("the hash of its content"), &hash, &key.content_hash.simple());
        let credits = Credits::from_micros(key.credits);
        check.same(|| name("the price that its key tells"), &event.credits, &credits);
        check.same(|| name("the batch that its key tells"), batch, &key.batch);
        let recorded_at = event.recorded_at.micros();
        check.same(
            || name("the instant that its key tells"),
            &recorded_at,
            &key.recorded_at,
        );
    }
    Ok(())
}

/// Holds the number of an organization's keys against the number of its events.
pub(super) async fn check_number(check: &mut Check<'_>, events: i64) -> Result<(), StoreError> {
    let id = check.id();
    let keys: i64 = on!(tx: &mut *check.tx, |c| sqlx::query_scalar(
        "SELECT COUNT(*) FROM usage_event_key WHERE organization_id = $1",
    )
    .bind(id.uuid())
    .fetch_one(c)
    .await)?;
    check.same(|| "the number of keys of usage events".to_owned(), &events, &keys);
    Ok(())
}
