//! Writing what changes in agreements, in the transaction of a request of the ledger.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{OrganizationId, PlanMoveId, PlanVersionId};
use uuid::Uuid;

use super::{ContractRef, DoneStep, PhaseRow, PlanChange, PlanChangeEnd, ScheduleChange, SignedVersion};
use crate::database::{Tx, on};

/// The revision of an organization's agreements, within a transaction that holds its lock.
pub(crate) async fn revision_of(tx: &mut Tx, organization: OrganizationId) -> Result<i64, sqlx::Error> {
    let found: Option<i64> = on!(tx: tx, |c| sqlx::query_scalar(
        "SELECT revision FROM schedule WHERE organization_id = $1",
    )
    .bind(organization.uuid())
    .fetch_optional(c)
    .await)?;
    Ok(found.unwrap_or(0))
}

/// Writes a change within a transaction that holds the organization's lock and has found its revision.
pub(crate) async fn write_change(
    tx: &mut Tx,
    organization: OrganizationId,
    change: &ScheduleChange,
) -> Result<(), sqlx::Error> {
    let id = organization.uuid();
    if let Some(signed) = &change.signed {
        write_signed(tx, id, signed, change.at).await?;
    }
    for of in &change.withdrawn {
        write_withdrawal(tx, id, of, change.at).await?;
    }
    if let Some(phase) = &change.phase {
        write_phase(tx, id, phase, change.at).await?;
    }
    if let Some(step) = &change.step {
        write_step(tx, id, step).await?;
    }
    if let Some(scheduled) = &change.scheduled {
        write_plan_change(tx, id, scheduled).await?;
    }
    for (plan_change, end) in &change.ended {
        let state = match end {
            PlanChangeEnd::Done => "done",
            PlanChangeEnd::Withdrawn => "withdrawn",
            PlanChangeEnd::Refused => "refused",
        };
        on!(tx: &mut *tx, |c| sqlx::query(
            "UPDATE plan_change SET state = $3, ended_at = $4
             WHERE organization_id = $1 AND id = $2 AND state = 'scheduled'",
        )
        .bind(id)
        .bind(plan_change.uuid())
        .bind(state)
        .bind(change.at.micros())
        .execute(c)
        .await
        .map(|_| ()))?;
    }
    let progress = serde_json::to_string(&change.progress).map_err(|error| sqlx::Error::Encode(error.into()))?;
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO schedule (organization_id, revision, progress, next_step_at, next_credits_at, renews_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (organization_id) DO UPDATE SET revision = excluded.revision, progress = excluded.progress,
            next_step_at = excluded.next_step_at, next_credits_at = excluded.next_credits_at,
            renews_at = excluded.renews_at",
    )
    .bind(id)
    .bind(change.revision + 1)
    .bind(progress)
    .bind(change.outlook.step_at.map(Timestamp::micros))
    .bind(change.outlook.credits_at.map(Timestamp::micros))
    .bind(change.outlook.renews_at.map(Timestamp::micros))
    .execute(c)
    .await
    .map(|_| ()))
}

pub(super) async fn write_phase(
    tx: &mut Tx,
    organization: Uuid,
    phase: &PhaseRow,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO phase (organization_id, number, starts_at, anchor, plan_version_id, contract_id, contract_version,
            created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(organization)
    .bind(i64::from(phase.number))
    .bind(phase.from.micros())
    .bind(phase.anchor.micros())
    .bind(phase.plan.map(PlanVersionId::uuid))
    .bind(phase.contract.map(|of| of.contract.uuid()))
    .bind(phase.contract.map(|of| i64::from(of.version)))
    .bind(now.micros())
    .execute(c)
    .await
    .map(|_| ()))
}

pub(super) async fn write_step(tx: &mut Tx, organization: Uuid, step: &DoneStep) -> Result<(), sqlx::Error> {
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO step (organization_id, key, kind, at, done_at, grant_id, money_minor, money_currency)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(organization)
    .bind(&step.key)
    .bind(step.kind)
    .bind(step.at.micros())
    .bind(step.done_at.micros())
    .bind(step.grant.map(drawdown_domain::id::GrantId::uuid))
    .bind(step.money.map(|money| money.minor))
    .bind(step.money.map(|money| money.currency.as_str().to_owned()))
    .execute(c)
    .await
    .map(|_| ()))
}

async fn write_plan_change(tx: &mut Tx, organization: Uuid, change: &PlanChange) -> Result<(), sqlx::Error> {
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO plan_change (organization_id, id, plan_version_id, contract_id, contract_version, anchor, due_at,
            state, created_at, move_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'scheduled', $8, $9)",
    )
    .bind(organization)
    .bind(change.id.uuid())
    .bind(change.plan.map(PlanVersionId::uuid))
    .bind(change.contract.map(|of| of.contract.uuid()))
    .bind(change.contract.map(|of| i64::from(of.version)))
    .bind(change.anchor.map(Timestamp::micros))
    .bind(change.at.map(Timestamp::micros))
    .bind(change.created_at.micros())
    .bind(change.of_move.map(PlanMoveId::uuid))
    .execute(c)
    .await
    .map(|_| ()))
}

/// A version of a contract, and the plan version that holds its terms: of a plan that bears the contract's name and is in
/// no list.
async fn write_signed(
    tx: &mut Tx,
    organization: Uuid,
    signed: &SignedVersion,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let encode = |error: serde_json::Error| sqlx::Error::Encode(error.into());
    let terms = serde_json::to_string(&signed.version.terms).map_err(encode)?;
    let plan_terms = serde_json::to_string(&signed.terms).map_err(encode)?;
    let (key, number) = (signed.contract.to_string(), i64::from(signed.version.number));
    on!(tx: &mut *tx, |c| sqlx::query(
        "INSERT INTO plan (key, created_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
    )
    .bind(&key)
    .bind(now.micros())
    .execute(c)
    .await
    .map(|_| ()))?;
    on!(tx: &mut *tx, |c| sqlx::query(
        "INSERT INTO plan_version (id, plan, number, terms, base_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(signed.plan.uuid())
    .bind(&key)
    .bind(number)
    .bind(&plan_terms)
    .bind(signed.version.terms.plan.uuid())
    .bind(now.micros())
    .execute(c)
    .await
    .map(|_| ()))?;
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO contract_version (organization_id, contract_id, number, effective_at, terms, plan_version_id,
            created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(organization)
    .bind(signed.contract.uuid())
    .bind(number)
    .bind(signed.version.effective_at.micros())
    .bind(&terms)
    .bind(signed.plan.uuid())
    .bind(now.micros())
    .execute(c)
    .await
    .map(|_| ()))
}

/// That a version of a contract is taken back.
async fn write_withdrawal(
    tx: &mut Tx,
    organization: Uuid,
    of: &ContractRef,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO contract_withdrawal (organization_id, contract_id, number, withdrawn_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(organization)
    .bind(of.contract.uuid())
    .bind(i64::from(of.version))
    .bind(now.micros())
    .execute(c)
    .await
    .map(|_| ()))
}
