//! The audit log: who changed what, from what to what. Lines are only ever added, in the transaction of the change.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{AuditId, OrganizationId};
use serde_json::Value;
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::columns::select;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::names::Named;
use crate::page::{Page, rows_to_fetch};

/// What kind of actor made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A member of an organization.
    Member,
    /// The vendor's staff.
    Vendor,
    /// A program with an API key.
    ApiKey,
    /// Drawdown itself.
    System,
}

impl ActorKind {
    /// As it is stored: `vendor`, `api_key`.
    pub fn word(self) -> &'static str {
        self.name()
    }
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    /// Its identifier; its time orders the log.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// What kind of actor.
    pub actor_kind: ActorKind,
    /// The actor's member or key identifier.
    pub actor_id: Option<Uuid>,
    /// The actor's name at that time.
    pub actor_name: String,
    /// The organization concerned; `None` for the installation as a whole.
    pub organization: Option<OrganizationId>,
    /// What was done: `put`, `delete`, `void`…
    pub action: String,
    /// To what: `cap`, `grant`, `api_key`…
    pub noun: String,
    /// What it was before.
    pub before: Option<Value>,
    /// What it is now.
    pub after: Option<Value>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct AuditRow {
    id: Uuid,
    at: i64,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_name: String,
    organization_id: Option<Uuid>,
    action: String,
    noun: String,
    before_json: Option<String>,
    after_json: Option<String>,
}

impl TryFrom<AuditRow> for AuditLine {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let json = |text: Option<String>| {
            text.map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|error| StoreError::corrupt("audit line", error))
        };
        Ok(Self {
            id: AuditId::from_uuid(row.id),
            at: Timestamp::from_micros(row.at),
            actor_kind: ActorKind::from_name(&row.actor_kind)?,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            organization: row.organization_id.map(OrganizationId::from_uuid),
            action: row.action,
            noun: row.noun,
            before: json(row.before_json)?,
            after: json(row.after_json)?,
        })
    }
}

/// Adds lines within the transaction of the change that they tell of.
pub(crate) async fn write_lines(tx: &mut Tx, lines: &[AuditLine]) -> Result<(), sqlx::Error> {
    for line in lines {
        on!(tx: tx, |c| sqlx::query(
            "INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, organization_id, action, noun, before_json,
                after_json)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(line.id.uuid())
        .bind(line.at.micros())
        .bind(line.actor_kind.name())
        .bind(line.actor_id)
        .bind(&line.actor_name)
        .bind(line.organization.map(OrganizationId::uuid))
        .bind(&line.action)
        .bind(&line.noun)
        .bind(line.before.as_ref().map(ToString::to_string))
        .bind(line.after.as_ref().map(ToString::to_string))
        .execute(c)
        .await
        .map(|_| ()))?;
    }
    Ok(())
}

impl Store {
    /// Adds lines on their own: for what happens outside of this database (a sign-in, a refused payment event).
    pub async fn write_audit(&self, lines: &[AuditLine]) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            write_lines(&mut tx, lines).await?;
            tx.commit().await
        })
        .await
    }

    /// The log, newest first: of one organization, or of everything; from before a line on.
    pub async fn audit(
        &self,
        organization: Option<OrganizationId>,
        before: Option<AuditId>,
        limit: u32,
    ) -> Result<Page<AuditLine, AuditId>, StoreError> {
        let before = before.map_or(Uuid::max(), AuditId::uuid);
        let rows: Vec<AuditRow> = match organization {
            Some(organization) => on!(pool: &self.db().charts, |c| sqlx::query_as(
                select!(audit, "WHERE organization_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
            )
            .bind(organization.uuid())
            .bind(before)
            .bind(rows_to_fetch(limit))
            .fetch_all(c)
            .await)?,
            None => on!(pool: &self.db().charts, |c| sqlx::query_as(
                select!(audit, "WHERE id < $1 ORDER BY id DESC LIMIT $2"),
            )
            .bind(before)
            .bind(rows_to_fetch(limit))
            .fetch_all(c)
            .await)?,
        };
        let lines = rows
            .into_iter()
            .map(AuditLine::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(lines, limit, |line| line.id))
    }
}
