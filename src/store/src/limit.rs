//! Caps and throttles as they are stored, with what they have counted.

use std::collections::BTreeMap;

use drawdown_domain::account::ThrottleKey;
use drawdown_domain::id::{CapId, OrganizationId, ThrottleId};
use drawdown_domain::limit::{
    Cap, CapAction, CapLimit, LimitOwner, Throttle, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::money::Money;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::columns::select;
use crate::database::{Pool, on};
use crate::error::StoreError;
use crate::hold::json;
use crate::names::Named;
use crate::organization::key;

/// The limits of an organization, the vendor's and its own, by owner and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Caps.
    pub caps: Vec<Cap>,
    /// Throttles.
    pub throttles: Vec<Throttle>,
}

/// The window of a cap whose counters are asked for: from (inclusive) until (exclusive), by `domain::window`. A rolling
/// window spans its 60 steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapWindow {
    /// The cap.
    pub cap: CapId,
    /// Start of the window (or of its oldest step).
    pub from: Timestamp,
    /// End of the window.
    pub until: Timestamp,
}

/// What a cap has counted in a window, for one `each` value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapUse {
    /// The cap.
    pub cap: CapId,
    /// Value of the `each` dimension, or empty.
    pub each: String,
    /// Captured and recorded.
    pub used: Credits,
    /// Reserved.
    pub held: Credits,
    /// When a run was first refused for it in the window, if one was.
    pub hit_at: Option<Timestamp>,
}

/// A cap stopped a run: a mark on a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapHit {
    /// The cap.
    pub cap: CapId,
    /// Value of the `each` dimension, or empty.
    pub each: String,
    /// When it first stopped a run in its window.
    pub at: Timestamp,
}

/// The most counters that are read of one cap: those that have used most.
const EACH_VALUES_MAX: i64 = 100;

#[derive(sqlx::FromRow)]
pub(crate) struct CapRow {
    pub(crate) organization_id: Uuid,
    id: Uuid,
    name: String,
    owner: String,
    scope: String,
    window_kind: String,
    window_hours: Option<i32>,
    limit_credits: Option<i64>,
    limit_minor: Option<i64>,
    limit_currency: Option<String>,
    action: String,
    thresholds: String,
}

#[derive(sqlx::FromRow)]
struct CapUseRow {
    cap_id: Uuid,
    each_value: String,
    used: i64,
    held: i64,
    hit_at: Option<i64>,
}

impl From<CapUseRow> for CapUse {
    fn from(row: CapUseRow) -> Self {
        Self {
            cap: CapId::from_uuid(row.cap_id),
            each: row.each_value,
            used: Credits::from_micros(row.used),
            held: Credits::from_micros(row.held),
            hit_at: row.hit_at.map(Timestamp::from_micros),
        }
    }
}

/// The statement that sums the counters that `$from` joins to the windows asked for.
macro_rules! cap_uses {
    ($from:literal) => {
        concat!(
            "SELECT cap_id, each_value, used, held, hit_at FROM (
                SELECT c.cap_id, c.each_value, CAST(SUM(c.used) AS BIGINT) AS used, CAST(SUM(c.held) AS BIGINT) AS held,
                    MIN(c.hit_at) AS hit_at,
                    ROW_NUMBER() OVER (PARTITION BY c.cap_id ORDER BY SUM(c.used) + SUM(c.held) DESC, c.each_value) AS place
                FROM ",
            $from,
            " WHERE c.organization_id = $1 GROUP BY c.cap_id, c.each_value
            ) AS uses WHERE place <= $2 ORDER BY cap_id, place"
        )
    };
}

/// The stored name and hours of a window.
pub(crate) fn window_columns(window: Window) -> (&'static str, Option<i64>) {
    match window {
        Window::Day => ("day", None),
        Window::Week => ("week", None),
        Window::Month => ("month", None),
        Window::BillingPeriod => ("billing_period", None),
        Window::RollingHours(hours) => ("rolling_hours", Some(i64::from(hours))),
        Window::Lifetime => ("lifetime", None),
    }
}

