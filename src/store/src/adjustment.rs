//! Requests for adjustments: credits to be given or taken back that one person of the staff asks for and another approves.
//!
//! A request moves only from the state that the mover has seen: of two who decide at once, one does. Who may decide is the
//! service's affair; that nobody approves what it asked for itself is a `CHECK` of the table, too. Credits move elsewhere.

use drawdown_domain::id::{AdjustmentId, ApiKeyId, GrantId, OrganizationId, StaffId};
use drawdown_domain::{Credits, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::names::Named;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdjustmentKind {
    /// Credits are to be given.
    Give,
    /// What is unspent of a grant is to be taken back.
    TakeBack,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdjustmentState {
    /// It waits for a second person.
    Pending,
    /// A second person approved it; its booking is under way, or will be found by the job.
    Approved,
    /// It is in the ledger.
    Booked,
    /// It was approved, but the ledger refused it.
    Failed,
    /// A second person refused it.
    Refused,
    /// Whoever asked took it back.
    Withdrawn,
}

impl AdjustmentKind {
    /// `give`, `take back`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Give => "give",
            Self::TakeBack => "take back",
        }
    }
}

impl AdjustmentState {
    /// `pending`, `approved`: for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Booked => "booked",
            Self::Failed => "not booked",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdjustmentAsker {
    /// A person of the staff.
    Staff(StaffId),
    /// A key of the vendor: nobody.
    Key(ApiKeyId),
}

impl AdjustmentAsker {
    fn staff(self) -> Option<Uuid> {
        match self {
            Self::Staff(id) => Some(id.uuid()),
            Self::Key(_) => None,
        }
    }

    fn key(self) -> Option<Uuid> {
        match self {
            Self::Staff(_) => None,
            Self::Key(id) => Some(id.uuid()),
        }
    }
}

/// Who decided on a request, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjustmentDecision {
    /// The person; whoever asked, where the request was withdrawn.
    pub by: StaffId,
    /// Its name at that time.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct AdjustmentRequest {
    /// Its identifier.
    pub id: AdjustmentId,
    /// The customer.
    pub organization: OrganizationId,
    /// Tells the form that asked from another one of the same person, and a key's call from others.
    pub once: String,
    /// What is asked for.
    pub kind: AdjustmentKind,
    /// The grant that is to be made, or from which is taken back.
    pub grant: GrantId,
    /// How many credits.
    pub credits: Credits,
    /// Everything that the booking needs beside, as JSON.
    pub content: Value,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: AdjustmentState,
    /// Who asked.
    pub asked_by: AdjustmentAsker,
    /// Its name at that time.
    pub asked_by_name: String,
    /// When.
    pub asked_at: Timestamp,
    /// Who decided; none while it waits.
    pub decided: Option<AdjustmentDecision>,
    /// Why it was refused, or why the ledger did not take it.
    pub outcome: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    organization_id: Uuid,
    id: Uuid,
    once: String,
    kind: String,
    grant_id: Uuid,
    credits: i64,
    content: String,
    reason: String,
    state: String,
    asked_by: Option<Uuid>,
    asked_by_key: Option<Uuid>,
    asked_by_name: String,
    asked_at: i64,
    decided_by: Option<Uuid>,
    decided_by_name: Option<String>,
    decided_at: Option<i64>,
    outcome: Option<String>,
}

impl TryFrom<Row> for AdjustmentRequest {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let decided = match (row.decided_by, row.decided_by_name, row.decided_at) {
            (Some(by), Some(name), Some(at)) => Some(AdjustmentDecision {
                by: StaffId::from_uuid(by),
                name,
                at: Timestamp::from_micros(at),
            }),
            _ => None,
        };
        let asked_by = match (row.asked_by, row.asked_by_key) {
            (Some(person), _) => AdjustmentAsker::Staff(StaffId::from_uuid(person)),
            (None, Some(key)) => AdjustmentAsker::Key(ApiKeyId::from_uuid(key)),
            (None, None) => return Err(StoreError::corrupt("adjustment request", "nobody has asked")),
        };
        Ok(Self {
            id: AdjustmentId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            once: row.once,
            kind: AdjustmentKind::from_name(&row.kind)?,
            grant: GrantId::from_uuid(row.grant_id),
            credits: Credits::from_micros(row.credits),
            content: serde_json::from_str(&row.content)
                .map_err(|error| StoreError::corrupt("adjustment request", error))?,
            reason: row.reason,
            state: AdjustmentState::from_name(&row.state)?,
            asked_by,
            asked_by_name: row.asked_by_name,
            asked_at: Timestamp::from_micros(row.asked_at),
            decided,
            outcome: row.outcome,
        })
    }
}

fn requests(rows: Vec<Row>) -> Result<Vec<AdjustmentRequest>, StoreError> {
    rows.into_iter().map(AdjustmentRequest::try_from).collect()
}

