//! Rows of agreements as types.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{ContractId, PlanChangeId, PlanMoveId, PlanVersionId};
use uuid::Uuid;

use super::{ContractRef, PhaseRow, PlanChange};
use crate::error::StoreError;

/// A number that counts from 1 and is kept in 64 bits.
pub(super) fn number(what: &'static str, stored: i64) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|error| StoreError::corrupt(what, error))
}

fn contract(id: Option<Uuid>, version: Option<i64>) -> Result<Option<ContractRef>, StoreError> {
    let (Some(id), Some(version)) = (id, version) else {
        return Ok(None);
    };
    Ok(Some(ContractRef {
        contract: ContractId::from_uuid(id),
        version: number("contract version", version)?,
    }))
}

#[derive(sqlx::FromRow)]
pub(super) struct StoredPhase {
    number: i64,
    starts_at: i64,
    anchor: i64,
    plan_version_id: Option<Uuid>,
    contract_id: Option<Uuid>,
    contract_version: Option<i64>,
}

impl TryFrom<StoredPhase> for PhaseRow {
    type Error = StoreError;

    fn try_from(row: StoredPhase) -> Result<Self, StoreError> {
        Ok(Self {
            number: number("phase", row.number)?,
            from: Timestamp::from_micros(row.starts_at),
            anchor: Timestamp::from_micros(row.anchor),
            plan: row.plan_version_id.map(PlanVersionId::from_uuid),
            contract: contract(row.contract_id, row.contract_version)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct StoredChange {
    id: Uuid,
    plan_version_id: Option<Uuid>,
    contract_id: Option<Uuid>,
    contract_version: Option<i64>,
    move_id: Option<Uuid>,
    anchor: Option<i64>,
    due_at: Option<i64>,
    created_at: i64,
}

impl TryFrom<StoredChange> for PlanChange {
    type Error = StoreError;

    fn try_from(row: StoredChange) -> Result<Self, StoreError> {
        Ok(Self {
            id: PlanChangeId::from_uuid(row.id),
            plan: row.plan_version_id.map(PlanVersionId::from_uuid),
            contract: contract(row.contract_id, row.contract_version)?,
            of_move: row.move_id.map(PlanMoveId::from_uuid),
            anchor: row.anchor.map(Timestamp::from_micros),
            at: row.due_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct StoredContractVersion {
    pub(super) organization_id: Uuid,
    pub(super) contract_id: Uuid,
    pub(super) number: i64,
    pub(super) effective_at: i64,
    pub(super) terms: String,
    pub(super) plan_version_id: Uuid,
    pub(super) withdrawn_at: Option<i64>,
}
