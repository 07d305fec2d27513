//! Checks what the fields of a request mean, and collects everything that is wrong with them, so that a caller hears of
//! all of it at once.
//!
//! Each check takes the field's place and its text and gives the domain's value, or notes the problem and gives `None`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use drawdown_domain::credits::CreditsError;
use drawdown_domain::quantity::QuantityError;
use drawdown_domain::{Credits, Currency, Key, Money, Quantity, Timestamp};

use super::number::{Number, Quantities};
use super::problem::{FieldProblem, Problem};
use super::time;

/// The problems found so far.
#[derive(Debug, Default)]
pub struct Fields {
    errors: Vec<FieldProblem>,
}

impl Fields {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a problem.
    pub fn refuse(&mut self, field: impl Into<String>, code: &str, message: impl Display) {
        self.errors.push(FieldProblem::new(field, code, message.to_string()));
    }

    /// What was found; empty where all is well.
    pub fn into_errors(self) -> Vec<FieldProblem> {
        self.errors
    }

    /// All that was found as one problem, or nothing.
    ///
    /// # Errors
    /// `invalid_request` with every problem that was noted.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.errors))
        }
    }

    /// As [`Fields::finish`], with a value that the checks gave; `None` counts as a problem that was noted.
    ///
    /// # Errors
    /// `invalid_request` with every problem that was noted.
    pub fn finish_with<T>(self, value: Option<T>) -> Result<T, Problem> {
        match (self.errors.is_empty(), value) {
            (true, Some(value)) => Ok(value),
            _ => Err(Problem::invalid(self.errors)),
        }
    }

    fn parsed<T: FromStr>(&mut self, field: &str, code: &str, text: &str) -> Option<T>
    where
        T::Err: Display,
    {
        text.parse()
            .map_err(|error: T::Err| self.refuse(field, code, error))
            .ok()
    }

    /// A key.
    pub fn key(&mut self, field: &str, text: &str) -> Option<Key> {
        self.parsed(field, "not_a_key", text)
    }

    /// A key that may be left out.
    pub fn optional_key(&mut self, field: &str, text: Option<&str>) -> Option<Key> {
        text.and_then(|text| self.key(field, text))
    }

    /// An identifier.
    pub fn id<T: FromStr<Err: Display>>(&mut self, field: &str, text: &str) -> Option<T> {
        self.parsed(field, "not_an_id", text)
    }

    /// Credits above zero.
    pub fn credits(&mut self, field: &str, number: &Number) -> Option<Credits> {
        let credits = match number.as_str().parse::<Credits>() {
            Ok(credits) => credits,
            Err(error) => {
                let code = match error {
                    CreditsError::NotANumber => "not_a_number",
                    CreditsError::TooFine => "too_fine",
                    CreditsError::TooLarge => "too_large",
                };
                self.refuse(field, code, error);
                return None;
            }
        };
        if credits.is_negative() {
            self.refuse(field, "negative", "credits are above zero here");
            return None;
        }
        if credits.is_zero() {
            self.refuse(field, "zero", "credits are above zero here");
            return None;
        }
        Some(credits)
    }

    /// Money of zero or more, in major units of its currency.
    pub fn money(&mut self, field: &str, amount: &Number, currency: &str) -> Option<Money> {
        let currency: Option<Currency> = self.parsed(&format!("{field}.currency"), "not_a_currency", currency);
        let field = format!("{field}.amount");
        // A quantity is what an amount of money is, too: plain, zero or more, at most 10^15.
        let amount = self.quantity(&field, amount)?;
        let money = Money::from_decimal(amount.to_decimal(), currency?);
        if money.is_none() {
            self.refuse(field, "too_fine", "finer than the currency's minor unit");
        }
        money
    }

    /// A currency.
    pub fn currency(&mut self, field: &str, text: &str) -> Option<Currency> {
        self.parsed(field, "not_a_currency", text)
    }

    /// An instant with its offset (RFC 3339).
    pub fn instant(&mut self, field: &str, text: &str) -> Option<Timestamp> {
        time::parse(text)
            .map_err(|error| self.refuse(field, "not_a_time", error))
            .ok()
    }

    /// An instant that may be left out.
    pub fn optional_instant(&mut self, field: &str, text: Option<&str>) -> Option<Timestamp> {
        text.and_then(|text| self.instant(field, text))
    }

    /// A quantity of one meter.
    pub fn quantity(&mut self, field: &str, number: &Number) -> Option<Quantity> {
        number
            .as_str()
            .parse()
            .map_err(|error: QuantityError| {
                let code = match error {
                    QuantityError::NotANumber => "not_a_number",
                    QuantityError::Negative => "negative",
                    QuantityError::TooLarge => "too_large",
                    QuantityError::TooFine => "too_fine",
                };
                self.refuse(field, code, error);
            })
            .ok()
    }

    /// The quantities of a run: at least one meter.
    pub fn quantities(&mut self, field: &str, wire: &Quantities) -> Option<BTreeMap<Key, Quantity>> {
        let before = self.errors.len();
        let mut quantities = BTreeMap::new();
        for (meter, number) in &wire.0 {
            let place = format!("{field}.{meter}");
            let key = self.key(&place, meter);
            let quantity = self.quantity(&place, number);
            if let (Some(key), Some(quantity)) = (key, quantity) {
                quantities.insert(key, quantity);
            }
        }
        (self.errors.len() == before).then_some(quantities)
    }

    /// A whole number between two bounds, both allowed.
    pub fn within(&mut self, field: &str, number: i64, least: i64, most: i64) -> Option<i64> {
        if (least..=most).contains(&number) {
            return Some(number);
        }
        self.refuse(field, "out_of_range", format!("is between {least} and {most}"));
        None
    }

    /// A text of 1 to `most` characters, without control characters.
    pub fn text(&mut self, field: &str, text: &str, most: usize) -> Option<String> {
        let length = text.chars().count();
        if text.trim().is_empty() || length > most || text.chars().any(char::is_control) {
            self.refuse(
                field,
                "not_a_text",
                format!("has 1 to {most} characters, none of them a control character"),
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// One of a fixed set of words.
    pub fn word<T: Copy>(&mut self, field: &str, text: &str, words: &[(&str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(field, "unknown_value", format!("is one of {}", known.join(", ")));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity_code(text: &str) -> String {
        let mut fields = Fields::new();
        let wire = Quantities(vec![("m".to_owned(), Number(text.to_owned()))]);
        assert!(fields.quantities("quantities", &wire).is_none());
        let error = fields.into_errors().remove(0);
        assert_eq!(error.field, "quantities.m");
        error.code
    }

    #[test]
    fn each_bad_quantity_has_its_own_code() {
        let cases = [
            ("-1", "negative"),
            ("NaN", "not_a_number"),
            ("1e3", "not_a_number"),
            ("", "not_a_number"),
        ];
        for (text, code) in cases {
            assert_eq!(quantity_code(text), code, "{text}");
        }
        assert_eq!(quantity_code(&"9".repeat(30)), "too_large");
        assert_eq!(quantity_code("0.0000000001"), "too_fine");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let mut fields = Fields::new();
        fields.key("customer", "a b");
        fields.instant("occurred_at", "yesterday");
        assert_eq!(fields.finish().unwrap_err().errors.len(), 2);
    }
}
