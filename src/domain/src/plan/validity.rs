//! How long something lives: so many days or calendar months, in whole local days.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A length of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// Local days.
    Days(u32),
    /// Calendar months; where the day does not exist in the last one, its last day.
    Months(u32),
}

impl Validity {
    /// True where it lasts no time at all.
    pub const fn is_zero(self) -> bool {
        matches!(self, Self::Days(0) | Self::Months(0))
    }
}

impl fmt::Display for Validity {
    /// `14 days`, `1 month`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self {
            Self::Days(days) => (days, "day"),
            Self::Months(months) => (months, "month"),
        };
        let plural = if *number == 1 { "" } else { "s" };
        write!(f, "{number} {unit}{plural}")
    }
}

#[cfg(feature = "engine")]
mod engine {
    use super::Validity;
    use crate::timestamp::Timestamp;
    use crate::window::Zone;

    impl Validity {
        /// When what begins at `from` ends: at a local midnight, so many whole days or months later. What begins within a
        /// day has the rest of that day besides.
        pub fn ends(self, from: Timestamp, zone: &Zone) -> Timestamp {
            let rest = u32::from(zone.local_day_start(from) != from);
            match self {
                Self::Days(days) => zone.midnight_after(from, 0, days.saturating_add(rest)),
                Self::Months(months) => zone.midnight_after(from, months, rest),
            }
        }
    }
}
