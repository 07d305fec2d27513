//! The newest usage events, a page at a time, by when they came in.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::id::{HoldId, OrganizationId, UsageEventId};
use drawdown_domain::key::Key;
use drawdown_domain::usage::UsageEvent;
use drawdown_domain::{Credits, Quantity};
use drawdown_store::EventCursor;

use crate::actor::{Action, Actor};
use crate::customers::Page;
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::service::Service;
use crate::words;

/// A usage event, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    /// Its identifier.
    pub id: UsageEventId,
    /// The reporter's identifier.
    pub key: String,
    /// The use case.
    pub use_case: Key,
    /// Its name.
    pub use_case_name: String,
    /// The mode.
    pub mode: Key,
    /// The platform.
    pub platform: Key,
    /// The subject.
    pub subject: Option<Key>,
    /// How much of each meter.
    pub quantities: BTreeMap<Key, Quantity>,
    /// The same in words: `12 400 context tokens, 310 generated tokens`.
    pub quantity_words: String,
    /// What it cost.
    pub credits: Credits,
    /// What of it is owed.
    pub owed: Credits,
    /// When it was used.
    pub occurred: Moment,
    /// When it came in.
    pub recorded: Moment,
    /// The hold it captured.
    pub hold: Option<HoldId>,
}

/// A stored event, ready to show.
pub(crate) fn event_view(event: UsageEvent, rates: Option<&Rates>, moments: &Moments) -> EventView {
    let run = event.run;
    let (use_case_name, quantity_words) = match rates {
        Some(rates) => (
            words::use_case_name(rates, run.use_case.as_str()),
            words::quantities(rates, &run.use_case, &event.quantities),
        ),
        None => (run.use_case.to_string(), String::new()),
    };
    EventView {
        id: event.id,
        key: event.key,
        use_case: run.use_case,
        use_case_name,
        mode: run.mode,
        platform: run.platform,
        subject: run.subject,
        quantities: event.quantities,
        quantity_words,
        credits: event.credits,
        owed: event.owed,
        occurred: moments.at(event.occurred_at),
        recorded: moments.at(event.recorded_at),
        hold: event.hold,
    }
}

fn cursor(text: &str) -> Option<EventCursor> {
    let (batch, id) = text.split_once(':')?;
    Some((batch.parse().ok()?, id.parse().ok()?))
}

impl Service {
    /// The newest events, by when they came in; `before` is the last page's `next`. At most `limit` (1 to 200).
    pub async fn newest_events(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<EventView>, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let before =
            match before {
                Some(text) => Some(cursor(text).ok_or_else(|| {
                    ServiceError::field("before", "not_a_cursor", "take it from the last page's next")
                })?),
                None => None,
            };
        let (found, catalogue, page) = tokio::join!(
            self.load(organization),
            self.store().catalogue(),
            self.store().events(organization, before, limit.clamp(1, 200))
        );
        let (catalogue, page) = (catalogue?, page?);
        let moments = self.moments(&found?.state);
        let rates = catalogue.at(moments.now()).map(|card| &card.rates);
        Ok(Page {
            items: page
                .rows
                .into_iter()
                .map(|kept| event_view(kept.event, rates, &moments))
                .collect(),
            next: page.next.map(|(batch, id)| format!("{batch}:{id}")),
        })
    }
}
