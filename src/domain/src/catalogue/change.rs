//! What a new version changes, as lines that people read before they publish: what, from, to.
//!
//! Both versions are written out as named lines in a fixed order and the lines compared, so that nothing that is
//! priced or agreed can change without a line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rust_decimal::Decimal;

use super::{Rate, Rates, Tier, UseCase};
use crate::key::Key;

/// One thing that differs between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is: `use case render, meter images`.
    pub what: String,
    /// As it was; `None` where it is new.
    pub from: Option<String>,
    /// As it becomes; `None` where it goes.
    pub to: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "{}: {from} -> {to}", self.what),
            (None, Some(to)) => write!(f, "{}: new, {to}", self.what),
            (Some(from), None) => write!(f, "{}: removed, was {from}", self.what),
            (None, None) => f.write_str(&self.what),
        }
    }
}

/// A version written out: named lines in the order in which they are read. No two have the same name.
pub(crate) type Lines = Vec<(String, String)>;

/// The lines that differ: those of the new version in its order, then those that are gone.
pub(crate) fn changes(old: &Lines, new: &Lines) -> Vec<Change> {
    let before: BTreeMap<&str, &str> = pairs(old).collect();
    let after: BTreeSet<&str> = pairs(new).map(|(what, _)| what).collect();
    let changed = pairs(new).filter_map(|(what, to)| {
        let from = before.get(what).copied();
        (from != Some(to)).then(|| Change {
            what: what.to_owned(),
            from: from.map(str::to_owned),
            to: Some(to.to_owned()),
        })
    });
    let gone = pairs(old).filter(|(what, _)| !after.contains(what));
    let gone = gone.map(|(what, from)| Change {
        what: what.to_owned(),
        from: Some(from.to_owned()),
        to: None,
    });
    changed.chain(gone).collect()
}

fn pairs(lines: &Lines) -> impl Iterator<Item = (&str, &str)> {
    lines.iter().map(|(what, value)| (what.as_str(), value.as_str()))
}

/// Keys as people list them: `fast, relaxed`.
pub(crate) fn listed(keys: &[Key]) -> String {
    keys.iter().map(Key::as_str).collect::<Vec<_>>().join(", ")
}

impl Rates {
    /// What `new` changes, line by line; empty where both price alike.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        changes(&self.lines(), &new.lines())
    }

    fn lines(&self) -> Lines {
        let mut lines = Lines::new();
        for (what, multipliers) in [("mode", &self.modes), ("platform", &self.platforms)] {
            for (key, multiplier) in multipliers {
                lines.push((format!("{what} {key}"), format!("× {}", multiplier.normalize())));
            }
        }
        for (key, use_case) in &self.use_cases {
            use_case.write(key, &mut lines);
        }
        lines
    }
}

impl UseCase {
    fn write(&self, key: &Key, lines: &mut Lines) {
        let mut line = |what: String, value: String| lines.push((format!("use case {key}{what}"), value));
        line(String::new(), self.name.clone());
        if !self.ladder.is_empty() {
            line(", modes".to_owned(), listed(&self.ladder));
        }
        for (meter, rate) in &self.meters {
            line(format!(", meter {meter}"), price_words(rate, rate.credits, &rate.tiers));
        }
        if let Some(minimum) = self.minimum {
            line(
                ", least of a run".to_owned(),
                format!("{} credits", minimum.normalize()),
            );
        }
        for exception in &self.exceptions {
            for (meter, own) in &exception.meters {
                let what = format!(", meter {meter} for {} on {}", exception.mode, exception.platform);
                let value = self.meters.get(meter).map_or_else(
                    || format!("{} credits", own.credits.normalize()),
                    |rate| price_words(rate, own.credits, &own.tiers),
                );
                line(what, value);
            }
        }
    }
}

/// `4 credits per image; above 100: 3`.
fn price_words(rate: &Rate, credits: Decimal, tiers: &[Tier]) -> String {
    let unit = rate.unit.as_deref().unwrap_or("unit");
    let per = rate.per.normalize();
    let credits = credits.normalize();
    let base = if per == Decimal::ONE {
        format!("{credits} credits per {unit}")
    } else {
        format!("{credits} credits per {per} × {unit}")
    };
    let beyond = tiers
        .iter()
        .map(|tier| format!("above {}: {}", tier.above.normalize(), tier.credits.normalize()));
    std::iter::once(base).chain(beyond).collect::<Vec<_>>().join("; ")
}
