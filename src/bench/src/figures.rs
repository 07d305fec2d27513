//! The arithmetic of the results: medians, and requirements that a figure reaches or not.

use serde::Serialize;

/// The middle of the values, or the mean of the two in the middle; zero where there are none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// What a line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Required {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Required {
    /// Whether a figure is good enough. What is no number never is.
    pub(crate) fn reached_by(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(least) => figure >= least,
            Self::AtMost(most) => figure <= most,
        }
    }

    /// As people read it.
    pub(crate) fn words(self) -> String {
        match self {
            Self::AtLeast(least) => format!("at least {least}"),
            Self::AtMost(most) => format!("at most {most}"),
        }
    }
}

/// A figure with three digits that count, or all before the point, in groups.
pub(crate) fn shown(figure: f64) -> String {
    let magnitude = figure.abs();
    if magnitude >= 100.0 {
        return grouped(&format!("{figure:.0}"));
    }
    if magnitude >= 10.0 {
        return format!("{figure:.1}");
    }
    format!("{figure:.2}")
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let mut text = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        let close = |values: &[f64], expected: f64| (median(values) - expected).abs() < 1e-9;
        assert!(close(&[], 0.0));
        assert!(close(&[7.0], 7.0));
        assert!(close(&[9.0, 1.0, 5.0], 5.0));
        assert!(close(&[4.0, 1.0, 2.0, 100.0], 3.0));
    }

    #[test]
    fn requirements_are_met_at_their_limit_and_never_by_nothing() {
        assert!(Required::AtLeast(1.2).reached_by(1.2) && !Required::AtLeast(1.2).reached_by(1.199));
        assert!(Required::AtMost(5.0).reached_by(5.0) && !Required::AtMost(5.0).reached_by(5.01));
        assert!(!Required::AtLeast(0.9).reached_by(f64::NAN) && !Required::AtMost(1.0).reached_by(f64::NAN));
    }

    #[test]
    fn figures_are_shown_by_their_size() {
        assert_eq!(shown(1.234), "1.23");
        assert_eq!(shown(12.34), "12.3");
        assert_eq!(shown(1_234_567.8), "1\u{202f}234\u{202f}568");
        assert_eq!(shown(-1234.0), "-1\u{202f}234");
        assert_eq!(shown(100.4), "100");
    }
}
