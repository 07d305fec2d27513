//! Instants as pages show them: in the organization's zone, named, absolute and relative at once.
//!
//! Browsers get finished text, because they carry no time zone tables of ours.

use drawdown_domain::Timestamp;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, Zoned};
use serde::{Deserialize, Serialize};

/// An instant, ready to show: `<time datetime=iso title=full>relative</time>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// RFC 3339 in UTC, for `datetime` attributes and JSON.
    pub iso: String,
    /// `2026-11-22` in the zone: the key of a day.
    pub date: String,
    /// `22 Nov` in the zone (with the year where it is not this one).
    pub day: String,
    /// `16:40` in the zone.
    pub time: String,
    /// `Sun 22 Nov 2026, 16:40 Tokyo`.
    pub full: String,
    /// `in 6 hours`, `3 days ago`, `now`.
    pub relative: String,
}

/// Makes moments: the organization's zone and the present.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    zone: TimeZone,
    city: String,
    now: Timestamp,
}

impl Moments {
    /// For a zone (an unknown one counts as UTC: it was checked when it was set) and the present.
    pub(crate) fn new(time_zone: &str, now: Timestamp) -> Self {
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        let city = time_zone.rsplit('/').next().unwrap_or(time_zone).replace('_', " ");
        Self { zone, city, now }
    }

    /// The present.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The instant as it is shown.
    pub(crate) fn at(&self, at: Timestamp) -> Moment {
        let zoned = self.zoned(at);
        let this_year = self.zoned(self.now).year() == zoned.year();
        Moment {
            at,
            iso: instant(at).to_string(),
            date: zoned.strftime("%Y-%m-%d").to_string(),
            day: zoned
                .strftime(if this_year { "%-d %b" } else { "%-d %b %Y" })
                .to_string(),
            time: zoned.strftime("%H:%M").to_string(),
            full: format!("{} {}", zoned.strftime("%a %-d %b %Y, %H:%M"), self.city),
            relative: relative(at.micros_since(self.now)),
        }
    }

    /// `14:02:11` in the zone.
    pub(crate) fn seconds(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%H:%M:%S").to_string()
    }

    /// The instant in the zone.
    fn zoned(&self, at: Timestamp) -> Zoned {
        instant(at).to_zoned(self.zone.clone())
    }

    /// The start of the local day that holds `at`.
    pub(crate) fn day_start(&self, at: Timestamp) -> Timestamp {
        let zoned = self.zoned(at);
        zoned.start_of_day().map_or(at, |start| timestamp(start.timestamp()))
    }

    /// The start of the local day `days` after (before, where negative) the one that holds `at`. Days of 23 and 25
    /// hours are days.
    pub(crate) fn day_start_after(&self, at: Timestamp, days: i32) -> Timestamp {
        use jiff::ToSpan as _;
        self.zoned(at)
            .start_of_day()
            .and_then(|start| start.checked_add(days.days()))
            .and_then(|day| day.start_of_day())
            .map_or(at, |day| timestamp(day.timestamp()))
    }
}

/// As jiff's instant; the ends of time saturate.
pub(crate) fn instant(at: Timestamp) -> Instant {
    Instant::from_microsecond(at.micros()).unwrap_or(if at.micros() < 0 { Instant::MIN } else { Instant::MAX })
}

/// A date and a time of UTC, as browsers and people write them: `2027-01-01T00:00`, `2027-01-01 00:00`, `2027-01-01`.
pub(crate) fn utc_instant(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_end_matches('Z').replace(' ', "T");
    let at = text.parse::<jiff::civil::DateTime>().or_else(|_| {
        let date = text.parse::<jiff::civil::Date>();
        date.map(|date| date.to_datetime(jiff::civil::Time::midnight()))
    });
    let zoned = at.ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(timestamp(zoned.timestamp()))
}

/// From jiff's instant.
pub(crate) fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_micros(at.as_microsecond())
}

/// `in 6 hours`, `3 days ago`: the largest unit that is at least one, rounded down.
fn relative(micros: i64) -> String {
    let seconds = micros.unsigned_abs() / 1_000_000;
    let (count, unit) = match seconds {
        0..10 => return "now".to_owned(),
        10..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..172_800 => (seconds / 3_600, "hour"),
        172_800..5_184_000 => (seconds / 86_400, "day"),
        5_184_000..63_072_000 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if micros > 0 {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        timestamp(text.parse().unwrap())
    }

    #[test]
    fn shows_the_zone_of_the_organization() {
        let moments = Moments::new("Asia/Tokyo", at("2026-11-20T08:00:00Z"));
        let moment = moments.at(at("2026-11-20T15:00:00Z"));
        assert_eq!(moment.full, "Sat 21 Nov 2026, 00:00 Tokyo");
        assert_eq!(moment.date, "2026-11-21");
        assert_eq!(moment.day, "21 Nov");
        assert_eq!(moment.relative, "in 7 hours");
        assert_eq!(
            Moments::new("America/New_York", at("2026-01-01T00:00:00Z")).city,
            "New York"
        );
    }

    #[test]
    fn a_day_of_23_hours_is_a_day() {
        let moments = Moments::new("America/New_York", at("2026-03-08T12:00:00Z"));
        assert_eq!(
            moments.day_start(at("2026-03-08T12:00:00Z")),
            at("2026-03-08T05:00:00Z")
        );
        assert_eq!(
            moments.day_start_after(at("2026-03-08T12:00:00Z"), 1),
            at("2026-03-09T04:00:00Z")
        );
        assert_eq!(
            moments.day_start_after(at("2026-03-08T12:00:00Z"), -1),
            at("2026-03-07T05:00:00Z")
        );
    }

    #[test]
    fn says_how_far_away() {
        assert_eq!(relative(0), "now");
        assert_eq!(relative(-60_000_000), "1 minute ago");
        assert_eq!(relative(40 * 86_400_000_000), "in 40 days");
        assert_eq!(relative(-26 * 3_600_000_000), "26 hours ago");
    }
}
