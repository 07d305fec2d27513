//! Metered quantities: tokens, images, minutes, agent runs. Exact decimals, never negative.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The largest quantity of one meter in one event: 10^15.
pub const QUANTITY_MAX: i64 = 1_000_000_000_000_000;

/// The most decimal places that a quantity may have.
pub const QUANTITY_PLACES_MAX: usize = 9;

/// A metered quantity: zero or more, at most 10^15, at most nine decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(Decimal);

/// Why a text or a number is not a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a plain decimal number.
    #[error("not a plain decimal number")]
    NotANumber,
    /// Below zero.
    #[error("a quantity is never negative")]
    Negative,
    /// Above [`QUANTITY_MAX`].
    #[error("larger than 1000000000000000")]
    TooLarge,
    /// More than [`QUANTITY_PLACES_MAX`] decimal places.
    #[error("more than nine decimal places")]
    TooFine,
}

impl Quantity {
    /// The exact value.
    pub const fn to_decimal(self) -> Decimal {
        self.0
    }

    /// True for zero.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl From<u32> for Quantity {
    fn from(whole: u32) -> Self {
        Self(Decimal::from(whole))
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(part) {
            return Err(QuantityError::NotANumber);
        }
        if negative {
            return Err(QuantityError::Negative);
        }
        if whole.trim_start_matches('0').len() > 16 {
            return Err(QuantityError::TooLarge);
        }
        if part.trim_end_matches('0').len() > QUANTITY_PLACES_MAX {
            return Err(QuantityError::TooFine);
        }
        let value = Decimal::from_str(digits).map_err(|_| QuantityError::TooLarge)?;
        if value > Decimal::from(QUANTITY_MAX) {
            return Err(QuantityError::TooLarge);
        }
        Ok(Self(value.normalize()))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity as a decimal string such as \"12.5\", or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Quantity, E> {
                self.visit_str(&whole.to_string())
            }

            fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Quantity, E> {
                self.visit_str(&whole.to_string())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
