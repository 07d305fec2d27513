//! The steps of plans: what each interval brings and what it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::anchor::has_price;
use super::{Collector, Due, Phase, Progress, Schedule, Step, StepKey};
use crate::key::Key;
use crate::plan::{Allotment, Interval, PlanTerms};
use crate::timestamp::Timestamp;

/// Days in the longest month: an estimate from above of how many months lie between two instants divides by less.
const MONTH_SECONDS_MIN: i64 = 28 * 86_400;

/// Intervals of one length, counted from one anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grid {
    pub(super) anchor: Timestamp,
    pub(super) interval: Interval,
}

/// A phase with its end.
pub(super) struct Span<'a> {
    number: u32,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// When the plan ends by itself, whether or not another comes before: what it gave ends by then.
    pub(super) ends: Option<Timestamp>,
    anchor: Timestamp,
    pub(super) terms: &'a PlanTerms,
}

impl Span<'_> {
    pub(super) fn touches(&self, start: Timestamp, end: Timestamp) -> bool {
        self.from < end && start < self.until
    }

    pub(super) fn grid(&self) -> Grid {
        Grid {
            anchor: self.anchor,
            interval: self.terms.interval,
        }
    }

    /// The allotment of that name, where it is given by that grid.
    fn allotment(&self, name: &Key, grid: Grid) -> Option<&Allotment> {
        let allotment = self.terms.allotments.get(name)?;
        let interval = allotment.every.interval(self.terms.interval)?;
        (self.anchor == grid.anchor && interval == grid.interval).then_some(allotment)
    }
}

fn series(what: &str, grid: Grid) -> String {
    format!("{what}/{}/{}", grid.interval.name(), grid.anchor.micros())
}

