//! Usage events by month: found again and known again whichever month took them in, and kept where none does.

use std::collections::BTreeMap;

use drawdown_domain::account::content_hash;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::outcome::{EventStatus, Outcome};
use drawdown_domain::request::Request;
use drawdown_domain::usage::NewEvent;
use sqlx::migrate::Migrator;

use super::on_both_engines;
use super::world::{START, World, credits, event, id, open_store};
use crate::database::{Pool, on};
use crate::{Partitions, Store};

on_both_engines!(
    events_of_several_months_are_found_and_known_again,
    months_are_made_ahead_and_once,
    what_no_month_takes_is_kept_and_told_of,
    events_from_before_keep_their_keys
);

const DAY_SECONDS: i64 = 86_400;

async fn record(store: &Store, organization: OrganizationId, events: &[NewEvent]) -> Vec<EventStatus> {
    let request = Request::Record(events.to_vec());
    match store.ledger().submit(organization, request, None).await.unwrap() {
        Outcome::Recorded(results) => results.into_iter().map(|result| result.status).collect(),
        other => panic!("usage is always taken in: {other:?}"),
    }
}

/// How many events each partition has; nothing on SQLite.
async fn partitions(store: &Store) -> BTreeMap<String, i64> {
    let Pool::Postgres(pool) = &store.db().read else {
        return BTreeMap::new();
    };
    let sql = "SELECT tableoid::regclass::text, COUNT(*) FROM usage_event GROUP BY 1";
    let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(pool).await.unwrap();
    rows.into_iter().collect()
}

async fn execute(store: &Store, sql: &str) {
    on!(pool: &store.db().write, |c| { sqlx::raw_sql(sql).execute(c).await.unwrap(); });
}

async fn events_of_several_months_are_found_and_known_again(world: World) {
    let organization = world.organization("acme").await;
    world.grant(organization, "100").await;
    let mut events = Vec::new();
    for name in ["march", "april", "may"] {
        let event = event(name, 2, world.clock.now());
        let first = record(&world.store, organization, std::slice::from_ref(&event)).await;
        assert_eq!(first, [EventStatus::Recorded], "{name}");
        events.push(event);
        world.clock.step_seconds(31 * DAY_SECONDS);
    }
    if !world.is_sqlite() {
        let months = ["usage_event_2026_03", "usage_event_2026_04", "usage_event_2026_05"];
        let expected = months.map(|month| (month.to_owned(), 1));
        assert_eq!(partitions(&world.store).await, expected.into());
    }
    assert_eq!(
        record(&world.store, organization, &events).await,
        [EventStatus::Duplicate; 3]
    );
    if !world.is_sqlite() {
        // Another process, which remembers nothing, knows them too.
        let other = world.another_store().await;
        assert_eq!(record(&other, organization, &events).await, [EventStatus::Duplicate; 3]);
        other.close().await;
    }
    for event in &events {
        let kept = world.store.event(organization, &event.key).await.unwrap().unwrap();
        assert_eq!((kept.event.id, kept.event.occurred_at), (event.id, event.occurred_at));
        let behind = world
            .store
            .batch_events(organization, kept.batch, kept.event.recorded_at, None, 10)
            .await
            .unwrap();
        assert_eq!(behind.rows, [kept]);
    }
    assert_eq!(world.store.event(organization, "june").await.unwrap(), None);
    let newest = world.store.events(organization, None, 2).await.unwrap();
    let rest = world.store.events(organization, newest.next, 2).await.unwrap();
    let keys = newest.rows.iter().chain(&rest.rows).map(|kept| kept.event.key.as_str());
    assert_eq!(keys.collect::<Vec<_>>(), ["may", "april", "march"]);
    let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
    assert_eq!(balance.available, credits("94"));
    world.assert_clean().await;
}

