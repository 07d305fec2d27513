//! The lock of a batch: the rows of its organizations, in the order of their identifiers, and what they tell.

use std::collections::BTreeMap;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::posting::Hash;
use drawdown_domain::{Credits, Timestamp};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::shelf::Head;
use super::writer::Failure;
use crate::database::Tx;
use crate::error::StoreError;
use crate::sets::{UuidSet, one_of};

/// What locking told.
pub(super) struct Locked {
    pub(super) heads: BTreeMap<OrganizationId, Head>,
    pub(super) newest_rates: i64,
}

#[derive(sqlx::FromRow)]
struct LockedRow {
    id: Uuid,
    version: i64,
    settings_version: i64,
    owed: i64,
    forgiven: i64,
    posting_sequence: i64,
    posting_hash: Vec<u8>,
    hold_due_at: i64,
    newest_rates: i64,
}

impl TryFrom<LockedRow> for Head {
    type Error = StoreError;

    fn try_from(row: LockedRow) -> Result<Self, StoreError> {
        let posting_hash =
            Hash::try_from(row.posting_hash.as_slice()).map_err(|error| StoreError::corrupt("posting hash", error))?;
        Ok(Self {
            version: row.version,
            settings: row.settings_version,
            owed: Credits::from_micros(row.owed),
            forgiven: Credits::from_micros(row.forgiven),
            posting_sequence: row.posting_sequence,
            posting_hash,
            no_hold_due_before: (row.hold_due_at != 0).then(|| Timestamp::from_micros(row.hold_due_at)),
        })
    }
}

/// Locks the organizations' rows and tells their versions. On SQLite the transaction is the lock.
pub(super) async fn lock_organizations(
    tx: &mut Tx,
    ids: impl Iterator<Item = OrganizationId>,
) -> Result<Locked, Failure> {
    let set = UuidSet::new(ids.map(OrganizationId::uuid));
    let is_one = one_of(tx, 1);
    let rows = match tx {
        Tx::Sqlite(tx) => heads_at_once(tx, &is_one, set).await?,
        Tx::Postgres(tx) => {
            // NO KEY: rows elsewhere that point to an organization can be added meanwhile.
            let sql = format!(
                "SELECT id, version, settings_version, owed, forgiven, posting_sequence, posting_hash, hold_due_at,
                    (SELECT COALESCE(MAX(number), 0) FROM rate_card_version) AS newest_rates
                 FROM organization WHERE id {is_one} ORDER BY id FOR NO KEY UPDATE"
            );
            sqlx::query_as(&sql).bind(set).fetch_all(&mut **tx).await?
        }
    };
    let newest_rates = rows.first().map_or(0, |row: &LockedRow| row.newest_rates);
    let heads = rows
        .into_iter()
        .map(|row| Ok((OrganizationId::from_uuid(row.id), Head::try_from(row)?)));
    Ok(Locked {
        heads: heads.collect::<Result<_, StoreError>>()?,
        newest_rates,
    })
}

/// SQLite hands each row from the connection's thread to this one, which costs more than reading it: all of them come as
/// one text.
async fn heads_at_once(tx: &mut SqliteConnection, is_one: &str, set: UuidSet) -> Result<Vec<LockedRow>, StoreError> {
    type Told = (Uuid, i64, i64, i64, i64, i64, String, i64);
    let sql = format!(
        "SELECT json_group_array(json_array(hex(id), version, settings_version, owed, forgiven, posting_sequence,
            hex(posting_hash), hold_due_at)), (SELECT COALESCE(MAX(number), 0) FROM rate_card_version)
         FROM organization WHERE id {is_one}"
    );
    let (told, newest_rates): (String, i64) = sqlx::query_as(&sql).bind(set).fetch_one(tx).await?;
    let told: Vec<Told> = serde_json::from_str(&told).map_err(|error| StoreError::corrupt("organization", error))?;
    let row = |(id, version, settings_version, owed, forgiven, posting_sequence, hash, hold_due_at): Told| LockedRow {
        id,
        version,
        settings_version,
        owed,
        forgiven,
        posting_sequence,
        posting_hash: bytes_of_hex(&hash),
        hold_due_at,
        newest_rates,
    };
    Ok(told.into_iter().map(row).collect())
}

/// The bytes that SQLite's `hex` wrote as this text; none where two of its characters are no number.
fn bytes_of_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(str::from_utf8);
    let bytes = digits.map(|two| u8::from_str_radix(two.ok()?, 16).ok());
    bytes.collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::bytes_of_hex;

    #[test]
    fn hexadecimal_digits_are_bytes_and_other_texts_are_none() {
        assert_eq!(bytes_of_hex("00FF1a"), [0, 255, 26]);
        for other in ["", "0G", "äö"] {
            assert!(bytes_of_hex(other).is_empty(), "{other}");
        }
    }
}
