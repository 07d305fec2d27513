//! The list of sessions: which browsers a member is signed in with. The web layer keeps the sessions themselves; one
//! that is not in this list any more is over.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{MemberId, SessionId};
use uuid::Uuid;

use crate::Store;
use crate::audit::{AuditLine, write_lines};
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;

/// A session of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identifier (not the secret in the cookie).
    pub id: SessionId,
    /// The member.
    pub member: MemberId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen, to within some minutes.
    pub last_seen_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    member_id: Uuid,
    created_at: i64,
    last_seen_at: i64,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId::from_uuid(row.id),
            member: MemberId::from_uuid(row.member_id),
            created_at: Timestamp::from_micros(row.created_at),
            last_seen_at: Timestamp::from_micros(row.last_seen_at),
        }
    }
}

impl Store {
    /// Adds a session to the list.
    pub async fn create_session(&self, session: &Session, audit: &[AuditLine]) -> Result<(), StoreError> {
        let mut tx = self.db().write.begin().await?;
        on!(tx: &mut tx, |c| sqlx::query(
            "INSERT INTO member_session (id, member_id, created_at, last_seen_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(session.id.uuid())
        .bind(session.member.uuid())
        .bind(session.created_at.micros())
        .bind(session.last_seen_at.micros())
        .execute(c)
        .await
        .map(|_| ()))
        .map_err(|error| StoreError::or_exists(error, "session"))?;
        write_lines(&mut tx, audit).await?;
        Ok(tx.commit().await?)
    }

    /// The session of an identifier, if it was not revoked.
    pub async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(member_session, "WHERE id = $1"),
        )
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        Ok(row.map(Session::from))
    }

    /// The sessions of a member, last seen first; 100 at most.
    pub async fn sessions(&self, member: MemberId) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(member_session, "WHERE member_id = $1 ORDER BY last_seen_at DESC, id LIMIT 100"),
        )
        .bind(member.uuid())
        .fetch_all(c)
        .await)?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// Notes that a session was seen. Meant to be called once in some minutes, not with every request.
    pub async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db().write.begin().await?;
        on!(tx: &mut tx, |c| sqlx::query(
            "UPDATE member_session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2",
        )
        .bind(id.uuid())
        .bind(now.micros())
        .execute(c)
        .await
        .map(|_| ()))?;
        Ok(tx.commit().await?)
    }

    /// Takes one session off the list: it is over. Without such a session nothing happens.
    pub async fn revoke_session(&self, id: SessionId, audit: &[AuditLine]) -> Result<(), StoreError> {
        let mut tx = self.db().write.begin().await?;
        on!(tx: &mut tx, |c| sqlx::query("DELETE FROM member_session WHERE id = $1")
            .bind(id.uuid())
            .execute(c)
            .await
            .map(|_| ()))?;
        write_lines(&mut tx, audit).await?;
        Ok(tx.commit().await?)
    }

    /// Takes all sessions of a member off the list, but for one to be kept: "sign out everywhere". Returns how many.
    pub async fn revoke_sessions(
        &self,
        member: MemberId,
        keep: Option<SessionId>,
        audit: &[AuditLine],
    ) -> Result<u64, StoreError> {
        let mut tx = self.db().write.begin().await?;
        let gone = on!(tx: &mut tx, |c| sqlx::query("DELETE FROM member_session WHERE member_id = $1 AND id <> $2")
            .bind(member.uuid())
            .bind(keep.map_or(Uuid::nil(), SessionId::uuid))
            .execute(c)
            .await?
            .rows_affected());
        write_lines(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(gone)
    }
}
