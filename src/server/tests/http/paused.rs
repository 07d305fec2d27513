//! A process that stands still holds up nobody for ever, and loses nothing: PostgreSQL takes its locks away, the others
//! go on, and when it goes on itself it finds out that it has to try again.

use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;

use crate::fresh_postgres::fresh_postgres;
use crate::process::{Client, Place, Server, until};
use crate::wire::{Disturbance, Wire};
use crate::world::images;

/// Two processes on one database, each with a client, and the customer `acme` with 100 credits.
struct Pair {
    url: String,
    /// Between PostgreSQL and `still`: behind it the commits of that process can be held back. To PostgreSQL it stands still,
    /// its rows locked.
    wire: Wire,
    still: Client,
    other: Client,
    _servers: [Server; 2],
    _places: [Place; 2],
}

impl Pair {
    /// `None` where PostgreSQL is left out on purpose.
    async fn open() -> Option<Self> {
        let url = fresh_postgres().await?;
        let (before, after) = url.split_once('@').unwrap();
        let (address, database) = after.split_once('/').unwrap();
        let wire = Wire::to(address).await;
        let other = Place::on(url.clone());
        let key = other.set_up();
        let still = Place::on(format!("{before}@127.0.0.1:{}/{database}", wire.port));
        let servers = [still.serve(&["--log", "off"]), other.serve(&["--log", "off"])];
        let pair = Self {
            url,
            wire,
            still: Client::new(&servers[0].url, &key),
            other: Client::new(&servers[1].url, &key),
            _servers: servers,
            _places: [still, other],
        };
        pair.other.customer("acme", "100").await;
        Some(pair)
    }

    async fn database(&self) -> PgPool {
        PgPool::connect(&self.url).await.unwrap()
    }

    /// Waits until a transaction is open whose last statement named this table, and that has waited for its process for a
    /// second: longer than anything but a commit that is held back.
    async fn stands_still_after(&self, table: &str) {
        let database = self.database().await;
        let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
            AND state = 'idle in transaction' AND state_change < clock_timestamp() - INTERVAL '1 second'
            AND query LIKE '%' || $1 || '%')";
        until(async || {
            let there: bool = sqlx::query_scalar(waits)
                .bind(table)
                .fetch_one(&database)
                .await
                .unwrap();
            there && self.wire.disturbed() > 0
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_that_stands_still_within_a_transaction_loses_its_locks_and_nothing_else() {
    let Some(pair) = Pair::open().await else { return };
    pair.wire.disturb(Disturbance::HoldCommits);
    let still = pair.still.clone();
    let held_up = tokio::spawn(async move { still.customer("acme", "50").await });
    until(async || pair.wire.disturbed() > 0).await;
    pair.wire.disturb(Disturbance::None);
    // The same customer, by another process: waits for the lock, and gets it.
    assert_eq!(
        pair.other.post("/v1/authorize", &images("acme", 2)).await["allowed"],
        true
    );
    // And the process that stood still tries again: its caller never hears of it.
    held_up.await.unwrap();
    let customer = pair.other.get("/v1/customers/acme").await;
    assert_eq!((&customer["balance"], &customer["held"]), (&json!("148"), &json!("2")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_small_write_of_a_process_that_stood_still_is_carried_out_all_the_same() {
    let Some(pair) = Pair::open().await else { return };
    pair.other.customer("globex", "1").await;
    pair.wire.disturb(Disturbance::HoldCommits);
    let still = pair.still.clone();
    let held_up = tokio::spawn(async move {
        let parent = json!({"parent": "globex", "reason": "One company"});
        still.put("/v1/admin/customers/acme/parent", &parent).await
    });
    pair.stands_still_after("audit").await;
    pair.wire.disturb(Disturbance::None);
    held_up.await.unwrap();
    let database = pair.database().await;
    let lines = "SELECT COUNT(*) FROM audit WHERE after_json LIKE '%One company%'";
    let lines: i64 = sqlx::query_scalar(lines).fetch_one(&database).await.unwrap();
    assert_eq!(lines, 1, "written down once, however often it was tried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_done_is_answered_where_its_row_in_the_portfolio_stays_locked() {
    let Some(pair) = Pair::open().await else { return };
    let database = pair.database().await;
    let mut locks = database.begin().await.unwrap();
    let lock = "SELECT sort_name FROM portfolio JOIN organization ON id = organization_id WHERE key = 'acme'
        FOR NO KEY UPDATE OF portfolio";
    let name: String = sqlx::query_scalar(lock).fetch_one(&mut *locks).await.unwrap();
    assert_eq!(name, "acme");
    let renamed = json!({"name": "Acme Studio", "plan": "open"});
    let (status, customer) = pair.other.send(Method::PUT, "/v1/customers/acme", Some(&renamed)).await;
    assert_eq!((status.as_u16(), &customer["name"]), (200, &json!("Acme Studio")));
    locks.rollback().await.unwrap();
}
