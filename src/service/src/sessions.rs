//! Browser sessions: the list that makes signing out everywhere possible. The cookie holds the identifier only.

use drawdown_domain::id::SessionId;

use crate::actor::Member;
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

/// How long a session lives, in seconds: 30 days.
pub const SESSION_SECONDS: i64 = 30 * 86_400;

/// A session in the member's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Its identifier.
    pub id: SessionId,
    /// The browser, as it named itself.
    pub user_agent: String,
    /// When it began.
    pub started: Moment,
    /// When it was last used, to the minute.
    pub seen: Moment,
}

impl Service {
    /// Begins a session of a member who just signed in.
    pub async fn start_session(&self, member: &Member, user_agent: &str) -> Result<SessionId, ServiceError> {
        let _ = (member, user_agent);
        Err(Self::unfinished())
    }

    /// The member of a session that is neither revoked nor over, `None` otherwise. Notes that it was used.
    pub async fn member_of_session(&self, session: SessionId) -> Result<Option<Member>, ServiceError> {
        let _ = session;
        Err(Self::unfinished())
    }

    /// The member's sessions, the last used first.
    pub async fn sessions(&self, member: &Member) -> Result<Vec<SessionView>, ServiceError> {
        let _ = member;
        Err(Self::unfinished())
    }

    /// Ends one session of the member; an ended one stays ended.
    pub async fn revoke_session(&self, member: &Member, session: SessionId) -> Result<(), ServiceError> {
        let _ = (member, session);
        Err(Self::unfinished())
    }

    /// Ends all sessions of the member.
    pub async fn revoke_sessions(&self, member: &Member) -> Result<(), ServiceError> {
        let _ = member;
        Err(Self::unfinished())
    }
}
