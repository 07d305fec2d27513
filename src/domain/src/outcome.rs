//! What the ledger answers. Outcomes of keyed requests are stored as JSON and answer retries for 35 days, so their
//! form is part of the data: changes are additions (see the golden file in the tests).

use serde::{Deserialize, Serialize};

use crate::catalogue::PriceError;
use crate::credits::Credits;
use crate::grant::Grant;
use crate::hold::{Hold, HoldState, Share};
use crate::id::{HoldId, UsageEventId};
use crate::key::Key;
use crate::limit::{Cap, LimitOwner, LimitScope, Throttle, ThrottlePeriod, Window};
use crate::timestamp::Timestamp;

/// Why a run is refused. Codes are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// The organization is suspended.
    OrganizationSuspended,
    /// The organization has no plan.
    NoPlan,
    /// The plan does not include the use case.
    UseCaseNotInPlan,
    /// The plan does not include the mode.
    ModeNotInPlan,
    /// The plan does not include the platform.
    PlatformNotInPlan,
    /// A throttle does not admit the run now.
    ThrottleExceeded,
    /// Beyond the soft allowance of fair use, and faster than the rate that holds there.
    FairUse,
    /// A cap would be exceeded.
    CapExceeded,
    /// Not enough credits.
    InsufficientCredits,
    /// Usage beyond the credits is owed, and the plan stops runs until it is settled.
    OverageOwed,
}

/// One failing rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Which rule.
    pub code: ReasonCode,
    /// For people: what stopped the run, with used, limit and reset.
    pub message: String,
    /// The limit's name, where it is one.
    pub limit: Option<Key>,
    /// For people: what would let the run start.
    pub unblock: String,
    /// When it unblocks by itself.
    pub unblocks_at: Option<Timestamp>,
}

/// The kind of a limit that a run meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// A cap, in credits.
    Cap,
    /// A throttle, in runs or credits.
    Throttle,
    /// Fair use of what the plan includes without limit: never a stop, a slower rate.
    FairUse,
    /// The credits themselves.
    Credits,
}

/// The unit of a limit's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// Credits: figures are micro-exact decimal strings.
    Credits,
    /// Runs: figures are counts written like credits (`"50"`).
    Requests,
}

/// How a limit stands for one run, before the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitStatus {
    /// Its kind.
    pub kind: LimitKind,
    /// Its name (`credits` for the credits themselves).
    pub name: Key,
    /// Who set it; `None` for the credits.
    pub owner: Option<LimitOwner>,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// The value of its `each` dimension that was counted.
    pub each: Option<String>,
    /// A cap's window.
    pub window: Option<Window>,
    /// A throttle's period.
    pub per: Option<ThrottlePeriod>,
    /// The unit of the figures below. Runs are counted as whole credits here (one run is `1`).
    pub unit: LimitUnit,
    /// Used in the window (throttle: of the burst, rounded up).
    pub used: Credits,
    /// Reserved in the window.
    pub held: Credits,
    /// The limit (throttle: the burst; credits: used + held + left).
    pub limit: Credits,
    /// What this run asks.
    pub requested: Credits,
    /// When it is next reset (rolling: when the oldest step leaves; throttle: when it is full again).
    pub resets_at: Option<Timestamp>,
    /// True where the run does not fit.
    pub exceeded: bool,
    /// True where exceeding it stops the run (a cap that only notifies does not).
    pub blocks: bool,
}

impl LimitStatus {
    /// What is left before the run.
    pub fn left(&self) -> Credits {
        self.limit.saturating_sub(self.used).saturating_sub(self.held)
    }
}

/// The answer to an authorize.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// May the run start?
    pub allowed: bool,
    /// True where nothing was reserved because only the answer was asked for.
    pub dry_run: bool,
    /// The mode granted (or, refused, the one asked for).
    pub mode: Key,
    /// The mode asked for.
    pub requested_mode: Key,
    /// The price of the run as granted (refused: as asked for).
    pub credits: Credits,
    /// The hold, where one was made.
    pub hold: Option<HeldCredits>,
    /// Every failing rule; empty where allowed. Where degraded: the rules that stopped the modes above.
    pub reasons: Vec<Reason>,
    /// Every limit met, in the order of the rules.
    pub limits: Vec<LimitStatus>,
    /// The name of the limit that binds next: the one with the least room after this run, in runs like it.
    pub next_limit: Option<Key>,
    /// Seconds after which a retry can succeed, rounded up, where time alone helps.
    pub retry_after_s: Option<i64>,
    /// Credits that this run could still draw on, before it.
    pub available: Credits,
}

