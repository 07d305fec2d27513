//! Reads a TOML document table by table and collects everything that is wrong with it: each error names the key by its
//! full path, the line, and what would be right.

use std::str::FromStr;

use drawdown_domain::Key;
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{FieldError, FieldErrors, ServiceError};

/// The code of a name that the rate card does not have.
const UNKNOWN: &str = "unknown";

/// A document, with the errors found in it so far.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    text: &'t str,
    tells_lines: bool,
    errors: FieldErrors,
}

/// A table of the document and the path that leads to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'d> {
    path: &'d str,
    entries: &'d DeTable<'d>,
    at: usize,
}

/// A value with its full path.
#[derive(Debug)]
pub(super) struct Entry<'d> {
    /// Full path, such as `plans.trial.kind`.
    pub(super) path: String,
    value: &'d DeValue<'d>,
    at: usize,
}

impl Entry<'_> {
    /// True where the value is a table.
    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }
}

impl<'d> Table<'d> {
    /// The document's root.
    pub(super) fn root(document: &'d Spanned<DeTable<'d>>) -> Self {
        Self {
            path: "",
            entries: document.get_ref(),
            at: 0,
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<Entry<'d>> {
        self.entries.get(key).map(|value| Entry {
            path: self.path_of(key),
            value: value.get_ref(),
            at: value.span().start,
        })
    }

    /// True where no key is there.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All keys and values, in the order of the keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, Entry<'d>)> + use<'d> {
        let path = self.path;
        self.entries.iter().map(move |(key, value)| {
            let name: &str = key.get_ref();
            let full = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            };
            let entry = Entry {
                path: full,
                value: value.get_ref(),
                at: value.span().start,
            };
            (name, entry)
        })
    }
}

