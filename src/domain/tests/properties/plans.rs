//! Terms: more money never buys less, fair use only ever slows down, and what is carried over stays within its bounds.

use drawdown_domain::limit::{ThrottlePeriod, Window};
use drawdown_domain::plan::{
    Allotment, ConversionTier, FairRate, FairStep, FairUse, PlanKind, PlanTerms, Rollover, Unlimited,
};
use drawdown_domain::{Credits, Currency, Money};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::bench::*;

fn micros() -> impl Strategy<Value = i64> {
    0_i64..100_000_000_000
}

/// Rates that rise with the amount.
fn conversion() -> impl Strategy<Value = PlanTerms> {
    let steps = prop::collection::btree_map(1_i64..1_000_000, 1_i64..5_000, 0..5);
    (1_i64..10_000, steps).prop_map(|(base, steps)| {
        let mut rate = base;
        let tiers = steps.into_iter().map(|(minor, more)| {
            rate += more;
            ConversionTier {
                from: Money::new(minor, Currency::USD),
                rate: Decimal::new(rate, 2),
            }
        });
        let conversion_tiers = tiers.collect();
        PlanTerms {
            conversion_tiers,
            ..PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, Decimal::new(base, 2))
        }
    })
}

fn periods() -> impl Strategy<Value = ThrottlePeriod> {
    use ThrottlePeriod::{Day, Hour, Minute, Second};
    prop::sample::select(vec![Second, Minute, Hour, Day])
}

/// Any steps at all; most are refused.
fn fair_use() -> impl Strategy<Value = FairUse> {
    let step = (micros(), 0_u32..100, periods()).prop_map(|(above, requests, per)| FairStep {
        above: Credits::from_micros(above),
        rate: FairRate { requests, per },
    });
    prop::collection::vec(step, 0..4).prop_map(|steps| FairUse {
        window: Window::Day,
        steps,
    })
}

/// Runs a day.
fn speed(rate: FairRate) -> Decimal {
    Decimal::from(rate.requests) * Decimal::from(86_400 / rate.per.seconds())
}

proptest! {
    #[test]
    fn more_money_never_buys_fewer_credits(terms in conversion(), amount in 0_i64..2_000_000, more in 0_i64..2_000_000) {
        prop_assert_eq!(terms.validate(), Ok(()));
        let buys = |minor| terms.buys(Money::new(minor, Currency::USD)).unwrap();
        prop_assert!(buys(amount) <= buys(amount + more));
        let flat = Money::new(amount, Currency::USD).buys(terms.conversion_rate).unwrap();
        prop_assert!(flat <= buys(amount));
    }

    #[test]
    fn fair_use_that_is_accepted_slows_down_and_never_stops(mut fair in fair_use(), used in micros(), more in micros()) {
        fair.steps.sort_by_key(|step| step.above);
        let mut terms = terms();
        terms.unlimited = vec![Unlimited { fair_use: Some(fair.clone()), ..Unlimited::default() }];
        prop_assume!(terms.validate().is_ok());
        let standing = |micros| fair.standing(Credits::from_micros(micros));
        let (before, after) = (standing(used), standing(used + more));
        prop_assert!(before.step <= after.step);
        prop_assert_eq!(before.rate.is_none(), Credits::from_micros(used) <= fair.allowance());
        if let (Some(before), Some(after)) = (before.rate, after.rate) {
            prop_assert!(speed(after) <= speed(before) && after.requests > 0);
        }
        // What it says comes next is what comes next, and not before.
        if let Some(above) = before.next_above {
            prop_assert!(above.micros() >= used);
            prop_assert_eq!(standing(above.micros()).step, before.step);
            prop_assert_eq!(standing(above.micros() + 1).rate, before.next_rate);
        }
    }

    #[test]
    fn what_is_carried_is_no_more_than_is_left_nor_than_the_multiple(
        left in micros(), given in micros(), multiple in proptest::option::of(1_i64..1_000),
    ) {
        let rollover = multiple.map_or(Rollover::All, |multiple| Rollover::UpTo(Decimal::new(multiple, 2)));
        let allotment = Allotment { rollover, ..Allotment::plain(Credits::ZERO) };
        let carried = allotment.carried(Credits::from_micros(left), Credits::from_micros(given)).micros();
        let most = multiple.map_or(left, |multiple| given * multiple / 100);
        prop_assert_eq!(carried, left.min(most));
    }
}
