//! Rates in words and figures, as the pages of the rate card show them.

use drawdown_domain::Key;
use drawdown_domain::catalogue::{Rate, Tier, UseCase};
use rust_decimal::Decimal;

/// `1,250.5`: as it is, with thousands separated.
pub(crate) fn number(number: Decimal) -> String {
    let text = number.normalize().to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("−", rest));
    let (whole, part) = text
        .split_once('.')
        .map_or((text, None), |(whole, part)| (whole, Some(part)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match part {
        Some(part) => format!("{sign}{grouped}.{part}"),
        None => format!("{sign}{grouped}"),
    }
}

/// `1 credit`, `0.5 credits`.
pub(crate) fn credits_of(credits: Decimal) -> String {
    let unit = if credits == Decimal::ONE { "credit" } else { "credits" };
    format!("{} {unit}", number(credits))
}

/// `image`, `1,000 × token`: what the credits of a rate buy.
pub(crate) fn units_of(rate: &Rate) -> String {
    let unit = rate.unit.as_deref().unwrap_or("unit");
    if rate.per == Decimal::ONE {
        unit.to_owned()
    } else {
        format!("{} × {unit}", number(rate.per))
    }
}

/// `2 credits per 1,000 × token`.
pub(crate) fn rate_words(rate: &Rate, credits: Decimal) -> String {
    format!("{} per {}", credits_of(credits), units_of(rate))
}

/// `above 100: 3; above 1,000: 2`.
pub(crate) fn tier_words(tiers: &[Tier]) -> String {
    let words = tiers
        .iter()
        .map(|tier| format!("above {}: {}", number(tier.above), number(tier.credits)));
    words.collect::<Vec<_>>().join("; ")
}

/// `fast → relaxed`.
pub(crate) fn ladder_words(ladder: &[Key]) -> String {
    if ladder.is_empty() {
        return "every mode, never degraded".to_owned();
    }
    ladder.iter().map(Key::as_str).collect::<Vec<_>>().join(" → ")
}

/// `Key code. Modes: fast → relaxed. A run costs at least 0.5 credits.`
pub(crate) fn use_case_words(key: &Key, use_case: &UseCase) -> String {
    let least = use_case.minimum.map_or_else(String::new, |minimum| {
        format!(" A run that costs anything costs at least {}.", credits_of(minimum))
    });
    format!("Key {key}. Modes: {}.{least}", ladder_words(&use_case.ladder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_and_grouped() {
        for (text, shown) in [
            ("1250.500", "1,250.5"),
            ("1000000", "1,000,000"),
            ("0.000001", "0.000001"),
            ("-12.5", "−12.5"),
            ("100", "100"),
        ] {
            assert_eq!(number(text.parse().unwrap()), shown);
        }
    }

    #[test]
    fn rates_are_told_with_their_unit() {
        let mut rate = Rate::flat(2.into(), 1000.into());
        assert_eq!(rate_words(&rate, rate.credits), "2 credits per 1,000 × unit");
        rate.unit = Some("image".to_owned());
        rate.per = Decimal::ONE;
        assert_eq!(rate_words(&rate, Decimal::ONE), "1 credit per image");
        assert_eq!(
            tier_words(&[Tier {
                above: 1000.into(),
                credits: "1.5".parse().unwrap()
            }]),
            "above 1,000: 1.5"
        );
    }
}
