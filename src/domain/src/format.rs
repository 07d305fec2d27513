//! Amounts as people read them, the same on the server and in the browser: thousands separated by commas, at most two
//! decimals unless the value is smaller, money with its sign. For programs see `Display` of the types themselves.

use rust_decimal::RoundingStrategy;

use crate::credits::{Credits, MICROS_PER_CREDIT};
use crate::money::Money;
use crate::quantity::Quantity;
use crate::timestamp::{MICROS_PER_SECOND, Timestamp};

/// Micro-credits in a hundredth of a credit.
const MICROS_PER_HUNDREDTH: u64 = 10_000;

/// Signs that stand before the amount; other currencies follow it by their code.
const SIGNS: [(&str, &str); 5] = [("USD", "$"), ("EUR", "€"), ("GBP", "£"), ("JPY", "¥"), ("INR", "₹")];

/// Credits with at most two decimals, rounded half-even; below a hundredth with two significant digits: `6,412`, `1.3`,
/// `0.0012`, `−20`, `0`.
pub fn credits(credits: Credits) -> String {
    let micros = credits.micros().unsigned_abs();
    let step = if micros >= MICROS_PER_HUNDREDTH {
        MICROS_PER_HUNDREDTH
    } else {
        step_of_two_digits(micros)
    };
    signed(credits.is_negative(), &decimal(half_even(micros, step) * step))
}

/// Credits to the micro-credit: `6,412.123456`.
pub fn credits_exact(credits: Credits) -> String {
    signed(credits.is_negative(), &decimal(credits.micros().unsigned_abs()))
}

/// Credits where there is little room, with at most three digits: `412`, `3.1k`, `10k`, `2.5M`.
pub fn credits_short(credits: Credits) -> String {
    const UNITS: [&str; 5] = ["", "k", "M", "G", "T"];
    let whole = half_even(credits.micros().unsigned_abs(), MICROS_PER_CREDIT.unsigned_abs());
    if whole < 1_000 {
        return self::credits(credits);
    }
    // In tenths of the unit, so that 999.96 k becomes 1 M.
    let mut scale: u64 = 1_000;
    let mut unit = 1;
    while unit + 1 < UNITS.len() && half_even(whole, scale) >= 1_000 {
        scale = scale.saturating_mul(1_000);
        unit += 1;
    }
    let units = half_even(whole, scale);
    let tenths = half_even(whole, scale / 10);
    let number = match tenths % 10 {
        tenth if tenth > 0 && units < 100 => format!("{}.{tenth}", tenths / 10),
        _ => units.to_string(),
    };
    signed(credits.is_negative(), &format!("{number}{}", UNITS[unit]))
}

/// Money with its sign, or with its code behind: `$64.12`, `¥6,412`, `64.12 CHF`.
pub fn money(money: Money) -> String {
    let places = money.currency.places();
    let scale = 10_u64.pow(places);
    let minor = money.minor.unsigned_abs();
    let whole = thousands(minor / scale);
    let number = match usize::try_from(places) {
        Ok(width) if width > 0 => format!("{whole}.{:0width$}", minor % scale),
        _ => whole,
    };
    let shown = match SIGNS.iter().find(|(code, _)| *code == money.currency.as_str()) {
        Some((_, sign)) => format!("{sign}{number}"),
        None => format!("{number} {}", money.currency),
    };
    signed(money.minor < 0, &shown)
}

/// A number of things: `1,204`.
pub fn count(number: i64) -> String {
    signed(number < 0, &thousands(number.unsigned_abs()))
}

/// A metered quantity with at most two decimals, or in full below a hundredth: `1,250.5`.
pub fn quantity(quantity: Quantity) -> String {
    let exact = quantity.to_decimal();
    let rounded = exact.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven);
    let shown = if rounded.is_zero() { exact } else { rounded };
    let text = shown.normalize().to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    if part.is_empty() {
        whole
    } else {
        format!("{whole}.{part}")
    }
}

/// How much `part` is of `whole` in whole percent, cut: 99 until it is really 100. `None` where the whole is zero.
pub fn percent(part: Credits, whole: Credits) -> Option<i64> {
    if whole.is_zero() {
        return None;
    }
    let percent = i128::from(part.micros()) * 100 / i128::from(whole.micros());
    i64::try_from(percent).ok()
}

/// A span of time in its largest sensible unit, cut: `45 seconds`, `6 hours`, `23 days`.
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (number, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        172_800..=5_183_999 => (seconds / 86_400, "day"),
        5_184_000..=63_071_999 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", count(number))
}

/// When `at` is, seen from `now`: `in 6 hours`, `5 minutes ago`, `now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.micros_since(now) / MICROS_PER_SECOND;
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {}", duration(seconds)),
        _ => format!("{} ago", duration(seconds.saturating_neg())),
    }
}

