//! Where the intervals of a plan are counted from that begins while others have run.
//!
//! What is paid for is never paid for again: an interval whose price was due goes on under any plan that has a price as
//! often. Otherwise a price falls due with the change, and so does what it buys: intervals begin anew with it.

use super::plan_steps::{Grid, Span};
use super::{Phase, Schedule};
use crate::plan::PlanTerms;
use crate::timestamp::Timestamp;

impl Schedule<'_> {
    /// The instant from whose local day the intervals of a phase are counted that begins at `at` after all others, with these
    /// terms: `kept`, from which the customer's are counted until then; or that of an earlier phase whose interval still
    /// runs and is paid for; or `at`, where they begin anew.
    pub fn anchor_of(&self, terms: &PlanTerms, at: Timestamp, kept: Timestamp) -> Timestamp {
        let begins = Phase {
            from: at,
            anchor: kept,
            terms: None,
        };
        // The phase that begins ends the last one.
        let until_then: Vec<Phase<'_>> = self.phases.iter().copied().chain([begins]).collect();
        let before = Schedule {
            zone: self.zone,
            phases: &until_then,
            contracts: &[],
        };
        let spans = before.spans();
        if !has_price(terms) {
            let withheld = before.gives_already(&spans, terms, at, kept, |span| {
                span.ends.is_some() && terms.lasts.is_none()
            });
            return if withheld { at } else { kept };
        }
        let paid = |anchor: &Timestamp| before.is_paid(&spans, terms, at, *anchor);
        let anchors = self.phases.iter().rev().map(|phase| phase.anchor);
        if let Some(anchor) = std::iter::once(kept).chain(anchors).find(paid) {
            return anchor;
        }
        let start = before.running(terms, at, kept).0;
        let is_first_day = self.zone.local_day_start(at) <= start;
        let begins_here = start == at || (is_first_day && !before.gives_already(&spans, terms, at, kept, |_| true));
        if begins_here { kept } else { at }
    }

    /// The interval of the terms that runs at an instant, counted from an anchor: its beginning and its end.
    fn running(&self, terms: &PlanTerms, at: Timestamp, anchor: Timestamp) -> (Timestamp, Timestamp) {
        let grid = Grid {
            anchor,
            interval: terms.interval,
        };
        let number = self.number_at(grid, at);
        (self.start(grid, number), self.start(grid, number.saturating_add(1)))
    }

    /// True where an earlier plan's price was due for the interval that runs, or for the one that ends at that very instant.
    /// A plan that ends by itself was paid for until then, and only one that ends by itself takes its place.
    fn is_paid(&self, spans: &[Span<'_>], terms: &PlanTerms, at: Timestamp, anchor: Timestamp) -> bool {
        let (start, end) = self.running(terms, at, anchor);
        let grid = Grid {
            anchor,
            interval: terms.interval,
        };
        spans.iter().any(|span| {
            let goes_on = span.ends.is_none_or(|ends| terms.lasts.is_some() && at < ends);
            let reaches = span.touches(start, end) || (start == at && span.until == at);
            goes_on && reaches && has_price(span.terms) && span.grid() == grid
        })
    }

    /// True where an earlier plan, of those asked about, has given something of that name for the interval that runs: what the
    /// new plan gives would be withheld until the next.
    fn gives_already(
        &self,
        spans: &[Span<'_>],
        terms: &PlanTerms,
        at: Timestamp,
        anchor: Timestamp,
        asked: impl Fn(&Span<'_>) -> bool,
    ) -> bool {
        terms.allotments.iter().any(|(name, allotment)| {
            let Some(interval) = allotment.every.interval(terms.interval) else {
                return false;
            };
            let grid = Grid { anchor, interval };
            let giver = self.giver(spans, name, grid, self.number_at(grid, at));
            giver.is_some_and(|(_, span, _)| asked(span))
        })
    }
}

/// True where a price falls due each interval.
pub(super) const fn has_price(terms: &PlanTerms) -> bool {
    terms.price.is_some() || terms.extra_seat_price.is_some()
}

#[cfg(test)]
mod tests;
