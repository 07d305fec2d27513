//! Open loop: requests are due at a fixed rate, whatever the server does, and their time counts from when they were due.
//! So a server that stalls is charged for all who would have come meanwhile.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::fd::OwnedFd;
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::closed::all;
use super::{Measured, Traffic};
use crate::http::Connection;

/// Requests that are due closer together than this leave together.
const TICK_MIN: Duration = Duration::from_micros(50);
/// How long after its end a load may take for what is still due.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who is free to send, and what waits for somebody who is.
#[derive(Default)]
struct Desk {
    free: Vec<mpsc::UnboundedSender<Instant>>,
    due: VecDeque<Instant>,
    closed: bool,
}

/// Loads a server at `rate` requests a second for `warm_up` and then, measured, for `span`.
pub(crate) async fn open(
    address: SocketAddr,
    connections: usize,
    rate: f64,
    warm_up: Duration,
    span: Duration,
    traffic: Rc<dyn Traffic>,
) -> Result<Measured> {
    let mut parts = in_parts(address, connections, rate, warm_up, (1, span), traffic).await?;
    parts.pop().context("there is one part")
}

/// The same for so many parts of `span` each, without a pause: what was due in a part is counted there.
pub(crate) async fn in_parts(
    address: SocketAddr,
    connections: usize,
    rate: f64,
    warm_up: Duration,
    (parts, span): (u32, Duration),
    traffic: Rc<dyn Traffic>,
) -> Result<Vec<Measured>> {
    if !rate.is_finite() || rate < 1.0 {
        bail!("a rate of at least one request a second is needed");
    }
    let measured = (0..parts).map(|_| Measured::new()).collect::<Result<Vec<_>>>()?;
    let measured = Rc::new(RefCell::new(measured));
    let desk = Rc::new(RefCell::new(Desk::default()));
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let from = Instant::now() + warm_up;
    let mut tasks = JoinSet::new();
    for connection in opened {
        let sender = Sender {
            connection,
            desk: desk.clone(),
            measured: measured.clone(),
            from,
            span,
        };
        tasks.spawn_local(sender.run(traffic.clone()));
    }
    pace(&desk, rate, from + span * parts).await?;
    {
        let mut desk = desk.borrow_mut();
        desk.closed = true;
        desk.free.clear();
    }
    all(&mut tasks, PATIENCE).await.context("the rate could not be kept")?;
    drop(tasks);
    let mut measured = Rc::try_unwrap(measured)
        .ok()
        .context("a connection is still open")?
        .into_inner();
    for part in &mut measured {
        part.span = span;
    }
    Ok(measured)
}

struct Sender {
    connection: Connection,
    desk: Rc<RefCell<Desk>>,
    measured: Rc<RefCell<Vec<Measured>>>,
    from: Instant,
    span: Duration,
}

impl Sender {
    async fn run(mut self, traffic: Rc<dyn Traffic>) -> Result<()> {
        let mut request = Vec::new();
        loop {
            let Some(due) = next_due(&self.desk).await else {
                return Ok(());
            };
            if !traffic.next(&mut request) {
                return Ok(());
            }
            let answer = self.connection.exchange(&request).await?;
            let units = traffic.judge(answer)?;
            let Some(since) = due.checked_duration_since(self.from) else {
                continue;
            };
            let part = usize::try_from(since.as_nanos() / self.span.as_nanos().max(1))?;
            if let Some(measured) = self.measured.borrow_mut().get_mut(part) {
                measured.count(units, due.elapsed());
            }
        }
    }
}

/// Takes what is due already, or waits at the desk; `None` when nothing comes any more.
async fn next_due(desk: &Rc<RefCell<Desk>>) -> Option<Instant> {
    let mut call = {
        let mut desk = desk.borrow_mut();
        if let Some(due) = desk.due.pop_front() {
            return Some(due);
        }
        if desk.closed {
            return None;
        }
        let (caller, call) = mpsc::unbounded_channel();
        desk.free.push(caller);
        call
    };
    call.recv().await
}

