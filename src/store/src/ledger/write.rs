//! Writing what a batch changed: every table once, in bulk, in the batch's transaction.

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use uuid::Uuid;

use super::Job;
use super::commit::Proof;
use super::decide::{Changed, Decided};
use super::rows::{BatchRows, json};
use super::tables;
use super::writer::Failure;
use crate::audit::write_lines;
use crate::bulk::Rows;
use crate::database::{Tx, on};
use crate::payment::write_change;

/// Writes everything; `None` where there was nothing to write.
pub(super) async fn write(
    tx: &mut Tx,
    now: Timestamp,
    jobs: &[Job],
    decided: &[Decided],
    changed: Vec<Changed>,
    transaction: Option<String>,
) -> Result<Option<Proof>, Failure> {
    let attached = write_attached(tx, now, jobs, decided).await?;
    let mut rows = BatchRows::new();
    let mut raised = None;
    for changed in changed.iter().filter(|changed| changed.changes.organization) {
        // Removed limits go first: one that is set may bear the name of one that is removed.
        delete_limits(tx, changed).await?;
        rows.add(changed)?;
        let state = &changed.organization.state;
        raised = Some((state.id, state.version));
    }
    if raised.is_none() && !attached {
        return Ok(None);
    }
    rows.write(tx).await?;
    Ok(Some(Proof { transaction, raised }))
}

async fn delete_limits(tx: &mut Tx, changed: &Changed) -> Result<(), Failure> {
    let organization = changed.organization.state.id;
    for cap in &changed.changes.caps_deleted {
        delete(tx, "cap_counter", "cap_id", organization, cap.id.uuid()).await?;
        delete(tx, "cap", "id", organization, cap.id.uuid()).await?;
    }
    for throttle in &changed.changes.throttles_deleted {
        delete(tx, "throttle_state", "throttle_id", organization, throttle.id.uuid()).await?;
        delete(tx, "throttle", "id", organization, throttle.id.uuid()).await?;
    }
    Ok(())
}

/// Writes the answers to idempotency keys, and what goes along with requests that were carried out. True where there
/// was any.
async fn write_attached(tx: &mut Tx, now: Timestamp, jobs: &[Job], decided: &[Decided]) -> Result<bool, Failure> {
    let mut answers = Rows::new(&tables::IDEMPOTENCY);
    let mut lines = Vec::new();
    let mut pays = false;
    for (job, decided) in jobs.iter().zip(decided).filter(|(_, decided)| decided.fresh) {
        let Ok(outcome) = &decided.answer else { continue };
        if let Some(keyed) = job.keyed {
            answers.push([
                job.organization.uuid().into(),
                keyed.key_hash.as_slice().into(),
                keyed.request_hash.as_slice().into(),
                json(outcome)?,
                now.into(),
            ]);
        }
        if !decided.attach {
            continue;
        }
        lines.extend_from_slice(&job.attachments.audit);
        if let Some(change) = &job.attachments.payment {
            pays = true;
            write_change(tx, change).await?;
        }
    }
    write_lines(tx, &lines).await?;
    let written = answers.write(tx).await?;
    Ok(written > 0 || !lines.is_empty() || pays)
}

async fn delete(tx: &mut Tx, table: &str, column: &str, organization: OrganizationId, id: Uuid) -> Result<(), Failure> {
    let sql = format!("DELETE FROM {table} WHERE organization_id = $1 AND {column} = $2");
    on!(tx: tx, |c| sqlx::query(&sql)
        .bind(organization.uuid())
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}
