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

/// Hashes or other byte strings to look for.
#[derive(Clone, Debug, Default)]
pub(crate) struct BytesSet(Vec<Vec<u8>>);

/// Texts to look for.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextSet(Vec<String>);

impl UuidSet {
    pub(crate) fn new(ids: impl IntoIterator<Item = Uuid>) -> Self {
        Self(ids.into_iter().collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl BytesSet {
    pub(crate) fn new(values: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(values.into_iter().collect())
    }
}

impl TextSet {
    pub(crate) fn new(values: impl IntoIterator<Item = String>) -> Self {
        Self(values.into_iter().collect())
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

/// The condition "is one of" for parameter `number`, a [`UuidSet`] or [`BytesSet`].
pub(crate) fn one_of(engine: &impl Engine, number: u32) -> String {
    if engine.is_sqlite() {
        format!("IN (SELECT unhex(value) FROM json_each(${number}))")
    } else {
        format!("= ANY(${number})")
    }
}

/// The condition "is one of" for parameter `number`, a [`TextSet`].
pub(crate) fn one_of_texts(engine: &impl Engine, number: u32) -> String {
    if engine.is_sqlite() {
        format!("IN (SELECT value FROM json_each(${number}))")
    } else {
        format!("= ANY(${number})")
    }
}

fn hex_json<'a>(values: impl Iterator<Item = &'a [u8]>) -> String {
    let mut json = String::from("[");
    for value in values {
        if json.len() > 1 {
            json.push(',');
        }
        json.push('"');
        for byte in value {
            for digit in [byte >> 4, byte & 15] {
                json.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        json.push('"');
    }
    json.push(']');
    json
}

macro_rules! parameter {
    ($set:ident, $postgres:ty, |$this:ident| $json:expr) => {
        impl Type<Postgres> for $set {
            fn type_info() -> PgTypeInfo {
                <$postgres as Type<Postgres>>::type_info()
            }
        }

        impl Encode<'_, Postgres> for $set {
            fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                <$postgres as Encode<Postgres>>::encode_by_ref(&self.0, buffer)
            }
        }

        impl Type<Sqlite> for $set {
            fn type_info() -> SqliteTypeInfo {
                <String as Type<Sqlite>>::type_info()
            }
        }

        impl<'q> Encode<'q, Sqlite> for $set {
            fn encode_by_ref(&self, arguments: &mut Vec<SqliteArgumentValue<'q>>) -> Result<IsNull, BoxDynError> {
                let $this = self;
                <String as Encode<Sqlite>>::encode($json, arguments)
            }
        }
    };
}

parameter!(UuidSet, Vec<Uuid>, |set| hex_json(
    set.0.iter().map(|id| id.as_bytes().as_slice())
));
parameter!(BytesSet, Vec<Vec<u8>>, |set| hex_json(set.0.iter().map(Vec::as_slice)));
parameter!(TextSet, Vec<String>, |set| serde_json::to_string(&set.0)?);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_hexadecimal_json() {
        assert_eq!(hex_json([[0x0f, 0xa0].as_slice(), &[]].into_iter()), r#"["0fa0",""]"#);
        assert_eq!(hex_json(std::iter::empty()), "[]");
    }
}
