//! Many rows in one statement: arrays and UNNEST on PostgreSQL, chunks of VALUES on SQLite. The shape of a table's
//! statement is written once, for both.

use std::fmt::Write;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::{Credits, Key, Timestamp};
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, Encode, PgConnection, Postgres, QueryBuilder, Sqlite, SqliteConnection, Type};
use uuid::Uuid;

use crate::database::Tx;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Bytes,
    Uuid,
}

/// Where rows go, and what happens to those that are there already.
#[derive(Debug)]
pub(crate) struct Target<const N: usize> {
    pub(crate) table: &'static str,
    pub(crate) columns: [(&'static str, Kind); N],
    pub(crate) verb: Verb,
    /// True where it is an error if a row was not written.
    pub(crate) whole: bool,
}

/// How rows are written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verb {
    /// Inserted, and then `ON CONFLICT …`, or nothing: then a row that is there already is an error.
    Insert(&'static str),
    /// Changed: what is set, and which row is meant; `n` is the new row.
    Update { set: &'static str, row: &'static str },
}

/// Why rows were not written.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The database refused.
    Database(sqlx::Error),
    /// Rows that had to be there were not: the state on which the batch was decided is not the state that is there.
    Incomplete,
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(Uuid),
    Null,
}

#[derive(Debug)]
enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Uuid(Vec<Option<Uuid>>),
}

/// Rows to be written.
#[derive(Debug)]
pub(crate) struct Rows<const N: usize> {
    target: &'static Target<N>,
    columns: [Column; N],
    count: usize,
}

/// Rows of one statement on SQLite: few sizes, so that each is prepared once.
const CHUNKS: [usize; 3] = [64, 8, 1];

impl<const N: usize> Rows<N> {
    pub(crate) fn new(target: &'static Target<N>) -> Self {
        let columns = target.columns.map(|(_, kind)| match kind {
            Kind::Int => Column::Int(Vec::new()),
            Kind::Text => Column::Text(Vec::new()),
            Kind::Bytes => Column::Bytes(Vec::new()),
            Kind::Uuid => Column::Uuid(Vec::new()),
        });
        Self {
            target,
            columns,
            count: 0,
        }
    }

    /// Adds a row: its values in the order of the target's columns.
    pub(crate) fn push(&mut self, values: impl IntoIterator<Item = Value>) {
        let mut values = values.into_iter();
        for column in &mut self.columns {
            column.push(values.next().expect("a row has a value for every column"));
        }
        debug_assert!(values.next().is_none(), "a row has no more values than columns");
        self.count += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Writes all rows.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), WriteError> {
        if self.is_empty() {
            return Ok(());
        }
        match tx {
            Tx::Postgres(tx) => {
                let mut script = Script::default();
                script.add(self)?;
                script.run(tx).await
            }
            Tx::Sqlite(tx) => self.write_chunks(tx).await,
        }
    }

    /// SQLite: in statements of a few sizes.
    async fn write_chunks(self, tx: &mut SqliteConnection) -> Result<(), WriteError> {
        let (target, count) = (self.target, self.count);
        let mut columns = self.columns.map(Column::into_values);
        let mut left = count;
        let mut written = 0;
        while left > 0 {
            let size = CHUNKS.into_iter().find(|size| *size <= left).unwrap_or(1);
            let (head, tail) = match target.verb {
                Verb::Insert(conflict) => (insert_head(target), conflict.to_owned()),
                Verb::Update { set, row } => (
                    format!("WITH n ({}) AS (", names(target)),
                    format!(") UPDATE {} SET {set} FROM n WHERE {row}", target.table),
                ),
            };
            let mut query = QueryBuilder::<Sqlite>::new(head);
            query.push_values(0..size, |mut row, _| {
                for column in &mut columns {
                    match column.next().unwrap_or(Value::Null) {
                        Value::Int(value) => row.push_bind(value),
                        Value::Text(value) => row.push_bind(value),
                        Value::Bytes(value) => row.push_bind(value),
                        Value::Uuid(value) => row.push_bind(value),
                        Value::Null => row.push_bind(None::<i64>),
                    };
                }
            });
            query.push(' ').push(tail);
            written += query.build().execute(&mut *tx).await?.rows_affected();
            left -= size;
        }
        if target.whole && written != count as u64 {
            return Err(WriteError::Incomplete);
        }
        Ok(())
    }
}

/// PostgreSQL: the rows of many tables in one statement, which is one message there and one back. What must be whole is
/// looked at by the statement itself: it fails by dividing by zero where something is missing, and has done nothing.
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
    /// Adds the rows of a table. No table may come twice.
    pub(crate) fn add<const N: usize>(&mut self, rows: Rows<N>) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let target = rows.target;
        let part = self.parts;
        self.parts += 1;
        self.sql.push_str(if part == 0 { "WITH " } else { ", " });
        let unnest = self.unnest(target);
        match target.verb {
            Verb::Insert(conflict) => {
                let head = insert_head(target);
                write!(self.sql, "w{part} AS ({head}SELECT * FROM {unnest} {conflict}")
            }
            Verb::Update { set, row } => {
                let (table, names) = (target.table, names(target));
                write!(
                    self.sql,
                    "w{part} AS (UPDATE {table} SET {set} FROM {unnest} AS n ({names}) WHERE {row}"
                )
            }
        }
        .expect("a String takes whatever is written");
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

fn names<const N: usize>(target: &Target<N>) -> String {
    target.columns.map(|(name, _)| name).join(", ")
}

fn insert_head<const N: usize>(target: &Target<N>) -> String {
    format!("INSERT INTO {} ({}) ", target.table, names(target))
}

impl Column {
    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Int(values), Value::Int(value)) => values.push(Some(value)),
            (Self::Int(values), Value::Null) => values.push(None),
            (Self::Text(values), Value::Text(value)) => values.push(Some(value)),
            (Self::Text(values), Value::Null) => values.push(None),
            (Self::Bytes(values), Value::Bytes(value)) => values.push(Some(value)),
            (Self::Bytes(values), Value::Null) => values.push(None),
            (Self::Uuid(values), Value::Uuid(value)) => values.push(Some(value)),
            (Self::Uuid(values), Value::Null) => values.push(None),
            (column, value) => panic!("a row is written in the order of its target's columns: {value:?} to {column:?}"),
        }
    }

    fn into_values(self) -> Box<dyn Iterator<Item = Value> + Send> {
        match self {
            Self::Int(values) => Box::new(values.into_iter().map(Value::from)),
            Self::Text(values) => Box::new(values.into_iter().map(Value::from)),
            Self::Bytes(values) => Box::new(values.into_iter().map(Value::from)),
            Self::Uuid(values) => Box::new(values.into_iter().map(Value::from)),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<Credits> for Value {
    fn from(value: Credits) -> Self {
        Self::Int(value.micros())
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.micros())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&Key> for Value {
    fn from(value: &Key) -> Self {
        Self::Text(value.as_str().to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Uuid(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
