//! One customer's usage priced twice, day by day, and what that does to its allotments.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::plan::PlanTerms;
use drawdown_domain::simulation::{Cost, runs_out};
use drawdown_domain::{Credits, Key, Timestamp};
use drawdown_store::ShapeCounts;

use super::RunOut;
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

/// What burns together: from when, until when, and for which use cases.
type Pool = (Timestamp, Option<Timestamp>, Option<Vec<Key>>);

/// Burn of one day by use case, by both.
type Burn = BTreeMap<Key, (Credits, Credits)>;

/// `None` where a sum does not fit.
pub(super) fn measure(
    both: &Both<'_>,
    terms: Option<&PlanTerms>,
    days: &[&(Timestamp, ShapeCounts)],
    grants: &[Grant],
    first: Timestamp,
    moments: &Moments,
) -> Option<Measured> {
    let mut runs = 0_i64;
    let (mut before, mut after) = (Cost::default(), Cost::default());
    let mut burns: Vec<(Timestamp, Burn)> = Vec::with_capacity(days.len());
    for (day, counts) in days {
        let mut burn = Burn::new();
        for (shape, count) in counts {
            let old = shape.cost(both.before, terms, *count)?;
            let new = shape.cost(both.after, terms, *count)?;
            let sums = burn.entry(shape.use_case.clone()).or_default();
            *sums = (sums.0.checked_add(old.credits)?, sums.1.checked_add(new.credits)?);
            (before, after) = (before.checked_add(old)?, after.checked_add(new)?);
            runs = runs.checked_add(*count)?;
        }
        burns.push((*day, burn));
    }
    Some(Measured {
        runs,
        before: before.credits,
        after: after.credits,
        refused: after.unpriced,
        run_outs: run_outs(&burns, grants, first, moments),
    })
}

/// The allotments that began within the span and whose last day differs. Each is taken as burned first, as the soonest
/// expiry is; what was bought comes after it.
fn run_outs(burns: &[(Timestamp, Burn)], grants: &[Grant], first: Timestamp, moments: &Moments) -> Vec<RunOut> {
    let given = grants.iter().filter(|grant| {
        let kind = matches!(
            grant.kind,
            GrantKind::Allotment | GrantKind::Trial | GrantKind::Rollover
        );
        kind && grant.state == GrantState::Active && grant.effective_at >= first && grant.effective_at <= moments.now()
    });
    // What was carried over burns together with what was given at the same time for the same use.
    let mut pools: BTreeMap<Pool, Credits> = BTreeMap::new();
    for grant in given {
        let pool = (grant.effective_at, grant.expires_at, grant.scope.clone());
        let sum = pools.entry(pool).or_default();
        *sum = sum.checked_add(grant.amount).unwrap_or(*sum);
    }
    let run_outs = pools.into_iter().filter_map(|((from, until, scope), amount)| {
        let lasts = |day: Timestamp| day >= moments.day_start(from) && until.is_none_or(|end| day < end);
        let pays = |use_case: &Key| scope.as_ref().is_none_or(|scope| scope.contains(use_case));
        let end = |pick: fn(&(Credits, Credits)) -> Credits| {
            let days = burns.iter().filter(|(day, _)| lasts(*day)).map(|(day, burn)| {
                let paid = burn.iter().filter(|(use_case, _)| pays(use_case));
                let micros = paid.fold(0_i64, |sum, (_, sums)| sum.saturating_add(pick(sums).micros()));
                (*day, Credits::from_micros(micros))
            });
            runs_out(amount, days)
        };
        let (before, after) = (end(|sums| sums.0), end(|sums| sums.1));
        let day = |at: Timestamp| moments.at(at).day;
        (before != after).then(|| RunOut {
            amount,
            from: day(from),
            before: before.map(day),
            after: after.map(day),
        })
    });
    run_outs.collect()
}
