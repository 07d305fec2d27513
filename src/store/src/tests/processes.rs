//! Several processes: one SQLite file has one writer; reading beside it is allowed. And the settings that cannot work
//! say so.

use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;

use super::on_both_engines;
use super::world::{World, credits, new_grant};
use crate::{Access, LedgerError, Store, StoreError, StoreOptions};

on_both_engines!(reading_beside_a_writer, what_is_queued_is_answered_before_closing);

fn read_only() -> StoreOptions {
    StoreOptions {
        access: Access::ReadOnly,
        ..StoreOptions::default()
    }
}

async fn reading_beside_a_writer(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "7").await;
    let reader = Store::connect(&world.url, read_only()).await.unwrap();
    let balance = reader.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(balance.available, credits("7"));
    assert!(reader.verify().await.unwrap().is_clean());
    let refused = reader.ledger().submit(organization, Request::Sweep, None).await;
    assert_eq!(refused, Err(LedgerError::Closed));
    // The writer goes on meanwhile.
    world.grant(organization, "1").await;
    let balance = reader.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(balance.available, credits("8"));
}

async fn what_is_queued_is_answered_before_closing(world: World) {
    let organization = world.organization("acme").await;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let ledger = world.store.ledger();
        let request = Request::AddGrant(Box::new(new_grant("1", world.clock.now())));
        callers.spawn(async move { ledger.submit(organization, request, None).await });
    }
    world.store.close().await;
    let mut granted = 0;
    for answer in callers.join_all().await {
        match answer {
            Ok(Outcome::Grant(_)) => granted += 1,
            other => assert_eq!(other, Err(LedgerError::Closed)),
        }
    }
    // On SQLite the file is free again only when the last handle is gone.
    let World {
        store,
        url,
        clock,
        _folder,
        ..
    } = world;
    drop(store);
    let store = super::world::open_store(&url, &clock).await;
    let balance = store.balance(organization, clock.now()).await.unwrap();
    assert_eq!(
        balance.available.micros(),
        granted * 1_000_000,
        "answered means kept, refused means not"
    );
}

#[tokio::test]
async fn a_second_process_on_a_sqlite_file_is_refused() {
    let world = World::sqlite().await;
    let second = Store::connect(&world.url, StoreOptions::default()).await;
    let Err(StoreError::InUse { .. }) = &second else {
        panic!("two writers on one file: {second:?}");
    };
    let said = second.unwrap_err().to_string();
    assert!(said.contains("is in use by another drawdown process"), "{said}");
    let url = world.url.clone();
    let World { store, _folder, .. } = world;
    store.close().await;
    drop(store);
    Store::connect(&url, StoreOptions::default()).await.unwrap();
}

#[tokio::test]
async fn unusable_urls_say_why() {
    for (url, why) in [
        ("mysql://localhost/x", "must begin with sqlite:"),
        ("sqlite::memory:", "would be lost"),
        ("sqlite:///proc/nowhere/x.db", "/proc/nowhere"),
    ] {
        let error = Store::connect(url, StoreOptions::default()).await.unwrap_err();
        assert!(error.to_string().contains(why), "{url}: {error}");
    }
    let missing = Store::connect("sqlite:/tmp/drawdown-nothing-there.db", read_only()).await;
    assert!(matches!(missing, Err(StoreError::Database(_))), "{missing:?}");
}
