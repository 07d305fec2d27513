//! One customer's usage priced twice, day by day, and what that does to its allotments.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::plan::PlanTerms;
use drawdown_domain::simulation::{Cost, Stock, run_out_days};
use drawdown_domain::{Credits, Key, Timestamp};
use drawdown_store::ShapeCounts;

use super::RunOut;
use super::stocks::Held;
use crate::moment::Moments;

/// The version in force and the draft.
pub(super) struct Both<'a> {
    before: &'a Rates,
    after: &'a Rates,
}

impl<'a> Both<'a> {
    pub(super) const fn new(before: &'a Rates, after: &'a Rates) -> Self {
        Self { before, after }
    }
}

/// A customer's figures.
pub(super) struct Measured {
    pub(super) runs: i64,
    pub(super) before: Credits,
    pub(super) after: Credits,
    pub(super) refused: i64,
    pub(super) run_outs: Vec<RunOut>,
}

/// Burn by day and use case.
type Burns = Vec<(Timestamp, BTreeMap<Key, Credits>)>;

/// `None` where a sum does not fit.
pub(super) fn measure(
    both: &Both<'_>,
    terms: Option<&PlanTerms>,
    days: &[&(Timestamp, ShapeCounts)],
    held: &[Held],
    moments: &Moments,
) -> Option<Measured> {
    let mut runs = 0_i64;
    let (mut before, mut after) = (Cost::default(), Cost::default());
    let (mut old_burns, mut new_burns): (Burns, Burns) = (Vec::new(), Vec::new());
    for (day, counts) in days {
        let (mut old_burn, mut new_burn) = (BTreeMap::new(), BTreeMap::new());
        for (shape, count) in counts {
            let old = shape.cost(both.before, terms, *count)?;
            let new = shape.cost(both.after, terms, *count)?;
            add_to(&mut old_burn, &shape.use_case, old.credits)?;
            add_to(&mut new_burn, &shape.use_case, new.credits)?;
            (before, after) = (before.checked_add(old)?, after.checked_add(new)?);
            runs = runs.checked_add(*count)?;
        }
        old_burns.push((*day, old_burn));
        new_burns.push((*day, new_burn));
    }
    Some(Measured {
        runs,
        before: before.credits,
        after: after.credits,
        refused: after.unpriced,
        run_outs: run_outs(held, &old_burns, &new_burns, moments),
    })
}

fn add_to(burn: &mut BTreeMap<Key, Credits>, use_case: &Key, credits: Credits) -> Option<()> {
    let sum = burn.entry(use_case.clone()).or_default();
    *sum = sum.checked_add(credits)?;
    Some(())
}

/// What the plan or a contract brought, and whose last day differs.
fn run_outs(held: &[Held], before: &Burns, after: &Burns, moments: &Moments) -> Vec<RunOut> {
    let stocks: Vec<Stock> = held.iter().map(|one| one.stock.clone()).collect();
    let ends = |burns: &Burns| run_out_days(&stocks, burns.iter().map(|(day, burn)| (*day, burn)));
    let ends = ends(before).into_iter().zip(ends(after));
    let day = |at: Timestamp| moments.at(at).day;
    let differing = held
        .iter()
        .zip(ends)
        .filter(|(held, (before, after))| held.is_told && before != after);
    let run_outs = differing.map(|(held, (before, after))| RunOut {
        amount: held.amount,
        from: day(held.from),
        before: before.map(day),
        after: after.map(day),
        is_sooner: after.is_some_and(|after| before.is_none_or(|before| after < before)),
    });
    run_outs.collect()
}
