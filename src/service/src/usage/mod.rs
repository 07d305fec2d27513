//! Usage: the report by bucket and group, the newest events, and the same as CSV. All from roll-ups, but for the
//! newest events.

pub mod span;

use std::collections::BTreeMap;

use drawdown_domain::id::{HoldId, OrganizationId, UsageEventId};
use drawdown_domain::key::Key;
use drawdown_domain::{Credits, Quantity, Timestamp};
use serde::Serialize;

use crate::actor::Actor;
use crate::customers::Page;
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

/// By what usage is grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// By use case.
    #[default]
    UseCase,
    /// By mode.
    Mode,
    /// By platform.
    Platform,
    /// By subject: the largest 12, the others together.
    Subject,
}

/// The width of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// An hour; not by subject.
    Hour,
    /// A day of the organization's zone.
    #[default]
    Day,
}

/// What a usage report is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageQuery {
    /// From this instant on, rounded down to the bucket; 30 days back where absent.
    pub from: Option<Timestamp>,
    /// Up to this instant, rounded up to the bucket; now, where absent.
    pub to: Option<Timestamp>,
    /// By what.
    pub group_by: GroupBy,
    /// How wide.
    pub bucket: Bucket,
}

/// Sums of one group, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UsageTotals {
    /// Credits used.
    pub credits: Credits,
    /// Usage events.
    pub events: i64,
    /// Runs authorised.
    pub authorized: i64,
    /// Of those, in a lower mode than asked for.
    pub degraded: i64,
    /// Runs that a throttle refused.
    pub throttled: i64,
    /// Runs that a cap refused.
    pub capped: i64,
    /// Runs refused for another reason.
    pub refused: i64,
}

/// One group over the buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageSeries {
    /// Its key: `code`, `fast`, `web`, a subject; empty for usage without a subject, `other` for the rest.
    pub key: String,
    /// Its name, for people.
    pub name: String,
    /// Credits by bucket: as many as the report has buckets.
    pub credits: Vec<Credits>,
    /// Its sums.
    pub totals: UsageTotals,
}

/// Usage between two instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageReport {
    /// The first bucket's start.
    pub from: Moment,
    /// The last bucket's end (exclusive).
    pub to: Moment,
    /// By what.
    pub group_by: GroupBy,
    /// How wide.
    pub bucket: Bucket,
    /// The buckets' starts, without gaps.
    pub buckets: Vec<Moment>,
    /// The groups, the largest first.
    pub series: Vec<UsageSeries>,
    /// Sums of all.
    pub totals: UsageTotals,
}

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

impl Service {
    /// Usage by bucket and group. At most 400 days, or 31 days by the hour.
    pub async fn usage(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        query: UsageQuery,
    ) -> Result<UsageReport, ServiceError> {
        let _ = (actor, organization, query);
        Err(Self::unfinished())
    }

    /// The same as CSV (RFC 4180): one row a bucket and group, credits exact.
    pub async fn usage_csv(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        query: UsageQuery,
    ) -> Result<String, ServiceError> {
        let _ = (actor, organization, query);
        Err(Self::unfinished())
    }

    /// The newest events, by when they came in; `before` is the last page's `next`. At most `limit` (1 to 200).
    pub async fn newest_events(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<EventView>, ServiceError> {
        let _ = (actor, organization, before, limit);
        Err(Self::unfinished())
    }
}
