//! The overview: what is left, how fast it burns, when it ends, and what stops the customer next.
//!
//! Everything is computed from roll-ups, counters and grants; the queries that do not need each other run at once.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::{Credits, Money};
use serde::Serialize;

use crate::actor::Actor;
use crate::customers::{PlanView, Standing};
use crate::error::ServiceError;
use crate::limits::CapView;
use crate::moment::Moment;
use crate::service::Service;
use crate::usage::{EventView, UsageReport};

/// The organization at the head of every page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationView {
    /// Its identifier.
    pub id: OrganizationId,
    /// The vendor's key.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// Its IANA zone.
    pub time_zone: String,
    /// The plan.
    pub plan: Option<PlanView>,
    /// How it stands.
    pub standing: Standing,
    /// Credits that can be burned now.
    pub left: Credits,
    /// Granted, of the grants that can be burned now: what `left` is a part of.
    pub granted: Credits,
    /// Its version: what open pages watch.
    pub version: i64,
    /// Who sells: the vendor's name.
    pub vendor: String,
}

/// When the credits run out at the usual burn, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepletionView {
    /// At the median burn.
    pub at: Moment,
    /// At a high burn.
    pub earliest: Moment,
    /// At a low burn; `None`: not in sight.
    pub latest: Option<Moment>,
    /// Whole days until `at`.
    pub days: i64,
}

/// What will stop the customer first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopKind {
    /// Nothing in sight.
    Nothing,
    /// The organization is suspended, or has no plan.
    Standing,
    /// The credits run out, or are out.
    Credits,
    /// Usage is owed and the plan stops runs until it is settled.
    Owed,
    /// A cap.
    Cap,
}

/// One sentence: what stops you next, when, and the link that moves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopsNext {
    /// What.
    pub kind: StopKind,
    /// `Image render reaches its daily cap of 500 at about 16:40.`
    pub sentence: String,
    /// When, where it is known.
    pub at: Option<Moment>,
    /// True where it stops runs already.
    pub now: bool,
    /// The cap.
    pub limit: Option<Key>,
    /// What the button says: `Raise`, `Top up`; `None` where nothing would help or the actor may not.
    pub button: Option<&'static str>,
    /// Where the button leads: `/limits#cap-renders`, `/credits/top-up`.
    pub link: Option<String>,
}

/// One day of the burn-down: what is true of its end (of today: of now).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurnDay {
    /// The day's start.
    pub day: Moment,
    /// Credits left; `None` in the future.
    pub actual: Option<Credits>,
    /// On the straight line from the start of the allotment to zero at its expiry; `None` outside of it.
    pub pace: Option<Credits>,
    /// Expected; `None` in the past.
    pub forecast: Option<Credits>,
    /// Lower edge of the band.
    pub forecast_low: Option<Credits>,
    /// Upper edge of the band.
    pub forecast_high: Option<Credits>,
}

/// What a mark on the chart stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// Credits were bought.
    TopUp,
    /// The plan or the contract gave credits.
    Allotment,
    /// The vendor gave credits otherwise.
    Grant,
    /// Credits expired, or will.
    Expiry,
    /// A cap stopped a run.
    CapHit,
    /// The plan changed.
    PlanChange,
}

/// A mark on the burn-down chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it stands for.
    pub kind: MarkKind,
    /// When.
    pub at: Moment,
    /// `Top-up of 1,000`.
    pub label: String,
    /// How much.
    pub credits: Option<Credits>,
}

/// The burn-down chart, whose rows are its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurnDown {
    /// Days, past and future, without gaps.
    pub days: Vec<BurnDay>,
    /// Marks, the earliest first.
    pub marks: Vec<Mark>,
    /// What the chart shows, in a sentence: its text alternative.
    pub finding: String,
}

/// Runs of a use case that were slowed or refused today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottledToday {
    /// The use case.
    pub use_case: Key,
    /// Its name.
    pub name: String,
    /// Runs asked for.
    pub asked: i64,
    /// Run in a lower mode.
    pub degraded: i64,
    /// Refused by a throttle.
    pub throttled: i64,
    /// Refused by a cap.
    pub capped: i64,
}

/// All of `/overview`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Whose.
    pub organization: OrganizationView,
    /// When it was made.
    pub now: Moment,
    /// Credits that can be burned now.
    pub left: Credits,
    /// The same in money.
    pub worth: Option<Money>,
    /// Reserved by open holds.
    pub held: Credits,
    /// Owed.
    pub owed: Credits,
    /// Granted, of the grants that can be burned now: what `left` is a part of.
    pub granted: Credits,
    /// Burned since local midnight.
    pub burn_today: Credits,
    /// The median day of the last 28; `None` before a first whole day.
    pub usual_day: Option<Credits>,
    /// When the credits run out.
    pub depletion: Option<DepletionView>,
    /// `6,412 credits left, about 23 days`.
    pub sentence: String,
    /// What stops the customer next.
    pub stops_next: StopsNext,
    /// The burn-down chart.
    pub burn_down: BurnDown,
    /// Usage by use case per day of the last 30, for the stacked chart.
    pub by_day: UsageReport,
    /// Caps, the fullest first.
    pub caps: Vec<CapView>,
    /// Runs slowed or refused today, by use case; empty where none was.
    pub throttled_today: Vec<ThrottledToday>,
    /// The newest events, at most ten.
    pub newest: Vec<EventView>,
    /// True where nothing was ever recorded: the page teaches the first step.
    pub is_new: bool,
    /// True where the actor may top up.
    pub may_top_up: bool,
}

impl Service {
    /// The head of every page: a few indexed reads.
    pub async fn organization(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<OrganizationView, ServiceError> {
        let _ = (actor, organization);
        Err(Self::unfinished())
    }

    /// All of `/overview`.
    pub async fn overview(&self, actor: &Actor, organization: OrganizationId) -> Result<Overview, ServiceError> {
        let _ = (actor, organization);
        Err(Self::unfinished())
    }
}
