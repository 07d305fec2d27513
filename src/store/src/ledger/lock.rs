//! The lock of a batch: the rows of its organizations, in the order of their identifiers, and what they tell.

use std::collections::BTreeMap;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::posting::Hash;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use super::shelf::Head;
use super::writer::Failure;
use crate::database::{Tx, on};
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
    // NO KEY: rows elsewhere that point to an organization can be added meanwhile.
    let locking = match tx {
        Tx::Sqlite(_) => "",
        Tx::Postgres(_) => "FOR NO KEY UPDATE",
    };
    let sql = format!(
        "SELECT id, version, settings_version, owed, forgiven, posting_sequence, posting_hash, hold_due_at,
            (SELECT COALESCE(MAX(number), 0) FROM rate_card_version) AS newest_rates
         FROM organization WHERE id {} ORDER BY id {locking}",
        one_of(tx, 1)
    );
    let rows: Vec<LockedRow> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(set).fetch_all(c).await)?;
    let newest_rates = rows.first().map_or(0, |row| row.newest_rates);
    let heads = rows
        .into_iter()
        .map(|row| Ok((OrganizationId::from_uuid(row.id), Head::try_from(row)?)));
    Ok(Locked {
        heads: heads.collect::<Result<_, StoreError>>()?,
        newest_rates,
    })
}