async fn months_are_made_ahead_and_once(world: World) {
    let now = world.clock.now();
    let nothing = Partitions::default();
    assert_eq!(
        world.store.make_partitions(now).await.unwrap(),
        nothing,
        "made by the migration"
    );
    if world.is_sqlite() {
        return;
    }
    let months_on = |months: i64| now.plus_seconds(months * 31 * DAY_SECONDS);
    let made = world.store.make_partitions(months_on(1)).await.unwrap().made;
    assert_eq!(made, ["usage_event_2026_07"]);
    // Many at once, in two processes: each month is made by one of them, and none fails.
    let other = world.another_store().await;
    let mut makers = tokio::task::JoinSet::new();
    for store in [&world.store, &other, &world.store, &other] {
        let store = store.clone();
        let at = months_on(12);
        makers.spawn(async move { store.make_partitions(at).await });
    }
    let mut made: Vec<String> = Vec::new();
    for found in makers.join_all().await {
        let found = found.unwrap();
        assert_eq!((found.crowded, found.stray_events), (Vec::new(), 0));
        made.extend(found.made);
    }
    made.sort_unstable();
    let expected = [
        "usage_event_2027_03",
        "usage_event_2027_04",
        "usage_event_2027_05",
        "usage_event_2027_06",
    ];
    assert_eq!(made, expected);
    // A clock that goes back finds its month too.
    let made = world.store.make_partitions(months_on(-2)).await.unwrap().made;
    assert_eq!(
        made,
        ["usage_event_2025_12", "usage_event_2026_01", "usage_event_2026_02"]
    );
    other.close().await;
}

/// The move that `migrations/README.md` shows, for March 2027.
const MOVE: &str = "BEGIN;
    CREATE TABLE usage_event_2027_03 (LIKE usage_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
    WITH moved AS (DELETE FROM usage_event_default
        WHERE recorded_at >= 1803859200000000 AND recorded_at < 1806537600000000 RETURNING *)
    INSERT INTO usage_event_2027_03 SELECT * FROM moved;
    ALTER TABLE usage_event ATTACH PARTITION usage_event_2027_03 FOR VALUES FROM (1803859200000000) TO (1806537600000000);
    COMMIT;";

async fn what_no_month_takes_is_kept_and_told_of(world: World) {
    let organization = world.organization("acme").await;
    // The clock jumps, before any job has run.
    world.clock.step_seconds(365 * DAY_SECONDS);
    let events = [event("early", 1, world.clock.now())];
    assert_eq!(
        record(&world.store, organization, &events).await,
        [EventStatus::Recorded]
    );
    assert_eq!(
        record(&world.store, organization, &events).await,
        [EventStatus::Duplicate]
    );
    let found = world.store.make_partitions(world.clock.now()).await.unwrap();
    if world.is_sqlite() {
        assert_eq!(found, Partitions::default());
        return;
    }
    let told = Partitions {
        made: vec![
            "usage_event_2027_04".to_owned(),
            "usage_event_2027_05".to_owned(),
            "usage_event_2027_06".to_owned(),
        ],
        crowded: vec!["usage_event_2027_03".to_owned()],
        stray_events: 1,
    };
    assert_eq!(found, told);
    assert_eq!(
        partitions(&world.store).await,
        [("usage_event_default".to_owned(), 1)].into()
    );
    let kept = world.store.event(organization, "early").await.unwrap();
    assert!(kept.is_some());
    world.assert_clean().await;
    execute(&world.store, MOVE).await;
    let expected = [("usage_event_2027_03".to_owned(), 1)].into();
    assert_eq!(partitions(&world.store).await, expected);
    let found = world.store.make_partitions(world.clock.now()).await.unwrap();
    assert_eq!(found, Partitions::default());
    assert_eq!(world.store.event(organization, "early").await.unwrap(), kept);
    assert_eq!(
        record(&world.store, organization, &events).await,
        [EventStatus::Duplicate]
    );
    world.assert_clean().await;
}

/// The migrations from before events were kept by month.
fn before(migrator: &Migrator) -> Migrator {
    let mut before = Migrator::DEFAULT;
    let older = migrator.iter().filter(|migration| migration.version < 13).cloned();
    before.migrations = older.collect();
    before
}

/// An empty database in place of the world's.
async fn emptied(world: &World) -> Store {
    match &world.store.db().write {
        Pool::Postgres(_) => {
            let sql = "DROP SCHEMA public CASCADE; DROP SCHEMA readable CASCADE; CREATE SCHEMA public";
            execute(&world.store, sql).await;
            let store = open_store(&world.url, &world.clock).await;
            let Pool::Postgres(pool) = &store.db().write else {
                unreachable!("of the same engine")
            };
            before(&sqlx::migrate!("../../migrations/postgres"))
                .run(pool)
                .await
                .unwrap();
            store
        }
        Pool::Sqlite(_) => {
            let store = open_store(&world.url.replace("drawdown.db", "before.db"), &world.clock).await;
            let Pool::Sqlite(pool) = &store.db().write else {
                unreachable!("of the same engine")
            };
            before(&sqlx::migrate!("../../migrations/sqlite"))
                .run(pool)
                .await
                .unwrap();
            store
        }
    }
}

/// Writes prices and a customer as they were written before.
async fn old_customer(store: &Store, organization: OrganizationId, rates: &str) {
    let card = "INSERT INTO rate_card_version (id, number, effective_at, rates, created_at) VALUES ($1, 1, $2, $3, $2)";
    on!(pool: &store.db().write, |c| sqlx::query(card)
        .bind(id())
        .bind(START.micros())
        .bind(rates)
        .execute(c)
        .await
        .map(|_| ()))
    .unwrap();
    let customer =
        "INSERT INTO organization (id, key, name, status, time_zone, currency, period_anchor, posting_hash, created_at)
         VALUES ($1, 'acme', 'Acme', 'active', 'UTC', 'USD', $2, $3, $2)";
    on!(pool: &store.db().write, |c| sqlx::query(customer)
        .bind(organization.uuid())
        .bind(START.micros())
        .bind([0_u8; 32].as_slice())
        .execute(c)
        .await
        .map(|_| ()))
    .unwrap();
}

/// Writes an event as it was written before.
async fn old_event(store: &Store, organization: OrganizationId, batch: i64, event: &NewEvent) {
    let sql = "INSERT INTO usage_event (organization_id, batch, id, event_key, content_hash, use_case, mode, platform, quantities,
            occurred_at, recorded_at, rate_card_version_id, exact, credits, charges, owed, forgiven)
         VALUES ($1, $2, $3, $4, $5, 'image', 'fast', 'api', '{\"images\":\"0\"}', $6, $6, $1, '0', 0, '[]', 0, 0)";
    let hash = content_hash(&event.run, &event.quantities, event.occurred_at);
    on!(pool: &store.db().write, |c| sqlx::query(sql)
        .bind(organization.uuid())
        .bind(batch)
        .bind(event.id.uuid())
        .bind(&event.key)
        .bind(hash.as_slice())
        .bind(event.occurred_at.micros())
        .execute(c)
        .await
        .map(|_| ()))
    .unwrap();
}

