//! What tells a repeat of a usage event: a row for each event's key, as narrow as can be, written with the event.
//!
//! Events themselves are kept by month on PostgreSQL, and a table in parts cannot promise that a key is unique in its
//! organization; this one does, on both engines. It answers a repeat without a look at the event, and tells where the
//! event is. Keys are kept as long as events are: however late a repeat comes, it is one.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::usage::UsageEvent;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::bulk::{Kind, Rows, Target, Value, Verb};
use crate::database::{Database, Tx};
use crate::error::StoreError;
use crate::event::{EventRow, KeptEvent};

/// Rows read at once where keys are filled in.
const ROWS_A_PAGE: i64 = 1_000;
/// What `user_version` of a SQLite file says once its events all have their keys.
const KEYS_FILLED: i64 = 1;

/// A key that is there already is an error.
pub(crate) static EVENT_KEY: Target<6> = Target {
    table: "usage_event_key",
    columns: [
        ("organization_id", Kind::Uuid),
        ("key_hash", Kind::Uuid),
        ("content_hash", Kind::Uuid),
        ("credits", Kind::Int),
        ("batch", Kind::Int),
        ("recorded_at", Kind::Int),
    ],
    verb: Verb::Insert,
    whole: false,
};

#[derive(sqlx::FromRow)]
struct UnkeyedRow {
    place: i64,
    organization_id: Uuid,
    #[sqlx(flatten)]
    event: EventRow,
}

/// The first 16 bytes of the SHA-256 of an event's key. They are kept as a UUID, which they are not: PostgreSQL has no
/// other type of 16 bytes.
pub(crate) fn key_hash(key: &str) -> Uuid {
    let mut cut = [0; 16];
    cut.copy_from_slice(&Sha256::digest(key.as_bytes())[..16]);
    Uuid::from_bytes(cut)
}

/// The row of an event that an organization took in with a batch.
pub(crate) fn key_row(organization: OrganizationId, batch: i64, event: &UsageEvent) -> [Value; 6] {
    [
        organization.uuid().into(),
        key_hash(&event.key).into(),
        Uuid::from_bytes(event.content_hash).into(),
        event.credits.into(),
        batch.into(),
        event.recorded_at.into(),
    ]
}

/// SQLite: gives the events from before there were keys theirs, all or none; its migration cannot, for want of SHA-256.
/// Doing it again does nothing.
pub(crate) async fn fill_event_keys(db: &Database) -> Result<(), StoreError> {
    let mut tx = db.write.begin().await?;
    let Tx::Sqlite(connection) = &mut tx else { return Ok(()) };
    let filled: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut **connection)
        .await?;
    if filled >= KEYS_FILLED {
        return Ok(());
    }
    let mut after = i64::MIN;
    loop {
        let Tx::Sqlite(connection) = &mut tx else { return Ok(()) };
        let sql = "SELECT rowid AS place, * FROM usage_event WHERE rowid > $1 ORDER BY rowid LIMIT $2";
        let page: Vec<UnkeyedRow> = sqlx::query_as(sql)
            .bind(after)
            .bind(ROWS_A_PAGE)
            .fetch_all(&mut **connection)
            .await?;
        let Some(last) = page.last() else { break };
        after = last.place;
        let mut keys = Rows::new(&EVENT_KEY);
        for row in page {
            let kept = KeptEvent::try_from(row.event)?;
            keys.push(key_row(
                OrganizationId::from_uuid(row.organization_id),
                kept.batch,
                &kept.event,
            ));
        }
        keys.write(&mut tx).await?;
    }
    if let Tx::Sqlite(connection) = &mut tx {
        sqlx::query(&format!("PRAGMA user_version = {KEYS_FILLED}"))
            .execute(&mut **connection)
            .await?;
    }
    tx.commit().await
}
