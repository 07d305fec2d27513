//! `/live`: the stream that tells open pages when their organization has changed.
//!
//! It carries the organization's version and nothing else. The page's island loads the page again in the background
//! and takes over what differs, so that whatever a page shows is written in one place only.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::error::PageError;
use crate::visit::Visit;

/// How often the stream says that it is there, so that proxies keep it open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Says the version at once and then after each change.
pub async fn stream(visit: Visit) -> Result<Response, StreamError> {
    let member = visit.member()?;
    let watch = visit
        .service()
        .watch(&visit.actor()?, member.organization)
        .await
        .map_err(PageError::from)?;
    let first = watch.version();
    let events = stream::unfold((watch, Some(first)), |(mut watch, first)| async move {
        let version = match first {
            Some(version) => version,
            None => watch.changed().await?,
        };
        Some((
            Ok::<_, Infallible>(Event::default().event("version").data(version.to_string())),
            (watch, None),
        ))
    });
    let sse = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([("cache-control", "no-store"), ("x-accel-buffering", "no")], sse).into_response())
}

/// Why there is no stream: a plain status, since nobody reads it.
#[derive(Debug)]
pub struct StreamError(PageError);

impl From<PageError> for StreamError {
    fn from(error: PageError) -> Self {
        Self(error)
    }
}

impl IntoResponse for StreamError {
    fn into_response(self) -> Response {
        self.0.status().into_response()
    }
}
