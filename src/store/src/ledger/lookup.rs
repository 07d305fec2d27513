//! What the decisions themselves ask for: cap counters and throttle states by their keys, and for new caps the use of
//! the window so far.

use std::collections::btree_map::Entry;

use drawdown_domain::account::{Backfill, Counter, ThrottleKey};
use drawdown_domain::hold::CounterKey;
use drawdown_domain::id::{CapId, OrganizationId, ThrottleId};
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use super::backfill::usage_since;
use super::load::{Requests, add_holds};
use super::shelf::Books;
use super::writer::Failure;
use crate::columns::select;
use crate::database::{Tx, on};
use crate::hold::HoldRow;

#[derive(sqlx::FromRow)]
struct CounterRow {
    organization_id: Uuid,
    cap_id: Uuid,
    each_value: String,
    window_start: i64,
    used: i64,
    held: i64,
    hit_at: Option<i64>,
}

/// Loads what the requests' decisions need and the books do not remember.
pub(super) async fn lookup(
    tx: &mut Tx,
    now: Timestamp,
    requests: &Requests<'_>,
    books: &mut Books,
) -> Result<(), Failure> {
    let mut counters: Vec<(OrganizationId, CounterKey)> = Vec::new();
    let mut throttles: Vec<(OrganizationId, ThrottleKey)> = Vec::new();
    let mut backfills: Vec<(OrganizationId, Backfill)> = Vec::new();
    for (id, jobs) in requests {
        let asked: Vec<&Request> = jobs.iter().map(|job| &job.request).collect();
        let Some(book) = books.get(id) else { continue };
        let mut needs = book.account.needs(now, &asked);
        if !needs.backfills.is_empty() {
            // A cap to be set counts every open hold; what these count in already must be there too.
            load_open_holds(tx, *id, books).await?;
            let Some(book) = books.get(id) else { continue };
            needs = book.account.needs(now, &asked);
        }
        let Some(book) = books.get_mut(id) else { continue };
        let account = &mut book.account;
        for key in needs.counters {
            // What is not found is zero; so it is remembered as well.
            if let Entry::Vacant(place) = account.counters.entry(key) {
                counters.push((*id, place.key().clone()));
                book.absent_counters.insert(place.key().clone());
                place.insert(Counter::default());
            }
        }
        for key in needs.throttles {
            if let Entry::Vacant(place) = account.throttle_states.entry(key) {
                throttles.push((*id, place.key().clone()));
                book.absent_throttle_states.insert(place.key().clone());
                place.insert(i64::MIN);
            }
        }
        backfills.extend(needs.backfills.into_iter().map(|backfill| (*id, backfill)));
    }
    load_counters(tx, &counters, books).await?;
    load_throttle_states(tx, &throttles, books).await?;
    for (id, backfill) in backfills {
        if let Some(book) = books.get_mut(&id) {
            let usage = usage_since(tx, id, &backfill).await?;
            book.account.backfill(&backfill, &usage);
        }
    }
    Ok(())
}

async fn load_open_holds(tx: &mut Tx, organization: OrganizationId, books: &mut Books) -> Result<(), Failure> {
    let keeps = tx.may_keep_plans();
    let rows: Vec<HoldRow> = on!(tx: tx, |c| sqlx::query_as(
        select!(hold, "WHERE state = 'open' AND organization_id = $1"),
    )
    .persistent(keeps)
    .bind(organization.uuid())
    .fetch_all(c)
    .await)?;
    add_holds(rows, books)
}

