//! Closed loop: each of N connections sends its next request when the last is answered.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::task::JoinSet;

use super::{Measured, Traffic};
use crate::http::Connection;

/// How long after its end a load may take for the answers under way.
const PATIENCE: Duration = Duration::from_mins(1);

/// Loads the servers, each over as many connections as the others, for `warm_up` and then, measured, for `span`. An
/// answer counts where it came within the span.
pub(crate) async fn closed(
    servers: Vec<SocketAddr>,
    connections: usize,
    warm_up: Duration,
    span: Duration,
    traffic: Rc<dyn Traffic>,
) -> Result<Measured> {
    let from = Instant::now() + warm_up;
    let to = from + span;
    let measured = Rc::new(RefCell::new(Measured::new()?));
    let ended = Rc::new(Cell::new(from));
    let mut tasks = JoinSet::new();
    for address in servers.into_iter().cycle().take(connections) {
        let (traffic, measured, ended) = (traffic.clone(), measured.clone(), ended.clone());
        tasks.spawn_local(async move {
            let mut connection = Connection::open(address).await?;
            let mut request = Vec::new();
            while Instant::now() < to && traffic.next(&mut request) {
                let sent = Instant::now();
                let answer = connection.exchange(&request).await?;
                let units = traffic.judge(answer)?;
                let now = Instant::now();
                if now >= from && now <= to {
                    measured.borrow_mut().count(units, now - sent);
                    ended.set(now);
                }
            }
            Ok::<_, anyhow::Error>(())
        });
    }
    all(&mut tasks, warm_up + span + PATIENCE).await?;
    drop(tasks);
    let mut measured = Rc::try_unwrap(measured)
        .ok()
        .context("a connection is still open")?
        .into_inner();
    if measured.requests == 0 {
        bail!("nothing was answered within {} s", span.as_secs_f64());
    }
    // Traffic that ran out before the end is measured by the time that it took.
    let stopped_early = ended.get() + span / 20 < to;
    measured.span = if stopped_early { ended.get() - from } else { span };
    Ok(measured)
}

/// Sends all that the traffic has, however long it takes within `limit`.
pub(crate) async fn times(
    address: SocketAddr,
    connections: usize,
    limit: Duration,
    traffic: Rc<dyn Traffic>,
) -> Result<Measured> {
    let started = Instant::now();
    let mut measured = closed(vec![address], connections, Duration::ZERO, limit, traffic).await?;
    measured.span = started.elapsed();
    Ok(measured)
}

/// Waits for all connections; the first that fails ends the load.
pub(super) async fn all(tasks: &mut JoinSet<Result<()>>, limit: Duration) -> Result<()> {
    let joined = async {
        while let Some(done) = tasks.join_next().await {
            done.context("a connection's task ended early")??;
        }
        Ok(())
    };
    match tokio::time::timeout(limit, joined).await {
        Ok(result) => result,
        Err(_) => bail!("the server did not answer in time"),
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::LocalSet;

    use super::super::stub::{self, Pings};
    use super::*;

    #[tokio::test]
    async fn traffic_that_ends_is_all_sent_and_measured_by_its_time() {
        let run = async {
            let address = stub::server(Duration::ZERO).await;
            let limit = Duration::from_mins(1);
            times(address, 4, limit, Rc::new(Pings::new(100))).await.unwrap()
        };
        let measured = LocalSet::new().run_until(run).await;
        assert_eq!((measured.units, measured.requests), (200, 100));
        assert!(measured.span < Duration::from_mins(1));
    }

    #[tokio::test]
    async fn a_load_without_an_answer_is_an_error() {
        let run = async {
            let address = stub::server(Duration::ZERO).await;
            times(address, 1, Duration::from_secs(1), Rc::new(Pings::new(0))).await
        };
        assert!(LocalSet::new().run_until(run).await.is_err());
    }
}
