//! The plans' part of a catalogue file: `[plans.KEY]` with ceilings under `caps` and `throttles`.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::plan::{
    CapTerms, ConversionTier, Interval, OveragePolicy, PlanKind, PlanTerms, ThrottleTerms, TopUps, Validity,
};
use drawdown_domain::{Credits, Currency, Key, Money};
use rust_decimal::Decimal;

use super::allotment_file::{read_allotments, read_unlimited};
use super::ceiling_file::{read_cap, read_throttle};
use super::file::InForce;
use super::reader::{Entry, Reader, Table};

const KINDS: [(&str, PlanKind); 4] = [
    ("trial", PlanKind::Trial),
    ("tier", PlanKind::Tier),
    ("commitment", PlanKind::Commitment),
    ("unlimited", PlanKind::Unlimited),
];
const INTERVALS: [(&str, Interval); 4] = [
    ("month", Interval::Month),
    ("quarter", Interval::Quarter),
    ("half_year", Interval::HalfYear),
    ("year", Interval::Year),
];
const TOP_UPS: [(&str, TopUps); 3] = [
    ("allowed", TopUps::Allowed),
    ("with_plan", TopUps::WithPlan),
    ("never", TopUps::Never),
];
/// The settings of a plan.
const KNOWN: [&str; 26] = [
    "name",
    "kind",
    "currency",
    "conversion_rate",
    "conversion_tiers",
    "price",
    "interval",
    "lasts",
    "allotment",
    "allotments",
    "seats",
    "extra_seat_price",
    "use_cases",
    "modes",
    "platforms",
    "unlimited",
    "overage",
    "degrade_without_credits",
    "top_ups",
    "top_up_valid",
    "top_up_valid_days",
    "top_up_use_cases",
    "low_balance_percent",
    "refunds",
    "caps",
    "throttles",
];

/// Reads all plans; what is wrong is noted in the reader. They name what is in `rates`, but for those that are outdated in
/// what is in force and left so.
pub(super) fn read_plans(
    reader: &mut Reader<'_>,
    root: &Table<'_>,
    rates: &Rates,
    in_force: Option<&InForce>,
) -> BTreeMap<Key, PlanTerms> {
    let mut plans = BTreeMap::new();
    let Some(entry) = root.get("plans") else {
        return plans;
    };
    let Some(table) = reader.table(&entry) else {
        return plans;
    };
    for (name, entry) in table.entries() {
        let key = reader.key(name, &entry);
        let noted = reader.noted();
        let terms = reader.table(&entry).map(|table| read_plan(reader, &table, rates));
        if let (Some(key), Some(terms)) = (key, terms) {
            if in_force.is_some_and(|in_force| in_force.has_outdated(&key, &terms, rates)) {
                reader.allow_unknown(noted);
            }
            plans.insert(key, terms);
        }
    }
    plans
}