fn window(kind: &str, hours: Option<i32>) -> Result<Window, StoreError> {
    let hours = hours.and_then(|hours| u16::try_from(hours).ok());
    match (kind, hours) {
        ("day", None) => Ok(Window::Day),
        ("week", None) => Ok(Window::Week),
        ("month", None) => Ok(Window::Month),
        ("billing_period", None) => Ok(Window::BillingPeriod),
        ("rolling_hours", Some(hours)) => Ok(Window::RollingHours(hours)),
        ("lifetime", None) => Ok(Window::Lifetime),
        _ => Err(StoreError::corrupt("window", kind)),
    }
}

impl TryFrom<CapRow> for Cap {
    type Error = StoreError;

    fn try_from(row: CapRow) -> Result<Self, StoreError> {
        let limit = match (row.limit_credits, row.limit_minor, row.limit_currency) {
            (Some(credits), None, None) => CapLimit::Credits(Credits::from_micros(credits)),
            (None, Some(minor), Some(currency)) => CapLimit::Money(Money::new(
                minor,
                currency
                    .parse()
                    .map_err(|error| StoreError::corrupt("currency", error))?,
            )),
            _ => return Err(StoreError::corrupt("cap", "neither credits nor money")),
        };
        Ok(Self {
            id: CapId::from_uuid(row.id),
            name: key("cap name", &row.name)?,
            owner: LimitOwner::from_name(&row.owner)?,
            scope: json("limit scope", &row.scope)?,
            window: window(&row.window_kind, row.window_hours)?,
            limit,
            action: CapAction::from_name(&row.action)?,
            thresholds: json("thresholds", &row.thresholds)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct ThrottleRow {
    pub(crate) organization_id: Uuid,
    id: Uuid,
    name: String,
    owner: String,
    scope: String,
    limit_requests: Option<i64>,
    limit_credits: Option<i64>,
    period: String,
    burst: Option<i64>,
    when_exceeded: String,
}

impl TryFrom<ThrottleRow> for Throttle {
    type Error = StoreError;

    fn try_from(row: ThrottleRow) -> Result<Self, StoreError> {
        let count = |value: i64| u32::try_from(value).map_err(|error| StoreError::corrupt("throttle", error));
        let limit = match (row.limit_requests, row.limit_credits) {
            (Some(requests), None) => ThrottleLimit::Requests(count(requests)?),
            (None, Some(credits)) => ThrottleLimit::Credits(Credits::from_micros(credits)),
            _ => return Err(StoreError::corrupt("throttle", "neither requests nor credits")),
        };
        Ok(Self {
            id: ThrottleId::from_uuid(row.id),
            name: key("throttle name", &row.name)?,
            owner: LimitOwner::from_name(&row.owner)?,
            scope: json("limit scope", &row.scope)?,
            limit,
            per: ThrottlePeriod::from_name(&row.period)?,
            burst: row.burst.map(count).transpose()?,
            then: ThrottleThen::from_name(&row.when_exceeded)?,
        })
    }
}

impl Store {
    /// The caps and throttles of an organization.
    pub async fn limits(&self, organization: OrganizationId) -> Result<Limits, StoreError> {
        let read = &self.db().read;
        let caps: Vec<CapRow> = on!(pool: read, |c| sqlx::query_as(
            select!(cap, "WHERE organization_id = $1 ORDER BY owner DESC, name"),
        )
        .bind(organization.uuid())
        .fetch_all(c)
        .await)?;
        let throttles: Vec<ThrottleRow> = on!(pool: read, |c| sqlx::query_as(
            select!(throttle, "WHERE organization_id = $1 ORDER BY owner DESC, name"),
        )
        .bind(organization.uuid())
        .fetch_all(c)
        .await)?;
        Ok(Limits {
            caps: caps.into_iter().map(Cap::try_from).collect::<Result<_, _>>()?,
            throttles: throttles
                .into_iter()
                .map(Throttle::try_from)
                .collect::<Result<_, _>>()?,
        })
    }

    /// What caps have counted in the given windows: for each cap the `each` values that used most, 100 at most.
    /// A cap that has counted nothing is absent.
    pub async fn cap_uses(
        &self,
        organization: OrganizationId,
        windows: &[CapWindow],
    ) -> Result<Vec<CapUse>, StoreError> {
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<CapUseRow> = match &self.db().read {
            Pool::Postgres(pool) => {
                sqlx::query_as(cap_uses!(
                    "UNNEST($3::uuid[], $4::bigint[], $5::bigint[]) AS k (cap, since, until) JOIN cap_counter c
                     ON c.cap_id = k.cap AND c.window_start >= k.since AND c.window_start < k.until"
                ))
                .bind(organization.uuid())
                .bind(EACH_VALUES_MAX)
                .bind(windows.iter().map(|window| window.cap.uuid()).collect::<Vec<_>>())
                .bind(windows.iter().map(|window| window.from.micros()).collect::<Vec<_>>())
                .bind(windows.iter().map(|window| window.until.micros()).collect::<Vec<_>>())
                .fetch_all(pool)
                .await?
            }
            Pool::Sqlite(pool) => {
                let asked: Vec<(String, i64, i64)> = windows
                    .iter()
                    .map(|window| {
                        let cap = window.cap.uuid().simple().to_string();
                        (cap, window.from.micros(), window.until.micros())
                    })
                    .collect();
                sqlx::query_as(cap_uses!(
                    "json_each($3) k CROSS JOIN cap_counter c
                     ON c.cap_id = unhex(k.value ->> 0) AND c.window_start >= k.value ->> 1
                        AND c.window_start < k.value ->> 2"
                ))
                .bind(organization.uuid())
                .bind(EACH_VALUES_MAX)
                .bind(serde_json::to_string(&asked).expect("keys are JSON"))
                .fetch_all(pool)
                .await?
            }
        };
        Ok(rows.into_iter().map(CapUse::from).collect())
    }

    /// When caps first stopped a run in each of their windows, between two instants, oldest first; 1000 at most.
    pub async fn cap_hits(
        &self,
        organization: OrganizationId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<CapHit>, StoreError> {
        let rows: Vec<(Uuid, String, i64)> = on!(pool: &self.db().charts, |c| sqlx::query_as(
            "SELECT cap_id, each_value, hit_at FROM cap_counter
             WHERE organization_id = $1 AND hit_at IS NOT NULL AND hit_at >= $2 AND hit_at < $3
             ORDER BY hit_at LIMIT 1000",
        )
        .bind(organization.uuid())
        .bind(from.micros())
        .bind(until.micros())
        .fetch_all(c)
        .await)?;
        Ok(rows
            .into_iter()
            .map(|(cap, each, at)| CapHit {
                cap: CapId::from_uuid(cap),
                each,
                at: Timestamp::from_micros(at),
            })
            .collect())
    }

    /// The states of an organization's throttles: theoretical arrival times in nanoseconds since the Unix epoch, the
    /// fullest first; 1000 at most. A throttle without a state is empty.
    pub async fn throttle_states(
        &self,
        organization: OrganizationId,
    ) -> Result<BTreeMap<ThrottleKey, i64>, StoreError> {
        let rows: Vec<(Uuid, String, i64)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT throttle_id, each_value, arrival_ns FROM throttle_state
             WHERE organization_id = $1 ORDER BY arrival_ns DESC LIMIT 1000",
        )
        .bind(organization.uuid())
        .fetch_all(c)
        .await)?;
        Ok(rows
            .into_iter()
            .map(|(throttle, each, arrival_ns)| ((ThrottleId::from_uuid(throttle), each), arrival_ns))
            .collect())
    }
}
