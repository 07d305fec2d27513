//! A form of the catalogue as it was filled in: values by the names of their fields, read with every error at its field.
//!
//! These forms have as many fields as there are meters, tiers or modes, so that their names are not known beforehand.

use std::collections::{BTreeMap, BTreeSet};

use drawdown_domain::catalogue::Tier;
use drawdown_domain::{Credits, Currency, Key, Money};
use drawdown_service::ServiceError;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::typed;
use crate::unread::Unread;

/// What was filled in. What a browser does not send (an empty choice) is as if it were empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filled {
    #[serde(flatten)]
    values: BTreeMap<String, String>,
}

impl Filled {
    /// The value of a field, without spaces around it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| value.trim())
    }

    /// Whether the form has a field of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The rows that the form has of fields whose names are `prefixes` with the row's number behind.
    pub(crate) fn rows(&self, prefixes: &[&str]) -> BTreeSet<usize> {
        let of = |prefix: &&str| {
            let names = self.values.keys();
            names
                .filter_map(|name| name.strip_prefix(*prefix)?.parse().ok())
                .collect::<Vec<_>>()
        };
        prefixes.iter().flat_map(of).collect()
    }

    /// Names and values, as they were typed.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.values.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Reads it.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader {
            filled: self,
            unread: Unread::default(),
        }
    }
}

/// What the names of the fields of volume tiers begin with; the row follows.
fn tier_prefixes(prefix: &str) -> [String; 2] {
    ["above", "credits"].map(|field| format!("{prefix}{field}_"))
}

/// The names of the fields of one volume tier.
pub(crate) fn tier_names(prefix: &str, row: usize) -> (String, String) {
    let [above, credits] = tier_prefixes(prefix).map(|prefix| format!("{prefix}{row}"));
    (above, credits)
}

/// Reads a form and keeps what is wrong.
pub(crate) struct Reader<'a> {
    filled: &'a Filled,
    unread: Unread,
}

