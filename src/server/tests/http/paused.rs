//! A process that stands still holds up nobody for ever, and loses nothing: PostgreSQL takes its locks away, the others
//! go on, and when it goes on itself it finds out that it has to try again.

use crate::fresh_postgres::fresh_postgres;
use crate::process::until;
use serde_json::json;

use crate::process::{Client, Place};
use crate::wire::{Disturbance, Wire};
use crate::world::images;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_that_stands_still_within_a_transaction_loses_its_locks_and_nothing_else() {
    let Some(url) = fresh_postgres().await else { return };
    let (before, after) = url.split_once('@').unwrap();
    let (address, database) = after.split_once('/').unwrap();
    let wire = Wire::to(address).await;
    let others = Place::on(url.clone());
    let key = others.set_up();
    // Behind the wire its commits can be held back: to PostgreSQL the process stands still, its rows locked.
    let still = Place::on(format!("{before}@127.0.0.1:{}/{database}", wire.port));
    let (still, others) = (still.serve(&["--log", "off"]), others.serve(&[]));
    let (still, others) = (Client::new(&still.url, &key), Client::new(&others.url, &key));
    others.customer("acme", "100").await;
    wire.disturb(Disturbance::HoldCommits);
    let held_up = tokio::spawn(async move { still.customer("acme", "50").await });
    until(async || wire.disturbed() > 0).await;
    wire.disturb(Disturbance::None);
    // The same customer, by another process: waits for the lock, and gets it.
    assert_eq!(others.post("/v1/authorize", &images("acme", 2)).await["allowed"], true);
    // And the process that stood still tries again: its caller never hears of it.
    held_up.await.unwrap();
    let customer = others.get("/v1/customers/acme").await;
    assert_eq!((&customer["balance"], &customer["held"]), (&json!("148"), &json!("2")));
}
