//! What charts show, as options for the chart script: data in, series out.
//!
//! Colours are names of the style sheet (`var(--accent)`), which the chart script resolves for the reader's scheme.
//! Times and labels come finished from the service. The same data stands beside each chart as a table.

pub mod axes;
pub mod burn_down;
pub mod portfolio;
pub mod usage;

use drawdown_domain::Credits;
use serde_json::{Value, json};

/// A chart, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Its identifier, unique on the page.
    pub id: &'static str,
    /// What it shows, in a sentence: its text alternative.
    pub finding: String,
    /// The option for the chart script.
    pub option: Value,
    /// What the colours and lines mean.
    pub legend: Vec<Legend>,
}

/// One entry of a legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legend {
    /// Its word.
    pub word: String,
    /// The class of its swatch.
    pub swatch: String,
}

impl Legend {
    fn new(word: impl Into<String>, swatch: impl Into<String>) -> Self {
        Self {
            word: word.into(),
            swatch: swatch.into(),
        }
    }
}

/// The option with what our own script adds to it: unit, sum and bands of the tooltip.
fn with_ours(chart: &charming::Chart, ours: Value) -> Value {
    let mut option = serde_json::to_value(chart).unwrap_or_else(|_| json!({}));
    option["drawdown"] = ours;
    // Live pages draw again and again: what did not change must not move.
    option["animation"] = json!(false);
    option
}

/// Credits as a chart's number. Charts are read to three digits: the exact value is in the table.
fn number(credits: Credits) -> f64 {
    credits.to_string().parse().unwrap_or(0.0)
}