fn signed(negative: bool, amount: &str) -> String {
    if negative && amount != "0" {
        format!("−{amount}")
    } else {
        amount.to_owned()
    }
}

/// `micros` as a decimal without trailing zeros.
fn decimal(micros: u64) -> String {
    let per_credit = MICROS_PER_CREDIT.unsigned_abs();
    let whole = thousands(micros / per_credit);
    match micros % per_credit {
        0 => whole,
        part => format!("{whole}.{}", format!("{part:06}").trim_end_matches('0')),
    }
}

/// The step at which `micros` keeps two significant digits.
fn step_of_two_digits(micros: u64) -> u64 {
    match micros {
        0..100 => 1,
        100..1_000 => 10,
        _ => 100,
    }
}

/// `amount / step`, rounded half-even.
fn half_even(amount: u64, step: u64) -> u64 {
    let (quotient, rest) = (amount / step, amount % step);
    let up = rest * 2 > step || (rest * 2 == step && quotient % 2 == 1);
    quotient + u64::from(up)
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Credits {
        text.parse().unwrap()
    }

    #[test]
    fn credits_are_short_but_never_nothing() {
        let table = [
            ("0", "0"),
            ("6412", "6,412"),
            ("6412.5", "6,412.5"),
            ("6412.345", "6,412.34"),
            ("6412.355", "6,412.36"),
            ("0.999999", "1"),
            ("0.01", "0.01"),
            ("0.001234", "0.0012"),
            ("0.000004", "0.000004"),
            ("0.000995", "0.001"),
            ("-20", "−20"),
            ("-0.000001", "−0.000001"),
            ("1234567890123", "1,234,567,890,123"),
        ];
        for (given, shown) in table {
            assert_eq!(credits(of(given)), shown, "{given}");
        }
        assert_eq!(credits(Credits::MAX), "9,223,372,036,854.78");
    }

    #[test]
    fn exact_credits_keep_every_digit() {
        assert_eq!(credits_exact(of("6412.123456")), "6,412.123456");
        assert_eq!(credits_exact(of("-1200")), "−1,200");
    }

    #[test]
    fn short_credits_have_three_digits_at_most() {
        let table = [
            ("0", "0"),
            ("412", "412"),
            ("1.3", "1.3"),
            ("1000", "1k"),
            ("3120", "3.1k"),
            ("10000", "10k"),
            ("123456", "123k"),
            ("999960", "1M"),
            ("2500000", "2.5M"),
            ("-3120", "−3.1k"),
            ("1234567890123", "1.2T"),
        ];
        for (given, shown) in table {
            assert_eq!(credits_short(of(given)), shown, "{given}");
        }
    }

    #[test]
    fn money_has_the_places_of_its_currency() {
        let table = [
            (6_412, "USD", "$64.12"),
            (123_456_700, "EUR", "€1,234,567.00"),
            (6_412, "JPY", "¥6,412"),
            (5, "CHF", "0.05 CHF"),
            (1_234, "KWD", "1.234 KWD"),
            (-250, "USD", "−$2.50"),
        ];
        for (minor, currency, shown) in table {
            assert_eq!(money(Money::new(minor, currency.parse().unwrap())), shown);
        }
    }

    #[test]
    fn counts_are_separated() {
        assert_eq!(count(1_204), "1,204");
        assert_eq!(count(-12), "−12");
        assert_eq!(count(0), "0");
    }

    #[test]
    fn quantities_are_short_but_never_nothing() {
        let shown = |text: &str| quantity(text.parse().unwrap());
        assert_eq!(shown("1250.5"), "1,250.5");
        assert_eq!(shown("1000000000000000"), "1,000,000,000,000,000");
        assert_eq!(shown("0.000000001"), "0.000000001");
        assert_eq!(shown("0.125"), "0.12");
    }

    #[test]
    fn a_percentage_is_full_only_when_it_is() {
        assert_eq!(percent(of("499.999999"), of("500")), Some(99));
        assert_eq!(percent(of("500"), of("500")), Some(100));
        assert_eq!(percent(of("500"), Credits::ZERO), None);
        assert_eq!(percent(Credits::MAX, Credits::from_micros(1)), None);
    }

    #[test]
    fn time_is_said_in_its_largest_sensible_unit() {
        let now = Timestamp::from_seconds(1_000_000_000);
        for (seconds, text) in [
            (0, "now"),
            (1, "in 1 second"),
            (90, "in 90 seconds"),
            (3_600, "in 60 minutes"),
            (6 * 3_600, "in 6 hours"),
            (-86_400, "24 hours ago"),
            (23 * 86_400, "in 23 days"),
            (-400 * 86_400, "13 months ago"),
            (3 * 365 * 86_400, "in 3 years"),
        ] {
            assert_eq!(relative(now.plus_seconds(seconds), now), text);
        }
    }
}
