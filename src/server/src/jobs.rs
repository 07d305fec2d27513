//! Background work: what the clock makes due. Each job is idempotent and runs in every process at once.
//!
//! A job that fails is logged and tried again later; it never takes the server down.

use std::future::Future;
use std::time::Duration;

use drawdown_service::{Service, ServiceError};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::http::sessions::Sessions;
use crate::http::shutdown::Shutdown;

/// How often holds and grants that are due are looked for: one cheap query.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How often steps of customers' agreements that are due are looked for: one query by an index.
const SCHEDULE_EVERY: Duration = Duration::from_secs(1);
/// How often customers that are to be moved to a version of their plan are looked for: one query by an index, where there are none.
const MOVES_EVERY: Duration = Duration::from_secs(1);
/// How often adjustments that were approved and not booked, because a process ended between, are looked for.
const ADJUSTMENTS_EVERY: Duration = Duration::from_secs(10);
/// How often rows and months of the portfolio that are behind are looked for, some thousands at a time.
const PORTFOLIO_EVERY: Duration = Duration::from_secs(1);
/// How often usage that simulations read is folded, some thousands of events at a time.
const SHAPES_EVERY: Duration = Duration::from_secs(5);
/// How often what nobody can ask for any more is forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(1);
/// How often the months of usage events to come are looked at; they are made three months ahead.
const PARTITIONS_EVERY: Duration = Duration::from_hours(1);
/// How far apart the jobs begin, so that those that work every second do not do so in the same instant.
const APART: Duration = Duration::from_millis(130);
/// How long a job rests after a failure.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// Starts every job; they end when the server stops. Wait for the set to let them finish.
pub fn start(service: &Service, sessions: &Sessions, shutdown: &Shutdown) -> JoinSet<()> {
    let mut jobs = Jobs {
        service,
        shutdown,
        set: JoinSet::new(),
        begins_after: Duration::ZERO,
    };
    jobs.add("sweep", SWEEP_EVERY, |service| async move { service.sweep().await });
    jobs.add("schedule", SCHEDULE_EVERY, |service| async move {
        service.run_schedule().await
    });
    jobs.add("plan moves", MOVES_EVERY, |service| async move {
        service.run_plan_moves().await
    });
    jobs.add("adjustments", ADJUSTMENTS_EVERY, |service| async move {
        service.book_adjustments().await
    });
    jobs.add("partitions", PARTITIONS_EVERY, |service| async move {
        service.make_partitions().await
    });
    jobs.add("portfolio", PORTFOLIO_EVERY, |service| async move {
        service.refresh_portfolio().await
    });
    jobs.add("portfolio months", PORTFOLIO_EVERY, |service| async move {
        service.refresh_portfolio_months().await
    });
    jobs.add("usage shapes", SHAPES_EVERY, |service| async move {
        service.fold_usage().await
    });
    let sessions = sessions.clone();
    jobs.add("forget", FORGET_EVERY, move |service| {
        let sessions = sessions.clone();
        async move {
            let forgotten = service.forget().await?;
            sessions.delete_expired().await.map_err(ServiceError::internal)?;
            Ok(forgotten)
        }
    });
    jobs.set
}

/// The jobs that were started.
struct Jobs<'a> {
    service: &'a Service,
    shutdown: &'a Shutdown,
    set: JoinSet<()>,
    /// When the next one begins.
    begins_after: Duration,
}

impl Jobs<'_> {
    fn add<F, W>(&mut self, name: &'static str, every: Duration, work: F)
    where
        F: Fn(Service) -> W + Send + 'static,
        W: Future<Output = Result<u64, ServiceError>> + Send + 'static,
    {
        let ticks = interval_at(Instant::now() + self.begins_after, every);
        self.begins_after += APART;
        let service = self.service.clone();
        let work = move || work(service.clone());
        self.set.spawn(repeat(name, ticks, self.shutdown.clone(), work));
    }
}

async fn repeat<F, W>(name: &'static str, mut ticks: Interval, shutdown: Shutdown, work: F)
where
    F: Fn() -> W,
    W: Future<Output = Result<u64, ServiceError>>,
{
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.begun() => return,
            _ = ticks.tick() => {}
        }
        match work().await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(job = name, count, "done"),
            Err(error) => {
                tracing::warn!(job = name, error = ?error, "failed; will be tried again");
                ticks.reset_after(REST_AFTER_FAILURE);
            }
        }
    }
}
