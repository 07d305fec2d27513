//! Where days, weeks, months, billing periods and rolling steps begin and end, in an organization's time zone.
//!
//! The zone data come with the binary, so that every process agrees. Windows of one kind follow each other without gap
//! or overlap through every change of the clock: a day of 23 or 25 hours, a midnight that does not exist, a day that
//! never was. What is counted in a window is left to `account`.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::limit::Window;
use crate::timestamp::Timestamp;

/// Steps in which a rolling window is kept.
pub const ROLLING_STEPS: i64 = 60;
/// Microseconds in a minute.
const MINUTE_MICROS: i64 = 60_000_000;
/// Microseconds in an hour.
const HOUR_MICROS: i64 = 60 * MINUTE_MICROS;

/// An IANA time zone. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Not the name of a time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone {0}: use an IANA name such as Europe/Berlin")]
pub struct ZoneError(pub String);

/// A span of time: from `start` on, until before `end`; without an end it lasts for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSpan {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant that is not in it any more.
    pub end: Option<Timestamp>,
}

impl WindowSpan {
    /// True where `at` lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && self.end.is_none_or(|end| at < end)
    }
}

/// A local hour and the local day that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalHour {
    /// The hour; shorter than an hour where the clock changes inside it.
    pub hour: WindowSpan,
    /// Start of the day.
    pub day: Timestamp,
}

/// What a clock on the wall and a calendar show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalParts {
    /// Year.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month, 1 to 31.
    pub day: i8,
    /// Hour, 0 to 23.
    pub hour: i8,
    /// Minute, 0 to 59.
    pub minute: i8,
    /// Second, 0 to 59.
    pub second: i8,
    /// Day of the week: 1 for Monday to 7 for Sunday (ISO 8601).
    pub weekday: i8,
}

/// Length of a step of a rolling window of so many hours.
pub const fn rolling_step_micros(hours: u16) -> i64 {
    // An hour in sixtieths is a minute, so the step of N hours is N minutes, exactly.
    hours as i64 * MINUTE_MICROS
}

/// Start of the step of a rolling window that `at` lies in. Steps are counted from the Unix epoch.
pub fn rolling_step_start(hours: u16, at: Timestamp) -> Timestamp {
    let step = rolling_step_micros(hours.max(1));
    Timestamp::from_micros(at.micros().div_euclid(step).saturating_mul(step))
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    let end = if at.micros() < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    };
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(end)
}

fn timestamp(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_microsecond())
}

