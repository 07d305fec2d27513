//! Notes of the vendor's staff on a customer. They are added, never changed, and no member sees them.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{CustomerNoteId, OrganizationId, StaffId};
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::database::on;
use crate::error::StoreError;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerNote {
    /// Its identifier.
    pub id: CustomerNoteId,
    /// The customer that it is about.
    pub organization: OrganizationId,
    /// Who wrote it, where it was one of the staff.
    pub staff: Option<StaffId>,
    /// The writer's name at that time.
    pub author: String,
    /// What it says.
    pub text: String,
    /// When it was written.
    pub created_at: Timestamp,
}

impl Store {
    /// Adds a note. One of the same identifier again changes nothing: it is the same form, sent twice.
    pub async fn add_customer_note(&self, note: &CustomerNote, audit: &[AuditLine]) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let added = on!(tx: &mut tx, |c| sqlx::query(
                "INSERT INTO customer_note (id, organization_id, staff_id, author, text, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
            )
            .bind(note.id.uuid())
            .bind(note.organization.uuid())
            .bind(note.staff.map(StaffId::uuid))
            .bind(&note.author)
            .bind(&note.text)
            .bind(note.created_at.micros())
            .execute(c)
            .await?
            .rows_affected());
            if added > 0 {
                write_lines(&mut tx, audit).await?;
            }
            tx.commit().await
        })
        .await
    }

    /// The newest notes on a customer, `limit` at most.
    pub async fn customer_notes(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<CustomerNote>, StoreError> {
        type Row = (Uuid, Option<Uuid>, String, String, i64);
        let rows: Vec<Row> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT id, staff_id, author, text, created_at FROM customer_note
             WHERE organization_id = $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(organization.uuid())
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        let note = |(id, staff, author, text, created_at): Row| CustomerNote {
            id: CustomerNoteId::from_uuid(id),
            organization,
            staff: staff.map(StaffId::from_uuid),
            author,
            text,
            created_at: Timestamp::from_micros(created_at),
        };
        Ok(rows.into_iter().map(note).collect())
    }
}