impl Schedule<'_> {
    /// The steps of all phases that are due and not done.
    pub(super) fn plan_steps(&self, progress: &Progress, now: Timestamp, steps: &mut Vec<Step>) {
        let spans = self.spans();
        let grids: BTreeSet<Grid> = spans.iter().map(Span::grid).collect();
        for grid in grids {
            self.interval_steps(&spans, grid, progress, now, steps);
        }
        let mut names: BTreeMap<&Key, BTreeSet<Option<Grid>>> = BTreeMap::new();
        for span in &spans {
            for (name, allotment) in &span.terms.allotments {
                let grid = allotment.every.interval(span.terms.interval).map(|interval| Grid {
                    anchor: span.anchor,
                    interval,
                });
                names.entry(name).or_default().insert(grid);
            }
        }
        for (name, grids) in names {
            for grid in grids {
                match grid {
                    Some(grid) => self.allotment_steps(&spans, name, grid, progress, now, steps),
                    None => once_steps(&spans, name, progress, now, steps),
                }
            }
        }
        for span in &spans {
            // Where another phase comes first, that one ends the plan.
            if let Some(ends) = span.ends.filter(|ends| *ends == span.until) {
                let mut collector = Collector::new("plan_end".to_owned(), progress, now, steps);
                collector.push(span.number, ends, Due::PlanEnd);
            }
        }
    }

    pub(super) fn spans(&self) -> Vec<Span<'_>> {
        let ends = self.phases.iter().skip(1).map(|next| next.from);
        let ends = ends.chain(std::iter::once(Timestamp::MAX));
        let phases = self.phases.iter().zip(ends).zip(0_u32..);
        let spans = phases.filter_map(|((phase, next), number)| {
            let Phase { from, anchor, terms } = *phase;
            let terms = terms?;
            let ends = terms.lasts.map(|lasts| lasts.ends(from, self.zone));
            Some(Span {
                number,
                from,
                until: ends.map_or(next, |ends| ends.min(next)),
                ends,
                anchor,
                terms,
            })
        });
        spans.filter(|span| span.from < span.until).collect()
    }

    /// The beginning of an interval: local midnight.
    pub(super) fn start(&self, grid: Grid, number: u32) -> Timestamp {
        let months = number.saturating_mul(grid.interval.months());
        self.zone.midnight_after(grid.anchor, months, 0)
    }

    /// The number of the interval that `at` lies in; 0 before the anchor.
    pub(super) fn number_at(&self, grid: Grid, at: Timestamp) -> u32 {
        let seconds = at.micros_since(grid.anchor).max(0) / 1_000_000;
        let months = u32::try_from(seconds / MONTH_SECONDS_MIN + 1).unwrap_or(u32::MAX);
        let mut number = months / grid.interval.months();
        while number > 0 && self.start(grid, number) > at {
            number -= 1;
        }
        number
    }

    /// The intervals of a grid that can matter: from where a series has come to, or where the grid is first used, until
    /// `now`.
    fn numbers(&self, spans: &[Span<'_>], grid: Grid, next: u32, now: Timestamp) -> RangeInclusive<u32> {
        let first = spans
            .iter()
            .filter(|span| span.anchor == grid.anchor)
            .map(|span| span.from);
        let first = first.min().map_or(0, |first| self.number_at(grid, first));
        let last = self.number_at(grid, now);
        next.max(first)..=last
    }

    /// Renewals and charges.
    fn interval_steps(
        &self,
        spans: &[Span<'_>],
        grid: Grid,
        progress: &Progress,
        now: Timestamp,
        steps: &mut Vec<Step>,
    ) {
        let mut renewals = Collector::new(series("renewal", grid), progress, now, steps);
        for number in self.numbers(spans, grid, renewals.next, now) {
            let start = self.start(grid, number);
            let renews = |span: &&Span<'_>| span.from < start && start < span.until && span.grid() == grid;
            if spans.iter().any(|span| renews(&span)) {
                renewals.push(number, start, Due::Renewal);
            }
        }
        let mut charges = Collector::new(series("charge", grid), progress, now, steps);
        for number in self.numbers(spans, grid, charges.next, now) {
            let (start, end) = (self.start(grid, number), self.start(grid, number + 1));
            let has_to_pay =
                |span: &&Span<'_>| has_price(span.terms) && span.grid() == grid && span.touches(start, end);
            if let Some(span) = spans.iter().find(has_to_pay) {
                let due = Due::Charge {
                    price: span.terms.price,
                    extra_seat_price: span.terms.extra_seat_price,
                    until: end,
                };
                charges.push(number, start.max(span.from), due);
            }
        }
    }

    /// The first phase that gives the allotment in an interval, and when it does.
    pub(super) fn giver<'s>(
        &self,
        spans: &'s [Span<'_>],
        name: &Key,
        grid: Grid,
        number: u32,
    ) -> Option<(Timestamp, &'s Span<'s>, &'s Allotment)> {
        let (start, end) = (self.start(grid, number), self.start(grid, number + 1));
        spans.iter().filter(|span| span.touches(start, end)).find_map(|span| {
            let allotment = span.allotment(name, grid)?;
            Some((start.max(span.from), span, allotment))
        })
    }

    /// When what was granted in an interval ends.
    fn end_of(&self, grid: Grid, number: u32, span: &Span<'_>, allotment: &Allotment) -> Timestamp {
        let end = self.start(grid, number.saturating_add(allotment.lasts));
        span.ends.map_or(end, |ends| end.min(ends))
    }

    /// What an allotment gives each interval, what of it is carried over, and what ends.
    fn allotment_steps(
        &self,
        spans: &[Span<'_>],
        name: &Key,
        grid: Grid,
        progress: &Progress,
        now: Timestamp,
        steps: &mut Vec<Step>,
    ) {
        let allotments = series(&format!("allotment/{name}"), grid);
        let rollovers = series(&format!("rollover/{name}"), grid);
        let mut grants = Collector::new(allotments.clone(), progress, now, steps);
        for number in self.numbers(spans, grid, grants.next, now) {
            if let Some((at, span, allotment)) = self.giver(spans, name, grid, number) {
                let due = Due::Grant {
                    name: name.clone(),
                    allotment: allotment.clone(),
                    expires_at: Some(self.end_of(grid, number, span, allotment)),
                };
                grants.push(number, at, due);
            }
        }
        let key = |series: &str, number| StepKey {
            series: series.to_owned(),
            number,
        };
        let mut carried = Collector::new(rollovers.clone(), progress, now, steps);
        for number in self.numbers(spans, grid, carried.next.max(1), now) {
            let start = self.start(grid, number);
            let Some((at, span, allotment)) = self.giver(spans, name, grid, number) else {
                continue;
            };
            let before = self.giver(spans, name, grid, number - 1);
            if at > start || !allotment.rollover.carries() || before.is_none() {
                continue;
            }
            let due = Due::RollOver {
                name: name.clone(),
                allotment: allotment.clone(),
                from: [key(&allotments, number - 1), key(&rollovers, number - 1)],
                expires_at: self.end_of(grid, number, span, allotment),
            };
            carried.push(number, start, due);
        }
        // Another life of the allotment lets a later grant end before an earlier one: ends are numbered as they come.
        let mut expiring: Vec<(Timestamp, u32)> = self
            .numbers(spans, grid, 0, now)
            .filter_map(|number| {
                let (_, span, allotment) = self.giver(spans, name, grid, number)?;
                Some((self.end_of(grid, number, span, allotment), number))
            })
            .collect();
        expiring.sort_unstable();
        let mut ends = Collector::new(series(&format!("expiry/{name}"), grid), progress, now, steps);
        for (place, (at, number)) in (0_u32..).zip(expiring) {
            let grants = vec![key(&allotments, number), key(&rollovers, number)];
            ends.push(place, at, Due::Expire { grants });
        }
    }
}

/// What is given once, whichever phase gives it first, and ends with that phase's plan.
fn once_steps(spans: &[Span<'_>], name: &Key, progress: &Progress, now: Timestamp, steps: &mut Vec<Step>) {
    let is_once = |span: &&Span<'_>| {
        let allotment = span.terms.allotments.get(name);
        allotment.is_some_and(|allotment| allotment.every.interval(span.terms.interval).is_none())
    };
    let Some(span) = spans.iter().find(is_once) else { return };
    let Some(allotment) = span.terms.allotments.get(name) else {
        return;
    };
    let series = format!("allotment/{name}/once");
    let due = Due::Grant {
        name: name.clone(),
        allotment: allotment.clone(),
        expires_at: span.ends,
    };
    Collector::new(series.clone(), progress, now, steps).push(0, span.from, due);
    if let Some(ends) = span.ends {
        let grants = vec![StepKey { series, number: 0 }];
        let mut collector = Collector::new(format!("expiry/{name}/once"), progress, now, steps);
        collector.push(0, ends, Due::Expire { grants });
    }
}
