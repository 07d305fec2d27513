//! A simulation's figure is what the ledger charges run by run, to the micro-credit, whatever the rates, the plan and the usage.

use std::collections::BTreeMap;
use std::sync::Arc;

use drawdown_domain::hold::Run;
use drawdown_domain::outcome::{Outcome, RequestError};
use drawdown_domain::plan::{PlanKind, PlanTerms, Unlimited};
use drawdown_domain::request::Request;
use drawdown_domain::simulation::{Cost, Shape};
use drawdown_domain::{Credits, Currency, Key, Quantity};
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

/// What the ledger charges for a run, asked for and captured, or reported afterwards; `None` where it has no price.
fn charged(bench: &mut Bench, run: &Run, quantities: BTreeMap<Key, Quantity>, is_asked: bool) -> Option<Credits> {
    if !is_asked {
        let mut event = bench.event_of("", "1");
        event.key = event.id.to_string();
        (event.run, event.quantities) = (run.clone(), quantities);
        let result = bench.record(vec![event]).remove(0);
        assert!(
            matches!(result.error, None | Some(RequestError::Price(_))),
            "{result:?}"
        );
        return result.credits;
    }
    let mut request = bench.authorize_of("1");
    (request.run, request.quantities) = (run.clone(), quantities.clone());
    let hold = match bench.decide(&Request::Authorize(request)) {
        Outcome::Decision(decision) => decision.hold.unwrap().id,
        Outcome::Refused(RequestError::Price(_)) => return None,
        outcome => panic!("neither held nor without a price: {outcome:?}"),
    };
    let Request::Capture(mut capture) = bench.capture_of(hold, "1") else {
        panic!("it is a capture")
    };
    capture.quantities = quantities;
    match bench.decide(&Request::Capture(capture)) {
        Outcome::Captured(captured) => Some(captured.credits),
        outcome => panic!("not captured: {outcome:?}"),
    }
}

proptest! {
    #[test]
    fn a_simulation_says_what_the_ledger_charges(rates in card(), terms in terms(), usage in usage()) {
        let mut bench = Bench::with(terms.clone());
        let mut catalogue = (*bench.account.catalogue).clone();
        catalogue.versions[0].rates = rates.clone();
        bench.account.catalogue = Arc::new(catalogue);
        bench.give("1000000000");
        let mut counted: BTreeMap<Shape, i64> = BTreeMap::new();
        let mut charged_in_all = Cost::default();
        for (number, (run, images, steps)) in usage.iter().enumerate() {
            let quantities = BTreeMap::from([(key("images"), *images), (key("steps"), *steps)]);
            *counted.entry(Shape::of(run, &quantities)).or_default() += 1;
            match charged(&mut bench, run, quantities, number % 2 == 0) {
                Some(credits) => charged_in_all.credits = charged_in_all.credits.checked_add(credits).unwrap(),
                None => charged_in_all.unpriced += 1,
            }
        }
        let simulated = counted.iter().try_fold(Cost::default(), |sum, (shape, runs)| {
            sum.checked_add(shape.cost(&rates, Some(&terms), *runs)?)
        });
        prop_assert_eq!(simulated, Some(charged_in_all));
        let burned = bench.account.grants[0].burned;
        prop_assert_eq!(burned, charged_in_all.credits);
    }
}
