//! What people type into fields, read kindly and exactly: amounts with or without thousands separators, lists of
//! percentages. What can be read in two ways is refused with words on how to write it.

use drawdown_domain::credits::CreditsError;
use drawdown_domain::{Credits, Currency, Money};
use rust_decimal::Decimal;

/// `1250.50`, `1,250.50` and `1 250.50` are the same amount; `1,25` is none, because a comma parts thousands here.
///
/// # Errors
/// How to write it.
pub fn decimal(text: &str) -> Result<Decimal, String> {
    const HOW: &str = "write it like 1250 or 1250.50";
    let text = text.trim();
    if text.is_empty() {
        return Err("type an amount".to_owned());
    }
    let (whole, part) = text.split_once('.').map_or((text, None), |(w, p)| (w, Some(p)));
    let groups: Vec<&str> = whole.split([',', ' ', '\u{a0}', '\u{202f}', '_']).collect();
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let well_grouped = match groups.as_slice() {
        [one] => digits(one),
        [first, rest @ ..] => {
            digits(first) && first.len() <= 3 && rest.iter().all(|group| digits(group) && group.len() == 3)
        }
        [] => false,
    };
    if !well_grouped || !part.is_none_or(digits) {
        return Err(HOW.to_owned());
    }
    let plain = format!("{}.{}", groups.concat(), part.unwrap_or("0"));
    if plain.len() > 28 {
        return Err("that is more than can be counted".to_owned());
    }
    plain.parse().map_err(|_| HOW.to_owned())
}

/// Credits, zero or more.
///
/// # Errors
/// What would be right.
pub fn credits(text: &str) -> Result<Credits, String> {
    let amount = decimal(text)?;
    amount.normalize().to_string().parse().map_err(|error| match error {
        CreditsError::TooFine => "at most six decimals".to_owned(),
        CreditsError::TooLarge => "that is more than can be counted".to_owned(),
        CreditsError::NotANumber => "write it like 1250 or 1250.50".to_owned(),
    })
}

/// Money, zero or more, in `currency`; its own sign in front or code at either end may be typed along.
///
/// # Errors
/// What would be right.
pub fn money(text: &str, currency: Currency) -> Result<Money, String> {
    let code = currency.as_str();
    let text = text.trim();
    let text = text
        .strip_prefix(code)
        .or(text.strip_suffix(code))
        .unwrap_or(text)
        .trim();
    let text = text.trim_start_matches(['$', '€', '£', '¥', '₹']);
    let amount = decimal(text)?;
    Money::from_decimal(amount, currency).ok_or_else(|| match currency.places() {
        0 => format!("{code} has no decimals"),
        places => format!("at most {places} decimals"),
    })
}

/// A whole number from 1 up.
///
/// # Errors
/// What would be right.
pub fn count(text: &str) -> Result<u32, String> {
    let amount = decimal(text)?.normalize();
    match u32::try_from(amount) {
        Ok(count) if count > 0 && amount.scale() == 0 => Ok(count),
        _ => Err("a whole number, 1 or more".to_owned()),
    }
}

/// `80, 100` as percentages: 1 to 100, ascending, each once, at most ten; none where the field is empty.
///
/// # Errors
/// What would be right.
pub fn percentages(text: &str) -> Result<Vec<u8>, String> {
    let mut found = Vec::new();
    for part in text.split([',', ';', ' ']).map(|part| part.trim_end_matches('%')) {
        if part.is_empty() {
            continue;
        }
        match part.parse::<u8>() {
            Ok(percent @ 1..=100) => found.push(percent),
            _ => return Err("numbers from 1 to 100 with commas, such as 80, 100".to_owned()),
        }
    }
    found.sort_unstable();
    found.dedup();
    if found.len() > 10 {
        return Err("at most ten".to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, read) in [
            ("1250.50", "1250.50"),
            (" 1,250.50 ", "1250.50"),
            ("1 250", "1250"),
            ("1\u{202f}250\u{202f}000", "1250000"),
            ("0.000001", "0.000001"),
            ("007", "7"),
        ] {
            assert_eq!(decimal(text).unwrap(), read.parse::<Decimal>().unwrap(), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in [
            "", " ", "1,25", "1,2500", "1.250,50", "12,345,6", ",1", "1.", ".5", "-5", "+5", "1e3", "NaN", "ten",
            "1.2.3",
        ] {
            assert!(decimal(text).is_err(), "{text:?}");
        }
        assert!(decimal(&"9".repeat(40)).is_err());
    }

    #[test]
    fn credits_keep_six_decimals() {
        assert_eq!(credits("1,000.5").unwrap().to_string(), "1000.5");
        assert_eq!(credits("0.0000001").unwrap_err(), "at most six decimals");
        assert_eq!(credits("0"), Ok(Credits::ZERO));
        assert_eq!(
            credits("99999999999999").unwrap_err(),
            "that is more than can be counted"
        );
    }

    #[test]
    fn money_has_the_places_of_its_currency() {
        let yen = "JPY".parse().unwrap();
        assert_eq!(money("$50", Currency::USD), Ok(Money::new(5_000, Currency::USD)));
        assert_eq!(money("50.5 USD", Currency::USD), Ok(Money::new(5_050, Currency::USD)));
        assert_eq!(money("¥6,412", yen), Ok(Money::new(6_412, yen)));
        assert_eq!(money("64.5", yen), Err("JPY has no decimals".to_owned()));
        assert_eq!(money("0.001", Currency::USD), Err("at most 2 decimals".to_owned()));
        assert!(money("50 EUR", Currency::USD).is_err());
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(count("1,000"), Ok(1_000));
        assert_eq!(count("50.0"), Ok(50));
        for text in ["0", "1.5", "-1", "5000000000", ""] {
            assert!(count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn percentages_are_sorted_and_each_once() {
        assert_eq!(percentages("100, 80 %,80"), Ok(vec![80, 100]));
        assert_eq!(percentages(""), Ok(Vec::new()));
        assert!(percentages("0").is_err() && percentages("101").is_err() && percentages("eighty").is_err());
        assert!(percentages("1,2,3,4,5,6,7,8,9,10,11").is_err());
    }
}
