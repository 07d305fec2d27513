//! The rate card's part of a catalogue file: `[modes]`, `[platforms]` and `[use_cases.KEY]`.

use std::collections::BTreeMap;

use drawdown_domain::Key;
use drawdown_domain::catalogue::{Exception, OwnRate, Rate, Rates, Tier, UseCase};
use rust_decimal::Decimal;

use super::plan_file::{decimal, named, positive, required};
use super::reader::{Entry, Reader, Table};

/// Reads the rate card; what is wrong is noted in the reader.
pub(super) fn read_rates(reader: &mut Reader<'_>, root: &Table<'_>) -> Rates {
    let modes = multipliers(reader, root, "modes", "such as [modes] with fast = \"1\"");
    let platforms = multipliers(reader, root, "platforms", "such as [platforms] with web = \"1\"");
    let mut use_cases = BTreeMap::new();
    match root.get("use_cases") {
        None => reader.missing(root, "use_cases", "add at least one [use_cases.KEY]"),
        Some(entry) => {
            if let Some(table) = reader.table(&entry) {
                if table.is_empty() {
                    reader.wrong(&entry, "empty", "add at least one [use_cases.KEY]");
                }
                for (name, entry) in table.entries() {
                    let key = reader.key(name, &entry);
                    let use_case = reader.table(&entry).map(|table| read_use_case(reader, &table, &modes));
                    if let (Some(key), Some(use_case)) = (key, use_case) {
                        use_cases.insert(key, use_case);
                    }
                }
            }
        }
    }
    Rates {
        modes,
        platforms,
        use_cases,
    }
}

fn multipliers(reader: &mut Reader<'_>, root: &Table<'_>, name: &str, remedy: &str) -> BTreeMap<Key, Decimal> {
    let mut multipliers = BTreeMap::new();
    let Some(entry) = root.get(name) else {
        reader.missing(root, name, remedy);
        return multipliers;
    };
    let Some(table) = reader.table(&entry) else {
        return multipliers;
    };
    if table.is_empty() {
        reader.wrong(&entry, "empty", &format!("at least one is needed, {remedy}"));
    }
    for (name, entry) in table.entries() {
        if let (Some(key), Some(multiplier)) = (reader.key(name, &entry), reader.decimal(&entry)) {
            multipliers.insert(key, multiplier.normalize());
        }
    }
    multipliers
}

fn read_use_case(reader: &mut Reader<'_>, table: &Table<'_>, modes: &BTreeMap<Key, Decimal>) -> UseCase {
    reader.only(table, &["name", "ladder", "meters", "minimum", "exceptions"]);
    let name = if let Some(entry) = table.get("name") {
        reader.text(&entry).unwrap_or_default()
    } else {
        reader.missing(table, "name", "give it a name for people, such as \"Coding assistant\"");
        String::new()
    };
    let ladder = table
        .get("ladder")
        .and_then(|entry| reader.keys(&entry, "mode", |key| modes.contains_key(key)))
        .unwrap_or_default();
    let mut meters = BTreeMap::new();
    let remedy = "add at least one [use_cases.KEY.meters.METER] with its credits";
    if let Some(entry) = table.get("meters") {
        if let Some(table) = reader.table(&entry) {
            if table.is_empty() {
                reader.wrong(&entry, "empty", "at least one meter is needed");
            }
            for (name, entry) in table.entries() {
                let key = reader.key(name, &entry);
                let rate = reader.table(&entry).and_then(|table| read_rate(reader, &table));
                if let (Some(key), Some(rate)) = (key, rate) {
                    meters.insert(key, rate);
                }
            }
        }
    } else {
        reader.missing(table, "meters", remedy);
    }
    let minimum = table.get("minimum").and_then(|entry| reader.decimal(&entry));
    let exceptions = table.get("exceptions").map_or_else(Vec::new, |entry| {
        let tables = reader.items(&entry);
        let exceptions = tables.iter().filter_map(|entry| {
            let table = reader.table(entry)?;
            read_exception(reader, &table, &meters)
        });
        exceptions.collect()
    });
    UseCase {
        name,
        ladder,
        meters,
        minimum: minimum.map(|minimum| minimum.normalize()),
        exceptions,
    }
}

/// Prices of its own for one mode and platform: `[[use_cases.KEY.exceptions]]`.
fn read_exception(reader: &mut Reader<'_>, table: &Table<'_>, known: &BTreeMap<Key, Rate>) -> Option<Exception> {
    reader.only(table, &["mode", "platform", "meters"]);
    let mode = required(reader, table, "mode", "name the mode that it is for", key);
    let platform = required(reader, table, "platform", "name the platform that it is for", key);
    let meters = named(reader, table, "meters", |reader, meter, entry| {
        if !known.contains_key(meter) {
            reader.wrong(entry, "unknown", &format!("the use case has no meter {meter}"));
        }
        if !entry.is_table() {
            let credits = reader.decimal(entry)?.normalize();
            let tiers = Vec::new();
            return Some(OwnRate { credits, tiers });
        }
        let table = reader.table(entry)?;
        reader.only(&table, &["credits", "tiers"]);
        let remedy = "say what `per` units cost in this combination, such as \"2\"";
        let credits = required(reader, &table, "credits", remedy, decimal);
        Some(OwnRate {
            tiers: read_tiers(reader, &table),
            credits: credits?.normalize(),
        })
    });
    Some(Exception {
        mode: mode?,
        platform: platform?,
        meters,
    })
}

fn key(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Key> {
    reader.parsed(entry, "a key is expected")
}

/// Prices beyond so many units of one run: `tiers = [{ above = 100, credits = "3" }]`.
fn read_tiers(reader: &mut Reader<'_>, table: &Table<'_>) -> Vec<Tier> {
    let Some(entry) = table.get("tiers") else {
        return Vec::new();
    };
    let entries = reader.items(&entry);
    let tiers = entries.iter().filter_map(|entry| {
        let table = reader.table(entry)?;
        reader.only(&table, &["above", "credits"]);
        let remedy = "say beyond how many units of a run it holds, such as 100";
        let above = required(reader, &table, "above", remedy, positive);
        let remedy = "say what `per` units cost beyond, such as \"3\"";
        let credits = required(reader, &table, "credits", remedy, decimal);
        Some(Tier {
            above: above?.normalize(),
            credits: credits?.normalize(),
        })
    });
    tiers.collect()
}

fn read_rate(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<Rate> {
    reader.only(table, &["per", "credits", "tiers", "unit"]);
    let per = match table.get("per") {
        Some(entry) => reader.positive(&entry),
        None => Some(Decimal::ONE),
    };
    let credits = if let Some(entry) = table.get("credits") {
        reader.decimal(&entry)
    } else {
        reader.missing(table, "credits", "say what `per` units cost, such as \"2\"");
        None
    };
    let unit = table.get("unit").and_then(|entry| reader.text(&entry));
    Some(Rate {
        per: per?.normalize(),
        credits: credits?.normalize(),
        tiers: read_tiers(reader, table),
        unit,
    })
}
