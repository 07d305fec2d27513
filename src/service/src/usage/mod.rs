//! Usage: the report by bucket and group, the newest events, and the same as CSV. All from roll-ups, but for the
//! newest events.

mod csv;
mod newest;
mod report;
pub mod span;

use drawdown_domain::account::RollupDelta;
use drawdown_domain::{Credits, Timestamp};
use drawdown_store::Dimension;
use serde::Serialize;

use crate::moment::Moment;

pub(crate) use csv::field as csv_field;
pub use newest::EventView;
pub(crate) use newest::event_view;
pub(crate) use span::date_start;

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
    /// Runs authorised, counted when they end: captured, released or expired.
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

impl UsageTotals {
    /// Adds other sums; what does not fit stays at the most.
    fn add(&mut self, other: &Self) {
        self.credits = self.credits.checked_add(other.credits).unwrap_or(Credits::MAX);
        self.events += other.events;
        self.authorized += other.authorized;
        self.degraded += other.degraded;
        self.throttled += other.throttled;
        self.capped += other.capped;
        self.refused += other.refused;
    }
}

impl From<RollupDelta> for UsageTotals {
    fn from(sums: RollupDelta) -> Self {
        Self {
            credits: sums.credits,
            events: sums.events,
            authorized: sums.authorized,
            degraded: sums.degraded,
            throttled: sums.throttled,
            capped: sums.capped,
            refused: sums.refused,
        }
    }
}

impl From<GroupBy> for Dimension {
    fn from(group_by: GroupBy) -> Self {
        match group_by {
            GroupBy::UseCase => Self::UseCase,
            GroupBy::Mode => Self::Mode,
            GroupBy::Platform => Self::Platform,
            GroupBy::Subject => Self::Subject,
        }
    }
}

impl From<Bucket> for drawdown_store::Bucket {
    fn from(bucket: Bucket) -> Self {
        match bucket {
            Bucket::Hour => Self::Hour,
            Bucket::Day => Self::Day,
        }
    }
}
