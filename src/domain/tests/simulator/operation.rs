//! What can happen in the simulated world: plain data that prints readably and can be played again.
//!
//! An operation names messages by their numbers and times relative to the moment, never by what came of them, so that a
//! list of operations still makes sense when some are left out.

use std::fmt;

use crate::market::{Mode, Platform, Subject, UseCase};
use drawdown_domain::limit::{CapAction, Each, LimitOwner, ThrottlePeriod, ThrottleThen, Window};

/// One thing that happens, some time after the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Microseconds that pass before it.
    pub(crate) pass: i64,
    pub(crate) act: Act,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// A caller sends a new message.
    Send {
        message: u32,
        organization: usize,
        keyed: bool,
        process: usize,
        journey: Journey,
        ask: Ask,
    },
    /// A caller that may have heard nothing asks again, with the same key and body.
    Retry {
        message: u32,
        process: usize,
        journey: Journey,
    },
    /// Somebody uses the key of another message for another body.
    Reuse { message: u32, process: usize, ask: Ask },
    /// A process takes what has arrived, reads what it needs and decides.
    Begin { process: usize },
    /// A process commits what it decided.
    Commit { process: usize, fate: Fate },
    /// The clock of a process is set: so many microseconds ahead of the true time.
    Skew { process: usize, micros: i64 },
    /// A process is killed and starts anew: what it had taken, decided and remembered is gone.
    Kill { process: usize },
    /// Answers to keys are forgotten after 35 days.
    Forget,
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Journey {
    Direct,
    /// It overtakes what waits there already.
    First,
    Lost,
    Twice,
    /// It arrives so many operations later.
    Late(usize),
}

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done and the callers are answered.
    Done,
    /// The database refuses it: nothing was changed, and nobody is answered.
    Refused,
    /// It is done, but the answer of the database is lost.
    UnknownDone,
    /// It is not done, and nobody knows.
    UnknownUndone,
}

/// The dimensions of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) use_case: UseCase,
    pub(crate) mode: Mode,
    pub(crate) platform: Platform,
    pub(crate) subject: Option<Subject>,
    /// Number of the API key.
    pub(crate) key: Option<u8>,
}

/// What is used of the first and of the second meter of a use case, in 10^-9 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) first: i64,
    pub(crate) second: i64,
}

/// What a run turns out to have used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    AsAsked,
    Nothing,
    Other(Amount),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) use_case: Option<UseCase>,
    pub(crate) mode: Option<Mode>,
    pub(crate) subject: Option<Subject>,
    pub(crate) each: Option<Each>,
}

/// A usage event; `event` numbers its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) event: u32,
    pub(crate) kind: Kind,
    pub(crate) amount: Amount,
    /// Microseconds before the message was first sent; ahead of it where negative.
    pub(crate) ago: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GrantAsk {
    pub(crate) micros: i64,
    pub(crate) priority: i32,
    /// Hours from the whole hour in which the message was first sent.
    pub(crate) effective_hours: i64,
    pub(crate) expires_hours: Option<i64>,
    pub(crate) paid: bool,
    pub(crate) pending: bool,
    pub(crate) scope: Option<UseCase>,
}

/// A cap's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ceiling {
    Micros(i64),
    Cents(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CapAsk {
    pub(crate) name: &'static str,
    pub(crate) owner: LimitOwner,
    pub(crate) scope: Scope,
    pub(crate) window: Window,
    pub(crate) limit: Ceiling,
    pub(crate) action: CapAction,
}

/// A throttle's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateAsk {
    Runs(u32),
    Micros(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThrottleAsk {
    pub(crate) name: &'static str,
    pub(crate) owner: LimitOwner,
    pub(crate) scope: Scope,
    pub(crate) rate: RateAsk,
    pub(crate) per: ThrottlePeriod,
    /// Runs or whole credits.
    pub(crate) burst: Option<u32>,
    pub(crate) then: ThrottleThen,
}

/// What a message asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// `rehearsed`: a dry run comes before it and must say the same.
    Authorize {
        kind: Kind,
        amount: Amount,
        ttl_s: u32,
        rehearsed: bool,
    },
    /// `run` is the message that asked for the run, here and below.
    Capture {
        run: u32,
        used: Used,
    },
    Release {
        run: u32,
    },
    Extend {
        run: u32,
        ttl_s: u32,
    },
    Record(Vec<Report>),
    Grant(GrantAsk),
    /// `grant` is the message that asked for the grant, here and below.
    Activate {
        grant: u32,
    },
    Void {
        grant: u32,
    },
    PutCap(CapAsk),
    DropCap {
        name: &'static str,
        owner: LimitOwner,
    },
    PutThrottle(ThrottleAsk),
    DropThrottle {
        name: &'static str,
        owner: LimitOwner,
    },
    Suspend(bool),
    Plan {
        number: usize,
        caps: Vec<CapAsk>,
        throttles: Vec<ThrottleAsk>,
    },
    Move {
        zone: &'static str,
    },
    Sweep,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.pass / 1_000_000, self.pass % 1_000_000);
        write!(f, "+{seconds}.{micros:06} s  {:?}", self.act)
    }
}

impl GrantAsk {
    /// When it was made, becomes effective and expires, in Unix microseconds: whole hours, so that many are equal.
    pub(crate) fn times(&self, sent_at: i64) -> (i64, i64, Option<i64>) {
        const HOUR: i64 = 3_600_000_000;
        let hour = sent_at.div_euclid(HOUR) * HOUR;
        let expires = self.expires_hours.map(|hours| hour + hours * HOUR);
        (hour, hour + self.effective_hours * HOUR, expires)
    }
}
