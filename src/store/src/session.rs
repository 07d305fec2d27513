//! The list of sessions: which browsers a person is signed in with, a member or one of the staff. The web layer keeps
//! the sessions themselves; one that is not in this list any more is over.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{MemberId, SessionId, StaffId};
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::database::on;
use crate::error::StoreError;

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionOf {
    /// A member of an organization.
    Member(MemberId),
    /// One of the vendor's staff.
    Staff(StaffId),
}

impl SessionOf {
    fn uuid(self) -> Uuid {
        match self {
            Self::Member(id) => id.uuid(),
            Self::Staff(id) => id.uuid(),
        }
    }

    /// The table of the list, and its column that says whose.
    const fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Member(_) => ("member_session", "member_id"),
            Self::Staff(_) => ("staff_session", "staff_id"),
        }
    }
}

/// A session of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identifier (not the secret in the cookie).
    pub id: SessionId,
    /// Whose it is.
    pub of: SessionOf,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen, to within some minutes.
    pub last_seen_at: Timestamp,
}

impl Store {
    /// Adds a session to the list.
    pub async fn create_session(&self, session: &Session, audit: &[AuditLine]) -> Result<(), StoreError> {
        let (table, person) = session.of.table();
        let sql = &format!("INSERT INTO {table} (id, {person}, created_at, last_seen_at) VALUES ($1, $2, $3, $4)");
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query(sql)
                .bind(session.id.uuid())
                .bind(session.of.uuid())
                .bind(session.created_at.micros())
                .bind(session.last_seen_at.micros())
                .execute(c)
                .await
                .map(|_| ()))
            .map_err(|error| StoreError::or_exists(error, "session"))?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }

    /// The session of an identifier, if it was not revoked.
    pub async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        type Row = (Option<Uuid>, Option<Uuid>, i64, i64);
        let row: Option<Row> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT member_id, NULL, created_at, last_seen_at FROM member_session WHERE id = $1
             UNION ALL
             SELECT NULL, staff_id, created_at, last_seen_at FROM staff_session WHERE id = $1",
        )
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        Ok(row.and_then(|(member, staff, created_at, last_seen_at)| {
            let of = member
                .map(|id| SessionOf::Member(MemberId::from_uuid(id)))
                .or_else(|| staff.map(|id| SessionOf::Staff(StaffId::from_uuid(id))))?;
            Some(Session {
                id,
                of,
                created_at: Timestamp::from_micros(created_at),
                last_seen_at: Timestamp::from_micros(last_seen_at),
            })
        }))
    }

    /// The sessions of a person, last seen first; 100 at most.
    pub async fn sessions(&self, of: SessionOf) -> Result<Vec<Session>, StoreError> {
        let (table, person) = of.table();
        let sql = &format!(
            "SELECT id, created_at, last_seen_at FROM {table} WHERE {person} = $1
             ORDER BY last_seen_at DESC, id LIMIT 100"
        );
        let rows: Vec<(Uuid, i64, i64)> = on!(pool: &self.db().read, |c| sqlx::query_as(sql)
            .bind(of.uuid())
            .fetch_all(c)
            .await)?;
        let session = |(id, created_at, last_seen_at)| Session {
            id: SessionId::from_uuid(id),
            of,
            created_at: Timestamp::from_micros(created_at),
            last_seen_at: Timestamp::from_micros(last_seen_at),
        };
        Ok(rows.into_iter().map(session).collect())
    }

    /// Notes that a session was seen. Meant to be called once in some minutes, not with every request.
    pub async fn touch_session(&self, session: &Session, now: Timestamp) -> Result<(), StoreError> {
        let (table, _) = session.of.table();
        let sql = &format!("UPDATE {table} SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2");
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query(sql)
                .bind(session.id.uuid())
                .bind(now.micros())
                .execute(c)
                .await
                .map(|_| ()))?;
            tx.commit().await
        })
        .await
    }

    /// Takes one session of a person off the list: it is over. Returns whether there was one; of somebody else's it
    /// changes nothing and writes nothing.
    pub async fn revoke_session(&self, of: SessionOf, id: SessionId, audit: &[AuditLine]) -> Result<bool, StoreError> {
        let (table, person) = of.table();
        let sql = &format!("DELETE FROM {table} WHERE id = $1 AND {person} = $2");
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let gone = on!(tx: &mut tx, |c| sqlx::query(sql)
                .bind(id.uuid())
                .bind(of.uuid())
                .execute(c)
                .await?
                .rows_affected());
            if gone > 0 {
                write_lines(&mut tx, audit).await?;
            }
            tx.commit().await?;
            Ok(gone > 0)
        })
        .await
    }

    /// Takes all sessions of a person off the list, but for one to be kept: "sign out everywhere". Returns how many.
    pub async fn revoke_sessions(
        &self,
        of: SessionOf,
        keep: Option<SessionId>,
        audit: &[AuditLine],
    ) -> Result<u64, StoreError> {
        let (table, person) = of.table();
        let sql = &format!("DELETE FROM {table} WHERE {person} = $1 AND id <> $2");
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let gone = on!(tx: &mut tx, |c| sqlx::query(sql)
                .bind(of.uuid())
                .bind(keep.map_or(Uuid::nil(), SessionId::uuid))
                .execute(c)
                .await?
                .rows_affected());
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(gone)
        })
        .await
    }
}
