//! Prices by whole numbers: numerator over denominator, rounded half-even once.

use crate::market::{Mode, Platform, SECOND_CARD, UseCase};
use crate::operation::{Amount, Kind};

/// Micro-credits for what a run uses at `at`.
pub(crate) fn price(kind: Kind, amount: Amount, at: i64) -> i64 {
    let second = at >= SECOND_CARD;
    // Credits for so many units: numerator and denominator of each meter.
    let [first, other] = match (kind.use_case, second) {
        (UseCase::Render, false) => [(1, 1), (0, 1)],
        (UseCase::Render, true) => [(3, 7), (0, 1)],
        (UseCase::Code, false) => [(2, 1_000), (8, 1_000)],
        (UseCase::Code, true) => [(25, 10_000), (7, 1_000)],
    };
    let (mode, mode_parts) = if kind.mode == Mode::Fast { (1, 1) } else { (1, 4) };
    let (platform, platform_parts) = if kind.platform == Platform::Ios {
        (13, 10)
    } else {
        (1, 1)
    };
    // Both meters over one denominator; 10^-9 units times 10^6 micro-credits leave 10^3 below.
    let whole = i128::from(amount.first) * first.0 * other.1 + i128::from(amount.second) * other.0 * first.1;
    let numerator = whole * mode * platform;
    let denominator = 1_000 * first.1 * other.1 * mode_parts * platform_parts;
    i64::try_from(half_even(numerator, denominator)).unwrap()
}

/// A quantity of a use case with one meter that costs so many micro-credits, give or take one.
pub(crate) fn quantity_for(kind: Kind, micros: i64, at: i64) -> i64 {
    const TRIED: i64 = 7_000_000_000_000;
    let tried = Amount {
        first: TRIED,
        second: 0,
    };
    let quantity = i128::from(micros) * i128::from(TRIED) / i128::from(price(kind, tried, at));
    i64::try_from(quantity).unwrap()
}

fn half_even(numerator: i128, denominator: i128) -> i128 {
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    match (rest * 2).cmp(&denominator) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + whole % 2,
    }
}
