//! Stopping in good order: requests under way are answered, streams to open pages end, and then the process does.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt as _;
use tokio::sync::watch;

/// Tells everybody that the server stops. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shutdown {
    begun: Arc<watch::Sender<bool>>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            begun: Arc::new(watch::Sender::new(false)),
        }
    }
}

impl Shutdown {
    /// Begins to stop.
    pub fn begin(&self) {
        self.begun.send_replace(true);
    }

    /// Waits until the server stops.
    pub async fn begun(&self) {
        let mut receiver = self.begun.subscribe();
        // The sender lives as long as `self`: this waits for `true` and for nothing else.
        let _ = receiver.wait_for(|begun| *begun).await;
    }

    /// Begins to stop when the process is told to: by `SIGTERM` or the keyboard.
    pub fn on_signal(&self) {
        let shutdown = self.clone();
        tokio::spawn(async move {
            if let Err(error) = signal().await {
                tracing::warn!(%error, "signals cannot be received; stop the process by force");
                return;
            }
            tracing::info!("stopping");
            shutdown.begin();
        });
    }
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// Layer: a stream of events would keep the server from stopping; it ends when the stop begins, and browsers connect
/// again to whichever process there is.
pub async fn end_streams(State(shutdown): State<Shutdown>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or("");
    if !kind.starts_with("text/event-stream") {
        return response;
    }
    response.map(|body| {
        Body::from_stream(
            body.into_data_stream()
                .take_until(async move { shutdown.begun().await }),
        )
    })
}
