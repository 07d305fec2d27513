//! How fast a trace plays: so many of its seconds in one of ours, or as fast as the server takes it.

use std::str::FromStr;
use std::time::{Duration, Instant};

use drawdown_domain::Timestamp;

/// Rows that fall due within this time travel together.
const GATHER: Duration = Duration::from_millis(50);
/// The fastest that is paced at all.
const SPEED_MAX: u32 = 1_000_000;

/// How fast a trace plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// As fast as the server takes it.
    Max,
    /// So many thousandths of the trace's own pace.
    Thousandths(u32),
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected max, or a number from 0.001 to {SPEED_MAX} (0 is max)");
        if text == "max" {
            return Ok(Self::Max);
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 3 {
            return Err(expected());
        }
        let whole: u32 = whole
            .parse()
            .ok()
            .filter(|whole| *whole <= SPEED_MAX)
            .ok_or_else(expected)?;
        let part: u32 = format!("{part:0<3}").parse().map_err(|_| expected())?;
        match whole * 1_000 + part {
            0 => Ok(Self::Max),
            thousandths => Ok(Self::Thousandths(thousandths)),
        }
    }
}

/// The clock of a trace that plays.
#[derive(Debug)]
pub(super) struct Pace {
    speed: Speed,
    /// The trace's time at `began`.
    from: Timestamp,
    began: Instant,
}

impl Pace {
    pub(super) fn start(speed: Speed, from: Timestamp) -> Self {
        Self {
            speed,
            from,
            began: Instant::now(),
        }
    }

    /// Lets the trace's clock jump: `at` is due now.
    pub(super) fn go_on_from(&mut self, at: Timestamp) {
        *self = Self::start(self.speed, at);
    }

    /// How long until `at` is due, long enough to gather what comes with it.
    pub(super) fn until_due(&self, at: Timestamp) -> Duration {
        match self.due_after(at).checked_sub(self.began.elapsed()) {
            None | Some(Duration::ZERO) => Duration::ZERO,
            Some(wait) => wait.max(GATHER),
        }
    }

    /// True where `at` has come.
    pub(super) fn is_due(&self, at: Timestamp) -> bool {
        self.due_after(at) <= self.began.elapsed()
    }

    /// From the beginning to `at`, in our time.
    fn due_after(&self, at: Timestamp) -> Duration {
        match self.speed {
            Speed::Max => Duration::ZERO,
            Speed::Thousandths(thousandths) => {
                let micros = at.micros_since(self.from).max(0).unsigned_abs();
                Duration::from_micros(micros.saturating_mul(1_000) / u64::from(thousandths))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_speeds_and_refuses_what_is_none() {
        assert_eq!("60".parse(), Ok(Speed::Thousandths(60_000)));
        assert_eq!("0.5".parse(), Ok(Speed::Thousandths(500)));
        assert_eq!("0".parse(), Ok(Speed::Max));
        assert_eq!("max".parse(), Ok(Speed::Max));
        for bad in ["", "-1", "fast", "1e3", "1.", "0.0001", "9999999999"] {
            assert!(bad.parse::<Speed>().is_err(), "{bad}");
        }
    }

    #[test]
    fn sixty_seconds_of_trace_pass_in_one_of_ours() {
        let pace = Pace::start(Speed::Thousandths(60_000), Timestamp::from_seconds(100));
        assert_eq!(pace.due_after(Timestamp::from_seconds(160)), Duration::from_secs(1));
        assert_eq!(pace.due_after(Timestamp::from_seconds(40)), Duration::ZERO);
        assert!(!pace.is_due(Timestamp::from_seconds(100_000)));
        assert!(Pace::start(Speed::Max, Timestamp::EPOCH).is_due(Timestamp::MAX));
    }
}