impl Zone {
    /// The zone of that IANA name.
    ///
    /// # Errors
    /// [`ZoneError`] where there is none.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        TimeZone::get(name).map(Self).map_err(|_| ZoneError(name.to_owned()))
    }

    /// Coordinated universal time.
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Its IANA name, with the capitals of the database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The window of that kind that `at` lies in. `anchor` is the instant from which billing periods are counted: they
    /// begin at local midnight on its day of the month, or on the last day of a shorter month.
    ///
    /// For a rolling window the span begins with the oldest of the 61 steps that count at `at` (the current one is
    /// partial, so sixty whole ones before it are needed), and ends where the next step begins.
    pub fn window(&self, window: Window, at: Timestamp, anchor: Timestamp) -> WindowSpan {
        match window {
            Window::Day => self.span(at, |date| date, |start| start.tomorrow().ok()),
            Window::Week => self.span(at, monday, |start| start.checked_add(jiff::Span::new().days(7)).ok()),
            Window::Month => self.span(at, Date::first_of_month, |start| start.last_of_month().tomorrow().ok()),
            Window::BillingPeriod => {
                let day = self.datetime(anchor).day();
                self.span(at, |date| period_start(date, day), |start| next_period(start, day))
            }
            Window::RollingHours(hours) => {
                let step = rolling_step_micros(hours.max(1));
                let current = rolling_step_start(hours, at);
                WindowSpan {
                    start: current.plus_micros(-ROLLING_STEPS * step),
                    end: Some(current.plus_micros(step)),
                }
            }
            Window::Lifetime => WindowSpan {
                start: Timestamp::EPOCH,
                end: None,
            },
        }
    }

    /// Start of the local day of `at`.
    pub fn local_day_start(&self, at: Timestamp) -> Timestamp {
        self.window(Window::Day, at, at).start
    }

    /// Start of the local day after that of `at`.
    pub fn next_day_start(&self, at: Timestamp) -> Timestamp {
        self.window(Window::Day, at, at).end.unwrap_or(Timestamp::MAX)
    }

    /// Start of the local hour of `at` (see [`Zone::local_hour`]).
    pub fn local_hour_start(&self, at: Timestamp) -> Timestamp {
        self.local_hour(at).hour.start
    }

    /// The local hour of `at`: it begins when the clock on the wall shows a whole hour, or when the clock is changed.
    /// So hours add up to local days in every zone, also in those that are half an hour off.
    pub fn local_hour(&self, at: Timestamp) -> LocalHour {
        let now = instant(at);
        let local = self.0.to_datetime(now);
        let since_hour = i64::from(local.minute()) * MINUTE_MICROS
            + i64::from(local.second()) * 1_000_000
            + i64::from(local.subsec_nanosecond()) / 1_000;
        let mut start = at.plus_micros(-since_hour);
        let mut end = start.plus_micros(HOUR_MICROS);
        let just_after = now
            .checked_add(jiff::SignedDuration::from_nanos(1))
            .unwrap_or(jiff::Timestamp::MAX);
        if let Some(change) = self.0.preceding(just_after).next() {
            start = start.max(timestamp(change.timestamp()));
        }
        if let Some(change) = self.0.following(now).next() {
            end = end.min(timestamp(change.timestamp()));
        }
        LocalHour {
            hour: WindowSpan { start, end: Some(end) },
            day: self.local_day_start(at),
        }
    }

    /// The starts of the local days that touch `from` (inclusive) to `to` (exclusive), ascending.
    pub fn day_starts(&self, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let mut starts = Vec::new();
        let mut day = self.window(Window::Day, from, from);
        while day.start < to {
            starts.push(day.start);
            let Some(next) = day.end.filter(|next| *next > day.start) else {
                break;
            };
            day = self.window(Window::Day, next, next);
        }
        starts
    }

    /// What the clock and the calendar show at `at`.
    pub fn parts(&self, at: Timestamp) -> LocalParts {
        let local = self.datetime(at);
        LocalParts {
            year: local.year(),
            month: local.month(),
            day: local.day(),
            hour: local.hour(),
            minute: local.minute(),
            second: local.second(),
            weekday: local.weekday().to_monday_one_offset(),
        }
    }

    /// The first instant of a local date; `None` where there is no such date (the 31st of February).
    pub fn date_start(&self, year: i16, month: i8, day: i8) -> Option<Timestamp> {
        Date::new(year, month, day).ok().map(|date| self.midnight(date))
    }

    /// Local midnight on the day so many months and then so many days after that of `anchor`. The 31st becomes the last day
    /// of a shorter month; counted from the same anchor, later months have their 31st again.
    pub fn midnight_after(&self, anchor: Timestamp, months: u32, days: u32) -> Timestamp {
        let span = jiff::Span::new()
            .try_months(months)
            .and_then(|span| span.try_days(days));
        let date = span.and_then(|span| self.datetime(anchor).date().checked_add(span));
        date.map_or(Timestamp::MAX, |date| self.midnight(date))
    }

    /// Seconds by which the local clock is ahead of UTC at `at`.
    pub fn offset_seconds(&self, at: Timestamp) -> i32 {
        self.0.to_offset(instant(at)).seconds()
    }

    fn datetime(&self, at: Timestamp) -> DateTime {
        self.0.to_datetime(instant(at))
    }

    /// The first instant of a date. Where its midnight does not exist, the clock shows something later at that instant;
    /// where it comes twice, the first one counts.
    fn midnight(&self, date: Date) -> Timestamp {
        self.0.to_timestamp(date.at(0, 0, 0, 0)).map_or_else(
            |_| {
                if date.year() < 0 {
                    Timestamp::from_micros(i64::MIN)
                } else {
                    Timestamp::MAX
                }
            },
            timestamp,
        )
    }

    /// The span that begins on the date `begin(date of at)` and ends where `next` of that begins.
    ///
    /// A clock that goes back over midnight shows yesterday's date again for a while: those instants stay in the new
    /// window, so that windows never overlap.
    fn span(&self, at: Timestamp, begin: impl Fn(Date) -> Date, next: impl Fn(Date) -> Option<Date>) -> WindowSpan {
        let mut first = begin(self.datetime(at).date());
        loop {
            let start = self.midnight(first);
            let following = next(first);
            let end = following.map(|date| self.midnight(date));
            match (following, end) {
                (Some(date), Some(end)) if end <= at && end < Timestamp::MAX => first = date,
                _ => return WindowSpan { start, end },
            }
        }
    }
}

fn monday(date: Date) -> Date {
    let days = i64::from(date.weekday().to_monday_zero_offset());
    date.saturating_sub(jiff::Span::new().days(days))
}

/// The last day at or before `date` on which a period with this anchor day begins.
fn period_start(date: Date, anchor_day: i8) -> Date {
    let here = clamped(date, anchor_day);
    if here <= date {
        return here;
    }
    date.first_of_month()
        .yesterday()
        .map_or(here, |before| clamped(before, anchor_day))
}

fn next_period(start: Date, anchor_day: i8) -> Option<Date> {
    let next_month = start.last_of_month().tomorrow().ok()?;
    Some(clamped(next_month, anchor_day))
}

/// The anchor day in the month of `date`, or that month's last day.
fn clamped(date: Date, anchor_day: i8) -> Date {
    let day = anchor_day.clamp(1, date.days_in_month());
    date.with().day(day).build().unwrap_or(date)
}

#[cfg(test)]
mod tests;
