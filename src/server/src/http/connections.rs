//! Connections: so many at once, each ended that says nothing for long, so that neither their number nor their silence
//! can take the server's memory or its file descriptors.
//!
//! Where there is no room left, a few more are answered once each, by the `full` routes: probes as always, everything
//! else with 503 and Retry-After. What comes beyond those is closed unheard.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use super::shutdown::Shutdown;

/// Connections at once, where nothing else is set.
pub const CONNECTIONS_MAX_DEFAULT: u32 = 8_192;
/// Connections beyond those that are answered once each.
const BEYOND_MAX: u32 = 64;
/// What the process needs its other file descriptors for: databases, files of the site, the log.
const OTHER_DESCRIPTORS: u64 = 256;
/// How long a connection may be silent between requests, or take to say what it wants. Longer than clients keep theirs
/// (`reqwest` 90 s), so that it is mostly they who close.
const HEAD_WITHIN: Duration = Duration::from_mins(2);
/// The same for one beyond the room.
const HEAD_BEYOND_WITHIN: Duration = Duration::from_secs(2);
/// The most that is read of a connection ahead of what takes it, and the longest head of a request.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Accepts connections until the server stops, and waits until the requests under way on them are answered.
pub struct Connections {
    listener: TcpListener,
    connections_max: u32,
    room: Arc<Semaphore>,
    beyond: Arc<Semaphore>,
}

impl Connections {
    /// Of `listener`, so many at once; fewer where the system gives the process fewer file descriptors.
    ///
    /// # Errors
    /// Where the process may open hardly any file at all.
    pub fn new(listener: TcpListener, connections_max: u32) -> io::Result<Self> {
        let wanted = u64::from(connections_max) + u64::from(BEYOND_MAX) + OTHER_DESCRIPTORS;
        let given = descriptors(wanted)?;
        let lacking = u32::try_from(wanted.saturating_sub(given)).unwrap_or(u32::MAX);
        let room = connections_max.saturating_sub(lacking);
        if room == 0 {
            let message =
                format!("the process may open {given} files at once, and needs more than {OTHER_DESCRIPTORS}");
            return Err(io::Error::other(message));
        }
        if lacking > 0 {
            tracing::warn!(
                descriptors = given,
                connections = room,
                "fewer connections than are set, by the limit of open files (ulimit -n)"
            );
        }
        let permits = |count: u32| Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS)));
        Ok(Self {
            listener,
            connections_max: room,
            room: permits(room),
            beyond: permits(BEYOND_MAX),
        })
    }

    /// Answers by `all`, and by `full` where there is no room. Ends when `shutdown` has begun and what was under way then
    /// is answered.
    pub async fn serve(mut self, all: Router, full: Router, shutdown: &Shutdown) {
        let open = GracefulShutdown::new();
        loop {
            let (stream, peer) = tokio::select! {
                accepted = Listener::accept(&mut self.listener) => accepted,
                () = shutdown.begun() => break,
            };
            // Answers leave whole, pages in parts that a browser waits for: nothing is gained by holding bytes back.
            let _ = stream.set_nodelay(true);
            if let Ok(place) = self.room.clone().try_acquire_owned() {
                let connection = converse(stream, peer, all.clone(), HEAD_WITHIN, true, open.watcher());
                tokio::spawn(keep(place, connection));
            } else if let Ok(place) = self.beyond.clone().try_acquire_owned() {
                tracing::debug!(
                    connections = self.connections_max,
                    "full: a connection is answered once"
                );
                let connection = converse(stream, peer, full.clone(), HEAD_BEYOND_WITHIN, false, open.watcher());
                tokio::spawn(keep(place, connection));
            }
        }
        // Nobody else is let in while the rest is answered.
        drop(self.listener);
        open.shutdown().await;
    }
}

/// Holds a place for as long as the connection is open.
async fn keep(place: OwnedSemaphorePermit, connection: impl Future<Output = ()>) {
    connection.await;
    drop(place);
}

/// Answers the requests of a connection, one after the other; only the first unless it is to be kept.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    head_within: Duration,
    keep: bool,
    watcher: Watcher,
) {
    let service = router.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .max_buf_size(BUFFER_BYTES_MAX)
        .keep_alive(keep)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection).await {
        // Whoever has gone, or was silent for too long: nothing that an operator could mend.
        tracing::debug!(%error, "a connection ended");
    }
}

/// Raises the process' limit of open files to as many as are wanted, where the system allows it, and tells what it is.
#[cfg(unix)]
fn descriptors(wanted: u64) -> io::Result<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= wanted {
        return Ok(current);
    }
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let asked = Rlimit {
        current: Some(raised),
        maximum: limit.maximum,
    };
    Ok(setrlimit(Resource::Nofile, asked).map_or(current, |()| raised))
}

#[cfg(not(unix))]
fn descriptors(wanted: u64) -> io::Result<u64> {
    Ok(wanted)
}
