//! Many rows in one statement: arrays and UNNEST on PostgreSQL, chunks of VALUES on SQLite. The shape of a table's
//! statement is written once, for both.

use drawdown_domain::{Credits, Key, Timestamp};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, SqliteConnection};
use uuid::Uuid;

use crate::database::Tx;
use crate::error::StoreError;
use crate::script::Script;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Bytes,
    Uuid,
}

/// Where rows go, and what happens to those that are there already. The first columns are the key, the very first is never
/// null.
#[derive(Debug)]
pub(crate) struct Target<const N: usize> {
    pub(crate) table: &'static str,
    pub(crate) columns: [(&'static str, Kind); N],
    pub(crate) verb: Verb,
    /// True where it is an error if a row was not written.
    pub(crate) whole: bool,
}

/// How rows are written; `key` is how many columns tell rows apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verb {
    /// Inserted: a row that is there already is an error.
    Insert,
    /// Inserted, where none is there.
    InsertMissing,
    /// Inserted; where one is there, this happens: `ON CONFLICT …`.
    InsertOr(&'static str),
    /// Inserted; where one is there, all but its key becomes what the new row has.
    Replace { key: usize },
    /// Inserted; where one is there, all but its key is added to what it has.
    Add { key: usize },
    /// Changed: all but its key becomes what the new row has. `only` is a further condition, or nothing: `AND …`, `n` is the
    /// new row.
    Update { key: usize, only: &'static str },
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

impl From<WriteError> for StoreError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => error.into(),
            WriteError::Incomplete => Self::corrupt("rows", "some that had to be there were not written"),
        }
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

/// The values of a column.
#[derive(Debug)]
pub(crate) enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Uuid(Vec<Option<Uuid>>),
}

/// Rows to be written.
#[derive(Debug)]
pub(crate) struct Rows<const N: usize> {
    pub(crate) target: &'static Target<N>,
    pub(crate) columns: [Column; N],
    pub(crate) count: usize,
}

/// Rows of one statement on SQLite: few sizes, so that each is prepared once.
const CHUNKS: [usize; 4] = [1, 4, 16, CHUNK_MAX];
const CHUNK_MAX: usize = 64;

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

    /// SQLite: in statements of a few sizes. The last is filled up with rows of nulls, which it leaves out: a statement
    /// more is a message to the connection's thread and back.
    async fn write_chunks(self, tx: &mut SqliteConnection) -> Result<(), WriteError> {
        let (target, count) = (self.target, self.count);
        let mut columns = self.columns.map(Column::into_values);
        let mut left = count;
        let mut written = 0;
        while left > 0 {
            let size = CHUNKS.into_iter().find(|size| *size >= left).unwrap_or(CHUNK_MAX);
            let mut arguments = SqliteArguments::default();
            for _ in 0..size {
                for column in &mut columns {
                    match column.next().unwrap_or(Value::Null) {
                        Value::Int(value) => arguments.add(value),
                        Value::Text(value) => arguments.add(value),
                        Value::Bytes(value) => arguments.add(value),
                        Value::Uuid(value) => arguments.add(value),
                        Value::Null => arguments.add(None::<i64>),
                    }
                    .map_err(sqlx::Error::Encode)?;
                }
            }
            let sql = chunk(target, size);
            written += sqlx::query_with(&sql, arguments)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            left -= size.min(left);
        }
        if target.whole && written != count as u64 {
            return Err(WriteError::Incomplete);
        }
        Ok(())
    }
}

/// The statement for so many rows on SQLite.
fn chunk<const N: usize>(target: &Target<N>, size: usize) -> String {
    let row = format!("({})", ["?"; N].join(", "));
    let rows = vec![row.as_str(); size].join(", ");
    let names = names(target);
    target.statement(&format!("(VALUES {rows}) WHERE column1 IS NOT NULL"), |change| {
        format!("WITH n ({names}) AS (VALUES {rows}) {change} FROM n")
    })
}

/// The names of a target's columns.
pub(crate) fn names<const N: usize>(target: &Target<N>) -> String {
    target.columns.map(|(name, _)| name).join(", ")
}

impl<const N: usize> Target<N> {
    /// Its statement: `rows` is where inserted rows are selected from, and `from` completes `UPDATE … SET …` by the new
    /// rows, which it calls `n`.
    pub(crate) fn statement(&self, rows: &str, from: impl FnOnce(String) -> String) -> String {
        let table = self.table;
        let insert = |conflict: &str| {
            let names = names(self);
            format!("INSERT INTO {table} ({names}) SELECT * FROM {rows} {conflict}")
        };
        let merge = |key: usize, change: fn(&str, &str) -> String| {
            let (key, others) = self.columns.split_at(key);
            let (key, changes) = (
                each(key, ", ", str::to_owned),
                each(others, ", ", |name| change(table, name)),
            );
            insert(&format!("ON CONFLICT ({key}) DO UPDATE SET {changes}"))
        };
        match self.verb {
            Verb::Insert => insert(""),
            Verb::InsertMissing => insert("ON CONFLICT DO NOTHING"),
            Verb::InsertOr(conflict) => insert(conflict),
            Verb::Replace { key } => merge(key, |_, name| format!("{name} = excluded.{name}")),
            Verb::Add { key } => merge(key, |table, name| format!("{name} = {table}.{name} + excluded.{name}")),
            Verb::Update { key, only } => {
                let (key, others) = self.columns.split_at(key);
                let changes = each(others, ", ", |name| format!("{name} = n.{name}"));
                let is_row = each(key, " AND ", |name| format!("{table}.{name} = n.{name}"));
                format!(
                    "{} WHERE {is_row} {only}",
                    from(format!("UPDATE {table} SET {changes}"))
                )
            }
        }
    }
}

/// Columns' names, made into something each.
fn each(columns: &[(&str, Kind)], between: &str, make: impl Fn(&str) -> String) -> String {
    let texts: Vec<String> = columns.iter().map(|(name, _)| make(name)).collect();
    texts.join(between)
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
