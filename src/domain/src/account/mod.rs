//! The decision engine: the state of one organization and the one function that changes it.
//!
//! [`Account::decide`] takes the state, the time and a request and gives an outcome: pure and deterministic. What it
//! changed is collected until [`Account::finish`] hands it out as rows and postings for one transaction. Loading,
//! locking and writing are left to the store.

mod attempt;
mod authorize;
mod calendar;
mod caps;
mod capture;
mod credits;
mod explain;
mod fair_use;
mod finish;
mod grants;
mod holds;
mod journal;
mod limits_change;
mod needs;
mod organization_change;
mod record;
mod sweep;
mod throttles;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use calendar::Calendar;
pub use fair_use::fair_use_counter;
pub use journal::Journal;
pub use organization_change::NAME_CHARS_MAX;
pub use record::{EVENT_KEY_BYTES_MAX, LATE_DAYS, content_hash};

use crate::catalogue::Catalogue;
use crate::credits::Credits;
use crate::grant::Grant;
use crate::hold::{CounterKey, Hold, HoldState, Run};
use crate::id::{HoldId, OrganizationId, PlanVersionId, ThrottleId};
use crate::key::Key;
use crate::limit::{Cap, Throttle};
use crate::organization::OrganizationStatus;
use crate::outcome::{Outcome, RequestError};
use crate::plan::PlanVersion;
use crate::posting::{Hash, Posting};
use crate::request::Request;
use crate::timestamp::Timestamp;
use crate::usage::UsageEvent;

/// The organization's own row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationState {
    /// Its identifier.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Whether it may run.
    pub status: OrganizationStatus,
    /// IANA time zone.
    pub time_zone: String,
    /// The instant from which billing periods are counted.
    pub period_anchor: Timestamp,
    /// The plan version it is on.
    pub plan: Option<PlanVersionId>,
    /// True where it has left a plan whose top-ups burn only under a plan, and is on none: what it bought rests.
    pub top_ups_rest: bool,
    /// Usage beyond the credits, not yet settled.
    pub owed: Credits,
    /// Usage beyond the credits that was forgiven, in all.
    pub forgiven: Credits,
    /// Raised by one with every batch that changed anything: what open pages watch.
    pub version: i64,
    /// Sequence of its last posting.
    pub posting_sequence: i64,
    /// Hash of its last posting.
    pub posting_hash: Hash,
}

/// Use of a cap in one window (or step), for one `each` value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Captured and recorded.
    pub used: Credits,
    /// Reserved.
    pub held: Credits,
    /// When a run was first refused for it, if one was: a mark on the chart.
    pub hit_at: Option<Timestamp>,
}

/// A throttle's state is one instant a value of its `each` dimension: the theoretical arrival time of GCRA, in
/// nanoseconds since the Unix epoch (rates of credits need steps finer than a microsecond).
pub type ThrottleKey = (ThrottleId, String);

/// What the store must load, beyond the organization, its grants and limits, before these requests can be decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Cap counters (absent ones are zero).
    pub counters: BTreeSet<CounterKey>,
    /// Throttle states (absent ones are full).
    pub throttles: BTreeSet<ThrottleKey>,
    /// Caps that will be set and must count what their window already holds: see [`Account::backfill`].
    pub backfills: Vec<Backfill>,
}

/// A window whose use so far must be summed for a new cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backfill {
    /// The cap to be set.
    pub cap: Cap,
    /// From this instant on.
    pub since: Timestamp,
    /// The time zone by which the cap will count.
    pub time_zone: String,
}

/// What decisions count: by hour of the organization's zone and by the dimensions of the run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RollupKey {
    /// Start of the local hour.
    pub hour: Timestamp,
    /// Start of the local day.
    pub day: Timestamp,
    /// Use case.
    pub use_case: Key,
    /// Mode granted (refused: asked for).
    pub mode: Key,
    /// Platform.
    pub platform: Key,
    /// Subject, or empty: kept by day only.
    pub subject: String,
}

/// What is added to a roll-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RollupDelta {
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

/// Everything that a batch changed in one organization: the rows to write, in one transaction. Removed limits go first:
/// one that is set may bear the name of one that is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// True where the organization's row changed (always, where anything did: its version is raised).
    pub organization: bool,
    /// Grants, new and changed, whole.
    pub grants: Vec<Grant>,
    /// Holds, new and changed, whole.
    pub holds: Vec<Hold>,
    /// Cap counters, whole.
    pub counters: Vec<(CounterKey, Counter)>,
    /// Throttle states, whole.
    pub throttle_states: Vec<(ThrottleKey, i64)>,
    /// New usage events.
    pub events: Vec<UsageEvent>,
    /// New postings, in order, chained.
    pub postings: Vec<Posting>,
    /// Additions to the roll-ups.
    pub rollups: Vec<(RollupKey, RollupDelta)>,
    /// Caps set.
    pub caps_put: Vec<Cap>,
    /// Caps removed.
    pub caps_deleted: Vec<Cap>,
    /// Throttles set.
    pub throttles_put: Vec<Throttle>,
    /// Throttles removed.
    pub throttles_deleted: Vec<Throttle>,
}

