//! Credits, counted in whole micro-credits.
//!
//! Arithmetic is checked: what does not fit into 64 bits is an error, never a wrap. On the wire and in JSON credits
//! are decimal strings (`"12.5"`), because JSON numbers lose digits past 2^53; a JSON number is accepted where it is
//! an integer and so exact.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Micro-credits in one credit.
pub const MICROS_PER_CREDIT: i64 = 1_000_000;

/// An amount of credits in micro-credits. May be negative where a difference is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(i64);

/// Why a text or a number is not an amount of credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditsError {
    /// Not a plain decimal number (no exponent, no sign but `-`, no spaces).
    #[error("not a plain decimal number")]
    NotANumber,
    /// More than six decimal places.
    #[error("finer than a micro-credit (six decimal places)")]
    TooFine,
    /// Outside of what 64 bits of micro-credits can hold.
    #[error("too large")]
    TooLarge,
}

impl Credits {
    /// No credits.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(i64::MAX);

    /// From micro-credits.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole credits; `None` where it does not fit.
    pub const fn from_whole(credits: i64) -> Option<Self> {
        match credits.checked_mul(MICROS_PER_CREDIT) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// In micro-credits.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The sum; `None` on overflow.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// The difference; `None` on overflow.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// The difference, or zero where `other` is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        let difference = self.0.saturating_sub(other.0);
        Self(if difference < 0 { 0 } else { difference })
    }

    /// The sum of many; `None` on overflow.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// True for amounts above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// True for zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// True below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The amount in credits as an exact decimal.
    pub fn to_decimal(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.0), 6).normalize()
    }

    /// Rounds half-even at the micro-credit: the only place where credits are rounded.
    ///
    /// # Errors
    /// [`CreditsError::TooLarge`] where the result does not fit.
    pub fn round(exact: Decimal) -> Result<Self, CreditsError> {
        let micros = exact
            .checked_mul(Decimal::from(MICROS_PER_CREDIT))
            .ok_or(CreditsError::TooLarge)?
            .round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        i64::try_from(micros).map(Self).map_err(|_| CreditsError::TooLarge)
    }
}

impl fmt::Display for Credits {
    /// Plain decimal without trailing zeros: `12.5`, `-0.000001`, `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.unsigned_abs() / MICROS_PER_CREDIT.unsigned_abs();
        let part = self.0.unsigned_abs() % MICROS_PER_CREDIT.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{part:06}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl FromStr for Credits {
    type Err = CreditsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(part) {
            return Err(CreditsError::NotANumber);
        }
        let part = part.trim_end_matches('0');
        if part.len() > 6 {
            return Err(CreditsError::TooFine);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > 13 {
            return Err(CreditsError::TooLarge);
        }
        let number = |s: &str| s.bytes().fold(0_i64, |n, b| n * 10 + i64::from(b - b'0'));
        let micros = number(&format!("{part:0<6}"));
        let total = number(whole)
            .checked_mul(MICROS_PER_CREDIT)
            .and_then(|m| m.checked_add(micros))
            .ok_or(CreditsError::TooLarge)?;
        Ok(Self(if negative { -total } else { total }))
    }
}

impl Serialize for Credits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Credits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Credits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("credits as a decimal string such as \"12.5\", or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Credits, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Credits, E> {
                Credits::from_whole(whole).ok_or_else(|| E::custom(CreditsError::TooLarge))
            }

            fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Credits, E> {
                let whole = i64::try_from(whole).map_err(|_| E::custom(CreditsError::TooLarge))?;
                self.visit_i64(whole)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounds_half_even_at_the_micro_credit() {
        let round = |text: &str| Credits::round(text.parse().unwrap()).unwrap().micros();
        assert_eq!(round("0.0000005"), 0);
        assert_eq!(round("0.0000015"), 2);
        assert_eq!(round("0.0000025"), 2);
        assert_eq!(round("1.00000051"), 1_000_001);
    }

    #[test]
    fn refuses_what_is_not_exact_and_plain() {
        for text in ["", ".", "1.", ".5", "1e3", "+1", " 1", "NaN", "1,000", "0x1", "--1"] {
            assert_eq!(text.parse::<Credits>(), Err(CreditsError::NotANumber), "{text}");
        }
        assert_eq!("0.0000001".parse::<Credits>(), Err(CreditsError::TooFine));
        assert_eq!("9223372036855".parse::<Credits>(), Err(CreditsError::TooLarge));
        assert_eq!("1".repeat(30).parse::<Credits>(), Err(CreditsError::TooLarge));
    }

    #[test]
    fn a_json_number_is_accepted_only_where_it_is_exact() {
        assert_eq!(
            serde_json::from_str::<Credits>("5").unwrap(),
            Credits::from_micros(5_000_000)
        );
        assert!(serde_json::from_str::<Credits>("0.1").is_err());
        assert!(serde_json::from_str::<Credits>("1e400").is_err());
    }

    proptest! {
        #[test]
        fn text_and_back_is_the_same(micros in i64::MIN + 1..=i64::MAX) {
            let credits = Credits::from_micros(micros);
            prop_assert_eq!(credits.to_string().parse::<Credits>(), Ok(credits));
        }
    }
}
