//! What is due when: allotments, what is carried over and what ends, renewals, payments, releases of a contract.
//!
//! A pure function of what was agreed and of what has been done: [`Schedule::due`] lists the steps up to an instant, in
//! order, each at a local midnight of the customer (or at the very instant at which a plan begins) and each with a key
//! that it always has. Stepping minute by minute and catching up after a month give the same steps. Doing them, exactly
//! once by their keys, is left to the service and the ledger.

mod anchor;
mod contract_steps;
mod plan_steps;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::credits::Credits;
use crate::id::ContractId;
use crate::key::Key;
use crate::money::Money;
use crate::plan::{Allotment, PlanTerms};
use crate::timestamp::Timestamp;
use crate::window::Zone;

/// What holds for a customer from an instant on. Phases are added, and never changed once they have begun.
#[derive(Clone, Copy, Debug)]
pub struct Phase<'a> {
    /// From when; until the next phase.
    pub from: Timestamp,
    /// The instant from whose local day intervals are counted: the customer's period anchor, which keeps its intervals when it
    /// changes plans, as long as they do not begin anew ([`Schedule::anchor_of`]).
    pub anchor: Timestamp,
    /// The terms, as the customer has them; `None` for no plan.
    pub terms: Option<&'a PlanTerms>,
}

/// A customer's agreements in their order.
#[derive(Clone, Copy, Debug)]
pub struct Schedule<'a> {
    /// The customer's zone.
    pub zone: &'a Zone,
    /// What has held and will hold, ascending.
    pub phases: &'a [Phase<'a>],
    /// Its contracts.
    pub contracts: &'a [Contract],
}

/// Names a step for ever: what is repeated, and which time it is. It does not change with the zone, nor with when it is
/// asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepKey {
    /// What is repeated: `allotment/fast/month/1795168800000000`.
    pub series: String,
    /// Which time; ascending, not always without a gap.
    pub number: u32,
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.series, self.number)
    }
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Its name.
    pub key: StepKey,
    /// What.
    pub due: Due,
}

/// What a step does. Steps of one instant are done in the order of this list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// What these grants have left expires.
    Expire {
        /// The steps that granted it.
        grants: Vec<StepKey>,
    },
    /// A plan that ends by itself is over.
    PlanEnd,
    /// A contract is over.
    ContractEnd {
        /// The contract.
        contract: ContractId,
    },
    /// A contract goes on for another term.
    ContractRenewal {
        /// The contract.
        contract: ContractId,
        /// When that term ends.
        until: Timestamp,
    },
    /// A new interval of the plan begins: what was to change at renewal changes now.
    Renewal,
    /// The price of an interval is due.
    Charge {
        /// The interval's price without further members.
        price: Option<Money>,
        /// Price of each further member.
        extra_seat_price: Option<Money>,
        /// When the interval ends that is paid for.
        until: Timestamp,
    },
    /// A payment of a contract is due.
    Payment {
        /// The contract.
        contract: ContractId,
        /// How much.
        amount: Money,
    },
    /// What is left of the last interval's grants is carried over, as [`Allotment::carried`] says; the new grant lives
    /// until `expires_at`.
    RollOver {
        /// The allotment's name.
        name: Key,
        /// The allotment that begins.
        allotment: Allotment,
        /// The steps that granted what is left: the last allotment, and what was carried over into it.
        from: [StepKey; 2],
        /// When it ends in its turn.
        expires_at: Timestamp,
    },
    /// An allotment is granted.
    Grant {
        /// Its name.
        name: Key,
        /// The allotment.
        allotment: Allotment,
        /// When it ends; `None` for never.
        expires_at: Option<Timestamp>,
    },
    /// A contract's credits are released.
    Release {
        /// The contract.
        contract: ContractId,
        /// How many.
        credits: Credits,
        /// What was agreed for them: their cost basis.
        paid: Money,
        /// When they end: with the term, as it is agreed by then.
        expires_at: Timestamp,
    },
}

