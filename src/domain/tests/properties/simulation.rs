//! A simulation's figure is what charging run by run comes to, to the micro-credit, whatever the rates and the usage.

use std::collections::BTreeMap;

use drawdown_domain::hold::Run;
use drawdown_domain::plan::{PlanKind, PlanTerms, Unlimited};
use drawdown_domain::simulation::{Cost, Shape};
use drawdown_domain::{Credits, Currency, Quantity};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::catalogue::{a_run, card, quantity};
use crate::bench::*;

fn terms() -> impl Strategy<Value = PlanTerms> {
    proptest::option::of(prop::sample::select(vec!["fast", "relaxed"])).prop_map(|free| {
        let unlimited = free.map(|mode| Unlimited {
            mode: Some(key(mode)),
            ..Unlimited::default()
        });
        PlanTerms {
            unlimited: unlimited.into_iter().collect(),
            ..PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, Decimal::from(100))
        }
    })
}

/// Runs with few different quantities, so that some are alike.
fn usage() -> impl Strategy<Value = Vec<(Run, Quantity, Quantity)>> {
    let few = prop_oneof![Just(Quantity::from(0_u32)), Just(Quantity::from(7_u32)), quantity()];
    let run = prop_oneof![9 => a_run(), 1 => Just(run("gone"))];
    prop::collection::vec((run, few.clone(), few), 0..60)
}

proptest! {
    #[test]
    fn counted_shapes_cost_what_their_runs_cost(rates in card(), terms in terms(), usage in usage()) {
        let mut counted: BTreeMap<Shape, i64> = BTreeMap::new();
        let mut charged = Cost::default();
        for (run, images, steps) in &usage {
            let quantities = BTreeMap::from([(key("images"), *images), (key("steps"), *steps)]);
            *counted.entry(Shape::of(run, &quantities)).or_default() += 1;
            // As the ledger charges it: the price of the run, or nothing where the plan says so.
            match rates.price(run, &quantities) {
                Ok(price) => {
                    let credits = terms.charge(run, price).credits;
                    charged.credits = charged.credits.checked_add(credits).unwrap();
                }
                Err(_) => charged.unpriced += 1,
            }
        }
        let simulated = counted.iter().try_fold(Cost::default(), |sum, (shape, runs)| {
            sum.checked_add(shape.cost(&rates, Some(&terms), *runs)?)
        });
        prop_assert_eq!(simulated, Some(charged));
        prop_assert!(charged.credits >= Credits::ZERO);
    }
}
