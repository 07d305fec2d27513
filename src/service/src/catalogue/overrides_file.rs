//! What a contract says otherwise than its plan, in the form that the catalogue file has for a plan's own terms. A null, which a
//! file cannot say, takes what the plan has of that name away, and a low balance of 0 its line about that.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::contract::Overrides;
use drawdown_domain::{Currency, Key};
use serde_json::Value;

use super::json::{as_text, below, written};
use super::plan_file::{overage, percent, read_caps, read_throttles, refunds};
use super::reader::{Reader, Table};
use super::writer;
use crate::error::ServiceError;

/// What may be said otherwise here.
const KNOWN: [&str; 5] = ["overage", "low_balance_percent", "refunds", "caps", "throttles"];

/// Reads them; what is wrong is told by field below `overrides`.
pub(crate) fn overrides_of(said: &Value, currency: Currency, rates: &Rates) -> Result<Overrides, ServiceError> {
    let text = as_text(said)?;
    let mut reader = Reader::without_lines(&text);
    let is_nobody_told = said["low_balance_percent"] == 0;
    let read = move || {
        let document = reader.parse()?;
        let root = Table::root(&document);
        reader.only(&root, &KNOWN);
        let own = Overrides {
            overage: root.get("overage").and_then(|entry| overage(&mut reader, &entry)),
            low_balance_percent: match root.get("low_balance_percent") {
                Some(_) if is_nobody_told => Some(0),
                said => said.and_then(|entry| percent(&mut reader, &entry)),
            },
            refunds: present(refunds(&mut reader, &root, rates)),
            caps: present(read_caps(&mut reader, &root, rates, Some(currency))),
            throttles: present(read_throttles(&mut reader, &root, rates)),
            ..Overrides::default()
        };
        reader.finish()?;
        Ok(own)
    };
    let mut own = read().map_err(|error| below(error, "", "overrides"))?;
    take_away(&mut own.refunds, said, "refunds")?;
    take_away(&mut own.caps, said, "caps")?;
    take_away(&mut own.throttles, said, "throttles")?;
    Ok(own)
}

fn present<T>(said: BTreeMap<Key, T>) -> BTreeMap<Key, Option<T>> {
    said.into_iter().map(|(name, one)| (name, Some(one))).collect()
}

/// Adds the names that are null.
fn take_away<T>(own: &mut BTreeMap<Key, Option<T>>, said: &Value, group: &str) -> Result<(), ServiceError> {
    let Some(entries) = said[group].as_object() else {
        return Ok(());
    };
    for (name, _) in entries.iter().filter(|(_, entry)| entry.is_null()) {
        let message = "a key has 1 to 128 ASCII letters, digits and _ - . : @";
        let key = name.parse::<Key>();
        let key = key.map_err(|_| ServiceError::field(format!("overrides.{group}.{name}"), "not_a_key", message))?;
        own.insert(key, None);
    }
    Ok(())
}

/// Writes them, so that they read back the same.
pub fn overrides_json(own: &Overrides) -> Result<Value, ServiceError> {
    let mut said = written(&writer::write_own(own))?;
    let mut null = |group: &str, names: Vec<&Key>| {
        for name in names {
            said[group][name.as_str()] = Value::Null;
        }
    };
    null("refunds", taken(&own.refunds));
    null("caps", taken(&own.caps));
    null("throttles", taken(&own.throttles));
    Ok(said)
}

fn taken<T>(own: &BTreeMap<Key, Option<T>>) -> Vec<&Key> {
    let taken = own.iter().filter(|(_, one)| one.is_none());
    taken.map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rates() -> Rates {
        super::super::file::read_first(include_str!("schemes/fast_and_relaxed.toml"))
            .unwrap()
            .rates
    }

    #[test]
    fn what_is_said_otherwise_reads_back_the_same() {
        let rates = rates();
        let use_case = rates.use_cases.keys().next().unwrap().to_string();
        for said in [
            json!({}),
            json!({"overage": "block"}),
            json!({"overage": {"forgive": "0"}, "low_balance_percent": 5}),
            json!({"refunds": {use_case.as_str(): "All of it"}, "caps": {
                "daily": {"window": "day", "credits": "40"}, "monthly": null, "money": {"window": "month", "money": "9.5",
                "action": "notify", "scope": {"use_case": use_case.as_str(), "each": "subject"}}
            }, "throttles": {"steady": {"requests": 5, "per": "minute", "burst": 2}, "slow": null}}),
            json!({"refunds": {"gone": null}}),
            json!({"low_balance_percent": 0}),
        ] {
            let own = overrides_of(&said, Currency::USD, &rates).unwrap();
            assert_eq!(overrides_json(&own).unwrap(), said);
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        let said = json!({"overage": "never", "colour": "red", "caps": {"daily": {"window": "year", "credits": "1"}},
            "refunds": {"nothing": "All"}});
        let Err(ServiceError::Invalid(errors)) = overrides_of(&said, Currency::USD, &rates()) else {
            panic!("it is not valid");
        };
        let mut told: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        told.sort_unstable();
        let expected = [
            "overrides.caps.daily.window",
            "overrides.colour",
            "overrides.overage",
            "overrides.refunds.nothing",
        ];
        assert_eq!(told, expected);
        let null = json!({"caps": {"a b": null}});
        let error = overrides_of(&null, Currency::USD, &rates()).unwrap_err();
        assert!(error.to_string().contains("caps.a b"), "{error}");
    }
}
