//! One posting with the usage events behind it: how a customer follows a credit from the ledger to what was run.

use drawdown_domain::id::OrganizationId;

use crate::actor::Actor;
use crate::customers::Page;
use crate::error::ServiceError;
use crate::postings::PostingView;
use crate::service::Service;
use crate::usage::EventView;

/// A posting with its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingDetail {
    /// The posting.
    pub posting: PostingView,
    /// The events that its grant paid for in its batch, the oldest first.
    pub events: Page<EventView>,
}

impl Service {
    /// The posting of that sequence with its events; `after` is the last page's `next`. At most `limit` (1 to 200).
    pub async fn posting(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        sequence: i64,
        after: Option<&str>,
        limit: u32,
    ) -> Result<PostingDetail, ServiceError> {
        let _ = (actor, organization, sequence, after, limit);
        Err(Self::unfinished())
    }
}
