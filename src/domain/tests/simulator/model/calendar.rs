//! Days by looking at the clock on the wall every quarter of an hour, for years on end.
//!
//! A day begins when a date is first seen. Everything else is read off that list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use drawdown_domain::limit::Window;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::market::{DAY, HOUR, MINUTE, NOW, ZONES};

const FROM: i64 = NOW - 100 * DAY;
/// The last instant of which anybody may ask.
pub(crate) const TO: i64 = NOW + 900 * DAY;

/// The days of a zone.
pub(crate) struct Days {
    /// The first instant of each date.
    starts: Vec<(i64, Date)>,
}

static DAYS: LazyLock<BTreeMap<&'static str, Days>> =
    LazyLock::new(|| ZONES.into_iter().map(|zone| (zone, Days::watch(zone))).collect());

impl Days {
    pub(crate) fn of(zone: &str) -> &'static Self {
        &DAYS[zone]
    }

    fn watch(zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let mut starts: Vec<(i64, Date)> = Vec::new();
        let mut at = FROM.div_euclid(HOUR) * HOUR;
        while at < TO + 40 * DAY {
            let date = zone.to_datetime(jiff::Timestamp::from_microsecond(at).unwrap()).date();
            if starts.last().is_none_or(|(_, last)| date > *last) {
                starts.push((at, date));
            }
            at += 15 * MINUTE;
        }
        Self { starts }
    }

    fn place(&self, at: i64) -> usize {
        self.starts.partition_point(|(start, _)| *start <= at) - 1
    }

    /// The first instant of the day.
    pub(crate) fn day(&self, at: i64) -> i64 {
        self.starts[self.place(at)].0
    }

    /// The window that `at` lies in: its first instant, and the first one after it. `anchor` tells on which day of the
    /// month billing periods begin.
    pub(super) fn window(&self, window: Window, at: i64, anchor: i64) -> (i64, Option<i64>) {
        let anchor_day = self.starts[self.place(anchor)].1.day();
        let begins = |date: Date| match window {
            Window::Day => true,
            Window::Week => date.weekday() == jiff::civil::Weekday::Monday,
            Window::Month => date.day() == 1,
            _ => date.day() == anchor_day.min(date.days_in_month()),
        };
        match window {
            Window::Lifetime => (i64::MIN, None),
            Window::RollingHours(hours) => {
                let step = i64::from(hours) * MINUTE;
                let current = at.div_euclid(step);
                ((current - 60) * step, Some((current + 1) * step))
            }
            _ => {
                let mut first = self.place(at);
                while !begins(self.starts[first].1) {
                    first -= 1;
                }
                let mut next = first + 1;
                while !begins(self.starts[next].1) {
                    next += 1;
                }
                (self.starts[first].0, Some(self.starts[next].0))
            }
        }
    }
}
