//! Writing what a batch changed: every table once, in bulk, in the batch's transaction.

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use uuid::Uuid;

use super::Job;
use super::commit::Proof;
use super::decide::{Changed, Decided};
use super::line::Line;
use super::rows::{BatchRows, Known};
use super::writer::Failure;
use crate::audit::write_lines;
use crate::bulk::WriteError;
use crate::credit_transfer::{Given, write_transfer};
use crate::database::{Tx, on};
use crate::payment::write_change;
use crate::schedule;

/// The rows that a batch changed, and an organization that it raised with the version to which it did.
pub(super) fn rows_of(
    known: Known,
    now: Timestamp,
    jobs: &[Job],
    decided: &[Decided],
    changed: &[Changed],
) -> Result<(BatchRows, Option<(OrganizationId, i64)>), Failure> {
    let mut rows = BatchRows::new(known);
    let mut raised = None;
    for (job, decided) in jobs.iter().zip(decided).filter(|(_, decided)| decided.fresh) {
        if let Ok(outcome) = &decided.answer {
            rows.answer(job, outcome, now)?;
        }
    }
    for changed in changed.iter().filter(|changed| changed.changes.organization) {
        rows.add(changed)?;
        let state = &changed.book.account.organization;
        raised = Some((state.id, state.version));
    }
    Ok((rows, raised))
}

/// Writes everything in the batch's transaction; `None` where there was nothing to write.
pub(super) async fn write(
    tx: &mut Tx,
    now: Timestamp,
    jobs: &[Job],
    decided: &[Decided],
    changed: &[Changed],
    line: &Line,
) -> Result<Option<Proof>, Failure> {
    let attached = write_attached(tx, now, jobs, decided, changed).await?;
    for changed in changed {
        // Removed limits go first: one that is set may bear the name of one that is removed.
        delete_limits(tx, changed).await?;
    }
    let (rows, raised) = rows_of(Known::Insert, now, jobs, decided, changed)?;
    if rows.is_empty() && !attached {
        return Ok(None);
    }
    Box::pin(rows.write(tx)).await.map_err(|error| match error {
        WriteError::Database(error) => error.into(),
        WriteError::Incomplete => {
            Failure::Lasting("an organization has moved on, or a hold has ended already".to_owned())
        }
    })?;
    line.number_in(tx).await?;
    Ok(Some(Proof { raised }))
}

async fn delete_limits(tx: &mut Tx, changed: &Changed) -> Result<(), Failure> {
    let organization = changed.book.account.organization.id;
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

/// Writes what goes along with requests that were carried out. True where there was any.
async fn write_attached(
    tx: &mut Tx,
    now: Timestamp,
    jobs: &[Job],
    decided: &[Decided],
    changed: &[Changed],
) -> Result<bool, Failure> {
    let mut lines = Vec::new();
    let mut written = false;
    for (job, decided) in jobs.iter().zip(decided).filter(|(_, decided)| decided.attach) {
        lines.extend_from_slice(&job.attachments.audit);
        if let Some(change) = &job.attachments.payment {
            written = true;
            write_change(tx, change).await?;
        }
        if let Some(change) = &job.attachments.schedule {
            written = true;
            schedule::write_change(tx, job.organization, change).await?;
        }
        if let (Some(to), Ok(Outcome::Grant(grant))) = (&job.attachments.transfer, &decided.answer) {
            written = true;
            let given = given(now, job, changed)?;
            if !write_transfer(tx, &given, to, grant).await? {
                return Err(Failure::Lasting("the organizations are not of one parent".to_owned()));
            }
        }
    }
    if lines.is_empty() {
        return Ok(written);
    }
    write_lines(tx, &lines).await?;
    Ok(true)
}

/// The giving side of a transfer.
fn given(now: Timestamp, job: &Job, changed: &[Changed]) -> Result<Given, Failure> {
    let mut states = changed.iter().map(|changed| &changed.book.account.organization);
    let from = states.find(|state| state.id == job.organization);
    match (&job.request, from) {
        (Request::TransferOut { grant, .. }, Some(from)) => Ok(Given {
            from: from.id,
            from_batch: from.version,
            from_grant: *grant,
            at: now,
        }),
        _ => Err(Failure::Lasting(
            "only a transfer goes to another organization".to_owned(),
        )),
    }
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
