//! Small writes that the database has refused for the moment are carried out again: a lock that was waited for in vain, a
//! deadlock, a transaction that PostgreSQL gave up since this process had stood still within it. The ledger's writer does
//! the same for its batches.

use std::time::{Duration, Instant};

use crate::error::StoreError;

/// For how long a write is tried before its caller hears of it.
const TRYING_MAX: Duration = Duration::from_secs(10);
/// The pause before the second try; it doubles with each, up to the last.
const PAUSE_FIRST: Duration = Duration::from_millis(10);
const PAUSE_LAST: Duration = Duration::from_millis(320);

/// Carries out a write, one whole transaction, until it is committed or fails otherwise. It is tried again only where the
/// database itself said that nothing was committed; so it may not change what it has captured, and does not (`Fn`).
pub(crate) async fn again<T, F>(write: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let began = Instant::now();
    let mut pause = PAUSE_FIRST;
    loop {
        match write().await {
            Err(error) if error.is_refused_for_now() && began.elapsed() < TRYING_MAX => {
                tracing::warn!(%error, "a write failed: trying again");
            }
            done => return done,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_LAST);
    }
}
