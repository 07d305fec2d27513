//! Browser sessions, of members and of staff: the list that makes signing out everywhere possible. The cookie holds the
//! identifier only, and a session that is not in the list is over.

use drawdown_domain::id::SessionId;
use drawdown_store::{Session, SessionOf};
use serde_json::json;

use crate::error::ServiceError;
use crate::moment::Moment;
use crate::person::Person;
use crate::service::Service;

/// How long a session lives, in seconds: 30 days.
pub const SESSION_SECONDS: i64 = 30 * 86_400;
/// How often a session's last use is noted, in seconds.
const SEEN_SECONDS: i64 = 300;

/// A session in a person's list.
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
    /// Begins a session of a person who just signed in.
    pub async fn start_session(&self, person: &Person) -> Result<SessionId, ServiceError> {
        let now = self.now();
        let session = Session {
            id: SessionId::from_uuid(self.random().uuid(now)),
            of: person.session_of(),
            created_at: now,
            last_seen_at: now,
        };
        self.store().create_session(&session, &[]).await?;
        Ok(session.id)
    }

    /// The person of a session that is neither revoked nor over, `None` otherwise. Notes that it was used.
    pub async fn person_of_session(&self, session: SessionId) -> Result<Option<Person>, ServiceError> {
        let now = self.now();
        let Some(found) = self.store().session(session).await? else {
            return Ok(None);
        };
        if found.created_at.plus_seconds(SESSION_SECONDS) <= now {
            return Ok(None);
        }
        let Some(person) = self.person_of(found.of).await? else {
            return Ok(None);
        };
        if found.last_seen_at.plus_seconds(SEEN_SECONDS) <= now {
            self.store().touch_session(&found, now).await?;
        }
        Ok(Some(person))
    }

    /// Whoever it is, unless disabled.
    async fn person_of(&self, of: SessionOf) -> Result<Option<Person>, ServiceError> {
        Ok(match of {
            SessionOf::Member(id) => match self.store().member(id).await? {
                Some(member) if !member.disabled => Some(Person::Member(self.signed_in(member).await?)),
                _ => None,
            },
            SessionOf::Staff(id) => match self.store().staff(id).await? {
                Some(staff) if !staff.disabled => Some(Person::Staff(self.staff_signed_in(staff).await?)),
                _ => None,
            },
        })
    }

    /// The person's sessions, the last used first.
    pub async fn sessions(&self, person: &Person) -> Result<Vec<SessionView>, ServiceError> {
        let moments = crate::moment::Moments::new(person.time_zone(), self.now());
        let sessions = self.store().sessions(person.session_of()).await?;
        Ok(sessions
            .into_iter()
            .map(|session| SessionView {
                id: session.id,
                started: moments.at(session.created_at),
                seen: moments.at(session.last_seen_at),
            })
            .collect())
    }

    /// Ends one session of the person; one of somebody else's is left alone.
    pub async fn revoke_session(&self, person: &Person, session: SessionId) -> Result<(), ServiceError> {
        let told = |is_open: bool| Some(json!({ "id": session, "open": is_open }));
        let mut line = self.audit_line(&person.actor(), person.organization(), "revoke", "session", told(false));
        line.before = told(true);
        self.store()
            .revoke_session(person.session_of(), session, &[line])
            .await?;
        Ok(())
    }

    /// Ends all sessions of the person. Says how many.
    pub async fn revoke_sessions(&self, person: &Person) -> Result<u64, ServiceError> {
        let open = self.store().sessions(person.session_of()).await?.len();
        let told = |open: usize| Some(json!({ "open": open }));
        let mut line = self.audit_line(&person.actor(), person.organization(), "revoke_all", "session", told(0));
        line.before = told(open);
        Ok(self.store().revoke_sessions(person.session_of(), None, &[line]).await?)
    }
}