/// Makes requests due, one after the other, until `to`.
async fn pace(desk: &Rc<RefCell<Desk>>, rate: f64, to: Instant) -> Result<()> {
    let between = Duration::from_secs_f64(1.0 / rate);
    let ticker = Ticker::start(between.max(TICK_MIN))?;
    let start = Instant::now();
    let mut made: u32 = 0;
    loop {
        ticker.tick().await?;
        let now = Instant::now();
        let mut desk = desk.borrow_mut();
        loop {
            let due = start + between.mul_f64(f64::from(made));
            if due > now {
                break;
            }
            if due >= to {
                return Ok(());
            }
            made += 1;
            // The one that was free last: few connections carry what few can.
            match desk.free.pop() {
                Some(free) => drop(free.send(due)),
                None => desk.due.push_back(due),
            }
        }
    }
}

/// A timer of the kernel: the runtime's own are no finer than a millisecond.
struct Ticker {
    timer: AsyncFd<OwnedFd>,
}

impl Ticker {
    fn start(every: Duration) -> Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags).context("no timer")?;
        let every = Timespec {
            tv_sec: i64::try_from(every.as_secs())?,
            tv_nsec: i64::from(every.subsec_nanos()),
        };
        let spec = Itimerspec {
            it_interval: every,
            it_value: every,
        };
        rustix::time::timerfd_settime(&timer, TimerfdTimerFlags::empty(), &spec).context("the timer is not set")?;
        #[expect(
            deprecated,
            reason = "unsound only for types that lie about their descriptor; its successor is unsafe"
        )]
        let timer = AsyncFd::new(timer)?;
        Ok(Self { timer })
    }

    /// Waits until the time has passed since the last tick; once where several passed.
    async fn tick(&self) -> Result<()> {
        loop {
            let mut ready = self.timer.readable().await?;
            let mut expirations = [0; 8];
            let read = |timer: &AsyncFd<OwnedFd>| {
                rustix::io::read(timer.get_ref(), &mut expirations).map_err(std::io::Error::from)
            };
            match ready.try_io(read) {
                Ok(read) => {
                    read.context("the timer cannot be read")?;
                    return Ok(());
                }
                Err(_would_block) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::LocalSet;

    use super::super::stub::{self, Pings};
    use super::*;

    #[tokio::test]
    async fn a_server_that_stalls_is_charged_for_all_who_were_due_meanwhile() {
        let stall = Duration::from_millis(5);
        let run = async {
            let address = stub::server(stall).await;
            // One connection answers 200 a second and 500 are due: the queue, and with it the time, only grows.
            let span = Duration::from_millis(200);
            open(address, 1, 500.0, Duration::ZERO, span, Rc::new(Pings::new(1000)))
                .await
                .unwrap()
        };
        let measured = LocalSet::new().run_until(run).await;
        assert!((95..=100).contains(&measured.requests), "{}", measured.requests);
        assert!(measured.latency_ms(0.99) > 250.0, "{}", measured.latency_ms(0.99));
    }

    #[tokio::test]
    async fn what_waits_longer_and_longer_is_seen_in_the_later_part() {
        let stall = Duration::from_millis(5);
        let run = async {
            let address = stub::server(stall).await;
            let parts = (2, Duration::from_millis(100));
            in_parts(address, 1, 500.0, Duration::ZERO, parts, Rc::new(Pings::new(1000)))
                .await
                .unwrap()
        };
        let parts = LocalSet::new().run_until(run).await;
        let [first, second] = &parts[..] else {
            panic!("two parts")
        };
        assert!((95..=100).contains(&(first.requests + second.requests)));
        assert!(second.latency_ms(0.5) > 1.5 * first.latency_ms(0.5));
    }

    #[tokio::test]
    async fn no_rate_is_refused() {
        let run = async {
            let address = stub::server(Duration::ZERO).await;
            open(
                address,
                1,
                f64::NAN,
                Duration::ZERO,
                Duration::from_millis(1),
                Rc::new(Pings::new(1)),
            )
            .await
        };
        assert!(LocalSet::new().run_until(run).await.is_err());
    }
}
