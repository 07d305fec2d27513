//! Against instants worked out by hand from the rules of each zone.

use super::*;

fn at(text: &str) -> Timestamp {
    timestamp(text.parse::<jiff::Timestamp>().unwrap())
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn day(name: &str, instant: &str) -> (String, i64) {
    let span = zone(name).window(Window::Day, at(instant), Timestamp::EPOCH);
    assert!(span.contains(at(instant)), "{name} {instant}");
    let end = span.end.unwrap();
    (
        jiff::Timestamp::from_microsecond(span.start.micros())
            .unwrap()
            .to_string(),
        end.micros_since(span.start) / MINUTE_MICROS,
    )
}

/// Zone, an instant, the start of its day, minutes in the day.
const DAYS: &str = "
    Asia/Tokyo           2026-11-20T14:59:59Z  2026-11-19T15:00:00Z  1440
    Asia/Tokyo           2026-11-20T15:00:00Z  2026-11-20T15:00:00Z  1440
    America/New_York     2026-03-08T12:00:00Z  2026-03-08T05:00:00Z  1380
    America/New_York     2026-11-01T12:00:00Z  2026-11-01T04:00:00Z  1500
    Asia/Kolkata         2026-11-20T18:29:59Z  2026-11-19T18:30:00Z  1440
    # Half an hour forward on the first Sunday of October, back on the first of April.
    Australia/Lord_Howe  2026-10-04T00:00:00Z  2026-10-03T13:30:00Z  1410
    Australia/Lord_Howe  2026-04-05T00:00:00Z  2026-04-04T13:00:00Z  1470
    # Midnight does not exist: the day begins at one o'clock.
    America/Santiago     2024-09-08T12:00:00Z  2024-09-08T04:00:00Z  1380
    Asia/Beirut          2022-03-27T12:00:00Z  2022-03-26T22:00:00Z  1380
    # The hour before midnight comes twice.
    America/Santiago     2024-04-06T12:00:00Z  2024-04-06T03:00:00Z  1500
    # Midnight itself comes twice, when one o'clock becomes midnight.
    America/Havana       2026-11-01T12:00:00Z  2026-11-01T04:00:00Z  1500
";

#[test]
fn a_day_begins_at_local_midnight_and_lasts_as_long_as_the_clock_says() {
    let lines = DAYS
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let expected = (columns[2].to_owned(), columns[3].parse().unwrap());
        assert_eq!(day(columns[0], columns[1]), expected, "{line}");
    }
}