impl Due {
    /// The place among the steps of one instant.
    const fn rank(&self) -> u8 {
        match self {
            Self::Expire { .. } => 0,
            Self::PlanEnd => 1,
            Self::ContractEnd { .. } => 2,
            Self::ContractRenewal { .. } => 3,
            Self::Renewal => 4,
            Self::Charge { .. } => 5,
            Self::Payment { .. } => 6,
            Self::RollOver { .. } => 7,
            Self::Grant { .. } => 8,
            Self::Release { .. } => 9,
        }
    }
}

/// What has been done: of each series the number that comes next. Stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Progress {
    next: BTreeMap<String, u32>,
}

impl Progress {
    /// Notes that a step is done.
    pub fn note(&mut self, key: &StepKey) {
        let next = self.next.entry(key.series.clone()).or_default();
        *next = (*next).max(key.number.saturating_add(1));
    }

    /// The first number of the series that is not done.
    fn next(&self, series: &str) -> u32 {
        self.next.get(series).copied().unwrap_or(0)
    }
}

/// What comes next of a customer's agreements, as long as nobody changes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// When the next step is due; what is overdue lies in the past.
    pub step_at: Option<Timestamp>,
    /// When credits come next: an allotment's, or a release of a contract's.
    pub credits_at: Option<Timestamp>,
    /// When what holds now begins anew or ends: the contract's term where there is one, else the plan's interval, where that
    /// brings or costs something.
    pub renews_at: Option<Timestamp>,
}

impl Schedule<'_> {
    /// The steps that are due at `now` and not done: in the order of their instants, then as [`Due`] lists them. They are
    /// to be done in this order, and each noted.
    pub fn due(&self, progress: &Progress, now: Timestamp) -> Vec<Step> {
        let mut steps = Vec::new();
        self.plan_steps(progress, now, &mut steps);
        for contract in self.contracts {
            self.contract_steps(contract, progress, now, &mut steps);
        }
        steps.sort_by(|left, right| {
            let order = |step: &Step| (step.at, step.due.rank());
            order(left).cmp(&order(right)).then_with(|| left.key.cmp(&right.key))
        });
        steps
    }

    /// What comes next, looking a year and a day ahead of `now`; the end of a contract's term is found however far away.
    pub fn outlook(&self, progress: &Progress, now: Timestamp) -> Outlook {
        let steps = self.due(progress, self.zone.midnight_after(now, 12, 1));
        let later = || steps.iter().filter(|step| step.at > now);
        let matters = |at| {
            let mut of_instant = later().filter(|step| step.at == at);
            of_instant.any(|step| matches!(step.due, Due::Charge { .. } | Due::Grant { .. }))
        };
        let renews = |step: &&Step| match step.due {
            Due::PlanEnd => true,
            Due::Renewal => matters(step.at),
            _ => false,
        };
        let term_ends = self
            .contracts
            .iter()
            .filter_map(|contract| contract.term_ends(self.zone, now));
        Outlook {
            step_at: steps.first().map(|step| step.at),
            credits_at: later()
                .find(|step| matches!(step.due, Due::Grant { .. } | Due::Release { .. }))
                .map(|step| step.at),
            renews_at: term_ends.min().or_else(|| later().find(renews).map(|step| step.at)),
        }
    }

    /// The progress of a customer for whom everything due at `at` is done already, by whatever means.
    pub fn done_by(&self, at: Timestamp) -> Progress {
        let mut progress = Progress::default();
        for step in self.due(&Progress::default(), at) {
            progress.note(&step.key);
        }
        progress
    }
}

/// Collects the steps of one series that are due and not done.
struct Collector<'a> {
    series: String,
    next: u32,
    now: Timestamp,
    steps: &'a mut Vec<Step>,
}

impl<'a> Collector<'a> {
    fn new(series: String, progress: &Progress, now: Timestamp, steps: &'a mut Vec<Step>) -> Self {
        Self {
            next: progress.next(&series),
            series,
            now,
            steps,
        }
    }

    fn push(&mut self, number: u32, at: Timestamp, due: Due) {
        if number >= self.next && at <= self.now {
            let series = self.series.clone();
            let key = StepKey { series, number };
            self.steps.push(Step { at, key, due });
        }
    }
}

#[cfg(test)]
mod tests;
