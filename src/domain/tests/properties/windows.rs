//! Windows follow each other without gap or overlap, in every zone and through every change of the clock.

use drawdown_domain::Timestamp;
use drawdown_domain::limit::Window;
use drawdown_domain::window::Zone;
use proptest::prelude::*;

const ZONES: [&str; 12] = [
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
];

fn zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(ZONES.to_vec()).prop_map(|name| Zone::parse(name).unwrap())
}

/// From 1970 to 2050, often near a whole hour.
fn instant() -> impl Strategy<Value = Timestamp> {
    let any = (0_i64..2_524_608_000_000_000).prop_map(Timestamp::from_micros);
    let near = (0_i64..701_280, -2_i64..3)
        .prop_map(|(hour, micros)| Timestamp::from_seconds(hour * 3_600).plus_micros(micros));
    prop_oneof![any, near]
}

fn windows() -> impl Strategy<Value = Window> {
    prop::sample::select(vec![Window::Day, Window::Week, Window::Month, Window::BillingPeriod])
}

proptest! {
    #[test]
    fn each_window_begins_where_the_last_one_ended(zone in zone(), at in instant(), anchor in instant(), window in windows()) {
        let span = zone.window(window, at, anchor);
        prop_assert!(span.contains(at), "{span:?}");
        let end = span.end.unwrap();
        prop_assert_eq!(zone.window(window, span.start, anchor), span);
        prop_assert_eq!(zone.window(window, end.plus_micros(-1), anchor), span);
        prop_assert_eq!(zone.window(window, end, anchor).start, end);
        prop_assert_eq!(zone.window(window, span.start.plus_micros(-1), anchor).end, Some(span.start));
    }

    #[test]
    fn hours_divide_days(zone in zone(), at in instant()) {
        let hour = zone.local_hour(at);
        prop_assert!(hour.hour.contains(at));
        prop_assert_eq!(hour.day, zone.local_day_start(at));
        prop_assert!(hour.day <= hour.hour.start);
        prop_assert!(hour.hour.end.unwrap() <= zone.next_day_start(at));
        prop_assert_eq!(zone.local_hour(hour.hour.start), hour);
        prop_assert_eq!(zone.local_hour(hour.hour.end.unwrap().plus_micros(-1)), hour);
    }

    #[test]
    fn days_are_listed_without_a_gap(zone in zone(), at in instant(), days in 0_i64..40) {
        let to = at.plus_seconds(days * 86_400 + 1);
        let starts = zone.day_starts(at, to);
        prop_assert!(starts[0] <= at);
        for pair in starts.windows(2) {
            prop_assert_eq!(zone.next_day_start(pair[0]), pair[1]);
        }
        prop_assert!(zone.next_day_start(*starts.last().unwrap()) >= to);
    }
}
