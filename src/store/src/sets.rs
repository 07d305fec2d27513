//! Sets of values as one parameter of a statement: an array on PostgreSQL, a JSON text on SQLite. The statement's text
//! stays the same whatever the set's size, so that it is prepared once.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::sqlite::{SqliteArgumentValue, SqliteTypeInfo};
use sqlx::{Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

use crate::database::{Pool, Tx};

/// Identifiers to look for.
#[derive(Clone, Debug, Default)]
pub(crate) struct UuidSet(Vec<Uuid>);

impl UuidSet {
    pub(crate) fn new(ids: impl IntoIterator<Item = Uuid>) -> Self {
        Self(ids.into_iter().collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The identifiers as a JSON array of hexadecimal texts.
    fn json(&self) -> String {
        let texts: Vec<String> = self.0.iter().map(|id| format!("\"{}\"", id.simple())).collect();
        format!("[{}]", texts.join(","))
    }
}

/// Which engine a statement is for.
pub(crate) trait Engine {
    fn is_sqlite(&self) -> bool;
}

impl Engine for Pool {
    fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

impl Engine for Tx {
    fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

/// The condition "is one of" for parameter `number`, a [`UuidSet`].
pub(crate) fn one_of(engine: &impl Engine, number: u32) -> String {
    if engine.is_sqlite() {
        format!("IN (SELECT unhex(value) FROM json_each(${number}))")
    } else {
        format!("= ANY(${number})")
    }
}

impl Type<Postgres> for UuidSet {
    fn type_info() -> PgTypeInfo {
        <Vec<Uuid> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for UuidSet {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<Uuid> as Encode<Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

impl Type<Sqlite> for UuidSet {
    fn type_info() -> SqliteTypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl<'q> Encode<'q, Sqlite> for UuidSet {
    fn encode_by_ref(&self, arguments: &mut Vec<SqliteArgumentValue<'q>>) -> Result<IsNull, BoxDynError> {
        <String as Encode<Sqlite>>::encode(self.json(), arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_written_as_a_json_array() {
        let set = UuidSet::new([Uuid::from_u128(0xf0), Uuid::from_u128(1)]);
        let expected = r#"["000000000000000000000000000000f0","00000000000000000000000000000001"]"#;
        assert_eq!(set.json(), expected);
        assert_eq!(UuidSet::default().json(), "[]");
    }
}