fn read_plan(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> PlanTerms {
    reader.only(table, &KNOWN);
    let name = required(reader, table, "name", "give it a name for people", |reader, entry| {
        reader.text(entry)
    });
    let kind = required(
        reader,
        table,
        "kind",
        "one of trial, tier, commitment, unlimited",
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
    let caps = read_caps(reader, table, rates, currency);
    let throttles = read_throttles(reader, table, rates);
    // What is missing was noted, and refuses the file; the rest is read for what else is wrong.
    let mut terms = PlanTerms::new(
        name.unwrap_or_default(),
        kind.unwrap_or(PlanKind::Tier),
        currency.unwrap_or(Currency::USD),
        conversion_rate.unwrap_or_default(),
    );
    terms.overage = overage.unwrap_or(OveragePolicy::Owe);
    terms.refunds = refunds;
    terms.caps = caps;
    terms.throttles = throttles;
    read_prices(reader, table, currency, &mut terms);
    read_included(reader, table, rates, &mut terms);
    read_top_ups(reader, table, rates, &mut terms);
    terms.allotments = read_allotments(reader, table, rates);
    terms.unlimited = read_unlimited(reader, table, rates);
    terms
}

/// What is paid, how often, and what it buys.
fn read_prices(reader: &mut Reader<'_>, table: &Table<'_>, currency: Option<Currency>, terms: &mut PlanTerms) {
    let mut amount = |key: &str| {
        let entry = table.get(key)?;
        money(reader, &entry, currency)
    };
    terms.price = amount("price");
    terms.extra_seat_price = amount("extra_seat_price");
    terms.conversion_tiers = read_conversion_tiers(reader, table, currency);
    if let Some(interval) = table.get("interval").and_then(|entry| reader.word(&entry, &INTERVALS)) {
        terms.interval = interval;
    }
    terms.lasts = table.get("lasts").and_then(|entry| validity(reader, &entry));
    terms.seats = table.get("seats").and_then(|entry| reader.count(&entry));
    let low = table.get("low_balance_percent");
    terms.low_balance_percent = low.and_then(|entry| percent(reader, &entry));
}

/// What may be used.
fn read_included(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates, terms: &mut PlanTerms) {
    let known = |key: &Key| rates.use_cases.contains_key(key);
    terms.use_cases = list(reader, table, "use_cases", "use case", known);
    terms.modes = list(reader, table, "modes", "mode", |key| rates.modes.contains_key(key));
    terms.platforms = list(reader, table, "platforms", "platform", |key| {
        rates.platforms.contains_key(key)
    });
    let degrades = table.get("degrade_without_credits");
    terms.degrade_without_credits = degrades.and_then(|entry| reader.flag(&entry)).unwrap_or(false);
}

/// Credits bought beside the plan.
fn read_top_ups(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates, terms: &mut PlanTerms) {
    if let Some(top_ups) = table.get("top_ups").and_then(|entry| reader.word(&entry, &TOP_UPS)) {
        terms.top_ups = top_ups;
    }
    let known = |key: &Key| rates.use_cases.contains_key(key);
    terms.top_up_use_cases = list(reader, table, "top_up_use_cases", "use case", known);
    terms.top_up_valid = match (table.get("top_up_valid"), table.get("top_up_valid_days")) {
        (Some(_), Some(entry)) => {
            reader.wrong(&entry, "ambiguous", "give top_up_valid or top_up_valid_days, not both");
            None
        }
        (Some(entry), None) => validity(reader, &entry),
        (None, Some(entry)) => reader.count(&entry).map(Validity::Days),
        (None, None) => None,
    };
}

/// Better rates for larger purchases: `conversion_tiers = [{ from = "1000", rate = "125" }]`.
fn read_conversion_tiers(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    currency: Option<Currency>,
) -> Vec<ConversionTier> {
    let Some(entry) = table.get("conversion_tiers") else {
        return Vec::new();
    };
    let entries = reader.items(&entry);
    let tiers = entries.iter().filter_map(|entry| {
        let table = reader.table(entry)?;
        reader.only(&table, &["from", "rate"]);
        let remedy = "say from which amount of money it holds, such as \"1000\"";
        let from = required(reader, &table, "from", remedy, |reader, entry| {
            money(reader, entry, currency)
        });
        let remedy = "say how many credits one unit of money buys then";
        let rate = required(reader, &table, "rate", remedy, positive);
        Some(ConversionTier {
            from: from?,
            rate: rate?.normalize(),
        })
    });
    tiers.collect()
}

/// A length of life: `14 days`, `12 months`.
fn validity(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Validity> {
    let text = reader.text(entry)?;
    let validity = text.split_once(' ').and_then(|(number, unit)| {
        let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
        match unit {
            "day" | "days" => Some(Validity::Days(number)),
            "month" | "months" => Some(Validity::Months(number)),
            _ => None,
        }
    });
    if validity.is_none() {
        reader.wrong(
            entry,
            "not_a_length",
            "days or months, such as \"14 days\" or \"12 months\"",
        );
    }
    validity
}

/// A percentage below which somebody is told.
pub(super) fn percent(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<u8> {
    let percent = reader.count(entry)?;
    let percent = u8::try_from(percent).ok().filter(|percent| *percent <= 99);
    if percent.is_none() {
        reader.wrong(entry, "not_a_percentage", "a percentage from 1 to 99 is expected");
    }
    percent
}

/// Ceilings on credits, by name.
pub(super) fn read_caps(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    rates: &Rates,
    currency: Option<Currency>,
) -> BTreeMap<Key, CapTerms> {
    named(reader, table, "caps", |reader, _, entry| {
        let table = reader.table(entry)?;
        read_cap(reader, &table, rates, currency)
    })
}

/// Ceilings on the rate, by name.
pub(super) fn read_throttles(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    rates: &Rates,
) -> BTreeMap<Key, ThrottleTerms> {
    named(reader, table, "throttles", |reader, _, entry| {
        let table = reader.table(entry)?;
        read_throttle(reader, &table, rates)
    })
}

pub(super) fn refunds(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> BTreeMap<Key, String> {
    named(reader, table, "refunds", |reader, key, entry| {
        if !rates.use_cases.contains_key(key) {
            reader.unknown(entry, "use case", key.as_str());
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

pub(super) fn list(
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
pub(super) fn named<T>(
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

pub(super) fn decimal(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Decimal> {
    reader.decimal(entry)
}

pub(super) fn positive(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Decimal> {
    reader.positive(entry)
}

pub(super) fn count(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<u32> {
    reader.count(entry)
}

/// Credits above zero.
pub(super) fn credits(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Credits> {
    let decimal = reader.positive(entry)?;
    as_credits(reader, entry, decimal)
}

/// Credits of zero or more: of an allotment that gives only what members bring, of what is forgiven.
pub(super) fn credits_or_none(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Credits> {
    let decimal = reader.decimal(entry)?;
    as_credits(reader, entry, decimal)
}

fn as_credits(reader: &mut Reader<'_>, entry: &Entry<'_>, decimal: Decimal) -> Option<Credits> {
    let credits = decimal.normalize().to_string().parse().ok();
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

pub(super) fn overage(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<OveragePolicy> {
    if entry.is_table() {
        let table = reader.table(entry)?;
        reader.only(&table, &["forgive"]);
        return required(
            reader,
            &table,
            "forgive",
            "credits an event, such as \"5\"",
            credits_or_none,
        )
        .map(OveragePolicy::Forgive);
    }
    reader.word(entry, &[("owe", OveragePolicy::Owe), ("block", OveragePolicy::Block)])
}
