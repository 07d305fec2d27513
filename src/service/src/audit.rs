//! The audit log: who changed what, when. Every use case that changes something writes one line, in the transaction
//! of the change.

mod log;
mod told;

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::id::{AuditId, OrganizationId};
use drawdown_store::{ActorKind, AuditLine, AuditQuery, AuditScope};
use serde_json::Value;
use uuid::Uuid;

use crate::actor::{Action, Actor};
use crate::customers::Page;
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::service::Service;

use told::{Grants, told};

pub use log::{AUDIT_FILE_LINES_MAX, AuditCustomer, AuditEntry, AuditInput};

/// A line of the audit log, ready to show.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditView {
    /// Its identifier.
    pub id: AuditId,
    /// When.
    pub at: Moment,
    /// Who, by name.
    pub actor: String,
    /// What was done: `put`, `delete`, `void`…
    pub action: String,
    /// To what: `cap`, `grant`, `payment`…
    pub noun: String,
    /// What it was before.
    pub before: Option<Value>,
    /// What it is now.
    pub after: Option<Value>,
    /// Of a contract and of transferred credits, what both say in words, thing by thing.
    pub told: Vec<Change>,
}

impl AuditView {
    /// A line as it is shown. `own` is the calendar of the customer that it is about.
    fn of(line: AuditLine, moments: &Moments, own: &Moments, grants: &Grants) -> Self {
        Self {
            told: told(&line, own, grants),
            id: line.id,
            at: moments.at(line.at),
            actor: line.actor_name,
            action: line.action,
            noun: line.noun,
            before: line.before,
            after: line.after,
        }
    }
}

/// An actor as the log names it: its kind, identifier and name.
pub(crate) fn named(actor: &Actor) -> (ActorKind, Option<Uuid>, String) {
    match actor {
        Actor::ApiKey { id, name, .. } => (ActorKind::ApiKey, Some(id.uuid()), name.clone()),
        Actor::Member(member) => (ActorKind::Member, Some(member.id.uuid()), member.name.clone()),
        Actor::Staff(staff) => (ActorKind::Vendor, Some(staff.id.uuid()), staff.name.clone()),
        Actor::System(name) => (ActorKind::System, None, (*name).to_owned()),
    }
}

impl Service {
    /// A line of the log about what `actor` does now.
    pub(crate) fn audit_line(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        action: &str,
        noun: &str,
        after: Option<Value>,
    ) -> AuditLine {
        let now = self.now();
        let (actor_kind, actor_id, actor_name) = named(actor);
        AuditLine {
            id: AuditId::from_uuid(self.random().uuid(now)),
            at: now,
            actor_kind,
            actor_id,
            actor_name,
            organization,
            action: action.to_owned(),
            noun: noun.to_owned(),
            before: None,
            after,
        }
    }

    /// The newest lines, of an organization or (`None`) of all that the actor may see; `before` is the last page's `next`.
    pub async fn audit(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<AuditView>, ServiceError> {
        actor.authorise(Action::ReadAudit, organization)?;
        let before = before
            .map(str::parse::<AuditId>)
            .transpose()
            .map_err(|_| ServiceError::field("before", "not_a_cursor", "take it from the last page's next"))?;
        let moments = match organization {
            Some(id) => self.moments(&self.load(id).await?.state),
            None => Moments::new("UTC", self.now()),
        };
        let query = AuditQuery {
            scope: organization.map_or_else(|| actor.audit_scope(), |id| AuditScope::Only(vec![id])),
            before,
            ..AuditQuery::default()
        };
        let page = self.store().audit_page(&query, limit.clamp(1, 200)).await?;
        let grants = self.grants_of_lines(&page.rows).await?;
        let view = |line| AuditView::of(line, &moments, &moments, &grants);
        let mut items: Vec<AuditView> = page.rows.into_iter().map(view).collect();
        self.name_plans(items.iter_mut().flat_map(|line| &mut line.told))
            .await?;
        Ok(Page {
            items,
            next: page.next.map(|id| id.to_string()),
        })
    }
}