#[test]
fn a_day_that_never_was_has_no_window() {
    // Samoa went from Thursday, 29 December 2011 straight to Saturday the 31st.
    assert_eq!(
        day("Pacific/Apia", "2011-12-30T09:59:59Z"),
        ("2011-12-29T10:00:00Z".into(), 1_440)
    );
    assert_eq!(
        day("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("2011-12-30T10:00:00Z".into(), 1_440)
    );
    let starts = zone("Pacific/Apia").day_starts(at("2011-12-29T12:00:00Z"), at("2012-01-01T00:00:00Z"));
    assert_eq!(
        starts,
        [
            at("2011-12-29T10:00:00Z"),
            at("2011-12-30T10:00:00Z"),
            at("2011-12-31T10:00:00Z")
        ]
    );
}

#[test]
fn a_clock_that_goes_back_over_midnight_stays_in_the_new_day() {
    // St John's, 7 November 2010: a minute after midnight it became a minute after eleven, yesterday.
    let (start, minutes) = day("America/St_Johns", "2010-11-07T02:45:00Z");
    assert_eq!((start.as_str(), minutes), ("2010-11-07T02:30:00Z", 25 * 60));
}

#[test]
fn weeks_begin_on_monday_and_months_on_the_first() {
    let tokyo = zone("Asia/Tokyo");
    let week = tokyo.window(Window::Week, at("2026-11-22T14:59:59Z"), Timestamp::EPOCH);
    assert_eq!(week.start, at("2026-11-15T15:00:00Z"));
    assert_eq!(week.end, Some(at("2026-11-22T15:00:00Z")));
    let month = zone("America/New_York").window(Window::Month, at("2026-11-01T03:59:59Z"), Timestamp::EPOCH);
    assert_eq!(month.start, at("2026-10-01T04:00:00Z"));
    assert_eq!(month.end, Some(at("2026-11-01T04:00:00Z")));
}

#[test]
fn billing_periods_keep_their_anchor_day_through_short_months() {
    let berlin = zone("Europe/Berlin");
    let anchor = at("2026-01-31T10:00:00Z");
    let period = |instant: &str| {
        let span = berlin.window(Window::BillingPeriod, at(instant), anchor);
        (span.start, span.end.unwrap())
    };
    let february = (at("2026-01-30T23:00:00Z"), at("2026-02-27T23:00:00Z"));
    let march = (at("2026-02-27T23:00:00Z"), at("2026-03-30T22:00:00Z"));
    assert_eq!(period("2026-02-27T22:59:59Z"), february);
    assert_eq!(period("2026-02-27T23:00:00Z"), march);
    assert_eq!(period("2026-03-30T21:59:59Z"), march);
    assert_eq!(period("2028-02-29T12:00:00Z").0, at("2028-02-28T23:00:00Z"));
}

#[test]
fn rolling_windows_look_at_sixty_whole_steps_and_the_current_one() {
    let now = at("2026-11-20T10:07:30Z");
    let span = Zone::utc().window(Window::RollingHours(5), now, Timestamp::EPOCH);
    assert_eq!(span.start, at("2026-11-20T05:05:00Z"));
    assert_eq!(span.end, Some(at("2026-11-20T10:10:00Z")));
    assert_eq!(rolling_step_start(5, now), at("2026-11-20T10:05:00Z"));
    // Never less than what it is named after.
    assert!(now.micros_since(span.start) >= 5 * HOUR_MICROS);
}

#[test]
fn hours_add_up_to_local_days_in_half_hour_zones() {
    let kolkata = zone("Asia/Kolkata").local_hour(at("2026-11-20T18:45:00Z"));
    assert_eq!(kolkata.hour.start, at("2026-11-20T18:30:00Z"));
    assert_eq!(kolkata.day, at("2026-11-20T18:30:00Z"));
    for (name, from) in [
        ("Australia/Lord_Howe", "2026-10-03T13:30:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T13:00:00Z"),
        ("America/New_York", "2026-11-01T04:00:00Z"),
        ("America/Santiago", "2024-09-08T04:00:00Z"),
    ] {
        let zone = zone(name);
        let end = zone.next_day_start(at(from));
        let mut next = at(from);
        while next < end {
            let hour = zone.local_hour(next);
            assert_eq!(hour.hour.start, next, "{name}");
            assert_eq!(hour.day, at(from), "{name}");
            let before_end = hour.hour.end.unwrap().plus_micros(-1);
            assert_eq!(zone.local_hour(before_end), hour, "{name}");
            next = hour.hour.end.unwrap();
        }
        assert_eq!(next, end, "{name}");
    }
}

#[test]
fn instants_beyond_every_calendar_do_no_harm() {
    for micros in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        let at = Timestamp::from_micros(micros);
        for window in [
            Window::Day,
            Window::Week,
            Window::Month,
            Window::BillingPeriod,
            Window::RollingHours(720),
        ] {
            let span = zone("America/New_York").window(window, at, at);
            assert!(span.end.is_none_or(|end| end >= span.start), "{micros} {window:?}");
        }
        zone("America/New_York").local_hour(at);
    }
}

#[test]
fn names_are_checked() {
    assert_eq!(zone("asia/tokyo").name(), "Asia/Tokyo");
    assert_eq!(Zone::parse("Mars/Olympus"), Err(ZoneError("Mars/Olympus".into())));
    assert_eq!(zone("UTC").name(), "UTC");
}

#[test]
fn parts_say_what_the_wall_shows() {
    let parts = zone("Asia/Tokyo").parts(at("2026-11-19T15:00:01Z"));
    assert_eq!((parts.year, parts.month, parts.day), (2026, 11, 20));
    assert_eq!((parts.hour, parts.minute, parts.second, parts.weekday), (0, 0, 1, 5));
    assert_eq!(
        zone("Asia/Tokyo").date_start(2026, 11, 20),
        Some(at("2026-11-19T15:00:00Z"))
    );
    assert_eq!(zone("Asia/Tokyo").date_start(2026, 2, 31), None);
}
