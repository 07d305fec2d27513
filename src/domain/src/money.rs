//! Money in minor units of an ISO 4217 currency.
//!
//! Credits and money meet only through a conversion rate (credits per major unit of money), which carries every discount.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::credits::{Credits, CreditsError};

/// An ISO 4217 alphabetic code, such as `USD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Not three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters, such as USD")]
pub struct CurrencyError;

/// Currencies whose minor unit is not a hundredth (ISO 4217, list one), with their decimal places.
const MINOR_UNITS: [(&[u8; 3], u32); 23] = [
    (b"BHD", 3),
    (b"BIF", 0),
    (b"CLP", 0),
    (b"DJF", 0),
    (b"GNF", 0),
    (b"IQD", 3),
    (b"ISK", 0),
    (b"JOD", 3),
    (b"JPY", 0),
    (b"KMF", 0),
    (b"KRW", 0),
    (b"KWD", 3),
    (b"LYD", 3),
    (b"OMR", 3),
    (b"PYG", 0),
    (b"RWF", 0),
    (b"TND", 3),
    (b"UGX", 0),
    (b"VND", 0),
    (b"VUV", 0),
    (b"XAF", 0),
    (b"XOF", 0),
    (b"XPF", 0),
];

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// Decimal places of its minor unit: 2 for most, 0 for the yen.
    pub fn places(self) -> u32 {
        MINOR_UNITS
            .iter()
            .find(|(code, _)| **code == self.0)
            .map_or(2, |(_, places)| *places)
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if code.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(code))
        } else {
            Err(CurrencyError)
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units (cents for the dollar, yen for the yen).
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// From minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The amount in major units, exact.
    pub fn to_decimal(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.minor), self.currency.places())
    }

    /// From an amount in major units; `None` where it is finer than the minor unit or does not fit.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Option<Self> {
        let scale = Decimal::from(10_i64.checked_pow(currency.places())?);
        let minor = amount.checked_mul(scale)?;
        if !minor.fract().is_zero() {
            return None;
        }
        i64::try_from(minor).ok().map(|minor| Self { minor, currency })
    }

    /// The credits that this money buys at `credits_per_unit` credits for one major unit.
    ///
    /// # Errors
    /// [`CreditsError::TooLarge`] where the result does not fit.
    pub fn buys(self, credits_per_unit: Decimal) -> Result<Credits, CreditsError> {
        let exact = self
            .to_decimal()
            .checked_mul(credits_per_unit)
            .ok_or(CreditsError::TooLarge)?;
        Credits::round(exact)
    }

    /// What `credits` are worth at `credits_per_unit`, rounded half-even to the minor unit; `None` where the rate is
    /// zero or the result does not fit.
    pub fn worth(credits: Credits, credits_per_unit: Decimal, currency: Currency) -> Option<Self> {
        let exact = credits.to_decimal().checked_div(credits_per_unit)?;
        let scale = Decimal::from(10_i64.checked_pow(currency.places())?);
        let minor = exact
            .checked_mul(scale)?
            .round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        i64::try_from(minor).ok().map(|minor| Self { minor, currency })
    }
}

impl fmt::Display for Money {
    /// Plain: `12.34 USD`. For people see `format`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}
