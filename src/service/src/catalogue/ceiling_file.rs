//! The ceilings of a plan in a catalogue file: `[plans.KEY.caps.NAME]` and `[plans.KEY.throttles.NAME]`.

use drawdown_domain::catalogue::Rates;
use drawdown_domain::limit::{
    CapAction, CapLimit, Each, LimitScope, ROLLING_HOURS_MAX, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::plan::{CapTerms, ThrottleTerms};
use drawdown_domain::{Currency, Key};

use super::plan_file::{credits, money, required};
use super::reader::{Entry, Reader, Table};

const ACTIONS: [(&str, CapAction); 2] = [("block", CapAction::Block), ("notify", CapAction::Notify)];
pub(super) const PERIODS: [(&str, ThrottlePeriod); 4] = [
    ("second", ThrottlePeriod::Second),
    ("minute", ThrottlePeriod::Minute),
    ("hour", ThrottlePeriod::Hour),
    ("day", ThrottlePeriod::Day),
];
const THENS: [(&str, ThrottleThen); 2] = [("reject", ThrottleThen::Reject), ("degrade", ThrottleThen::Degrade)];

fn read_scope(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> LimitScope {
    let Some(entry) = table.get("scope") else {
        return LimitScope::default();
    };
    let Some(table) = reader.table(&entry) else {
        return LimitScope::default();
    };
    reader.only(&table, &["use_case", "mode", "platform", "subject", "each"]);
    let mut one = |key: &str, noun: &str, known: &dyn Fn(&Key) -> bool| {
        let entry = table.get(key)?;
        let value: Key = reader.parsed(&entry, "a key is expected")?;
        if !known(&value) {
            reader.unknown(&entry, noun, value.as_str());
        }
        Some(value)
    };
    let use_case = one("use_case", "use case", &|key| rates.use_cases.contains_key(key));
    let mode = one("mode", "mode", &|key| rates.modes.contains_key(key));
    let platform = one("platform", "platform", &|key| rates.platforms.contains_key(key));
    let subject = one("subject", "subject", &|_| true);
    let each = table
        .get("each")
        .and_then(|entry| reader.word(&entry, &[("subject", Each::Subject), ("key", Each::Key)]));
    LimitScope {
        use_case,
        mode,
        platform,
        subject,
        key: None,
        each,
    }
}

/// Reads a ceiling; what is wrong is noted in the reader.
pub(super) fn read_cap(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    rates: &Rates,
    currency: Option<Currency>,
) -> Option<CapTerms> {
    reader.only(table, &["scope", "window", "credits", "money", "action"]);
    let scope = read_scope(reader, table, rates);
    let window = required(reader, table, "window", "such as \"day\" or \"month\"", window);
    let limit = match (table.get("credits"), table.get("money")) {
        (Some(entry), None) => credits(reader, &entry).map(CapLimit::Credits),
        (None, Some(entry)) => money(reader, &entry, currency).map(CapLimit::Money),
        (Some(_), Some(entry)) => {
            reader.wrong(&entry, "ambiguous", "give credits or money, not both");
            None
        }
        (None, None) => {
            reader.missing(
                table,
                "credits",
                "say how many credits (or how much money) a window allows",
            );
            None
        }
    };
    let action = table
        .get("action")
        .map_or(Some(CapAction::Block), |entry| reader.word(&entry, &ACTIONS));
    Some(CapTerms {
        scope,
        window: window?,
        limit: limit?,
        action: action?,
    })
}

/// `day`, `week`, `month`, `billing_period`, `lifetime`, or `6 hours` for a rolling one.
pub(super) fn window(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Window> {
    let text = reader.text(entry)?;
    let rolling = || {
        let hours: u16 = text
            .strip_suffix(" hours")
            .or(text.strip_suffix(" hour"))?
            .parse()
            .ok()?;
        (1..=ROLLING_HOURS_MAX)
            .contains(&hours)
            .then_some(Window::RollingHours(hours))
    };
    let window = match text.as_str() {
        "day" => Some(Window::Day),
        "week" => Some(Window::Week),
        "month" => Some(Window::Month),
        "billing_period" => Some(Window::BillingPeriod),
        "lifetime" => Some(Window::Lifetime),
        _ => rolling(),
    };
    if window.is_none() {
        let remedy = "day, week, month, billing_period, lifetime, or a rolling one such as \"6 hours\" (1 to 720)";
        reader.wrong(entry, "not_a_window", remedy);
    }
    window
}

/// Reads a throttle; what is wrong is noted in the reader.
pub(super) fn read_throttle(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> Option<ThrottleTerms> {
    reader.only(table, &["scope", "requests", "credits", "per", "burst", "then"]);
    let scope = read_scope(reader, table, rates);
    let limit = match (table.get("requests"), table.get("credits")) {
        (Some(entry), None) => reader.count(&entry).map(ThrottleLimit::Requests),
        (None, Some(entry)) => credits(reader, &entry).map(ThrottleLimit::Credits),
        (Some(_), Some(entry)) => {
            reader.wrong(&entry, "ambiguous", "give requests or credits, not both");
            None
        }
        (None, None) => {
            reader.missing(table, "requests", "say how many requests (or credits) a period allows");
            None
        }
    };
    let per = required(
        reader,
        table,
        "per",
        "one of second, minute, hour, day",
        |reader, entry| reader.word(entry, &PERIODS),
    );
    let burst = match table.get("burst") {
        Some(entry) => Some(reader.count(&entry)?),
        None => None,
    };
    let then = table
        .get("then")
        .map_or(Some(ThrottleThen::Reject), |entry| reader.word(&entry, &THENS));
    Some(ThrottleTerms {
        scope,
        limit: limit?,
        per: per?,
        burst,
        then: then?,
    })
}
