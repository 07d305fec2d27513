//! Usage events as they are stored: read newest first, a page at a time, never a whole period.

use drawdown_domain::account::content_hash;
use drawdown_domain::id::{HoldId, OrganizationId, RateCardVersionId, UsageEventId};
use drawdown_domain::usage::UsageEvent;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::event_key::key_hash;
use crate::hold::{RunRow, json};
use crate::page::{Page, rows_to_fetch};

/// Where a page of events goes on: after the event of this batch and identifier.
pub type EventCursor = (i64, UsageEventId);

/// A usage event with the number of the batch that took it in: a posting of the same batch and grant paid for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvent {
    /// The batch of its organization.
    pub batch: i64,
    /// The event.
    pub event: UsageEvent,
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    batch: i64,
    id: Uuid,
    event_key: String,
    #[sqlx(flatten)]
    run: RunRow,
    quantities: String,
    occurred_at: i64,
    recorded_at: i64,
    rate_card_version_id: Uuid,
    exact: String,
    credits: i64,
    charges: String,
    owed: i64,
    forgiven: i64,
    hold_id: Option<Uuid>,
}

impl TryFrom<EventRow> for KeptEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let run = row.run.try_into()?;
        let quantities = json("quantities", &row.quantities)?;
        let occurred_at = Timestamp::from_micros(row.occurred_at);
        let event = UsageEvent {
            id: UsageEventId::from_uuid(row.id),
            key: row.event_key,
            content_hash: content_hash(&run, &quantities, occurred_at),
            run,
            quantities,
            occurred_at,
            recorded_at: Timestamp::from_micros(row.recorded_at),
            rate_card_version: RateCardVersionId::from_uuid(row.rate_card_version_id),
            exact: row
                .exact
                .parse()
                .map_err(|error| StoreError::corrupt("exact price", error))?,
            credits: Credits::from_micros(row.credits),
            charges: json("charges", &row.charges)?,
            owed: Credits::from_micros(row.owed),
            forgiven: Credits::from_micros(row.forgiven),
            hold: row.hold_id.map(HoldId::from_uuid),
        };
        Ok(Self {
            batch: row.batch,
            event,
        })
    }
}

impl Store {
    /// The usage event that was reported under an identifier.
    pub async fn event(&self, organization: OrganizationId, key: &str) -> Result<Option<KeptEvent>, StoreError> {
        let row: Option<EventRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(usage_event, "WHERE organization_id = $1 AND event_key = $2 AND (batch, recorded_at) =
                (SELECT batch, recorded_at FROM usage_event_key WHERE organization_id = $1 AND key_hash = $3)")
        )
        .bind(organization.uuid())
        .bind(key)
        .bind(key_hash(key))
        .fetch_optional(c)
        .await)?;
        row.map(KeptEvent::try_from).transpose()
    }

    /// The usage events of an organization, the last taken in first, from before a cursor on.
    pub async fn events(
        &self,
        organization: OrganizationId,
        before: Option<EventCursor>,
        limit: u32,
    ) -> Result<Page<KeptEvent, EventCursor>, StoreError> {
        let (batch, id) = before.map_or((i64::MAX, Uuid::max()), |(batch, id)| (batch, id.uuid()));
        let rows: Vec<EventRow> = on!(pool: &self.db().charts, |c| sqlx::query_as(
            select!(usage_event, "WHERE organization_id = $1 AND (batch, id) < ($2, $3)
             ORDER BY batch DESC, id DESC LIMIT $4"),
        )
        .bind(organization.uuid())
        .bind(batch)
        .bind(id)
        .bind(rows_to_fetch(limit))
        .fetch_all(c)
        .await)?;
        let events = rows
            .into_iter()
            .map(KeptEvent::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(events, limit, |kept| (kept.batch, kept.event.id)))
    }

    /// The usage events behind a posting: those that the organization took in with its batch, at its instant, in the
    /// order of their identifiers, from after one on. (Which grant paid what is in [`UsageEvent::charges`].)
    pub async fn batch_events(
        &self,
        organization: OrganizationId,
        batch: i64,
        at: Timestamp,
        after: Option<UsageEventId>,
        limit: u32,
    ) -> Result<Page<KeptEvent, UsageEventId>, StoreError> {
        let rows: Vec<EventRow> = on!(pool: &self.db().charts, |c| sqlx::query_as(
            select!(usage_event, "WHERE organization_id = $1 AND batch = $2 AND recorded_at = $5 AND id > $3
             ORDER BY id LIMIT $4"),
        )
        .bind(organization.uuid())
        .bind(batch)
        .bind(after.map_or(Uuid::nil(), UsageEventId::uuid))
        .bind(rows_to_fetch(limit))
        .bind(at.micros())
        .fetch_all(c)
        .await)?;
        let events = rows
            .into_iter()
            .map(KeptEvent::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(events, limit, |kept| kept.event.id))
    }
}
