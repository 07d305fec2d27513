//! The catalogue in JSON, as `/v1/admin` takes and gives it: the same names and forms as in the file, and one reader for both.
//!
//! Decimals are texts, so that no digit is lost. What is absent may be left out or null.

use std::collections::BTreeMap;

use drawdown_domain::Key;
use drawdown_domain::catalogue::Rates;
use drawdown_domain::plan::PlanTerms;
use serde_json::{Value, json};

use super::file::{CatalogueFile, InForce, read_whole};
use super::plan_file::read_plans;
use super::rates_file::read_rates;
use super::reader::{Reader, Table};
use super::writer;
use crate::error::{FieldError, ServiceError};
use crate::rate_card::empty;

/// A rate card: `modes`, `platforms` and `use_cases`.
pub fn rates_json(rates: &Rates) -> Result<Value, ServiceError> {
    written(&writer::write(rates, &BTreeMap::new()))
}

/// The terms of a plan, as they stand in the file under `plans.KEY`.
pub fn plan_json(terms: &PlanTerms) -> Result<Value, ServiceError> {
    let key: Key = "plan".parse().map_err(ServiceError::internal)?;
    let mut file = written(&writer::write(&empty(), &BTreeMap::from([(key, terms.clone())])))?;
    Ok(file["plans"]["plan"].take())
}

pub(super) fn written(text: &str) -> Result<Value, ServiceError> {
    toml::from_str(text).map_err(ServiceError::internal)
}

/// Reads a whole catalogue.
pub(super) fn catalogue(value: &Value, in_force: &InForce) -> Result<CatalogueFile, ServiceError> {
    let text = as_text(value)?;
    read_whole(Reader::without_lines(&text), in_force)
}

/// Reads a rate card; what is wrong is told by field below `rates`.
pub(crate) fn rates_of(value: &Value) -> Result<Rates, ServiceError> {
    let text = as_text(value)?;
    let mut reader = Reader::without_lines(&text);
    let read = move || {
        let document = reader.parse()?;
        let root = Table::root(&document);
        reader.only(&root, &["modes", "platforms", "use_cases"]);
        let rates = read_rates(&mut reader, &root);
        reader.finish()?;
        Ok(rates)
    };
    read().map_err(|error| below(error, "", "rates"))
}

/// Reads the terms of a plan, which name what is in `rates`; what is wrong is told by field below `terms`.
pub(crate) fn plan_of(key: &Key, value: &Value, rates: &Rates) -> Result<PlanTerms, ServiceError> {
    let text = as_text(&json!({ "plans": { key.as_str(): value } }))?;
    let mut reader = Reader::without_lines(&text);
    let read = move || {
        let document = reader.parse()?;
        let mut plans = read_plans(&mut reader, &Table::root(&document), rates, None);
        reader.finish()?;
        plans.remove(key).ok_or(ServiceError::NotFound("plan"))
    };
    read().map_err(|error| below(error, &format!("plans.{key}"), "terms"))
}

/// Tells fields by where the caller has them.
pub(super) fn below(error: ServiceError, from: &str, to: &str) -> ServiceError {
    let ServiceError::Invalid(fields) = error else {
        return error;
    };
    let moved = fields.into_iter().map(|error| {
        let rest = error.field.strip_prefix(from).unwrap_or(&error.field);
        let rest = rest.trim_start_matches('.');
        FieldError {
            field: if rest.is_empty() {
                to.to_owned()
            } else {
                format!("{to}.{rest}")
            },
            ..error
        }
    });
    ServiceError::Invalid(moved.collect())
}

/// The same as a text for the file's reader.
pub(super) fn as_text(value: &Value) -> Result<String, ServiceError> {
    toml::to_string(&without_nulls(value))
        .map_err(|error| ServiceError::field("body", "not_valid", format!("it cannot be read: {error}")))
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let told = fields.iter().filter(|(_, field)| !field.is_null());
            Value::Object(told.map(|(name, field)| (name.clone(), without_nulls(field))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMES: [&str; 5] = [
        include_str!("schemes/actions_by_volume.toml"),
        include_str!("schemes/annual_commitment.toml"),
        include_str!("schemes/fast_and_relaxed.toml"),
        include_str!("schemes/trial.toml"),
        include_str!("schemes/two_meters.toml"),
    ];

    #[test]
    fn every_scheme_reads_back_from_its_json() {
        for text in SCHEMES {
            let file = super::super::file::read_first(text).unwrap();
            let rates = rates_json(&file.rates).unwrap();
            assert_eq!(rates_of(&rates).unwrap(), file.rates);
            for (key, terms) in &file.plans {
                let json = plan_json(terms).unwrap();
                assert_eq!(plan_of(key, &json, &file.rates).unwrap(), *terms, "{json:#}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_where_the_caller_has_it() {
        let key: Key = "team".parse().unwrap();
        let terms = json!({"name": "Team", "kind": "free", "currency": "USD", "conversion_rate": 0.5, "overage": "owe",
            "seats": null, "colour": "red"});
        let Err(ServiceError::Invalid(errors)) = plan_of(&key, &terms, &empty()) else {
            panic!("it is not valid");
        };
        let told: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(told, ["terms.colour", "terms.kind", "terms.conversion_rate"]);
        assert!(!errors[1].message.contains("line"), "{}", errors[1].message);
        let Err(ServiceError::Invalid(errors)) = rates_of(&json!({"modes": {"fast": "x"}, "platforms": {"web": "1"}}))
        else {
            panic!("it is not valid");
        };
        let told: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(told, ["rates.modes.fast", "rates.use_cases"]);
    }
}
