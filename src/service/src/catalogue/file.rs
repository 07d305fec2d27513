//! A catalogue file, read whole: rate card and plans, or everything that is wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use drawdown_domain::Key;
use drawdown_domain::catalogue::Rates;
use drawdown_domain::plan::{PlanTerms, PlanVersion};

use super::plan_file::read_plans;
use super::rates_file::read_rates;
use super::reader::{Reader, Table};
use crate::error::ServiceError;
use crate::plans::missing;
#[cfg(test)]
use crate::rate_card::empty;

/// What a catalogue file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CatalogueFile {
    /// The rate card.
    pub(super) rates: Rates,
    /// Plans by key.
    pub(super) plans: BTreeMap<Key, PlanTerms>,
}

/// What a file is read beside: the rate card in force, and the plans that customers can be put on.
#[derive(Debug)]
pub(super) struct InForce {
    /// The rate card.
    pub(super) rates: Rates,
    /// The current versions of plans.
    pub(super) plans: Vec<Arc<PlanVersion>>,
}

impl InForce {
    /// Whether a plan is left as it is published, and all that it names in vain it has named in vain before: a later rate card
    /// has dropped it.
    pub(super) fn has_outdated(&self, key: &Key, terms: &PlanTerms, rates: &Rates) -> bool {
        let is_published = |plan: &Arc<PlanVersion>| plan.plan == *key && plan.terms == *terms;
        let before = missing(terms, &self.rates);
        self.plans.iter().any(is_published) && missing(terms, rates).iter().all(|name| before.contains(name))
    }
}

/// Reads a catalogue file.
pub(super) fn read(text: &str, in_force: &InForce) -> Result<CatalogueFile, ServiceError> {
    read_whole(Reader::new(text), in_force)
}

/// Reads a catalogue file where nothing is published yet.
#[cfg(test)]
pub(super) fn read_first(text: &str) -> Result<CatalogueFile, ServiceError> {
    let nothing = InForce {
        rates: empty(),
        plans: Vec::new(),
    };
    read(text, &nothing)
}

/// Reads a catalogue with a reader of its text.
pub(super) fn read_whole(mut reader: Reader<'_>, in_force: &InForce) -> Result<CatalogueFile, ServiceError> {
    let document = reader.parse()?;
    let root = Table::root(&document);
    reader.only(&root, &["modes", "platforms", "use_cases", "plans"]);
    let rates = read_rates(&mut reader, &root);
    let plans = read_plans(&mut reader, &root, &rates, Some(in_force));
    reader.finish()?;
    // The reader has told all of this by key and line; the domain has the last word.
    let refused = |error: &dyn std::error::Error| ServiceError::field("file", "not_valid", error.to_string());
    rates.validate().map_err(|error| refused(&error))?;
    for terms in plans.values() {
        terms.validate().map_err(|error| refused(&error))?;
    }
    Ok(CatalogueFile { rates, plans })
}

#[cfg(test)]
mod tests {
    use drawdown_domain::Credits;
    use drawdown_domain::limit::{CapLimit, Window};
    use drawdown_domain::plan::OveragePolicy;

    use super::*;

    const GOOD: &str = r#"
[modes]
fast = "1"
relaxed = "0.25"
[platforms]
web = "1"
[use_cases.code]
name = "Coding assistant"
ladder = ["fast", "relaxed"]
[use_cases.code.meters.context_tokens]
per = 1000
credits = "2"
[plans.trial]
name = "Trial"
kind = "trial"
currency = "USD"
conversion_rate = "100"
overage = { forgive = "5" }
[plans.trial.caps.daily]
credits = "20"
window = "day"
[plans.trial.caps.burst]
money = "0.50"
window = "6 hours"
scope = { use_case = "code", each = "subject" }
[plans.trial.throttles.code]
requests = 50
per = "minute"
then = "degrade"
"#;

    fn errors(text: &str) -> Vec<(String, &'static str, String)> {
        match read_first(text) {
            Err(ServiceError::Invalid(fields)) => fields
                .into_iter()
                .map(|field| (field.field, field.code, field.message))
                .collect(),
            other => panic!("expected errors, got {other:?}"),
        }
    }

    #[test]
    fn reads_rates_and_plans() {
        let file = read_first(GOOD).unwrap();
        let trial = &file.plans["trial"];
        assert_eq!(trial.overage, OveragePolicy::Forgive(Credits::from_whole(5).unwrap()));
        assert_eq!(
            trial.caps["daily"].limit,
            CapLimit::Credits(Credits::from_whole(20).unwrap())
        );
        assert_eq!(trial.caps["burst"].window, Window::RollingHours(6));
        assert_eq!(file.rates.use_cases["code"].ladder.len(), 2);
    }

    #[test]
    fn names_every_error_with_its_line_and_remedy() {
        let bad = GOOD
            .replace("relaxed = \"0.25\"", "relaxed = 0.25")
            .replace("kind = \"trial\"", "kind = \"free\"")
            .replace("window = \"day\"", "window = \"hour\"")
            .replace("per = \"minute\"\n", "")
            .replace("name = \"Trial\"", "nmae = \"Trial\"");
        let errors = errors(&bad);
        let fields: Vec<&str> = errors.iter().map(|(field, ..)| field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "modes.relaxed",
                "use_cases.code.ladder",
                "plans.trial.nmae",
                "plans.trial.name",
                "plans.trial.kind",
                "plans.trial.caps.daily.window",
                "plans.trial.throttles.code.per",
            ]
        );
        assert!(
            errors[0].2.starts_with("line 4: a plain decimal number in quotes"),
            "{}",
            errors[0].2
        );
        assert!(
            errors[4].2.contains("one of trial, tier, commitment"),
            "{}",
            errors[4].2
        );
    }

    #[test]
    fn a_syntax_error_names_its_line() {
        let errors = errors("[modes]\nfast = \n");
        assert_eq!(errors[0].1, "not_toml");
        assert!(errors[0].2.starts_with("line 2:"), "{}", errors[0].2);
    }
}
