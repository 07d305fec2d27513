//! What the decisions themselves ask for: cap counters and throttle states by their keys, and for new caps the use of
//! the window so far.

use drawdown_domain::account::{Backfill, Counter, UsageLine};
use drawdown_domain::hold::{CounterKey, Run};
use drawdown_domain::id::{ApiKeyId, CapId, OrganizationId, ThrottleId};
use drawdown_domain::limit::{Each, Window};
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Postgres, Sqlite};
use uuid::Uuid;

use super::Job;
use super::load::{Books, add_holds};
use super::writer::Failure;
use crate::database::{Tx, on};
use crate::hold::HoldRow;
use crate::organization::key;

const MINUTE_MICROS: i64 = 60_000_000;
const HOUR_MICROS: i64 = 60 * MINUTE_MICROS;

/// Pairs of an organization and a second value to look for: two arrays on PostgreSQL, one JSON text on SQLite.
pub(super) struct Pairs {
    organizations: Vec<Uuid>,
    values: Values,
}

enum Values {
    Texts(Vec<String>),
    Bytes(Vec<Vec<u8>>),
}

impl Pairs {
    pub(super) fn of_texts(pairs: impl Iterator<Item = (Uuid, String)>) -> Self {
        let (organizations, values) = pairs.unzip();
        Self {
            organizations,
            values: Values::Texts(values),
        }
    }

    pub(super) fn of_bytes(pairs: impl Iterator<Item = (Uuid, Vec<u8>)>) -> Self {
        let (organizations, values) = pairs.unzip();
        Self {
            organizations,
            values: Values::Bytes(values),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.organizations.is_empty()
    }

    /// The FROM clause that finds the rows of `table` whose two columns are one of these pairs.
    pub(super) fn joined(&self, tx: &Tx, table: &str, organization: &str, value: &str) -> String {
        match (tx, &self.values) {
            (Tx::Postgres(_), Values::Texts(_)) => format!(
                "UNNEST($1::uuid[], $2::text[]) AS k (o, v) JOIN {table} ON {organization} = k.o AND {value} = k.v"
            ),
            (Tx::Postgres(_), Values::Bytes(_)) => format!(
                "UNNEST($1::uuid[], $2::bytea[]) AS k (o, v) JOIN {table} ON {organization} = k.o AND {value} = k.v"
            ),
            // CROSS JOIN: SQLite goes through the pairs and looks each up, never the other way round.
            (Tx::Sqlite(_), Values::Texts(_)) => format!(
                "json_each($1) k CROSS JOIN {table} ON {organization} = unhex(k.value ->> 0) AND {value} = k.value ->> 1"
            ),
            (Tx::Sqlite(_), Values::Bytes(_)) => format!(
                "json_each($1) k CROSS JOIN {table}
                 ON {organization} = unhex(k.value ->> 0) AND {value} = unhex(k.value ->> 1)"
            ),
        }
    }

    /// Runs a statement made with [`Pairs::joined`].
    pub(super) async fn fetch<T>(&self, tx: &mut Tx, sql: &str) -> Result<Vec<T>, Failure>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow>,
    {
        Ok(match tx {
            Tx::Postgres(tx) => {
                let query = sqlx::query_as::<Postgres, T>(sql).bind(&self.organizations);
                let query = match &self.values {
                    Values::Texts(values) => query.bind(values),
                    Values::Bytes(values) => query.bind(values),
                };
                query.fetch_all(&mut **tx).await?
            }
            Tx::Sqlite(tx) => {
                let query = sqlx::query_as::<Sqlite, T>(sql).bind(self.json());
                query.fetch_all(&mut **tx).await?
            }
        })
    }

    fn json(&self) -> String {
        let organizations = self.organizations.iter().map(|id| id.simple().to_string());
        let pairs: Vec<(String, String)> = match &self.values {
            Values::Texts(values) => organizations.zip(values.iter().cloned()).collect(),
            Values::Bytes(values) => organizations.zip(values.iter().map(|bytes| hex(bytes))).collect(),
        };
        serde_json::to_string(&pairs).expect("pairs of texts are JSON")
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes whatever is written");
            text
        })
}

/// Loads what the requests' decisions need.
pub(super) async fn lookup(tx: &mut Tx, now: Timestamp, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    let mut counters: Vec<(OrganizationId, CounterKey)> = Vec::new();
    let mut throttles: Vec<(OrganizationId, (ThrottleId, String))> = Vec::new();
    let mut backfills: Vec<(OrganizationId, Backfill)> = Vec::new();
    let ids: Vec<OrganizationId> = books.keys().copied().collect();
    for id in ids {
        let requests: Vec<&Request> = jobs
            .iter()
            .filter(|job| job.organization == id)
            .map(|job| &job.request)
            .collect();
        let Some(book) = books.get(&id) else { continue };
        let mut needs = book.account.needs(now, &requests);
        if !needs.backfills.is_empty() {
            // A cap to be set counts every open hold; what these count in already must be there too.
            load_open_holds(tx, id, books).await?;
            let Some(book) = books.get(&id) else { continue };
            needs = book.account.needs(now, &requests);
        }
        counters.extend(needs.counters.into_iter().map(|key| (id, key)));
        throttles.extend(needs.throttles.into_iter().map(|key| (id, key)));
        backfills.extend(needs.backfills.into_iter().map(|backfill| (id, backfill)));
    }
    load_counters(tx, &counters, books).await?;
    load_throttle_states(tx, &throttles, books).await?;
    for (id, backfill) in backfills {
        if let Some(book) = books.get_mut(&id) {
            let usage = usage_since(tx, id, &book.organization.state.time_zone, &backfill).await?;
            book.account.backfill(&backfill, &usage);
        }
    }
    Ok(())
}

