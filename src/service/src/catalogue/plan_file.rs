//! The plans' part of a catalogue file: `[plans.KEY]` with ceilings under `caps` and `throttles`.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::limit::{
    CapAction, CapLimit, Each, LimitScope, ROLLING_HOURS_MAX, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::plan::{CapTerms, OveragePolicy, PlanKind, PlanTerms, ThrottleTerms};
use drawdown_domain::{Credits, Currency, Key, Money};

use super::reader::{Entry, Reader, Table};

const KINDS: [(&str, PlanKind); 3] = [
    ("trial", PlanKind::Trial),
    ("tier", PlanKind::Tier),
    ("commitment", PlanKind::Commitment),
];
const ACTIONS: [(&str, CapAction); 2] = [("block", CapAction::Block), ("notify", CapAction::Notify)];
const PERIODS: [(&str, ThrottlePeriod); 4] = [
    ("second", ThrottlePeriod::Second),
    ("minute", ThrottlePeriod::Minute),
    ("hour", ThrottlePeriod::Hour),
    ("day", ThrottlePeriod::Day),
];
const THENS: [(&str, ThrottleThen); 2] = [("reject", ThrottleThen::Reject), ("degrade", ThrottleThen::Degrade)];

/// Reads all plans; what is wrong is noted in the reader.
pub(super) fn read_plans(reader: &mut Reader<'_>, root: &Table<'_>, rates: &Rates) -> BTreeMap<Key, PlanTerms> {
    let mut plans = BTreeMap::new();
    let Some(entry) = root.get("plans") else {
        return plans;
    };
    let Some(table) = reader.table(&entry) else {
        return plans;
    };
    for (name, entry) in table.entries() {
        let key = reader.key(name, &entry);
        let terms = reader.table(&entry).and_then(|table| read_plan(reader, &table, rates));
        if let (Some(key), Some(terms)) = (key, terms) {
            plans.insert(key, terms);
        }
    }
    plans
}

fn read_plan(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> Option<PlanTerms> {
    reader.only(
        table,
        &[
            "name",
            "kind",
            "currency",
            "conversion_rate",
            "price",
            "allotment",
            "seats",
            "use_cases",
            "modes",
            "platforms",
            "overage",
            "degrade_without_credits",
            "top_up_valid_days",
            "refunds",
            "caps",
            "throttles",
        ],
    );
    let name = required(reader, table, "name", "give it a name for people", |reader, entry| {
        reader.text(entry)
    });
    let kind = required(
        reader,
        table,
        "kind",
        "one of trial, tier, commitment",
        |reader, entry| reader.word(entry, &KINDS),
    );
    let currency: Option<Currency> = required(reader, table, "currency", "such as \"USD\"", |reader, entry| {
        reader.parsed(entry, "a currency is three capital letters, such as USD")
    });
    let conversion_rate = required(
        reader,
        table,
        "conversion_rate",
        "say how many credits one unit of money buys",
        |reader, entry| reader.positive(entry),
    );
    let price = table.get("price").and_then(|entry| money(reader, &entry, currency));
    let allotment = table.get("allotment").and_then(|entry| credits(reader, &entry));
    let seats = table.get("seats").and_then(|entry| reader.count(&entry));
    let use_cases = list(reader, table, "use_cases", "use case", |key| {
        rates.use_cases.contains_key(key)
    });
    let modes = list(reader, table, "modes", "mode", |key| rates.modes.contains_key(key));
    let platforms = list(reader, table, "platforms", "platform", |key| {
        rates.platforms.contains_key(key)
    });
    let overage = required(
        reader,
        table,
        "overage",
        "\"owe\", \"block\" or { forgive = \"5\" }",
        overage,
    );
    let degrade_without_credits = table
        .get("degrade_without_credits")
        .and_then(|entry| reader.flag(&entry))
        .unwrap_or(false);
    let top_up_valid_days = table.get("top_up_valid_days").and_then(|entry| reader.count(&entry));
    let refunds = named(reader, table, "refunds", |reader, key, entry| {
        if !rates.use_cases.contains_key(key) {
            reader.wrong(entry, "unknown", &format!("there is no use case {key} in this file"));
        }
        reader.text(entry)
    });
    let caps = named(reader, table, "caps", |reader, _, entry| {
        let table = reader.table(entry)?;
        read_cap(reader, &table, rates, currency)
    });
    let throttles = named(reader, table, "throttles", |reader, _, entry| {
        let table = reader.table(entry)?;
        read_throttle(reader, &table, rates)
    });
    Some(PlanTerms {
        name: name?,
        kind: kind?,
        currency: currency?,
        conversion_rate: conversion_rate?.normalize(),
        price,
        allotment,
        seats,
        use_cases,
        modes,
        platforms,
        overage: overage?,
        degrade_without_credits,
        top_up_valid_days,
        refunds,
        caps,
        throttles,
    })
}

fn required<T>(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    key: &str,
    remedy: &str,
    read: impl FnOnce(&mut Reader<'_>, &Entry<'_>) -> Option<T>,
) -> Option<T> {
    let Some(entry) = table.get(key) else {
        reader.missing(table, key, remedy);
        return None;
    };
    read(reader, &entry)
}

fn list(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    key: &str,
    noun: &str,
    known: impl Fn(&Key) -> bool,
) -> Option<Vec<Key>> {
    let entry = table.get(key)?;
    reader.keys(&entry, noun, known)
}

/// A sub-table whose entries have names of their own.
fn named<T>(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    key: &str,
    mut read: impl FnMut(&mut Reader<'_>, &Key, &Entry<'_>) -> Option<T>,
) -> BTreeMap<Key, T> {
    let mut items = BTreeMap::new();
    let Some(entry) = table.get(key) else {
        return items;
    };
    let Some(table) = reader.table(&entry) else {
        return items;
    };
    for (name, entry) in table.entries() {
        let Some(key) = reader.key(name, &entry) else { continue };
        if let Some(item) = read(reader, &key, &entry) {
            items.insert(key, item);
        }
    }
    items
}

fn credits(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Credits> {
    let decimal = reader.positive(entry)?;
    let credits = decimal.to_string().parse().ok();
    if credits.is_none() {
        reader.wrong(
            entry,
            "not_credits",
            "credits have at most six decimal places and thirteen digits before them",
        );
    }
    credits
}

fn money(reader: &mut Reader<'_>, entry: &Entry<'_>, currency: Option<Currency>) -> Option<Money> {
    let decimal = reader.decimal(entry)?;
    let money = Money::from_decimal(decimal, currency?);
    if money.is_none() {
        reader.wrong(
            entry,
            "not_money",
            "it is finer than the currency's smallest unit, or too large",
        );
    }
    money
}

fn overage(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<OveragePolicy> {
    if entry.is_table() {
        let table = reader.table(entry)?;
        reader.only(&table, &["forgive"]);
        return required(reader, &table, "forgive", "credits an event, such as \"5\"", credits)
            .map(OveragePolicy::Forgive);
    }
    reader.word(entry, &[("owe", OveragePolicy::Owe), ("block", OveragePolicy::Block)])
}

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
            reader.wrong(&entry, "unknown", &format!("there is no {noun} {value} in this file"));
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

fn read_cap(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates, currency: Option<Currency>) -> Option<CapTerms> {
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
fn window(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Window> {
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

fn read_throttle(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> Option<ThrottleTerms> {
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
