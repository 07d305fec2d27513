//! Revenue: nothing is earned before a credit is gone, all when all are, and the parts are what was paid.

use drawdown_domain::portfolio::{Burn, Figures, Health, Lot, Risk, expected_breakage, revenue};
use drawdown_domain::{Credits, Currency, Money};
use proptest::prelude::*;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

proptest! {
    #[test]
    fn health_follows_from_the_pace(available in 1_i64..1_000_000_000_000, percent in 0_i64..400, ends in 8_i64..400) {
        let figures = |micros| Figures {
            is_stopped: false,
            runs_for_nothing: false,
            available: Credits::from_micros(available),
            paced: Credits::from_micros(available),
            burn: Burn { credits: Credits::from_micros(micros), seconds: 2_592_000 },
            ends_in_seconds: Some(ends * 86_400),
        };
        let pace = figures(0).pace().unwrap().micros();
        let burned = pace / 100 * percent;
        // The pace is cut to the micro-credit: at the very borders a large one tells.
        prop_assume!(pace > 1_000_000 && ![25, 75, 115, 116].contains(&percent));
        let expected = match percent {
            0..25 => Health::AtRisk(Risk::Unused),
            25..75 => Health::Behind,
            75..=115 => Health::OnPace,
            _ => Health::Ahead,
        };
        let health = figures(burned).health();
        prop_assert!(health == expected || health == Health::AtRisk(Risk::RunsOut), "{health:?} at {percent} %");
    }

    #[test]
    fn what_was_paid_is_earned_once(paid in 0_i64..=i64::MAX, parts in prop::array::uniform3(0_i64..i64::MAX / 4), more in 0_i64..i64::MAX / 4) {
        let [burned, broken, left] = parts.map(Credits::from_micros);
        let amount = Credits::checked_sum([burned, broken, left]).unwrap();
        let parts = revenue(usd(paid), amount, burned, broken);
        let sum = [parts.burned, parts.broken, parts.deferred].map(|money| i128::from(money.minor)).iter().sum::<i128>();
        if amount.is_positive() {
            prop_assert_eq!(sum, i128::from(paid));
            prop_assert!([parts.burned, parts.broken, parts.deferred].iter().all(|money| money.minor >= 0));
        }
        if left.is_zero() && amount.is_positive() {
            prop_assert_eq!(parts.deferred, usd(0));
        }
        if burned.is_zero() {
            prop_assert_eq!(parts.burned, usd(0));
        }
        // Burning more never earns less.
        let burned_more = Credits::from_micros(burned.micros() + more.min(left.micros()));
        let later = revenue(usd(paid), amount, burned_more, broken);
        prop_assert!(later.burned.minor >= parts.burned.minor && later.deferred.minor <= parts.deferred.minor);
    }

    #[test]
    fn breakage_is_between_nothing_and_what_expires(
        lots in prop::collection::vec((0_i64..1_000_000_000, proptest::option::of(0_i64..40_000_000)), 0..6),
        burned in 0_i64..1_000_000_000, more in 0_i64..1_000_000_000,
    ) {
        let mut lots: Vec<Lot> = lots
            .into_iter()
            .map(|(micros, ends_in_seconds)| Lot { credits: Credits::from_micros(micros), ends_in_seconds })
            .collect();
        lots.sort_by_key(|lot| lot.ends_in_seconds.unwrap_or(i64::MAX));
        let burn = |micros| Burn { credits: Credits::from_micros(micros), seconds: 2_592_000 };
        let broken = expected_breakage(&lots, burn(burned));
        let expiring = lots.iter().filter(|lot| lot.ends_in_seconds.is_some()).map(|lot| lot.credits);
        let expiring = Credits::checked_sum(expiring).unwrap();
        prop_assert!(broken <= expiring);
        prop_assert!(expected_breakage(&lots, burn(burned + more)) <= broken);
        prop_assert_eq!(expected_breakage(&lots, burn(0)), expiring);
    }
}
