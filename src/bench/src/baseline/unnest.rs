//! Raw ingest on PostgreSQL: 500 rows a statement by UNNEST of arrays, known ones passed over by the primary key. No
//! prices, no credits, no roll-ups.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::bench::{Bench, WARM_UP};

const CONNECTIONS: u64 = 8;
const ROWS: u64 = 500;
const TABLE: &str = "
    CREATE TABLE raw_event (
        organization_id UUID   NOT NULL,
        event_key       TEXT   NOT NULL,
        use_case        TEXT   NOT NULL,
        subject         TEXT   NOT NULL,
        quantities      TEXT   NOT NULL,
        occurred_at     BIGINT NOT NULL,
        credits         BIGINT NOT NULL,
        PRIMARY KEY (organization_id, event_key)
    )";
const INSERT: &str = "
    INSERT INTO raw_event (organization_id, event_key, use_case, subject, quantities, occurred_at, credits)
    SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    ON CONFLICT DO NOTHING";

/// A database with the one table.
pub(crate) struct Unnest {
    url: String,
    organizations: Rc<Vec<Uuid>>,
    next: Rc<Cell<u64>>,
    span: Duration,
}

impl Unnest {
    /// Makes the table; rows are of so many organizations.
    pub(crate) async fn prepare(bench: &Bench, organizations: u64) -> Result<Self> {
        let url = bench.database("raw_ingest").await?;
        let mut postgres = PgConnection::connect(&url).await?;
        postgres.execute(TABLE).await?;
        postgres.close().await?;
        Ok(Self {
            url,
            organizations: Rc::new((0..organizations).map(|_| Uuid::now_v7()).collect()),
            next: Rc::new(Cell::new(0)),
            span: bench.span(),
        })
    }

    /// Rows a second.
    pub(crate) async fn run(&self) -> Result<f64> {
        let from = Instant::now() + WARM_UP;
        let to = from + self.span;
        let rows = Rc::new(Cell::new(0_u64));
        let mut tasks = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let mut postgres = PgConnection::connect(&self.url).await?;
            let (organizations, next, rows) = (self.organizations.clone(), self.next.clone(), rows.clone());
            tasks.spawn_local(async move {
                while Instant::now() < to {
                    let number = next.replace(next.get() + 1);
                    let inserted = insert(&mut postgres, &organizations, number).await?;
                    let now = Instant::now();
                    if now >= from && now <= to {
                        rows.set(rows.get() + inserted);
                    }
                }
                postgres.close().await
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.context("a connection's task ended early")??;
        }
        Ok(rows.get() as f64 / self.span.as_secs_f64())
    }
}

async fn insert(postgres: &mut PgConnection, organizations: &[Uuid], number: u64) -> Result<u64, sqlx::Error> {
    let mut ids: Vec<Uuid> = Vec::new();
    let mut keys = Vec::new();
    let mut quantities = Vec::new();
    for place in 0..ROWS {
        // Ten organizations a statement, as in the requests to the server.
        let organization = (number * 10 + place % 10) % organizations.len() as u64;
        ids.extend(
            usize::try_from(organization)
                .ok()
                .and_then(|place| organizations.get(place)),
        );
        keys.push(format!("call-{number:012}-{place:03}"));
        quantities.push(format!(
            r#"{{"context_tokens":"{}","generated_tokens":"{}"}}"#,
            1000 + place * 7,
            100 + place
        ));
    }
    let same = |text: &str| vec![text.to_owned(); keys.len()];
    let numbers = |value: i64| vec![value; keys.len()];
    let done = sqlx::query(INSERT)
        .bind(ids)
        .bind(&keys)
        .bind(same("code"))
        .bind(same("agent-7"))
        .bind(quantities)
        .bind(numbers(1_795_000_000_000_000))
        .bind(numbers(12_800_000))
        .execute(postgres)
        .await?;
    Ok(done.rows_affected())
}
