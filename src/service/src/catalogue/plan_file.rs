//! The plans' part of a catalogue file: `[plans.KEY]` with ceilings under `caps` and `throttles`.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::plan::{OveragePolicy, PlanKind, PlanTerms};
use drawdown_domain::{Credits, Currency, Key, Money};

use super::ceiling_file::{read_cap, read_throttle};
use super::reader::{Entry, Reader, Table};

const KINDS: [(&str, PlanKind); 3] = [
    ("trial", PlanKind::Trial),
    ("tier", PlanKind::Tier),
    ("commitment", PlanKind::Commitment),
];
/// The settings of a plan.
const KNOWN: [&str; 16] = [
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
];

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
    reader.only(table, &KNOWN);
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
    let remedy = "say how many credits one unit of money buys";
    let conversion_rate = required(reader, table, "conversion_rate", remedy, |reader, entry| {
        reader.positive(entry).map(|rate| rate.normalize())
    });
    let remedy = "\"owe\", \"block\" or { forgive = \"5\" }";
    let overage = required(reader, table, "overage", remedy, overage);
    let refunds = refunds(reader, table, rates);
    let caps = named(reader, table, "caps", |reader, _, entry| {
        let table = reader.table(entry)?;
        read_cap(reader, &table, rates, currency)
    });
    let throttles = named(reader, table, "throttles", |reader, _, entry| {
        let table = reader.table(entry)?;
        read_throttle(reader, &table, rates)
    });
    let price = table.get("price").and_then(|entry| money(reader, &entry, currency));
    let use_cases = list(reader, table, "use_cases", "use case", |key| {
        rates.use_cases.contains_key(key)
    });
    let modes = list(reader, table, "modes", "mode", |key| rates.modes.contains_key(key));
    let platforms = list(reader, table, "platforms", "platform", |key| {
        rates.platforms.contains_key(key)
    });
    let degrades = table.get("degrade_without_credits");
    Some(PlanTerms {
        price,
        allotment: table.get("allotment").and_then(|entry| credits(reader, &entry)),
        seats: table.get("seats").and_then(|entry| reader.count(&entry)),
        use_cases,
        modes,
        platforms,
        degrade_without_credits: degrades.and_then(|entry| reader.flag(&entry)).unwrap_or(false),
        top_up_valid_days: table.get("top_up_valid_days").and_then(|entry| reader.count(&entry)),
        refunds,
        caps,
        throttles,
        name: name?,
        kind: kind?,
        currency: currency?,
        conversion_rate: conversion_rate?,
        overage: overage?,
    })
}

fn refunds(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> BTreeMap<Key, String> {
    named(reader, table, "refunds", |reader, key, entry| {
        if !rates.use_cases.contains_key(key) {
            reader.wrong(entry, "unknown", &format!("there is no use case {key} in this file"));
        }
        reader.text(entry)
    })
}

pub(super) fn required<T>(
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

pub(super) fn credits(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Credits> {
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

pub(super) fn money(reader: &mut Reader<'_>, entry: &Entry<'_>, currency: Option<Currency>) -> Option<Money> {
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