/// The state of one organization, as far as a batch needs it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The organization's row.
    pub organization: OrganizationState,
    /// The plan it is on.
    pub plan: Option<Arc<PlanVersion>>,
    /// The plan versions that the batch's requests put it on.
    pub plans: BTreeMap<PlanVersionId, Arc<PlanVersion>>,
    /// The prices.
    pub catalogue: Arc<Catalogue>,
    /// Its grants: all that are pending, active, or have anything remaining or held; and those expired within the last
    /// [`LATE_DAYS`] (late events may burn them); and those that the batch names.
    pub grants: Vec<Grant>,
    /// Its caps, the vendor's and its own.
    pub caps: Vec<Cap>,
    /// Its throttles.
    pub throttles: Vec<Throttle>,
    /// The counters that [`Account::needs`] asked for.
    pub counters: BTreeMap<CounterKey, Counter>,
    /// The throttle states that [`Account::needs`] asked for.
    pub throttle_states: BTreeMap<ThrottleKey, i64>,
    /// The holds that the batch names, and all open ones that are due.
    pub holds: BTreeMap<HoldId, Hold>,
    /// The usage events of the batch's identifiers that are recorded already: content hash and credits.
    pub known_events: BTreeMap<String, ([u8; 16], Credits)>,
    /// What changed since it was loaded, and what was looked up: `Journal::default()` when it is loaded.
    pub journal: Journal,
}

/// Use of one run or of one hour of like runs: what a backfill sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageLine {
    /// When (events: their own time; hours: their start).
    pub at: Timestamp,
    /// The run's dimensions.
    pub run: Run,
    /// Credits used.
    pub credits: Credits,
}

impl Account {
    /// Decides one request. An answer of [`Outcome::Refused`] has changed nothing, a dry run neither; but what was due
    /// at `now` has ended (in a dry run: ends with the next request that is none).
    pub fn decide(&mut self, now: Timestamp, request: &Request) -> Outcome {
        self.wind_calendar();
        let before = self.mark();
        if let Err(error) = self.sweep(now) {
            self.roll_back(before);
            return Outcome::Refused(error);
        }
        let swept = self.mark();
        let outcome = self.answer(now, request).unwrap_or_else(|error| {
            self.roll_back(swept);
            Outcome::Refused(error)
        });
        if is_dry_run(request) {
            self.roll_back(before);
        }
        self.keep();
        outcome
    }

    fn answer(&mut self, now: Timestamp, request: &Request) -> Result<Outcome, RequestError> {
        match request {
            Request::Authorize(authorize) => self.authorize(now, authorize),
            Request::Capture(capture) => self.capture(now, capture),
            Request::Release { hold, reason } => self
                .end_unused(*hold, HoldState::Released, reason.clone(), now)
                .map(|hold| Outcome::Hold(Box::new(hold))),
            Request::Extend { hold, ttl_seconds } => self.extend(*hold, *ttl_seconds, now),
            Request::Record(events) => self.record(now, events),
            Request::AddGrant(grant) => self.new_grant(now, grant),
            Request::AddDueGrant(grant) => self.due_grant(now, grant),
            Request::RollOver { from, most, grant } => self.roll_over(now, from, *most, grant),
            Request::TransferOut {
                grant,
                credits,
                to,
                note,
            } => self.transfer_out(now, *grant, *credits, *to, note),
            Request::ActivateGrant { grant } => self.activate_grant(now, *grant),
            Request::VoidGrant { grant, .. } => self.void_grant(*grant),
            Request::PutCap(cap) => self.put_cap(cap),
            Request::DeleteCap { name, owner } => self.delete_cap(name, *owner),
            Request::PutThrottle(throttle) => self.put_throttle(throttle),
            Request::DeleteThrottle { name, owner } => self.delete_throttle(name, *owner),
            Request::Organization(change) => self.change(change),
            Request::Sweep => Ok(Outcome::Done),
        }
    }

    /// Makes sure that the calendar is the organization's.
    fn wind_calendar(&mut self) {
        let organization = &self.organization;
        let calendar = &self.journal.calendar;
        if !calendar.is_of(&organization.time_zone, organization.period_anchor) {
            self.journal.calendar = Calendar::new(&organization.time_zone, organization.period_anchor);
        }
    }

    /// Adds to the roll-up of the run's dimensions in the local hour of `at`.
    fn roll_up(&mut self, run: &Run, at: Timestamp, fill: impl FnOnce(&mut RollupDelta)) -> Result<(), RequestError> {
        let hour = self.journal.calendar.local_hour(at);
        let key = RollupKey {
            hour: hour.hour.start,
            day: hour.day,
            use_case: run.use_case.clone(),
            mode: run.mode.clone(),
            platform: run.platform.clone(),
            subject: run.subject.as_ref().map_or_else(String::new, ToString::to_string),
        };
        let mut delta = RollupDelta::default();
        fill(&mut delta);
        self.add_rollup(key, delta)
    }
}

fn is_dry_run(request: &Request) -> bool {
    matches!(request, Request::Authorize(authorize) if authorize.dry_run)
}
