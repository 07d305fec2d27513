//! PostgreSQL: the rows of many tables in one statement, which is one message there and one back.
//!
//! What must be whole is looked at by the statement itself: it fails by dividing by zero where something is missing, and
//! has done nothing then.

use std::fmt::Write;

use drawdown_domain::id::OrganizationId;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, Encode, PgConnection, Postgres, Type};
use uuid::Uuid;

use crate::bulk::{Column, Kind, Rows, Target, WriteError, names};

/// The statement. See the module.
#[derive(Debug, Default)]
pub(crate) struct Script {
    sql: String,
    arguments: PgArguments,
    parameters: usize,
    parts: usize,
    conditions: Vec<String>,
}

/// SQLSTATE of a division by zero.
const DIVISION_BY_ZERO: &str = "22012";

impl Script {
    /// Adds the rows of a table. No row may come twice.
    pub(crate) fn add<const N: usize>(&mut self, rows: Rows<N>) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let target = rows.target;
        let part = self.parts;
        self.parts += 1;
        self.sql.push_str(if part == 0 { "WITH " } else { ", " });
        let unnest = self.unnest(target);
        let names = names(target);
        let statement = target.statement(&unnest, |change| format!("{change} FROM {unnest} AS n ({names})"));
        write!(self.sql, "w{part} AS ({statement}").expect("a String takes whatever is written");
        self.sql.push_str(if target.whole { " RETURNING 1)" } else { ")" });
        for column in rows.columns {
            match column {
                Column::Int(values) => self.bind(values),
                Column::Text(values) => self.bind(values),
                Column::Bytes(values) => self.bind(values),
                Column::Uuid(values) => self.bind(values),
            }?;
        }
        if target.whole {
            let count = i64::try_from(rows.count).expect("a batch has fewer rows than 2^63");
            self.must_be(&format!("(SELECT COUNT(*) FROM w{part})"), count)?;
        }
        Ok(())
    }

    /// Adds a condition: the value of an expression.
    pub(crate) fn must_be(&mut self, expression: &str, value: i64) -> Result<(), sqlx::Error> {
        self.conditions
            .push(format!("{expression} = ${}::bigint", self.parameters + 1));
        self.bind(value)
    }

    /// Adds the condition that organizations have these versions.
    pub(crate) fn organizations_are(&mut self, versions: &[(OrganizationId, i64)]) -> Result<(), sqlx::Error> {
        let first = self.parameters + 1;
        self.bind(versions.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>())?;
        self.bind(versions.iter().map(|(_, version)| *version).collect::<Vec<_>>())?;
        let count = format!(
            "(SELECT COUNT(*) FROM UNNEST(${first}::uuid[], ${}::bigint[]) AS n (id, version)
              JOIN organization o ON o.id = n.id AND o.version = n.version)",
            first + 1
        );
        let all = i64::try_from(versions.len()).expect("a batch has fewer organizations than 2^63");
        self.must_be(&count, all)
    }

    /// Raises the number of a writer's last batch to the next one, which it must be.
    pub(crate) fn raise_writer(&mut self, writer: Uuid, batch: i64) -> Result<(), sqlx::Error> {
        let (part, first) = (self.parts, self.parameters + 1);
        self.parts += 1;
        let comma = if part == 0 { "WITH" } else { "," };
        write!(
            self.sql,
            "{comma} w{part} AS (UPDATE ledger_writer SET batch = ${second}::bigint
             WHERE id = ${first}::uuid AND batch = ${second}::bigint - 1 RETURNING 1)",
            second = first + 1
        )
        .expect("a String takes whatever is written");
        self.bind(writer)?;
        self.bind(batch)?;
        self.must_be(&format!("(SELECT COUNT(*) FROM w{part})"), 1)
    }

    fn bind<T>(&mut self, value: T) -> Result<(), sqlx::Error>
    where
        T: for<'q> Encode<'q, Postgres> + Type<Postgres>,
    {
        self.parameters += 1;
        self.arguments.add(value).map_err(sqlx::Error::Encode)
    }

    fn unnest<const N: usize>(&self, target: &Target<N>) -> String {
        let mut sql = "UNNEST(".to_owned();
        for (place, (_, kind)) in target.columns.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let array = match kind {
                Kind::Int => "bigint[]",
                Kind::Text => "text[]",
                Kind::Bytes => "bytea[]",
                Kind::Uuid => "uuid[]",
            };
            write!(sql, "{comma}${}::{array}", self.parameters + place + 1)
                .expect("a String takes whatever is written");
        }
        sql.push(')');
        sql
    }

    /// Runs it.
    pub(crate) async fn run(mut self, connection: &mut PgConnection) -> Result<(), WriteError> {
        if self.conditions.is_empty() {
            self.sql.push_str(" SELECT 1");
        } else {
            write!(
                self.sql,
                " SELECT 1 / (CASE WHEN {} THEN 1 ELSE 0 END)",
                self.conditions.join(" AND ")
            )
            .expect("a String takes whatever is written");
        }
        match sqlx::query_with(&self.sql, self.arguments).execute(connection).await {
            Ok(_) => Ok(()),
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(DIVISION_BY_ZERO) => {
                Err(WriteError::Incomplete)
            }
            Err(error) => Err(WriteError::Database(error)),
        }
    }
}