impl Reader<'_> {
    /// Notes an error at a field.
    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.unread.refuse(name, message);
    }

    fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.unread.take(name, read(self.filled.get(name)))
    }

    fn read_if_given<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if self.filled.get(name).is_empty() {
            return None;
        }
        self.read(name, read)
    }

    /// Text, without spaces around it; may be empty.
    pub(crate) fn text(&self, name: &str) -> String {
        self.filled.get(name).to_owned()
    }

    /// A box that is ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        !self.filled.get(name).is_empty()
    }

    /// The keys whose boxes are ticked: what their names say behind `prefix`.
    pub(crate) fn ticked_below(&self, prefix: &str) -> Vec<Key> {
        let pairs = self.filled.pairs().into_iter();
        let ticked = pairs.filter(|(_, value)| !value.is_empty());
        ticked
            .filter_map(|(name, _)| name.strip_prefix(prefix)?.parse().ok())
            .collect()
    }

    /// A key.
    pub(crate) fn key(&mut self, name: &str) -> Option<Key> {
        self.read(name, |text| text.parse().map_err(|error| format!("{error}")))
    }

    /// A key, or nothing.
    pub(crate) fn optional_key(&mut self, name: &str) -> Option<Key> {
        self.read_if_given(name, |text| text.parse().map_err(|error| format!("{error}")))
    }

    /// A number of zero or more.
    pub(crate) fn decimal(&mut self, name: &str) -> Option<Decimal> {
        self.read(name, typed::decimal).map(|number| number.normalize())
    }

    /// A number above zero.
    pub(crate) fn positive(&mut self, name: &str) -> Option<Decimal> {
        let number = self.decimal(name)?;
        if number.is_zero() {
            self.refuse(name, "more than zero");
            return None;
        }
        Some(number)
    }

    /// A number of zero or more, or nothing.
    pub(crate) fn optional_decimal(&mut self, name: &str) -> Option<Decimal> {
        self.read_if_given(name, typed::decimal)
            .map(|number| number.normalize())
    }

    /// A whole number above zero, or nothing.
    pub(crate) fn optional_count(&mut self, name: &str) -> Option<u32> {
        self.read_if_given(name, typed::count)
    }

    /// Credits.
    pub(crate) fn credits(&mut self, name: &str) -> Option<Credits> {
        self.read(name, typed::credits)
    }

    /// Credits, or nothing.
    pub(crate) fn optional_credits(&mut self, name: &str) -> Option<Credits> {
        self.read_if_given(name, typed::credits)
    }

    /// Money, or nothing.
    pub(crate) fn optional_money(&mut self, name: &str, currency: Currency) -> Option<Money> {
        self.read_if_given(name, |text| typed::money(text, currency))
    }

    /// One of several values.
    pub(crate) fn one_of<T: Copy>(&mut self, name: &str, values: &[(&str, T)]) -> Option<T> {
        let given = self.filled.get(name);
        let found = values
            .iter()
            .find(|(value, _)| *value == given)
            .map(|(_, found)| *found);
        if found.is_none() {
            self.refuse(name, "choose one");
        }
        found
    }

    /// Volume tiers, row by row; empty rows count for nothing.
    pub(crate) fn tiers(&mut self, prefix: &str) -> Vec<Tier> {
        let mut tiers: Vec<Tier> = Vec::new();
        let prefixes = tier_prefixes(prefix);
        for row in self.filled.rows(&prefixes.each_ref().map(String::as_str)) {
            let (above_name, credits_name) = tier_names(prefix, row);
            let both = [&above_name, &credits_name].map(|name| self.filled.get(name).is_empty());
            if both == [true, true] {
                continue;
            }
            let (above, credits) = (self.positive(&above_name), self.decimal(&credits_name));
            let (Some(above), Some(credits)) = (above, credits) else {
                continue;
            };
            if let Some(last) = tiers.last().filter(|last| above <= last.above) {
                let message = format!("more than {}, where the tier before begins", last.above);
                self.refuse(&above_name, message);
                continue;
            }
            tiers.push(Tier { above, credits });
        }
        tiers
    }

    /// The keys that a row of choices named `prefix0`, `prefix1`… chose, in their order; empty ones count for nothing.
    pub(crate) fn steps(&mut self, prefix: &str) -> Vec<Key> {
        let mut steps = Vec::new();
        for row in self.filled.rows(&[prefix]) {
            let name = format!("{prefix}{row}");
            let Some(key) = self.optional_key(&name) else { continue };
            if steps.contains(&key) {
                self.refuse(&name, format!("{key} stands there already"));
                continue;
            }
            steps.push(key);
        }
        steps
    }

    /// What was read, or everything that is wrong.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, ServiceError> {
        self.unread.finish(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(pairs: &[(&str, &str)]) -> Filled {
        let values = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Filled {
            values: values.collect(),
        }
    }

    #[test]
    fn a_form_comes_as_a_browser_sends_it() {
        let filled: Filled = serde_urlencoded::from_str("key=fast&own-context%3Atokens=1%2C000").unwrap();
        assert_eq!(filled.get("own-context:tokens"), "1,000");
        assert_eq!(filled.get("absent"), "");
    }

    #[test]
    fn tiers_are_read_row_by_row() {
        let form = filled(&[
            ("above_0", "100"),
            ("credits_0", "3"),
            ("above_2", "1 000"),
            ("credits_2", "2.5"),
        ]);
        let mut reader = form.reader();
        let tiers = reader.tiers("");
        assert_eq!(tiers.len(), 2);
        assert_eq!(tiers[1].above, Decimal::from(1_000));
        assert!(reader.finish(Some(())).is_ok());
    }

    #[test]
    fn a_form_is_read_as_far_as_it_has_rows() {
        let rows: Vec<[String; 2]> = (0..45)
            .map(|row| [format!("above_{row}"), (10 * (row + 1)).to_string()])
            .collect();
        let above = rows.iter().map(|[name, value]| (name.as_str(), value.as_str()));
        let credits: Vec<String> = (0..45).map(|row| format!("credits_{row}")).collect();
        let credits = credits.iter().map(|name| (name.as_str(), "2"));
        let form = filled(&above.chain(credits).collect::<Vec<_>>());
        let tiers = form.reader().tiers("");
        assert_eq!((tiers.len(), tiers[44].above), (45, Decimal::from(450)));
        let steps: Vec<(String, String)> = (0..25)
            .map(|row| (format!("step_{row}"), format!("mode-{row}")))
            .collect();
        let form = filled(
            &steps
                .iter()
                .map(|(name, key)| (name.as_str(), key.as_str()))
                .collect::<Vec<_>>(),
        );
        let steps = form.reader().steps("step_");
        assert_eq!((steps.len(), steps[24].as_str()), (25, "mode-24"));
    }

    #[test]
    fn everything_wrong_is_told_at_its_field() {
        let form = filled(&[
            ("above_0", "100"),
            ("credits_0", "3"),
            ("above_1", "100"),
            ("credits_1", "2"),
            ("above_2", "200"),
            ("key", "two words"),
            ("step0", "fast"),
            ("step1", "fast"),
        ]);
        let mut reader = form.reader();
        reader.tiers("");
        reader.key("key");
        reader.steps("step");
        let Err(ServiceError::Invalid(errors)) = reader.finish(Some(())) else {
            panic!("refused")
        };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["above_1", "credits_2", "key", "step1"]);
    }
}
