//! The scope and the window of a limit on the wire.

use drawdown_domain::limit::{LimitScope, ROLLING_HOURS_MAX, Window};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Fields;
use super::words::Word;

/// Which runs a limit counts: those that match every dimension given; none given means all.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scope {
    /// Only this use case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "code")]
    pub use_case: Option<String>,
    /// Only this mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Only this platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Only this subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Only runs by this API key (its identifier).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `subject` or `key`: a counter of its own for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
}

impl Scope {
    /// Checks it.
    pub(super) fn check(&self, fields: &mut Fields) -> LimitScope {
        LimitScope {
            use_case: fields.optional_key("scope.use_case", self.use_case.as_deref()),
            mode: fields.optional_key("scope.mode", self.mode.as_deref()),
            platform: fields.optional_key("scope.platform", self.platform.as_deref()),
            subject: fields.optional_key("scope.subject", self.subject.as_deref()),
            key: self.key.as_deref().and_then(|key| fields.id("scope.key", key)),
            each: self
                .each
                .as_deref()
                .and_then(|each| fields.word("scope.each", each, Word::WORDS)),
        }
    }
}

impl From<&LimitScope> for Scope {
    fn from(scope: &LimitScope) -> Self {
        let text = |key: &Option<drawdown_domain::Key>| key.as_ref().map(ToString::to_string);
        Self {
            use_case: text(&scope.use_case),
            mode: text(&scope.mode),
            platform: text(&scope.platform),
            subject: text(&scope.subject),
            key: scope.key.map(|key| key.to_string()),
            each: scope.each.map(|each| each.word().to_owned()),
        }
    }
}

const WINDOWS: [(&str, Window); 5] = [
    ("day", Window::Day),
    ("week", Window::Week),
    ("month", Window::Month),
    ("billing_period", Window::BillingPeriod),
    ("lifetime", Window::Lifetime),
];

/// Reads a window: `day`, `week`, `month`, `billing_period`, `lifetime` or, for the last N hours, `N hours`.
pub(super) fn window(fields: &mut Fields, text: &str) -> Option<Window> {
    let hours = text.strip_suffix(" hours");
    if let Some(hours) = hours.filter(|hours| hours.bytes().all(|byte| byte.is_ascii_digit())) {
        let hours = fields.within(
            "window",
            hours.parse().unwrap_or(i64::MAX),
            1,
            i64::from(ROLLING_HOURS_MAX),
        )?;
        return u16::try_from(hours).ok().map(Window::RollingHours);
    }
    let found = WINDOWS
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, window)| *window);
    if found.is_none() {
        let words = "is one of day, week, month, billing_period, lifetime, N hours";
        fields.refuse("window", "unknown_value", words);
    }
    found
}

/// Writes a window.
pub(super) fn window_word(window: Window) -> String {
    match window {
        Window::RollingHours(hours) => format!("{hours} hours"),
        fixed => WINDOWS
            .iter()
            .find(|(_, known)| *known == fixed)
            .map_or("", |(word, _)| word)
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_reads_back_as_it_was_written() {
        let all = WINDOWS
            .iter()
            .map(|(_, window)| *window)
            .chain([Window::RollingHours(1), Window::RollingHours(720)]);
        for expected in all {
            let mut fields = Fields::new();
            assert_eq!(window(&mut fields, &window_word(expected)), Some(expected));
        }
        for bad in [
            "",
            "year",
            "0 hours",
            "721 hours",
            "-1 hours",
            "99999999999999999999 hours",
        ] {
            let mut fields = Fields::new();
            assert_eq!(window(&mut fields, bad), None, "{bad}");
            assert!(fields.finish().is_err(), "{bad}");
        }
    }
}
