//! Background work: what the clock makes due. Each job is idempotent and runs in every process at once.
//!
//! A job that fails is logged and tried again later; it never takes the server down.

use std::future::Future;
use std::time::Duration;

use drawdown_service::{Service, ServiceError};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

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
/// How long a job rests after a failure.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// Starts every job; they end when the server stops. Wait for the set to let them finish.
pub fn start(service: &Service, sessions: &Sessions, shutdown: &Shutdown) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let sweeper = service.clone();
    jobs.spawn(repeat("sweep", SWEEP_EVERY, shutdown.clone(), move || {
        let service = sweeper.clone();
        async move { service.sweep().await }
    }));
    let scheduler = service.clone();
    jobs.spawn(repeat("schedule", SCHEDULE_EVERY, shutdown.clone(), move || {
        let service = scheduler.clone();
        async move { service.run_schedule().await }
    }));
    let mover = service.clone();
    jobs.spawn(repeat("plan moves", MOVES_EVERY, shutdown.clone(), move || {
        let service = mover.clone();
        async move { service.run_plan_moves().await }
    }));
    let booker = service.clone();
    jobs.spawn(repeat("adjustments", ADJUSTMENTS_EVERY, shutdown.clone(), move || {
        let service = booker.clone();
        async move { service.book_adjustments().await }
    }));
    let maker = service.clone();
    jobs.spawn(repeat("partitions", PARTITIONS_EVERY, shutdown.clone(), move || {
        let service = maker.clone();
        async move { service.make_partitions().await }
    }));
    let keeper = service.clone();
    jobs.spawn(repeat("portfolio", PORTFOLIO_EVERY, shutdown.clone(), move || {
        let service = keeper.clone();
        async move { service.refresh_portfolio().await }
    }));
    let months = service.clone();
    jobs.spawn(repeat(
        "portfolio months",
        PORTFOLIO_EVERY,
        shutdown.clone(),
        move || {
            let service = months.clone();
            async move { service.refresh_portfolio_months().await }
        },
    ));
    let folder = service.clone();
    jobs.spawn(repeat("usage shapes", SHAPES_EVERY, shutdown.clone(), move || {
        let service = folder.clone();
        async move { service.fold_usage().await }
    }));
    let forgetter = service.clone();
    let sessions = sessions.clone();
    jobs.spawn(repeat("forget", FORGET_EVERY, shutdown.clone(), move || {
        let (service, sessions) = (forgetter.clone(), sessions.clone());
        async move {
            let forgotten = service.forget().await?;
            sessions.delete_expired().await.map_err(ServiceError::internal)?;
            Ok(forgotten)
        }
    }));
    jobs
}

async fn repeat<F, W>(name: &'static str, every: Duration, shutdown: Shutdown, work: F)
where
    F: Fn() -> W,
    W: Future<Output = Result<u64, ServiceError>>,
{
    let mut ticks = tokio::time::interval(every);
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
