//! Names and short phrases: how scopes, windows, grants, postings and quantities read.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::format;
use drawdown_domain::grant::GrantKind;
use drawdown_domain::limit::{Each, LimitScope, Throttle, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window};
use drawdown_domain::posting::LedgerAccount;
use drawdown_domain::{Credits, Key, Quantity};

/// A use case's name; its key, where it is not sold any more.
pub(crate) fn use_case_name(rates: &Rates, key: &str) -> String {
    rates
        .use_cases
        .get(key)
        .map_or_else(|| key.to_owned(), |use_case| use_case.name.clone())
}

/// Which runs a limit counts: `Image render, fast, ios`, `Everything, each subject on its own`.
pub(crate) fn scope(rates: &Rates, scope: &LimitScope) -> String {
    let mut parts = vec![match &scope.use_case {
        Some(key) => use_case_name(rates, key.as_str()),
        None => "Everything".to_owned(),
    }];
    parts.extend([&scope.mode, &scope.platform].into_iter().flatten().map(Key::to_string));
    parts.extend(scope.subject.as_ref().map(|subject| format!("subject {subject}")));
    parts.extend(scope.key.as_ref().map(|key| format!("API key {key}")));
    parts.extend(scope.each.map(|each| {
        match each {
            Each::Subject => "each subject on its own",
            Each::Key => "each API key on its own",
        }
        .to_owned()
    }));
    parts.join(", ")
}

/// A window, as in "500 credits a day".
pub(crate) fn window(window: Window) -> String {
    match window {
        Window::Day => "a day".to_owned(),
        Window::Week => "a week".to_owned(),
        Window::Month => "a month".to_owned(),
        Window::BillingPeriod => "a billing period".to_owned(),
        Window::RollingHours(1) => "in any hour".to_owned(),
        Window::RollingHours(hours) => format!("in any {hours} hours"),
        Window::Lifetime => "in all".to_owned(),
    }
}

/// A window, as in "its daily cap".
pub(crate) fn window_adjective(window: Window) -> String {
    match window {
        Window::Day => "daily".to_owned(),
        Window::Week => "weekly".to_owned(),
        Window::Month => "monthly".to_owned(),
        Window::BillingPeriod => "billing period".to_owned(),
        Window::RollingHours(hours) => format!("{hours}-hour"),
        Window::Lifetime => "lifetime".to_owned(),
    }
}

/// `an hour`.
pub(crate) const fn period(per: ThrottlePeriod) -> &'static str {
    match per {
        ThrottlePeriod::Second => "a second",
        ThrottlePeriod::Minute => "a minute",
        ThrottlePeriod::Hour => "an hour",
        ThrottlePeriod::Day => "a day",
    }
}

/// A throttle's rule: `50 runs a minute, at most 10 at once; beyond that a slower mode`.
pub(crate) fn throttle_rule(throttle: &Throttle) -> String {
    let (amount, unit) = match throttle.limit {
        ThrottleLimit::Requests(1) => ("1".to_owned(), "run"),
        ThrottleLimit::Requests(count) => (format::count(i64::from(count)), "runs"),
        ThrottleLimit::Credits(credits) => (format::credits(credits), "credits"),
    };
    let per = period(throttle.per);
    let burst = throttle.burst.map_or_else(String::new, |burst| {
        format!(", at most {} at once", format::count(i64::from(burst)))
    });
    let then = match throttle.then {
        ThrottleThen::Reject => "beyond that runs are refused",
        ThrottleThen::Degrade => "beyond that runs use a slower mode",
    };
    format!("{amount} {unit} {per}{burst}; {then}")
}

/// Where a grant's credits come from.
pub(crate) fn grant_source(kind: GrantKind) -> &'static str {
    match kind {
        GrantKind::Trial => "Trial",
        GrantKind::Allotment => "Allotment",
        GrantKind::Purchase => "Top-up",
        GrantKind::Commitment => "Commitment",
        GrantKind::Promotional => "Gift",
        GrantKind::Adjustment => "Adjustment",
        GrantKind::Rollover => "Carried over",
    }
}

/// What a posting did.
pub(crate) fn posting(from: LedgerAccount, to: LedgerAccount) -> &'static str {
    use LedgerAccount::{Available, Burned, Expired, Forgiven, Held, Issued, Owed, Voided};
    match (from, to) {
        (Issued, Voided) => "Voided before it was paid",
        (Issued, _) => "Granted",
        (Available, Held) => "Reserved for runs",
        (Held, Available) => "Returned from runs",
        (Available | Held, Burned) => "Used",
        (Burned, Available | Held) => "Given back",
        (Expired, Burned) => "Used late, from credits that had expired",
        (Expired, Voided) => "Carried over into a new grant",
        (Available | Held, Expired) => "Expired",
        (Available | Held, Voided) => "Voided",
        (Held, _) => "Moved from runs",
        (Owed, Burned) => "Owed usage settled",
        (Owed, Forgiven) => "Owed usage forgiven",
        (_, Owed) => "Used beyond the credits",
        (_, Forgiven) => "Forgiven",
        _ => "Moved",
    }
}

/// How a posting changes what can be burned.
pub(crate) fn posting_change(from: LedgerAccount, to: LedgerAccount, credits: Credits) -> Credits {
    if to == LedgerAccount::Available {
        credits
    } else if from == LedgerAccount::Available {
        Credits::from_micros(-credits.micros())
    } else {
        Credits::ZERO
    }
}

/// Quantities with their units: `12,400 context tokens, 310 generated tokens`.
pub(crate) fn quantities(rates: &Rates, use_case: &Key, quantities: &BTreeMap<Key, Quantity>) -> String {
    let meters = rates.use_cases.get(use_case).map(|found| &found.meters);
    let parts: Vec<String> = quantities
        .iter()
        .map(|(meter, quantity)| {
            let named = meters.and_then(|meters| meters.get(meter)?.unit.clone());
            let unit = named.unwrap_or_else(|| singular(meter));
            let unit = if *quantity == Quantity::from(1) {
                unit
            } else {
                plural(unit)
            };
            format!("{} {unit}", quantity_figure(*quantity))
        })
        .collect();
    parts.join(", ")
}

/// One of what a meter counts, by its key: `context_tokens` counts a `context token`.
fn singular(meter: &Key) -> String {
    let words = meter.as_str().replace('_', " ");
    words.strip_suffix('s').map(str::to_owned).unwrap_or(words)
}

/// More than one of a unit.
fn plural(unit: String) -> String {
    if unit.ends_with('s') {
        unit
    } else if unit.ends_with("ch") || unit.ends_with("sh") || unit.ends_with('x') {
        unit + "es"
    } else {
        unit + "s"
    }
}

/// A quantity in full, thousands separated.
fn quantity_figure(quantity: Quantity) -> String {
    let text = quantity.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), format::count);
    if part.is_empty() {
        whole
    } else {
        format!("{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_separators_and_units() {
        let rates = Rates {
            modes: BTreeMap::new(),
            platforms: BTreeMap::new(),
            use_cases: BTreeMap::new(),
        };
        let key = |text: &str| text.parse::<Key>().unwrap();
        let used = BTreeMap::from([
            (key("context_tokens"), "12400".parse().unwrap()),
            (key("images"), "1".parse().unwrap()),
            (key("minute"), "2.5".parse().unwrap()),
            (key("search"), "3".parse().unwrap()),
        ]);
        assert_eq!(
            quantities(&rates, &key("code"), &used),
            "12,400 context tokens, 1 image, 2.5 minutes, 3 searches"
        );
    }
}
