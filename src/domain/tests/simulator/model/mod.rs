//! The simple model: what an organization's customers could work out with pencil and paper.
//!
//! It keeps plain lists of accepted facts and sums them anew for every question. It shares data types with the engine
//! and no rule: prices, windows, burn order, caps and rates are all worked out here by other, slower means.

mod answers;
mod balances;
mod calendar;
mod caps;
mod limits;
mod prices;
mod runs;
mod throttles;
mod usage;

use drawdown_domain::grant::GrantState;
use drawdown_domain::hold::HoldState;
use drawdown_domain::outcome::Outcome;

pub(crate) use answers::{Answer, parts_of};
pub(crate) use balances::{Grant, Part};
pub(crate) use calendar::Days;
pub(crate) use caps::Cap;
pub(crate) use prices::quantity_for;
use throttles::{Arrival, Throttle};

use crate::envelope::Envelope;
use crate::market::PLANS;
use crate::operation::{Amount, Ask, Kind};

/// A run that was let start.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub(crate) number: u128,
    pub(crate) kind: Kind,
    pub(crate) amount: Amount,
    pub(crate) micros: i64,
    /// Places in the list of grants, with micro-credits.
    pub(crate) shares: Vec<(usize, i64)>,
    pub(crate) at: i64,
    pub(crate) expires_at: i64,
    pub(crate) state: HoldState,
    pub(crate) sequence: u64,
}

/// Something that was used.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    /// `None` for captures.
    pub(crate) event: Option<u32>,
    pub(crate) kind: Kind,
    pub(crate) amount: Amount,
    pub(crate) at: i64,
    pub(crate) micros: i64,
    pub(crate) sequence: u64,
    /// Start of the day to which it was added, in the zone of that time.
    pub(crate) day: i64,
}

/// One organization.
pub(crate) struct Model {
    pub(crate) days: &'static Days,
    /// The instant from which billing periods are counted.
    anchor: i64,
    pub(crate) suspended: bool,
    pub(crate) plan: usize,
    pub(crate) grants: Vec<Grant>,
    moves: Vec<balances::Move>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) uses: Vec<Use>,
    arrivals: Vec<Arrival>,
    pub(crate) caps: Vec<Cap>,
    throttles: Vec<Throttle>,
    pub(crate) owed: i64,
    pub(crate) forgiven: i64,
    /// Facts so far: tells what came before from what came after.
    sequence: u64,
}

impl Model {
    pub(crate) fn new(zone: &str, anchor: i64, plan: usize) -> Self {
        Self {
            days: Days::of(zone),
            anchor,
            suspended: false,
            plan,
            grants: Vec::new(),
            moves: Vec::new(),
            holds: Vec::new(),
            uses: Vec::new(),
            arrivals: Vec::new(),
            caps: Vec::new(),
            throttles: Vec::new(),
            owed: 0,
            forgiven: 0,
            sequence: 0,
        }
    }

    /// Takes a request that was accepted at `now`, and says what differs in the engine's answer from what must be.
    pub(crate) fn accept(&mut self, now: i64, envelope: &Envelope, outcome: &Outcome) -> Result<(), String> {
        self.sequence += 1;
        self.sweep(now);
        let expected = self.answer(now, envelope, outcome);
        expected.compare(outcome)
    }

    fn answer(&mut self, now: i64, envelope: &Envelope, outcome: &Outcome) -> Answer {
        let number = envelope.number;
        match &envelope.ask {
            Ask::Authorize {
                kind, amount, ttl_s, ..
            } => self.authorize(now, number, *kind, *amount, i64::from(*ttl_s), outcome),
            Ask::Capture { used, .. } => self.capture(now, envelope.target, *used, outcome),
            Ask::Release { .. } => self.release(now, envelope.target),
            Ask::Extend { ttl_s, .. } => self.extend(now, envelope.target, i64::from(*ttl_s)),
            Ask::Record(reports) => self.record(now, envelope.sent_at, reports),
            Ask::Grant(ask) => self.grant(now, number, envelope.sent_at, ask),
            Ask::Activate { .. } => self.activate(now, envelope.target),
            Ask::Void { .. } => self.void(envelope.target),
            Ask::PutCap(ask) => self.put_cap(now, *ask),
            Ask::DropCap { name, owner } => self.drop_cap(name, *owner),
            Ask::PutThrottle(ask) => self.put_throttle(*ask),
            Ask::DropThrottle { name, owner } => self.drop_throttle(name, *owner),
            Ask::Suspend(suspended) => {
                self.suspended = *suspended;
                Answer::Done
            }
            Ask::Plan {
                number,
                caps,
                throttles,
            } => self.set_plan(now, *number, caps, throttles),
            Ask::Move { zone } => self.move_to(now, zone),
            Ask::Sweep => Answer::Done,
        }
    }

    /// What the clock ends: first holds, then grants; then what is owed is paid, if anything can pay it.
    fn sweep(&mut self, now: i64) {
        for place in 0..self.holds.len() {
            let hold = &self.holds[place];
            if hold.state == HoldState::Open && hold.expires_at <= now {
                self.end_hold(place, HoldState::Expired, 0, now);
            }
        }
        let due = |grant: &Grant| grant.state == GrantState::Active && grant.expires_at.is_some_and(|end| end <= now);
        if self.grants.iter().any(due) {
            let parts = self.parts();
            for (place, parts) in parts.iter().enumerate() {
                if due(&self.grants[place]) {
                    self.grants[place].state = GrantState::Expired;
                    self.shift(place, Some(Part::Left), Part::Expired, parts[Part::Left as usize]);
                }
            }
        }
        self.settle(now);
    }

    fn terms(&self) -> &'static crate::market::Terms {
        &PLANS[self.plan]
    }
}
