//! Which days a usage page shows: presets, the plan's period, or dates as they were typed, in the organization's zone.

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

/// The days that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageSpan {
    /// The last so many days, today included: 1 is today.
    LastDays(u16),
    /// The plan's period that holds the present.
    Period,
    /// Local days as they were typed (`2026-11-22`), the last one included.
    Dates {
        /// The first day.
        from: String,
        /// The last day.
        to: String,
    },
}

/// The days as instants of the organization's zone, ready for [`super::UsageQuery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageSpanView {
    /// The first day's start.
    pub from: Timestamp,
    /// The start of the day after the last (exclusive); never in the future by more than today.
    pub to: Timestamp,
    /// The first day.
    pub first: Moment,
    /// The last day (its start).
    pub last: Moment,
    /// How many days.
    pub days: i64,
}

impl Service {
    /// The instants of a span. Dates that are none, or the wrong way round, or more than 400 days are told by field
    /// (`from`, `to`).
    pub async fn usage_span(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        span: &UsageSpan,
    ) -> Result<UsageSpanView, ServiceError> {
        let _ = (actor, organization, span);
        Err(Self::unfinished())
    }
}