async fn load_counters(tx: &mut Tx, keys: &[(OrganizationId, CounterKey)], books: &mut Books) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let rows: Vec<CounterRow> = match tx {
        Tx::Postgres(tx) => {
            sqlx::query_as(
                "SELECT c.organization_id, c.cap_id, c.each_value, c.window_start, c.used, c.held, c.hit_at
                 FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) AS k (o, c, e, w)
                 JOIN cap_counter c ON c.organization_id = k.o AND c.cap_id = k.c AND c.window_start = k.w
                    AND c.each_value = k.e",
            )
            .bind(keys.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>())
            .bind(keys.iter().map(|(_, key)| key.cap.uuid()).collect::<Vec<_>>())
            .bind(keys.iter().map(|(_, key)| key.each.clone()).collect::<Vec<_>>())
            .bind(
                keys.iter()
                    .map(|(_, key)| key.window_start.micros())
                    .collect::<Vec<_>>(),
            )
            .fetch_all(&mut **tx)
            .await?
        }
        Tx::Sqlite(tx) => {
            let keys: Vec<_> = keys
                .iter()
                .map(|(id, key)| {
                    let (organization, cap) = (id.uuid().simple().to_string(), key.cap.uuid().simple().to_string());
                    (organization, cap, &key.each, key.window_start.micros())
                })
                .collect();
            sqlx::query_as(
                "SELECT c.organization_id, c.cap_id, c.each_value, c.window_start, c.used, c.held, c.hit_at
                 FROM json_each($1) k CROSS JOIN cap_counter c
                    ON c.organization_id = unhex(k.value ->> 0) AND c.cap_id = unhex(k.value ->> 1)
                    AND c.window_start = k.value ->> 3 AND c.each_value = k.value ->> 2",
            )
            .bind(serde_json::to_string(&keys).expect("keys are JSON"))
            .fetch_all(&mut **tx)
            .await?
        }
    };
    for row in rows {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(row.organization_id)) {
            let key = CounterKey {
                cap: CapId::from_uuid(row.cap_id),
                each: row.each_value,
                window_start: Timestamp::from_micros(row.window_start),
            };
            let counter = Counter {
                used: Credits::from_micros(row.used),
                held: Credits::from_micros(row.held),
                hit_at: row.hit_at.map(Timestamp::from_micros),
            };
            book.absent_counters.remove(&key);
            book.account.counters.insert(key, counter);
        }
    }
    Ok(())
}

async fn load_throttle_states(
    tx: &mut Tx,
    keys: &[(OrganizationId, ThrottleKey)],
    books: &mut Books,
) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Uuid, Uuid, String, i64)> = match tx {
        Tx::Postgres(tx) => {
            sqlx::query_as(
                "SELECT s.organization_id, s.throttle_id, s.each_value, s.arrival_ns
                 FROM UNNEST($1::uuid[], $2::uuid[], $3::text[]) AS k (o, t, e)
                 JOIN throttle_state s ON s.organization_id = k.o AND s.throttle_id = k.t AND s.each_value = k.e",
            )
            .bind(keys.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>())
            .bind(
                keys.iter()
                    .map(|(_, (throttle, _))| throttle.uuid())
                    .collect::<Vec<_>>(),
            )
            .bind(keys.iter().map(|(_, (_, each))| each.clone()).collect::<Vec<_>>())
            .fetch_all(&mut **tx)
            .await?
        }
        Tx::Sqlite(tx) => {
            let keys: Vec<_> = keys
                .iter()
                .map(|(id, (throttle, each))| {
                    (
                        id.uuid().simple().to_string(),
                        throttle.uuid().simple().to_string(),
                        each,
                    )
                })
                .collect();
            sqlx::query_as(
                "SELECT s.organization_id, s.throttle_id, s.each_value, s.arrival_ns
                 FROM json_each($1) k CROSS JOIN throttle_state s
                    ON s.organization_id = unhex(k.value ->> 0) AND s.throttle_id = unhex(k.value ->> 1)
                    AND s.each_value = k.value ->> 2",
            )
            .bind(serde_json::to_string(&keys).expect("keys are JSON"))
            .fetch_all(&mut **tx)
            .await?
        }
    };
    for (organization, throttle, each, arrival_ns) in rows {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(organization)) {
            let key = (ThrottleId::from_uuid(throttle), each);
            book.absent_throttle_states.remove(&key);
            book.account.throttle_states.insert(key, arrival_ns);
        }
    }
    Ok(())
}
