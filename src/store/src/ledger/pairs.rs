//! Pairs of an organization and something of it as parameters of one statement, whatever their number.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Postgres, Sqlite};
use uuid::Uuid;

use super::writer::Failure;
use crate::database::Tx;

/// Pairs of an organization and a second value to look for: two arrays on PostgreSQL, one JSON text on SQLite.
pub(super) struct Pairs {
    organizations: Vec<Uuid>,
    values: Values,
}

enum Values {
    Uuids(Vec<Uuid>),
    Bytes(Vec<Vec<u8>>),
}

impl Pairs {
    pub(super) fn of_uuids(pairs: impl Iterator<Item = (Uuid, Uuid)>) -> Self {
        let (organizations, values) = pairs.unzip();
        Self {
            organizations,
            values: Values::Uuids(values),
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
            (Tx::Postgres(_), Values::Uuids(_)) => format!(
                "UNNEST($1::uuid[], $2::uuid[]) AS k (o, v) JOIN {table} ON {organization} = k.o AND {value} = k.v"
            ),
            (Tx::Postgres(_), Values::Bytes(_)) => format!(
                "UNNEST($1::uuid[], $2::bytea[]) AS k (o, v) JOIN {table} ON {organization} = k.o AND {value} = k.v"
            ),
            // CROSS JOIN: SQLite goes through the pairs and looks each up, never the other way round.
            (Tx::Sqlite(_), _) => format!(
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
        self.fetch_planned(tx, sql, true).await
    }

    async fn fetch_planned<T>(&self, tx: &mut Tx, sql: &str, once: bool) -> Result<Vec<T>, Failure>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow>,
    {
        Ok(match tx {
            Tx::Postgres(tx) => {
                let query = sqlx::query_as::<Postgres, T>(sql)
                    .persistent(once)
                    .bind(&self.organizations);
                let query = match &self.values {
                    Values::Uuids(values) => query.bind(values),
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
            Values::Uuids(values) => organizations
                .zip(values.iter().map(|id| id.simple().to_string()))
                .collect(),
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
