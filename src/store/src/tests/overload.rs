//! The ledger's queue is bounded: what finds no room is refused at once, and what was let in is answered, however long
//! the database kept it waiting.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::task::JoinSet;

use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;

use super::on_both_engines;
use super::world::{START, World, event};
use crate::LedgerError;

on_both_engines!(a_full_queue_refuses_at_once);

/// More than the queue, a batch, and what the writer has taken.
const REQUESTS: usize = 6_000;
/// What is let in at least.
const QUEUED_MIN: usize = 4_096;

async fn a_full_queue_refuses_at_once(world: World) {
    let organization = world.organization("acme").await;
    // Somebody's long transaction stands in the way of the writer.
    let (mut sqlite, mut postgres) = (None, None);
    if let Some(path) = world.url.strip_prefix("sqlite:") {
        let options = SqliteConnectOptions::new().filename(path);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        sqlite = Some(connection);
    } else {
        let mut connection = PgConnection::connect(&world.url).await.unwrap();
        for sql in ["BEGIN", "SELECT id FROM organization FOR UPDATE"] {
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
        postgres = Some(connection);
    }
    let mut callers = JoinSet::new();
    for number in 0..REQUESTS {
        let ledger = world.store.ledger();
        callers.spawn(async move {
            let events = vec![event(&format!("e{number}"), 1, START)];
            ledger.submit(organization, Request::Record(events), None).await
        });
    }
    // While nothing is committed these are the ones that found no room.
    let refused = callers.join_next().await.unwrap().unwrap();
    assert_eq!(refused, Err(LedgerError::Overloaded));
    if let Some(connection) = &mut sqlite {
        sqlx::query("ROLLBACK").execute(connection).await.unwrap();
    }
    if let Some(connection) = &mut postgres {
        sqlx::query("ROLLBACK").execute(connection).await.unwrap();
    }
    let mut recorded = 0;
    for answer in callers.join_all().await {
        match answer {
            Ok(Outcome::Recorded(results)) => recorded += results.len(),
            other => assert_eq!(other, Err(LedgerError::Overloaded)),
        }
    }
    assert!((QUEUED_MIN..REQUESTS).contains(&recorded), "{recorded}");
    let proof = world.store.verify().await.unwrap();
    assert!(proof.is_clean() && proof.events == recorded as u64, "{proof:?}");
}