async fn load_open_holds(tx: &mut Tx, organization: OrganizationId, books: &mut Books) -> Result<(), Failure> {
    let rows: Vec<HoldRow> = on!(tx: tx, |c| sqlx::query_as(
        "SELECT * FROM hold WHERE state = 'open' AND organization_id = $1",
    )
    .bind(organization.uuid())
    .fetch_all(c)
    .await)?;
    add_holds(rows, books)
}

async fn load_counters(tx: &mut Tx, keys: &[(OrganizationId, CounterKey)], books: &mut Books) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Uuid, Uuid, String, i64, i64, i64, Option<i64>)> = match tx {
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
    for (organization, cap, each, window_start, used, held, hit_at) in rows {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(organization)) {
            let key = CounterKey {
                cap: CapId::from_uuid(cap),
                each,
                window_start: Timestamp::from_micros(window_start),
            };
            let counter = Counter {
                used: Credits::from_micros(used),
                held: Credits::from_micros(held),
                hit_at: hit_at.map(Timestamp::from_micros),
            };
            book.account.counters.insert(key, counter);
        }
    }
    Ok(())
}

async fn load_throttle_states(
    tx: &mut Tx,
    keys: &[(OrganizationId, (ThrottleId, String))],
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
            book.account.throttle_states.insert(key, arrival_ns);
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct UsageSumRow {
    at: i64,
    use_case: String,
    mode: String,
    platform: String,
    subject: Option<String>,
    api_key_id: Option<Uuid>,
    credits: i64,
}

/// Use since an instant, for a cap that must count it: from hourly roll-ups where they tell enough (but for the first
/// hour or two, which a window may begin in the middle of), else from the events themselves, summed in steps that no
/// window boundary falls into.
async fn usage_since(
    tx: &mut Tx,
    organization: OrganizationId,
    time_zone: &str,
    backfill: &Backfill,
) -> Result<Vec<UsageLine>, Failure> {
    let scope = &backfill.cap.scope;
    let step_micros = match backfill.cap.window {
        Window::RollingHours(_) => MINUTE_MICROS,
        _ => 15 * MINUTE_MICROS,
    };
    let by_hour = !matches!(backfill.cap.window, Window::RollingHours(_))
        && scope.subject.is_none()
        && scope.key.is_none()
        && !matches!(scope.each, Some(Each::Subject | Each::Key))
        && backfill.time_zone == time_zone;
    let mut rows = Vec::new();
    let mut until = i64::MAX;
    if by_hour {
        // The first hours are read from the events, so that an hour that begins before the window is not counted.
        let head = backfill.since.plus_micros(HOUR_MICROS).micros();
        let first: Option<i64> = on!(tx: &mut *tx, |c| sqlx::query_scalar(
            "SELECT MIN(hour) FROM rollup_hour WHERE organization_id = $1 AND hour >= $2",
        )
        .bind(organization.uuid())
        .bind(head)
        .fetch_one(c)
        .await)?;
        until = first.unwrap_or(i64::MAX);
        rows.extend(hours_since(tx, organization, until).await?);
    }
    rows.extend(events_between(tx, organization, backfill.since.micros(), until, step_micros).await?);
    let lines = rows.into_iter().map(|row| {
        Ok(UsageLine {
            at: Timestamp::from_micros(row.at).max(backfill.since),
            run: Run {
                use_case: key("use case", &row.use_case)?,
                mode: key("mode", &row.mode)?,
                platform: key("platform", &row.platform)?,
                subject: row.subject.map(|text| key("subject", &text)).transpose()?,
                api_key: row.api_key_id.map(ApiKeyId::from_uuid),
            },
            credits: Credits::from_micros(row.credits),
        })
    });
    lines.collect()
}

async fn hours_since(tx: &mut Tx, organization: OrganizationId, since: i64) -> Result<Vec<UsageSumRow>, Failure> {
    Ok(on!(tx: tx, |c| sqlx::query_as(
        "SELECT hour AS at, use_case, mode, platform, NULL AS subject, CAST(NULL AS UUID) AS api_key_id, credits
         FROM rollup_hour WHERE organization_id = $1 AND hour >= $2 AND credits > 0",
    )
    .bind(organization.uuid())
    .bind(since)
    .fetch_all(c)
    .await)?)
}

async fn events_between(
    tx: &mut Tx,
    organization: OrganizationId,
    since: i64,
    until: i64,
    step_micros: i64,
) -> Result<Vec<UsageSumRow>, Failure> {
    Ok(on!(tx: tx, |c| sqlx::query_as(
        "SELECT occurred_at - occurred_at % $4 AS at, use_case, mode, platform, subject, api_key_id,
            CAST(SUM(credits) AS BIGINT) AS credits
         FROM usage_event WHERE organization_id = $1 AND occurred_at >= $2 AND occurred_at < $3
         GROUP BY occurred_at - occurred_at % $4, use_case, mode, platform, subject, api_key_id",
    )
    .bind(organization.uuid())
    .bind(since)
    .bind(until)
    .bind(step_micros)
    .fetch_all(c)
    .await)?)
}
