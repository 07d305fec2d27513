//! What open pages hear: the version of an organization whenever a commit changed it, and the small set of figures that
//! moves.
//!
//! A process hears of its own commits at once and of other processes' by one poll, twice a second, for the organizations
//! that its open pages show and only while they are shown.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::live::LiveFigures;

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::service::Service;

/// A subscription to one organization's version; dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    versions: tokio::sync::watch::Receiver<i64>,
}

impl Watch {
    /// The version that was last seen.
    pub fn version(&self) -> i64 {
        *self.versions.borrow()
    }

    /// Waits for the next change and gives its version; several changes at once are one. `None` when the service ends.
    pub async fn changed(&mut self) -> Option<i64> {
        self.versions.changed().await.ok()?;
        Some(*self.versions.borrow_and_update())
    }
}

impl Service {
    /// Subscribes to an organization's changes.
    pub async fn watch(&self, actor: &Actor, organization: OrganizationId) -> Result<Watch, ServiceError> {
        let _ = (actor, organization);
        Err(Self::unfinished())
    }

    /// The figures that move, as they are now.
    pub async fn live_figures(&self, actor: &Actor, organization: OrganizationId) -> Result<LiveFigures, ServiceError> {
        let _ = (actor, organization);
        Err(Self::unfinished())
    }
}
