//! A wire between a client and a server, which tests can disturb: it throws answers away, holds commits back, or leads
//! to another server.
//!
//! Once an answer on a connection was thrown away nothing more of that connection is delivered: its client waits until
//! the connection ends, as it does where a server dies between its work and its answer.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the wire does to what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Disturbance {
    /// Nothing.
    None,
    /// Requests arrive, their answers do not.
    LoseAnswers,
    /// PostgreSQL: commits arrive, their answers do not.
    LoseAnswersToCommits,
    /// PostgreSQL: commits do not arrive.
    HoldCommits,
}

/// See the module.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) port: u16,
    state: Arc<State>,
}

struct State {
    upstream: Mutex<String>,
    disturbance: AtomicU8,
    /// Connections on which something was lost or held since the disturbance began.
    disturbed: AtomicUsize,
}

impl Wire {
    /// A wire to the server at `upstream` (`host:port`).
    pub(crate) async fn to(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            upstream: Mutex::new(upstream.to_owned()),
            disturbance: AtomicU8::new(Disturbance::None as u8),
            disturbed: AtomicUsize::new(0),
        });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = shared.clone();
                tokio::spawn(async move {
                    let upstream = state.upstream.lock().unwrap().clone();
                    // Where nobody listens the client's connection ends at once.
                    if let Ok(server) = TcpStream::connect(&upstream).await {
                        let _ = client.set_nodelay(true);
                        let _ = server.set_nodelay(true);
                        pass(client, server, &state).await;
                    }
                });
            }
        });
        Self { port, state }
    }

    /// Leads connections that come from now on to another server.
    pub(crate) fn lead_to(&self, upstream: &str) {
        upstream.clone_into(&mut self.state.upstream.lock().unwrap());
    }

    /// Disturbs from now on, or no more.
    pub(crate) fn disturb(&self, disturbance: Disturbance) {
        self.state.disturbed.store(0, Ordering::SeqCst);
        self.state.disturbance.store(disturbance as u8, Ordering::SeqCst);
    }

    /// Connections disturbed so far.
    pub(crate) fn disturbed(&self) -> usize {
        self.state.disturbed.load(Ordering::SeqCst)
    }
}

impl State {
    fn is(&self, disturbance: Disturbance) -> bool {
        self.disturbance.load(Ordering::SeqCst) == disturbance as u8
    }
}

fn is_commit(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|text| text == b"COMMIT\0")
}

async fn pass(mut client: TcpStream, mut server: TcpStream, state: &State) {
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    let (mut deaf, mut held) = (false, false);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(read @ 1..) = read else { return };
                if is_commit(&up[..read]) {
                    deaf |= state.is(Disturbance::LoseAnswersToCommits);
                    if state.is(Disturbance::HoldCommits) && !held {
                        held = true;
                        state.disturbed.fetch_add(1, Ordering::SeqCst);
                    }
                }
                if !held && server.write_all(&up[..read]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(read @ 1..) = read else { return };
                let lose = deaf || state.is(Disturbance::LoseAnswers);
                if lose {
                    state.disturbed.fetch_add(1, Ordering::SeqCst);
                    deaf = true;
                } else if client.write_all(&down[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}
