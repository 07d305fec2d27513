//! Many rows in one statement: arrays and UNNEST on PostgreSQL, chunks of VALUES on SQLite. The shape of a table's
//! statement is written once, for both.

use std::fmt::Write;

use drawdown_domain::{Credits, Key, Timestamp};
use sqlx::{Postgres, QueryBuilder, Sqlite};
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
    /// `ON CONFLICT …`, or nothing: then a row that is there already is an error.
    pub(crate) conflict: &'static str,
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

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Writes all rows and gives how many were inserted or changed.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<u64, sqlx::Error> {
        if self.count == 0 {
            return Ok(0);
        }
        match tx {
            Tx::Postgres(tx) => {
                let sql = self.unnest();
                let mut query = sqlx::query::<Postgres>(&sql);
                for column in self.columns {
                    query = match column {
                        Column::Int(values) => query.bind(values),
                        Column::Text(values) => query.bind(values),
                        Column::Bytes(values) => query.bind(values),
                        Column::Uuid(values) => query.bind(values),
                    };
                }
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            Tx::Sqlite(tx) => {
                let mut columns = self.columns.map(Column::into_values);
                let mut left = self.count;
                let mut written = 0;
                while left > 0 {
                    let size = CHUNKS.into_iter().find(|size| *size <= left).unwrap_or(1);
                    let mut query = QueryBuilder::<Sqlite>::new(head(self.target));
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
                    query.push(' ').push(self.target.conflict);
                    written += query.build().execute(&mut **tx).await?.rows_affected();
                    left -= size;
                }
                Ok(written)
            }
        }
    }

    fn unnest(&self) -> String {
        let mut sql = head(self.target);
        sql.push_str("SELECT * FROM UNNEST(");
        for (place, (_, kind)) in self.target.columns.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let array = match kind {
                Kind::Int => "bigint[]",
                Kind::Text => "text[]",
                Kind::Bytes => "bytea[]",
                Kind::Uuid => "uuid[]",
            };
            write!(sql, "{comma}${}::{array}", place + 1).expect("a String takes whatever is written");
        }
        sql.push_str(") ");
        sql.push_str(self.target.conflict);
        sql
    }
}

fn head<const N: usize>(target: &Target<N>) -> String {
    let names = target.columns.map(|(name, _)| name);
    format!("INSERT INTO {} ({}) ", target.table, names.join(", "))
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
