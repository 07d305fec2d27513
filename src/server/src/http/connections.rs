//! Connections: so many at once, and none that stays silent or leaves its answers unread, so that no client can take the
//! server's memory or its file descriptors.
//!
//! Where there is no room left, a few more are answered once each, by the `full` routes: probes as always, everything
//! else with 503 and Retry-After. What comes beyond those is closed unheard.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use super::log::OnceASecond;
use super::shutdown::Shutdown;

/// Connections at once, where nothing else is set.
pub const CLIENTS_MAX_DEFAULT: u32 = 8_192;
/// Connections beyond those that are answered once each.
const BEYOND_MAX: u32 = 64;
/// File descriptors for each connection: its own, and that of a file which is being sent.
const DESCRIPTORS_A_CONNECTION: u64 = 2;
/// What the process needs its other file descriptors for: databases, the log.
const OTHER_DESCRIPTORS: u64 = 256;
/// The most that is read ahead of a handler, or written ahead of a client; so also the longest head of a request.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// How long a client may keep the server waiting.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Between requests, and for the head of one.
    silent: Duration,
    /// Without taking anything of what is being sent to it.
    unread: Duration,
}

/// Longer than clients keep a connection that idles (`reqwest` 90 s), so that it is mostly they who close it.
const PATIENCE: Patience = Patience {
    silent: Duration::from_mins(2),
    unread: Duration::from_secs(30),
};
/// For a client that found no room.
const PATIENCE_BEYOND: Patience = Patience {
    silent: Duration::from_secs(2),
    unread: Duration::from_secs(2),
};

/// Accepts connections until the server stops, and waits until the requests under way on them are answered.
pub struct Connections {
    listener: TcpListener,
    clients_max: u32,
    patience: Patience,
    room: Arc<Semaphore>,
    beyond: Arc<Semaphore>,
    told: OnceASecond,
}

impl Connections {
    /// Of `listener`, so many at once; fewer where the system gives the process fewer file descriptors.
    ///
    /// # Errors
    /// Where the process may open hardly any file at all.
    pub fn new(listener: TcpListener, clients_max: u32) -> io::Result<Self> {
        let wanted = DESCRIPTORS_A_CONNECTION * u64::from(clients_max) + reserved();
        let given = descriptors(wanted);
        let allowed = given.saturating_sub(reserved()) / DESCRIPTORS_A_CONNECTION;
        let room = clients_max.min(u32::try_from(allowed).unwrap_or(u32::MAX));
        if room == 0 {
            let message = format!(
                "the process may open {given} files at once (ulimit -n), and needs more than {}",
                reserved() + 1
            );
            return Err(io::Error::other(message));
        }
        if room < clients_max {
            tracing::warn!(
                descriptors = given,
                connections = room,
                "fewer connections than are set, by the limit of open files (ulimit -n)"
            );
        }
        let permits = |count: u32| Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS)));
        Ok(Self {
            listener,
            clients_max: room,
            patience: PATIENCE,
            room: permits(room),
            beyond: permits(BEYOND_MAX),
            told: OnceASecond::default(),
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
                let connection = converse(stream, peer, all.clone(), self.patience, true, open.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
                continue;
            }
            if self.told.is_due() {
                tracing::warn!(connections = self.clients_max, "full: further connections are refused");
            }
            if let Ok(place) = self.beyond.clone().try_acquire_owned() {
                let connection = converse(stream, peer, full.clone(), PATIENCE_BEYOND, false, open.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
        }
        // Nobody else is let in while the rest is answered.
        drop(self.listener);
        open.shutdown().await;
    }
}

/// Answers the requests of a connection, one after the other; only the first unless it is to be kept.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Patience,
    keep: bool,
    watcher: Watcher,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience.unread));
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.silent)
        .max_buf_size(BUFFER_BYTES_MAX)
        .keep_alive(keep)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection).await {
        // Whoever has gone, or kept the server waiting for too long: nothing that an operator could mend.
        tracing::debug!(%error, "a connection ended");
    }
}

/// Descriptors that are kept from those who find room.
fn reserved() -> u64 {
    OTHER_DESCRIPTORS + DESCRIPTORS_A_CONNECTION * u64::from(BEYOND_MAX)
}

/// Raises the process' limit of open files to as many as are wanted, where the system allows it, and tells what it is.
#[cfg(unix)]
fn descriptors(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= wanted {
        return current;
    }
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let asked = Rlimit {
        current: Some(raised),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, asked).map_or(current, |()| raised)
}

#[cfg(not(unix))]
fn descriptors(wanted: u64) -> u64 {
    wanted
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// More than the buffers between a server and a client hold.
    const LONG: usize = 64 * 1024 * 1024;

    /// A server with room for one client, of little patience. Gives its address.
    async fn server(patience: Patience) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connections = Connections::new(listener, 1).unwrap();
        connections.patience = patience;
        let all = Router::new()
            .route("/", get(async || "here"))
            .route("/long", get(async || "x".repeat(LONG)));
        let full = Router::new().fallback(async || "full");
        tokio::spawn(async move { connections.serve(all, full, &Shutdown::default()).await });
        address
    }

    async fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Asks until there is room again.
    async fn until_there_is_room(address: SocketAddr) {
        let asked = async {
            loop {
                let mut stream = ask(address, "/").await;
                let mut answer = [0; 1024];
                let read = stream.read(&mut answer).await.unwrap_or(0);
                if answer[..read].ends_with(b"here") {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_mins(1), asked).await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_says_nothing_more_is_ended() {
        let patience = Patience {
            silent: Duration::from_millis(50),
            ..PATIENCE
        };
        let address = server(patience).await;
        let mut stream = ask(address, "/").await;
        let mut answer = Vec::new();
        // It was let in, so the server does not say that it closes; and yet it does.
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.ends_with(b"here"), "{}", String::from_utf8_lossy(&answer));
        until_there_is_room(address).await;
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_ended() {
        let patience = Patience {
            unread: Duration::from_millis(50),
            ..PATIENCE
        };
        let address = server(patience).await;
        let unread = ask(address, "/long").await;
        until_there_is_room(address).await;
        drop(unread);
    }
}
