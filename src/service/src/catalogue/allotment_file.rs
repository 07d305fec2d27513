//! What a plan gives in a catalogue file: `[plans.KEY.allotments.NAME]`, and under `unlimited` what costs nothing.

use std::collections::BTreeMap;

use drawdown_domain::Key;
use drawdown_domain::catalogue::Rates;
use drawdown_domain::plan::{Allotment, Every, FairRate, FairStep, FairUse, Rollover, Unlimited};

use super::ceiling_file::{PERIODS, window};
use super::plan_file::{count, credits, credits_or_none, list, named, positive, required};
use super::reader::{Entry, Reader, Table};

const EVERY: [(&str, Every); 6] = [
    ("interval", Every::Interval),
    ("once", Every::Once),
    ("month", Every::Month),
    ("quarter", Every::Quarter),
    ("half_year", Every::HalfYear),
    ("year", Every::Year),
];
/// The name of the allotment that is given as `allotment = "100"`.
const ONLY: &str = "credits";

/// Reads the allotments: several by name, or one as a bare amount.
pub(super) fn read_allotments(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> BTreeMap<Key, Allotment> {
    let mut allotments = named(reader, table, "allotments", |reader, _, entry| {
        let table = reader.table(entry)?;
        read_allotment(reader, &table, rates)
    });
    if let Some(entry) = table.get("allotment") {
        if !allotments.is_empty() {
            reader.wrong(&entry, "ambiguous", "give allotment or allotments, not both");
        }
        if let (Some(name), Some(credits)) = (reader.key(ONLY, &entry), credits_or_none(reader, &entry)) {
            allotments.insert(name, Allotment::plain(credits));
        }
    }
    allotments
}

fn read_allotment(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> Option<Allotment> {
    reader.only(
        table,
        &["credits", "per_extra_seat", "every", "lasts", "rollover", "use_cases"],
    );
    let amount = required(
        reader,
        table,
        "credits",
        "say how many credits are given",
        credits_or_none,
    );
    let use_cases = list(reader, table, "use_cases", "use case", |key| {
        rates.use_cases.contains_key(key)
    });
    let per_extra_seat = table.get("per_extra_seat");
    let per_extra_seat = per_extra_seat.and_then(|entry| credits_or_none(reader, &entry));
    let every = table.get("every").and_then(|entry| reader.word(&entry, &EVERY));
    let lasts = table.get("lasts").and_then(|entry| reader.count(&entry));
    let rollover = table.get("rollover").and_then(|entry| rollover(reader, &entry));
    Some(Allotment {
        per_extra_seat: per_extra_seat.unwrap_or_default(),
        every: every.unwrap_or_default(),
        lasts: lasts.unwrap_or(1),
        rollover: rollover.unwrap_or_default(),
        use_cases,
        ..Allotment::plain(amount?)
    })
}

fn rollover(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Rollover> {
    if entry.is_table() {
        let table = reader.table(entry)?;
        reader.only(&table, &["up_to"]);
        let remedy = "how many times the allotment, such as \"2\"";
        let multiple = required(reader, &table, "up_to", remedy, positive);
        return multiple.map(|multiple| Rollover::UpTo(multiple.normalize()));
    }
    reader.word(entry, &[("none", Rollover::None), ("all", Rollover::All)])
}

/// Reads what costs nothing: `unlimited = [{ mode = "relaxed" }]`.
pub(super) fn read_unlimited(reader: &mut Reader<'_>, table: &Table<'_>, rates: &Rates) -> Vec<Unlimited> {
    let Some(entry) = table.get("unlimited") else {
        return Vec::new();
    };
    let entries = reader.items(&entry);
    let unlimited = entries.iter().filter_map(|entry| {
        let table = reader.table(entry)?;
        reader.only(&table, &["use_case", "mode", "platform", "fair_use"]);
        let mut one = |key: &str, noun: &str, known: &dyn Fn(&Key) -> bool| {
            let entry = table.get(key)?;
            let value: Key = reader.parsed(&entry, "a key is expected")?;
            if !known(&value) {
                reader.unknown(&entry, noun, value.as_str());
            }
            Some(value)
        };
        Some(Unlimited {
            use_case: one("use_case", "use case", &|key| rates.use_cases.contains_key(key)),
            mode: one("mode", "mode", &|key| rates.modes.contains_key(key)),
            platform: one("platform", "platform", &|key| rates.platforms.contains_key(key)),
            fair_use: table.get("fair_use").and_then(|entry| {
                let table = reader.table(&entry)?;
                read_fair_use(reader, &table)
            }),
        })
    });
    unlimited.collect()
}

fn read_fair_use(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<FairUse> {
    reader.only(table, &["window", "steps"]);
    let window = required(reader, table, "window", "such as \"day\" or \"month\"", window);
    let remedy = "such as [{ above = \"500\", requests = 10, per = \"minute\" }]";
    let steps = required(reader, table, "steps", remedy, |reader, entry| {
        let entries = reader.items(entry);
        let steps = entries.iter().filter_map(|entry| {
            let table = reader.table(entry)?;
            read_step(reader, &table)
        });
        Some(steps.collect())
    });
    Some(FairUse {
        window: window?,
        steps: steps?,
    })
}

fn read_step(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<FairStep> {
    reader.only(table, &["above", "requests", "per"]);
    let remedy = "say above how many credits in a window it holds, such as \"500\"";
    let above = required(reader, table, "above", remedy, credits);
    let requests = required(reader, table, "requests", "say how many runs", count);
    let remedy = "one of second, minute, hour, day";
    let per = required(reader, table, "per", remedy, |reader, entry| {
        reader.word(entry, &PERIODS)
    });
    Some(FairStep {
        above: above?,
        rate: FairRate {
            requests: requests?,
            per: per?,
        },
    })
}