async fn events_from_before_keep_their_keys(world: World) {
    let card = world.store.catalogue().await.unwrap().versions[0].rates.clone();
    let store = emptied(&world).await;
    let organization = OrganizationId::from_uuid(id());
    old_customer(&store, organization, &serde_json::to_string(&card).unwrap()).await;
    let names = ["one", "zwei", "drei, mit ümlaut"];
    let events: Vec<NewEvent> = names
        .iter()
        .zip(1_i64..)
        .map(|(name, days)| event(name, 0, START.plus_seconds(-days * 40 * DAY_SECONDS)))
        .collect();
    for (event, batch) in events.iter().zip(1..) {
        old_event(&store, organization, batch, event).await;
    }
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    if !world.is_sqlite() {
        let expected = [("usage_event_before_partitions".to_owned(), 3)].into();
        assert_eq!(partitions(&store).await, expected);
    }
    // The rows came without their sums; all else is right.
    let found = store.verify().await.unwrap();
    assert_eq!(found.events, 3);
    let others = found
        .findings
        .iter()
        .filter(|finding| !finding.what.starts_with("rollup_"));
    assert_eq!(others.count(), 0, "{found:?}");
    assert_eq!(record(&store, organization, &events).await, [EventStatus::Duplicate; 3]);
    for event in &events {
        let kept = store.event(organization, &event.key).await.unwrap().unwrap();
        assert_eq!((kept.event.id, kept.event.recorded_at), (event.id, event.occurred_at));
    }
    // What the months before this schema took in and what comes now are one list.
    let fresh = [event("new", 1, world.clock.now())];
    assert_eq!(record(&store, organization, &fresh).await, [EventStatus::Recorded]);
    let page = store.events(organization, None, 10).await.unwrap();
    assert_eq!(page.rows.len(), 4);
    store.close().await;
}
