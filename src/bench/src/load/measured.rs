//! What came out of a load: units, requests, and the distribution of their times.

use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;

/// The longest time that is told apart, in microseconds: a minute.
const LATENCY_US_MAX: u64 = 60_000_000;
const DIGITS: u8 = 3;

/// The outcome of a load.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// Runs allowed, events recorded, pages shown.
    pub(crate) units: u64,
    /// Answers, refusals among them.
    pub(crate) requests: u64,
    /// Answers without a unit.
    pub(crate) refused: u64,
    /// Over how long.
    pub(crate) span: Duration,
    latency_us: Histogram<u64>,
    refusal_us: Histogram<u64>,
}

impl Measured {
    /// Nothing yet.
    pub(crate) fn new() -> Result<Self> {
        let histogram = || Histogram::new_with_max(LATENCY_US_MAX, DIGITS).context("the histogram cannot be made");
        Ok(Self {
            units: 0,
            requests: 0,
            refused: 0,
            span: Duration::ZERO,
            latency_us: histogram()?,
            refusal_us: histogram()?,
        })
    }

    /// Counts an answer. One without a unit is a refusal, timed by itself.
    pub(crate) fn count(&mut self, units: u64, latency: Duration) {
        self.units += units;
        self.requests += 1;
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        if units == 0 {
            self.refused += 1;
            self.refusal_us.saturating_record(micros);
        } else {
            self.latency_us.saturating_record(micros);
        }
    }

    /// Units a second.
    pub(crate) fn rate(&self) -> f64 {
        self.units as f64 / self.span.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The time within which this share of the answers came, in milliseconds.
    pub(crate) fn latency_ms(&self, quantile: f64) -> f64 {
        self.latency_us.value_at_quantile(quantile) as f64 / 1000.0
    }

    /// The time within which this share of the refusals came, in milliseconds.
    pub(crate) fn refusal_ms(&self, quantile: f64) -> f64 {
        self.refusal_us.value_at_quantile(quantile) as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_rates_are_those_of_what_was_counted() {
        let mut measured = Measured::new().unwrap();
        for millis in 1..=100 {
            measured.count(5, Duration::from_millis(millis));
        }
        measured.span = Duration::from_secs(2);
        assert_eq!((measured.units, measured.requests), (500, 100));
        assert!((measured.rate() - 250.0).abs() < 1e-9);
        assert!(
            (measured.latency_ms(0.5) - 50.0).abs() < 0.1,
            "{}",
            measured.latency_ms(0.5)
        );
        assert!(
            (measured.latency_ms(0.99) - 99.0).abs() < 0.1,
            "{}",
            measured.latency_ms(0.99)
        );
    }

    #[test]
    fn a_refusal_is_counted_and_timed_by_itself() {
        let mut measured = Measured::new().unwrap();
        measured.count(1, Duration::from_millis(10));
        for _ in 0..9 {
            measured.count(0, Duration::from_millis(1));
        }
        assert_eq!((measured.units, measured.requests, measured.refused), (1, 10, 9));
        assert!(measured.latency_ms(0.0) > 9.0, "{}", measured.latency_ms(0.0));
        assert!(measured.refusal_ms(1.0) < 2.0, "{}", measured.refusal_ms(1.0));
    }

    #[test]
    fn what_takes_longer_than_a_minute_counts_as_a_minute() {
        let mut measured = Measured::new().unwrap();
        measured.count(1, Duration::from_hours(1));
        assert!(measured.latency_ms(0.5) >= 59_900.0);
    }
}
