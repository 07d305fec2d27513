//! Intervals, windows and lengths as the forms of plans offer them: values and words.

use drawdown_domain::limit::{ROLLING_HOURS_MAX, ThrottlePeriod, Window};
use drawdown_domain::plan::{Every, Interval, Validity};

use crate::pages::manage::filled::{Filled, Reader};

pub(super) const INTERVALS: [(&str, Interval, &str); 4] = [
    ("month", Interval::Month, "Month"),
    ("quarter", Interval::Quarter, "Quarter"),
    ("half_year", Interval::HalfYear, "Half-year"),
    ("year", Interval::Year, "Year"),
];

pub(super) const EVERY: [(&str, Every, &str); 6] = [
    ("interval", Every::Interval, "Each interval of the plan"),
    ("once", Every::Once, "Once, when the plan begins"),
    ("month", Every::Month, "Each month"),
    ("quarter", Every::Quarter, "Each quarter"),
    ("half_year", Every::HalfYear, "Each half-year"),
    ("year", Every::Year, "Each year"),
];

pub(super) const PERIODS: [(&str, ThrottlePeriod, &str); 4] = [
    ("second", ThrottlePeriod::Second, "a second"),
    ("minute", ThrottlePeriod::Minute, "a minute"),
    ("hour", ThrottlePeriod::Hour, "an hour"),
    ("day", ThrottlePeriod::Day, "a day"),
];

/// Spans of a ceiling; `hours` is a rolling one, of so many hours.
pub(super) const WINDOWS: [(&str, &str); 6] = [
    ("day", "A day"),
    ("week", "A week"),
    ("month", "A month"),
    ("billing_period", "A billing period"),
    ("hours", "Any so many hours (a rolling window)"),
    ("lifetime", "All time"),
];

/// `a month`.
pub(super) const fn each_interval(interval: Interval) -> &'static str {
    match interval {
        Interval::Month => "a month",
        Interval::Quarter => "a quarter",
        Interval::HalfYear => "a half-year",
        Interval::Year => "a year",
    }
}

/// Values and words for a choice.
pub(super) fn options<T>(table: &[(&str, T, &str)]) -> Vec<(String, String)> {
    table
        .iter()
        .map(|(value, _, word)| ((*value).to_owned(), (*word).to_owned()))
        .collect()
}

/// Values and what they stand for.
pub(super) fn values<'a, T: Copy>(table: &[(&'a str, T, &'a str)]) -> Vec<(&'a str, T)> {
    table.iter().map(|(value, meaning, _)| (*value, *meaning)).collect()
}

/// The value that stands for `meaning`.
pub(super) fn value_of<T: PartialEq>(table: &[(&'static str, T, &'static str)], meaning: &T) -> &'static str {
    let found = table.iter().find(|(_, known, _)| known == meaning);
    found.map_or("", |(value, ..)| value)
}

/// A window as the form has it: its value, and the hours of a rolling one.
pub(super) fn window_values(window: Window) -> (&'static str, String) {
    match window {
        Window::Day => ("day", String::new()),
        Window::Week => ("week", String::new()),
        Window::Month => ("month", String::new()),
        Window::BillingPeriod => ("billing_period", String::new()),
        Window::RollingHours(hours) => ("hours", hours.to_string()),
        Window::Lifetime => ("lifetime", String::new()),
    }
}

/// The window that a form says in `window` and `window_hours`.
pub(super) fn read_window(form: &Filled, reader: &mut Reader<'_>) -> Option<Window> {
    match form.get("window") {
        "day" => Some(Window::Day),
        "week" => Some(Window::Week),
        "month" => Some(Window::Month),
        "billing_period" => Some(Window::BillingPeriod),
        "lifetime" => Some(Window::Lifetime),
        "hours" => {
            let hours = form.get("window_hours").parse::<u16>().ok();
            let hours = hours.filter(|hours| (1..=ROLLING_HOURS_MAX).contains(hours));
            if hours.is_none() {
                reader.refuse("window_hours", format!("hours from 1 to {ROLLING_HOURS_MAX}"));
            }
            hours.map(Window::RollingHours)
        }
        _ => {
            reader.refuse("window", "choose one");
            None
        }
    }
}

/// A length as the form has it: how many, and of what.
pub(super) fn length_values(length: Option<Validity>) -> (String, &'static str) {
    match length {
        Some(Validity::Days(days)) => (days.to_string(), "days"),
        Some(Validity::Months(months)) => (months.to_string(), "months"),
        None => (String::new(), "months"),
    }
}

/// The length that a form says in `NAME` and `NAME_unit`; none where it is empty.
pub(super) fn read_length(form: &Filled, reader: &mut Reader<'_>, name: &str) -> Option<Validity> {
    let count = reader.optional_count(name)?;
    Some(match form.get(&format!("{name}_unit")) {
        "days" => Validity::Days(count),
        _ => Validity::Months(count),
    })
}
