//! Browser sessions: the list that makes signing out everywhere possible. The cookie holds the identifier only, and a
//! session that is not in the list is over.

use drawdown_domain::id::SessionId;
use drawdown_store::Session;

use crate::actor::{Actor, Member};
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

/// How long a session lives, in seconds: 30 days.
pub const SESSION_SECONDS: i64 = 30 * 86_400;
/// How often a session's last use is noted, in seconds.
const SEEN_SECONDS: i64 = 300;

/// A session in the member's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Its identifier.
    pub id: SessionId,
    /// When it began.
    pub started: Moment,
    /// When it was last used, to five minutes.
    pub seen: Moment,
}

impl Service {
    /// Begins a session of a member who just signed in.
    pub async fn start_session(&self, member: &Member) -> Result<SessionId, ServiceError> {
        let now = self.now();
        let session = Session {
            id: SessionId::from_uuid(self.random().uuid(now)),
            member: member.id,
            created_at: now,
            last_seen_at: now,
        };
        self.store().create_session(&session, &[]).await?;
        Ok(session.id)
    }

    /// The member of a session that is neither revoked nor over, `None` otherwise. Notes that it was used.
    pub async fn member_of_session(&self, session: SessionId) -> Result<Option<Member>, ServiceError> {
        let now = self.now();
        let Some(found) = self.store().session(session).await? else {
            return Ok(None);
        };
        if found.created_at.plus_seconds(SESSION_SECONDS) <= now {
            return Ok(None);
        }
        let Some(member) = self
            .store()
            .member(found.member)
            .await?
            .filter(|member| !member.disabled)
        else {
            return Ok(None);
        };
        if found.last_seen_at.plus_seconds(SEEN_SECONDS) <= now {
            self.store().touch_session(session, now).await?;
        }
        Ok(Some(self.signed_in(member).await?))
    }

    /// The member's sessions, the last used first.
    pub async fn sessions(&self, member: &Member) -> Result<Vec<SessionView>, ServiceError> {
        let moments = crate::moment::Moments::new(&member.time_zone, self.now());
        let sessions = self.store().sessions(member.id).await?;
        Ok(sessions
            .into_iter()
            .map(|session| SessionView {
                id: session.id,
                started: moments.at(session.created_at),
                seen: moments.at(session.last_seen_at),
            })
            .collect())
    }

    /// Ends one session of the member; one of somebody else's is left alone.
    pub async fn revoke_session(&self, member: &Member, session: SessionId) -> Result<(), ServiceError> {
        let theirs = self
            .store()
            .session(session)
            .await?
            .is_some_and(|found| found.member == member.id);
        if theirs {
            let actor = Actor::Member(member.clone());
            let line = self.audit_line(&actor, Some(member.organization), "revoke", "session", None);
            self.store().revoke_session(session, &[line]).await?;
        }
        Ok(())
    }

    /// Ends all sessions of the member. Says how many.
    pub async fn revoke_sessions(&self, member: &Member) -> Result<u64, ServiceError> {
        let actor = Actor::Member(member.clone());
        let line = self.audit_line(&actor, Some(member.organization), "revoke_all", "session", None);
        Ok(self.store().revoke_sessions(member.id, None, &[line]).await?)
    }
}