/// A hold as the answer to an authorize names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldCredits {
    /// The hold.
    pub id: HoldId,
    /// The credits reserved.
    pub credits: Credits,
    /// When the hold ends by itself.
    pub expires_at: Timestamp,
    /// From which grants.
    pub shares: Vec<Share>,
}

/// The answer to a capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    /// The hold, as it is now.
    pub hold: Hold,
    /// The usage event.
    pub event: UsageEventId,
    /// What the run cost.
    pub credits: Credits,
    /// Returned to the grants.
    pub returned: Credits,
    /// Drawn beyond what was held.
    pub drawn: Credits,
    /// Owed: beyond what credits and limits allowed.
    pub owed: Credits,
    /// Forgiven by the plan.
    pub forgiven: Credits,
}

/// How one event of a `record` fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Taken in.
    Recorded,
    /// Known already: not counted again.
    Duplicate,
    /// Not valid: nothing was counted.
    Rejected,
}

/// The answer for one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventResult {
    /// The reporter's identifier.
    pub key: String,
    /// How it fared.
    pub status: EventStatus,
    /// What it cost (also of a duplicate).
    pub credits: Option<Credits>,
    /// What of it is owed.
    pub owed: Option<Credits>,
    /// Why it was rejected.
    pub error: Option<RequestError>,
}

/// Why a request could not be carried out. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestError {
    /// The run has no price.
    #[error(transparent)]
    Price(PriceError),
    /// No such hold in this organization.
    #[error("there is no such hold")]
    UnknownHold,
    /// The hold has ended.
    #[error("the hold is not open any more: it was {}", match .state { HoldState::Captured => "captured", HoldState::Released => "released", HoldState::Expired => "expired", HoldState::Open => "open" })]
    HoldEnded {
        /// How it ended.
        state: HoldState,
    },
    /// No such grant in this organization.
    #[error("there is no such grant")]
    UnknownGrant,
    /// The grant was voided or has expired.
    #[error("the grant is void or expired")]
    GrantEnded,
    /// The grant is not valid in itself (amount, dates).
    #[error("{0}")]
    InvalidGrant(String),
    /// No limit of that name and owner.
    #[error("there is no such limit")]
    UnknownLimit,
    /// The limit is the vendor's and cannot be changed by the customer.
    #[error("this limit is set by the vendor")]
    VendorLimit,
    /// The cap is above the vendor's ceiling of the same scope and window.
    #[error("the cap is above the vendor's ceiling {ceiling} of {limit} credits")]
    AboveCeiling {
        /// The ceiling's name.
        ceiling: Key,
        /// Its limit.
        limit: Credits,
    },
    /// The limit is not valid in itself.
    #[error("{0}")]
    InvalidLimit(String),
    /// The event's identifier is known with another content.
    #[error("an event with this id and another content is recorded")]
    EventReused,
    /// The event lies too far in the future.
    #[error("occurred_at is more than 5 minutes in the future")]
    InFuture,
    /// Too many events, or a time to live out of range, or the like.
    #[error("{0}")]
    OutOfRange(String),
    /// A sum does not fit into 64 bits of micro-credits.
    #[error("the amount is too large")]
    Overflow,
    /// Without a plan there is nothing to convert or settle by.
    #[error("the organization has no plan")]
    NoPlan,
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// To an authorize.
    Decision(Box<Decision>),
    /// To a capture.
    Captured(Box<Captured>),
    /// To a release or extension: the hold as it is now.
    Hold(Box<Hold>),
    /// To a record, in the order of the events.
    Recorded(Vec<EventResult>),
    /// To a new, activated or voided grant: the grant as it is now.
    Grant(Box<Grant>),
    /// To a cap that was set.
    Cap(Box<Cap>),
    /// To a throttle that was set.
    Throttle(Box<Throttle>),
    /// Done; there is nothing more to say.
    Done,
    /// Not carried out, and nothing of it was.
    Refused(RequestError),
}
