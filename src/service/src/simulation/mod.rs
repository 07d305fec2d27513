//! What a draft of the rate card would have cost every customer: the real usage of the last days, priced by the version in
//! force and by the draft, run by run.
//!
//! A simulation runs in the background of one process and tells how far it is; its result is kept there for a while. Who asks
//! another process has it run there too: it changes nothing but rows that are made of usage anyway. Both prices are under the
//! plan that a customer has now.

mod customer;
mod fold;
mod run;
mod stocks;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::{Credits, Key};
pub(crate) use fold::Walk as ShapesWalk;
use tokio::sync::Notify;

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::rate_card::overtaken;
use crate::service::Service;

/// Spans that may be simulated, in days.
pub const SIMULATION_DAYS: [i64; 2] = [30, 90];
/// Simulations that a process keeps.
const KEPT_MAX: usize = 4;
/// How long an asker waits for a result before it is told how far it is.
const WAIT: Duration = Duration::from_millis(1_500);

/// An allotment that the draft would have used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOut {
    /// How many credits it is.
    pub amount: Credits,
    /// The day from which it holds.
    pub from: String,
    /// The day on which it would have run out by the version in force; `None` where it would have lasted.
    pub before: Option<String>,
    /// The same by the draft.
    pub after: Option<String>,
    /// True where the draft's day is the earlier one.
    pub is_sooner: bool,
}

/// A customer's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedCustomer {
    /// The customer.
    pub id: OrganizationId,
    /// Its key.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// Its plan's name.
    pub plan: Option<String>,
    /// Runs that were counted.
    pub runs: i64,
    /// Credits by the version in force.
    pub before: Credits,
    /// Credits by the draft.
    pub after: Credits,
    /// Runs that the draft has no price for, and that would be refused.
    pub refused: i64,
    /// Allotments that end on another day by the draft.
    pub run_outs: Vec<RunOut>,
}

impl SimulatedCustomer {
    /// Credits that the draft takes more (less, where negative).
    pub fn difference(&self) -> Credits {
        Credits::from_micros(self.after.micros().saturating_sub(self.before.micros()))
    }
}

/// The result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simulated {
    /// Customers with usage, those who pay most more first.
    pub customers: Vec<SimulatedCustomer>,
    /// Credits of all by the version in force.
    pub before: Credits,
    /// Credits of all by the draft.
    pub after: Credits,
    /// Runs of all.
    pub runs: i64,
    /// Runs of all that the draft has no price for.
    pub refused: i64,
}

/// How a simulation stands.
#[derive(Clone, Debug)]
pub enum SimulationState {
    /// It has been through so many customers of so many.
    Running {
        /// Customers done.
        done: i64,
        /// Customers in all.
        total: i64,
    },
    /// It is done.
    Done(Arc<Simulated>),
}

/// What is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Subject {
    revision: i64,
    days: i64,
}

/// One that runs or ran.
#[derive(Debug)]
struct Simulation {
    subject: Subject,
    done: AtomicI64,
    total: AtomicI64,
    /// `None` in it: it failed, and the log says why.
    result: OnceLock<Option<Arc<Simulated>>>,
    finished: Notify,
}

/// Those that a process keeps, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Simulations(Mutex<Vec<Arc<Simulation>>>);

impl Simulations {
    /// The one of that subject, and whether it was just added and has to be run.
    fn of(&self, subject: Subject) -> (Arc<Simulation>, bool) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| !matches!(one.result.get(), Some(None)));
        if let Some(found) = kept.iter().find(|one| one.subject == subject) {
            return (Arc::clone(found), false);
        }
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        let new = Arc::new(Simulation {
            subject,
            done: AtomicI64::new(0),
            total: AtomicI64::new(0),
            result: OnceLock::new(),
            finished: Notify::new(),
        });
        kept.push(Arc::clone(&new));
        (new, true)
    }

    fn forget(&self, subject: Subject) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.subject != subject);
    }
}

impl Service {
    /// Simulates the draft at `revision` on the usage of the last `days`, anew even where there is a result already: usage
    /// goes on.
    pub async fn simulate_rates(&self, actor: &Actor, revision: i64, days: i64) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        self.inner.simulations.forget(Subject { revision, days });
        self.simulation(actor, revision, days).await?;
        let after = serde_json::json!({ "days": days, "revision": revision });
        let line = self.audit_line(actor, None, "simulate", "rate_card_draft", Some(after));
        Ok(self.store().write_audit(&[line]).await?)
    }

    /// How the simulation of the draft at `revision` on the usage of the last `days` stands. It is begun where this process
    /// has none, and waited for a moment.
    pub async fn simulation(&self, actor: &Actor, revision: i64, days: i64) -> Result<SimulationState, ServiceError> {
        actor.authorise(Action::ManageCatalogue, None)?;
        if !SIMULATION_DAYS.contains(&days) {
            return Err(ServiceError::field("days", "unknown", "30 or 90 days"));
        }
        let draft = self.rates_draft(actor).await?.ok_or(ServiceError::NotFound("draft"))?;
        if draft.revision != revision {
            return Err(overtaken());
        }
        if let Some(fault) = draft.fault {
            return Err(ServiceError::conflict(
                "draft_not_valid",
                format!("it cannot be simulated yet: {fault}"),
            ));
        }
        let (simulation, is_new) = self.inner.simulations.of(Subject { revision, days });
        if is_new {
            let current = self
                .card_in_force()
                .await?
                .map_or_else(crate::rate_card::empty, |card| card.rates);
            self.begin(Arc::clone(&simulation), current, draft.rates);
        }
        let finished = simulation.finished.notified();
        if simulation.result.get().is_none() {
            // What is not done in a moment is told by how far it is.
            let _waited = tokio::time::timeout(WAIT, finished).await;
        }
        match simulation.result.get() {
            Some(Some(result)) => Ok(SimulationState::Done(Arc::clone(result))),
            Some(None) => Err(ServiceError::internal("the simulation failed")),
            None => Ok(SimulationState::Running {
                done: simulation.done.load(Ordering::Relaxed),
                total: simulation.total.load(Ordering::Relaxed),
            }),
        }
    }

    fn begin(&self, simulation: Arc<Simulation>, before: Rates, after: Rates) {
        let service = self.clone();
        tokio::spawn(async move {
            let run = service.run_simulation(&simulation, &before, &after).await;
            let result = run.map(Arc::new).map_err(|error| {
                tracing::error!(error = ?error, "simulation failed");
            });
            // It is set once: each simulation runs once.
            let _first = simulation.result.set(result.ok());
            simulation.finished.notify_waiters();
        });
    }
}
