//! One posting with the usage events behind it: how a customer follows a credit from the ledger to what was run.

use drawdown_domain::id::{OrganizationId, UsageEventId};
use drawdown_domain::posting::Posting;
use drawdown_domain::usage::UsageEvent;

use crate::actor::{Action, Actor};
use crate::customers::Page;
use crate::error::ServiceError;
use crate::moment::Moments;
use crate::postings::{PostingView, posting_view};
use crate::service::Service;
use crate::usage::{EventView, event_view};

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
        actor.authorise(Action::Read, Some(organization))?;
        let after: Option<UsageEventId> = after
            .map(str::parse)
            .transpose()
            .map_err(|_| ServiceError::field("after", "not_a_cursor", "take it from the last page's next"))?;
        let moments = self.moments(&self.load(organization).await?.state);
        let before = sequence.saturating_add(1);
        let found = self.store().postings(organization, Some(before), 1).await?.rows;
        let posting = found
            .into_iter()
            .find(|posting| posting.sequence == sequence)
            .ok_or(ServiceError::NotFound("posting"))?;
        let given = self
            .given_in(actor, organization, std::slice::from_ref(&posting))
            .await?;
        let events = if posting.events == 0 {
            Page {
                items: Vec::new(),
                next: None,
            }
        } else {
            self.events_behind(&posting, after, limit, &moments).await?
        };
        Ok(PostingDetail {
            posting: posting_view(&posting, &given, &moments),
            events,
        })
    }

    /// The events of the posting's batch that its grant paid for; of the organization's own postings those that no
    /// grant could pay.
    async fn events_behind(
        &self,
        posting: &Posting,
        after: Option<UsageEventId>,
        limit: u32,
        moments: &Moments,
    ) -> Result<Page<EventView>, ServiceError> {
        let limit = limit.clamp(1, 200);
        let (page, catalogue) = tokio::join!(
            self.store()
                .batch_events(posting.organization, posting.batch, posting.at, after, limit),
            self.store().catalogue()
        );
        let (page, catalogue) = (page?, catalogue?);
        let rates = catalogue.at(moments.now()).map(|card| &card.rates);
        let is_behind = |event: &UsageEvent| match posting.grant {
            Some(grant) => event.charges.iter().any(|share| share.grant == grant),
            None => event.owed.is_positive() || event.forgiven.is_positive(),
        };
        Ok(Page {
            items: page
                .rows
                .into_iter()
                .filter(|kept| is_behind(&kept.event))
                .map(|kept| event_view(kept.event, rates, moments))
                .collect(),
            next: page.next.map(|id| id.to_string()),
        })
    }
}
