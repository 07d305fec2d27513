//! The ledger as customers read it: postings with the hash chain, the newest first.

use drawdown_domain::Credits;
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::posting::LedgerAccount;

use crate::actor::Actor;
use crate::customers::Page;
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

/// A posting, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingView {
    /// 1, 2, 3… without gaps.
    pub sequence: i64,
    /// When.
    pub at: Moment,
    /// The grant; `None` for transfers of the organization.
    pub grant: Option<GrantId>,
    /// From here.
    pub from: LedgerAccount,
    /// To here.
    pub to: LedgerAccount,
    /// In words: `Used`, `Reserved for a run`, `Bought`, `Expired`.
    pub words: String,
    /// How much; above zero.
    pub credits: Credits,
    /// How it changes what can be burned: negative, zero or positive.
    pub change: Credits,
    /// How many usage events stand behind it.
    pub events: i64,
    /// Hash of the posting before it, in hexadecimal.
    pub previous_hash: String,
    /// Its own hash, in hexadecimal.
    pub hash: String,
}

impl Service {
    /// Postings before the sequence `before` (all where absent), the newest first, at most `limit` (1 to 500).
    pub async fn postings(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Page<PostingView>, ServiceError> {
        let _ = (actor, organization, before, limit);
        Err(Self::unfinished())
    }
}