impl Store {
    /// Adds a request that waits. False where it changes nothing: the same person has sent this form before, or another
    /// request for the same grant is open.
    pub async fn ask_adjustment(&self, asked: &AdjustmentRequest, audit: &[AuditLine]) -> Result<bool, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let added = on!(tx: &mut tx, |c| sqlx::query(
                "INSERT INTO adjustment_request (organization_id, id, once, kind, grant_id, credits, content, reason, state,
                    asked_by, asked_by_key, asked_by_name, asked_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
            )
            .bind(asked.organization.uuid())
            .bind(asked.id.uuid())
            .bind(&asked.once)
            .bind(asked.kind.name())
            .bind(asked.grant.uuid())
            .bind(asked.credits.micros())
            .bind(asked.content.to_string())
            .bind(&asked.reason)
            .bind(AdjustmentState::Pending.name())
            .bind(asked.asked_by.staff())
            .bind(asked.asked_by.key())
            .bind(&asked.asked_by_name)
            .bind(asked.asked_at.micros())
            .execute(c)
            .await?
            .rows_affected());
            if added > 0 {
                write_lines(&mut tx, audit).await?;
            }
            tx.commit().await?;
            Ok(added > 0)
        })
        .await
    }

    /// A request.
    pub async fn adjustment(
        &self,
        organization: OrganizationId,
        id: AdjustmentId,
    ) -> Result<Option<AdjustmentRequest>, StoreError> {
        let row: Option<Row> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(adjustment_request, "WHERE organization_id = $1 AND id = $2"),
        )
        .bind(organization.uuid())
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        row.map(AdjustmentRequest::try_from).transpose()
    }

    /// The request that a form of a person, or a call of the vendor's keys, has become.
    pub async fn adjustment_of_form(
        &self,
        organization: OrganizationId,
        asked_by: AdjustmentAsker,
        once: &str,
    ) -> Result<Option<AdjustmentRequest>, StoreError> {
        let row: Option<Row> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(adjustment_request, "WHERE organization_id = $1 AND asked_by IS NOT DISTINCT FROM $2 AND once = $3"),
        )
        .bind(organization.uuid())
        .bind(asked_by.staff())
        .bind(once)
        .fetch_optional(c)
        .await)?;
        row.map(AdjustmentRequest::try_from).transpose()
    }

    /// A customer's requests that wait for a person or for their booking, the oldest first, `limit` at most.
    pub async fn open_adjustments(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<AdjustmentRequest>, StoreError> {
        let rows: Vec<Row> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(adjustment_request,
                "WHERE organization_id = $1 AND state IN ('pending', 'approved') ORDER BY id LIMIT $2"),
        )
        .bind(organization.uuid())
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        requests(rows)
    }

    /// The requests of all customers that wait for a person or for their booking, the oldest first, `limit` at most.
    pub async fn waiting_adjustments(&self, limit: u32) -> Result<Vec<AdjustmentRequest>, StoreError> {
        let rows: Vec<Row> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(adjustment_request, "WHERE state IN ('pending', 'approved') ORDER BY asked_at, id LIMIT $1"),
        )
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        requests(rows)
    }

    /// How many requests wait for a person.
    pub async fn waiting_adjustments_count(&self) -> Result<u64, StoreError> {
        let count: i64 = on!(pool: &self.db().read, |c| sqlx::query_scalar(
            "SELECT COUNT(*) FROM adjustment_request WHERE state IN ('pending', 'approved') AND state = 'pending'",
        )
        .fetch_one(c)
        .await)?;
        Ok(count.unsigned_abs())
    }

    /// Approved requests whose booking is not known of, decided until `until`, the oldest first, `limit` at most.
    pub async fn adjustments_to_book(
        &self,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<AdjustmentRequest>, StoreError> {
        let rows: Vec<Row> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(adjustment_request,
                "WHERE state = 'approved' AND decided_at <= $1 ORDER BY decided_at LIMIT $2"),
        )
        .bind(until.micros())
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        requests(rows)
    }

    /// Brings a request to its new state, decision and outcome, where it still is in state `from`. False, and nothing is
    /// written, where it is in another one.
    pub async fn move_adjustment(
        &self,
        from: AdjustmentState,
        to: &AdjustmentRequest,
        audit: &[AuditLine],
    ) -> Result<bool, StoreError> {
        let decided = to.decided.as_ref();
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let moved = on!(tx: &mut tx, |c| sqlx::query(
                "UPDATE adjustment_request SET state = $4, decided_by = $5, decided_by_name = $6, decided_at = $7, outcome = $8
                 WHERE organization_id = $1 AND id = $2 AND state = $3",
            )
            .bind(to.organization.uuid())
            .bind(to.id.uuid())
            .bind(from.name())
            .bind(to.state.name())
            .bind(decided.map(|decided| decided.by.uuid()))
            .bind(decided.map(|decided| decided.name.as_str()))
            .bind(decided.map(|decided| decided.at.micros()))
            .bind(to.outcome.as_deref())
            .execute(c)
            .await?
            .rows_affected());
            if moved > 0 {
                write_lines(&mut tx, audit).await?;
            }
            tx.commit().await?;
            Ok(moved > 0)
        })
        .await
    }
}
