//! What the database refuses for the moment is tried again: a lock that was waited for in vain, a deadlock, a transaction
//! that PostgreSQL gave up since this process had stood still within it. Here for small writes; the ledger's writer does
//! the same with its batches, as long.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::StoreError;

/// For how long something is tried after it has failed, before its caller hears of it.
const TRYING_MAX: Duration = Duration::from_secs(10);
/// The pause before the second try; it doubles with each, up to the last.
const PAUSE_FIRST: Duration = Duration::from_millis(10);
const PAUSE_LAST: Duration = Duration::from_millis(320);

/// How long something is tried. It begins with the first failure, so that a process that stood still has all of it left.
pub(crate) struct Patience {
    failed_at: Option<Instant>,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self {
            failed_at: None,
            pause: PAUSE_FIRST,
        }
    }

    /// Told of a failure: true where it may be tried again.
    pub(crate) fn lasts(&mut self) -> bool {
        self.failed_at.get_or_insert_with(Instant::now).elapsed() < TRYING_MAX
    }

    /// The pause before the next try.
    pub(crate) async fn pause(&mut self) {
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE_LAST);
    }
}

/// Carries out a write, one whole transaction, until it is committed or fails otherwise. It is tried again only where
/// nothing can have been committed; so it may not change what it has captured, and does not (`Fn`).
pub(crate) async fn again<T, F>(write: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut patience = Patience::new();
    loop {
        match write().await {
            Err(error) if error.is_undone_for_now() && patience.lasts() => {
                tracing::warn!(%error, "a write failed: trying again");
            }
            done => return done,
        }
        patience.pause().await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::time::advance;

    use super::*;

    fn lost() -> std::io::Error {
        std::io::ErrorKind::BrokenPipe.into()
    }

    /// Tries a write whose first try takes so long, and each fails; gives how often it was tried.
    async fn tries(first: Duration, failure: impl Fn() -> StoreError) -> u32 {
        let tried = Cell::new(0);
        let done: Result<(), StoreError> = again(|| async {
            tried.set(tried.get() + 1);
            if tried.get() == 1 {
                advance(first).await;
            }
            Err(failure())
        })
        .await;
        assert!(done.is_err());
        tried.get()
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_tried_for_ten_seconds_after_it_failed_first() {
        let quick = tries(Duration::ZERO, || StoreError::Database(lost().into())).await;
        let slow = tries(TRYING_MAX * 3, || StoreError::Database(lost().into())).await;
        assert!(quick > 2, "{quick}");
        assert_eq!(slow, quick);
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_committed_or_would_fail_again_is_tried_once() {
        assert_eq!(tries(Duration::ZERO, || StoreError::Commit(lost().into())).await, 1);
        assert_eq!(tries(Duration::ZERO, || StoreError::NotFound("member")).await, 1);
        assert_eq!(
            tries(Duration::ZERO, || StoreError::Database(sqlx::Error::PoolTimedOut)).await,
            1
        );
    }
}
