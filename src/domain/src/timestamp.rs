//! Instants as Unix microseconds, the one form in which Drawdown stores time.
//!
//! Reading the clock, calendars and time zones are left to the callers (see `window` for zones).

use serde::{Deserialize, Serialize};

/// Microseconds in one second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;

/// An instant: microseconds since 1970-01-01T00:00:00Z, leap seconds ignored as in Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);
    /// The last instant: stands for "never".
    pub const MAX: Self = Self(i64::MAX);

    /// From Unix microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From Unix seconds; saturates at the ends.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// In Unix microseconds.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Later by `micros` (earlier where negative); saturates at the ends.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Later by `seconds` (earlier where negative); saturates at the ends.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// Microseconds from `earlier` to this instant; saturates.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
