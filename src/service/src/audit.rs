//! The audit log: who changed what, when. Every use case that changes something writes one line.

use drawdown_domain::id::{AuditId, OrganizationId};

use crate::actor::Actor;
use crate::customers::Page;
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

/// A line of the audit log, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    /// Its identifier.
    pub id: AuditId,
    /// When.
    pub at: Moment,
    /// Who: an identifier, or `system:` and a name.
    pub actor: String,
    /// What: `cap.put`, `grant.add`…
    pub action: String,
    /// On what: an identifier or a key.
    pub subject: String,
    /// What exactly, as JSON.
    pub detail: String,
}

impl Service {
    /// The newest lines, of an organization or (`None`) of all; `before` is the last page's `next`.
    pub async fn audit(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<AuditView>, ServiceError> {
        let _ = (actor, organization, before, limit);
        Err(Self::unfinished())
    }
}
