//! The ledger as customers read it: postings with the hash chain, the newest first.

use drawdown_domain::Credits;
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::posting::{LedgerAccount, Posting};

use crate::actor::{Action, Actor};
use crate::customers::Page;
use crate::error::ServiceError;
use crate::given_away::Given;
use crate::moment::{Moment, Moments};
use crate::randomness::hex;
use crate::service::Service;
use crate::words;

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
    /// In words: `Used`, `Reserved for runs`, `Granted`, `Expired`, `Transferred to Atlas Robotics`.
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
        actor.authorise(Action::Read, Some(organization))?;
        let moments = self.moments(&self.load(organization).await?.state);
        let page = self.store().postings(organization, before, limit.clamp(1, 500)).await?;
        let given = self.given_in(actor, organization, &page.rows).await?;
        Ok(Page {
            items: page
                .rows
                .iter()
                .map(|posting| posting_view(posting, &given, &moments))
                .collect(),
            next: page.next.map(|sequence| sequence.to_string()),
        })
    }
}

/// A stored posting, ready to show.
pub(crate) fn posting_view(posting: &Posting, given: &Given, moments: &Moments) -> PostingView {
    let words = given.words(posting);
    PostingView {
        sequence: posting.sequence,
        at: moments.at(posting.at),
        grant: posting.grant,
        from: posting.from,
        to: posting.to,
        words: words.unwrap_or_else(|| words::posting(posting.from, posting.to).to_owned()),
        credits: posting.credits,
        change: words::posting_change(posting.from, posting.to, posting.credits),
        events: posting.events,
        previous_hash: hex(&posting.previous_hash),
        hash: hex(&posting.hash),
    }
}