impl<'t> Reader<'t> {
    /// A reader of that text, which somebody has written.
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            tells_lines: true,
            errors: FieldErrors::default(),
        }
    }

    /// A reader of a text that was made of something else: nobody knows its lines.
    pub(super) fn without_lines(text: &'t str) -> Self {
        Self {
            tells_lines: false,
            ..Self::new(text)
        }
    }

    /// Parses the document; a syntax error names its line.
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'t>>, ServiceError> {
        DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            ServiceError::Invalid(vec![FieldError {
                field: "file".to_owned(),
                code: "not_toml",
                message: format!("line {}: {}", self.line(at), error.message()),
            }])
        })
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        1 + before.matches('\n').count()
    }

    /// A message with the line that it is about.
    fn told(&self, at: usize, message: &str) -> String {
        if self.tells_lines {
            format!("line {}: {message}", self.line(at))
        } else {
            message.to_owned()
        }
    }

    /// Notes what is wrong with an entry, and what would be right.
    pub(super) fn wrong(&mut self, entry: &Entry<'_>, code: &'static str, message: &str) {
        let message = self.told(entry.at, message);
        self.errors.add(entry.path.as_str(), code, message);
    }

    /// Notes that a key is missing from a table.
    pub(super) fn missing(&mut self, table: &Table<'_>, key: &str, remedy: &str) {
        let message = self.told(table.at, &format!("{key} is missing; {remedy}"));
        self.errors.add(table.path_of(key), "required", message);
    }

    /// How much was noted so far.
    pub(super) fn noted(&self) -> usize {
        self.errors.len()
    }

    /// Takes back what was noted since then of names that the rate card does not have.
    pub(super) fn allow_unknown(&mut self, since: usize) {
        self.errors.forget(since, UNKNOWN);
    }

    /// Everything that was noted.
    pub(super) fn finish(self) -> Result<(), ServiceError> {
        self.errors.finish()
    }

    /// Notes every key that is not one of `known`.
    pub(super) fn only(&mut self, table: &Table<'_>, known: &[&str]) {
        for (name, entry) in table.entries() {
            if !known.contains(&name) {
                let message = format!("there is no such setting here; known are {}", known.join(", "));
                self.wrong(&entry, "unknown_key", &message);
            }
        }
    }

    /// The entry as a table.
    pub(super) fn table<'d>(&mut self, entry: &'d Entry<'d>) -> Option<Table<'d>> {
        let table = entry.value.as_table().map(|entries| Table {
            path: &entry.path,
            entries,
            at: entry.at,
        });
        if table.is_none() {
            self.wrong(entry, "not_a_table", "a table is expected here");
        }
        table
    }

    /// The entries of a list, each with its place in the path: `tiers[2]` is the second.
    pub(super) fn items<'d>(&mut self, entry: &Entry<'d>) -> Vec<Entry<'d>> {
        let Some(array) = entry.value.as_array() else {
            self.wrong(entry, "not_a_list", "a list such as [{ … }, { … }] is expected");
            return Vec::new();
        };
        let items = array.iter().enumerate().map(|(place, item)| Entry {
            path: format!("{}[{}]", entry.path, place + 1),
            value: item.get_ref(),
            at: item.span().start,
        });
        items.collect()
    }

    /// The entry as text that is not empty.
    pub(super) fn text(&mut self, entry: &Entry<'_>) -> Option<String> {
        let text = entry.value.as_str().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(entry, "not_text", "a text in quotes is expected here");
        }
        text.map(str::to_owned)
    }

    /// The entry as something that is written as a text, such as a kind or a currency.
    pub(super) fn parsed<T: FromStr>(&mut self, entry: &Entry<'_>, remedy: &str) -> Option<T> {
        let text = self.text(entry)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.wrong(entry, "not_valid", remedy);
        }
        parsed
    }

    /// The entry as one of a few words.
    pub(super) fn word<T: Copy>(&mut self, entry: &Entry<'_>, words: &[(&str, T)]) -> Option<T> {
        let found = entry
            .value
            .as_str()
            .and_then(|text| words.iter().find(|(word, _)| *word == text));
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(entry, "not_valid", &format!("one of {} is expected", known.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// The entry as an exact decimal, zero or more: a text, or a whole number.
    pub(super) fn decimal(&mut self, entry: &Entry<'_>) -> Option<Decimal> {
        let text = match entry.value {
            DeValue::String(text) => Some(text.as_ref().to_owned()),
            DeValue::Integer(number) => Some(number.to_string()),
            _ => None,
        };
        let decimal = text
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
            .and_then(|text| Decimal::from_str_exact(&text).ok());
        if decimal.is_none() {
            let remedy = "a plain decimal number in quotes, zero or more, is expected, such as \"0.25\"";
            self.wrong(entry, "not_a_decimal", remedy);
        }
        decimal
    }

    /// The entry as an exact decimal above zero.
    pub(super) fn positive(&mut self, entry: &Entry<'_>) -> Option<Decimal> {
        let decimal = self.decimal(entry)?;
        if decimal.is_zero() {
            self.wrong(entry, "not_positive", "it must be above zero");
            return None;
        }
        Some(decimal)
    }

    /// The entry as a whole number, one or more.
    pub(super) fn count(&mut self, entry: &Entry<'_>) -> Option<u32> {
        let number = entry
            .value
            .as_integer()
            .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| *number >= 1);
        if number.is_none() {
            self.wrong(entry, "not_a_count", "a whole number, one or more, is expected");
        }
        number
    }

    /// The entry as true or false.
    pub(super) fn flag(&mut self, entry: &Entry<'_>) -> Option<bool> {
        let flag = entry.value.as_bool();
        if flag.is_none() {
            self.wrong(entry, "not_a_flag", "true or false is expected");
        }
        flag
    }

    /// A name of the document that is a key.
    pub(super) fn key(&mut self, name: &str, entry: &Entry<'_>) -> Option<Key> {
        let key = name.parse().ok();
        if key.is_none() {
            self.wrong(
                entry,
                "not_a_key",
                "a key has 1 to 128 ASCII letters, digits and _ - . : @",
            );
        }
        key
    }

    /// Notes that an entry names what the rate card does not have.
    pub(super) fn unknown(&mut self, entry: &Entry<'_>, noun: &str, name: &str) {
        self.wrong(entry, UNKNOWN, &format!("there is no {noun} {name} in the rate card"));
    }

    /// The entry as a list of keys that are all among `known`.
    pub(super) fn keys(&mut self, entry: &Entry<'_>, noun: &str, known: impl Fn(&Key) -> bool) -> Option<Vec<Key>> {
        let Some(array) = entry.value.as_array() else {
            self.wrong(entry, "not_a_list", "a list such as [\"a\", \"b\"] is expected");
            return None;
        };
        let mut keys = Vec::new();
        for item in array {
            let at = item.span().start;
            let value = item.get_ref();
            let path = entry.path.clone();
            let item = Entry { path, value, at };
            let Some(text) = self.text(&item) else { continue };
            let key = text.parse::<Key>().ok();
            if !key.as_ref().is_some_and(&known) {
                self.unknown(&item, noun, &text);
            }
            match key {
                Some(key) if keys.contains(&key) => self.wrong(&item, "repeated", &format!("{text} is named twice")),
                Some(key) => keys.push(key),
                None => {}
            }
        }
        Some(keys)
    }
}
