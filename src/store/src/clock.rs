//! The clock of the ledger, handed in so that tests can step it.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use drawdown_domain::Timestamp;

/// Tells the time. Read once a batch.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
        })
    }

    /// A clock that shows `start` now and goes on from there as time passes: for trying out what only time brings.
    pub fn starting_at(start: Timestamp) -> Self {
        let began = Instant::now();
        Self::new(move || start.plus_micros(i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX)))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}
