//! The terms of a contract one after the other, with its amendments: what is released and paid when, to the last
//! micro-credit and minor unit.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Contract, ContractError, ContractTerms, ContractVersion, Renewal, Spread, Weighed, divide};
use crate::credits::Credits;
use crate::money::Money;
use crate::plan::PlanTerms;
use crate::timestamp::Timestamp;
use crate::window::Zone;

/// A sum that is due, at a local midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instalment {
    pub(crate) at: Timestamp,
    /// Credits released; nothing for a payment.
    pub(crate) credits: Credits,
    /// What was agreed for them, or what is to be paid.
    pub(crate) money: Money,
}

/// One term: the first, or a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// Its length.
    pub(crate) months: u32,
    pub(crate) releases: Vec<Instalment>,
    pub(crate) payments: Vec<Instalment>,
    /// True where another term follows.
    pub(crate) renews: bool,
}

/// The term in which an instant lies, as it is agreed by the end of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningTerm {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Its length.
    pub months: u32,
    /// True where another term follows.
    pub renews: bool,
}

/// What holds from an instant within a term on.
struct Segment<'a> {
    from: Timestamp,
    terms: &'a ContractTerms,
    /// The length of the term by these terms.
    months: u32,
    committed: Money,
}

/// Walks through the terms.
pub(crate) struct Terms<'a> {
    contract: &'a Contract,
    zone: &'a Zone,
    /// Months from the contract's first day to the next term; `None` after the last.
    offset: Option<u32>,
}

impl Contract {
    /// Its terms, one after the other; without end where it renews.
    pub(crate) fn terms<'a>(&'a self, zone: &'a Zone) -> Terms<'a> {
        Terms {
            contract: self,
            zone,
            offset: Some(0),
        }
    }

    /// The term that runs at `at`; `None` before the first and after the last.
    pub fn term_at(&self, zone: &Zone, at: Timestamp) -> Option<RunningTerm> {
        let mut begun = self.terms(zone).take_while(|term| term.start <= at);
        begun.find(|term| at < term.end).map(|term| RunningTerm {
            start: term.start,
            end: term.end,
            months: term.months,
            renews: term.renews,
        })
    }

    /// When the term that runs at `now` ends; `None` before the first and after the last.
    pub fn term_ends(&self, zone: &Zone, now: Timestamp) -> Option<Timestamp> {
        self.term_at(zone, now).map(|term| term.end)
    }

    /// The next version, where `terms` hold from `effective_at` on: from the midnight before it.
    ///
    /// # Errors
    /// A [`ContractError`] where the terms are not valid, or the amendment reaches into the past.
    pub fn amended(
        &self,
        terms: ContractTerms,
        plan: &PlanTerms,
        effective_at: Timestamp,
        now: Timestamp,
        zone: &Zone,
    ) -> Result<ContractVersion, ContractError> {
        terms.validate(plan)?;
        let last = self.versions.last().ok_or(ContractError::Past)?;
        if effective_at < now {
            return Err(ContractError::Past);
        }
        if effective_at < last.effective_at {
            let effective_at = last.effective_at;
            return Err(ContractError::BeforeLast { effective_at });
        }
        if terms.starts_at != last.terms.starts_at {
            return Err(ContractError::Start);
        }
        if terms.committed.currency != last.terms.committed.currency {
            return Err(ContractError::Currency);
        }
        let version = ContractVersion {
            number: last.number + 1,
            effective_at,
            terms,
        };
        let mut amended = self.clone();
        amended.versions.push(version.clone());
        let holds_from = zone.local_day_start(effective_at);
        let running = amended.term_at(zone, holds_from).ok_or(ContractError::Ended)?;
        // A term that was renewed keeps its length, and tables are spread over that.
        version.terms.release.validate("releases", running.months)?;
        version.terms.payments.validate("payments", running.months)?;
        Ok(version)
    }
}

impl Contract {
    /// What is committed for the present term, from each instant until the next one, up to `until`: nothing from the end of
    /// the last term on. A term and an amendment begin at local midnights.
    pub fn commitments(&self, zone: &Zone, until: Timestamp) -> Vec<(Timestamp, Money)> {
        let mut commitments: Vec<(Timestamp, Money)> = Vec::new();
        let mut offset = Some(0);
        while let Some(months) = offset {
            let walk = Terms {
                contract: self,
                zone,
                offset,
            };
            let segments = walk.segments(months);
            let Some(last) = segments.last() else { break };
            let after = months.saturating_add(last.months);
            let (start, end) = (walk.midnight(months), walk.midnight(after));
            if start > until {
                return commitments;
            }
            commitments.extend(segments.iter().map(|part| (part.from, part.committed)));
            let goes_on = last.terms.renewal != Renewal::None && end < Timestamp::MAX && end > start;
            if !goes_on {
                commitments.push((end, Money::new(0, last.committed.currency)));
            }
            offset = goes_on.then_some(after);
        }
        commitments.retain(|(at, _)| *at <= until);
        commitments
    }
}

impl ContractTerms {
    /// The commitment of a term of so many months after the first, rounded half-even to the minor unit.
    fn committed_for(&self, months: u32) -> Money {
        if months == self.months {
            return self.committed;
        }
        let exact = Decimal::from(self.committed.minor)
            .checked_mul(Decimal::from(months))
            .and_then(|product| product.checked_div(Decimal::from(self.months)));
        let minor = exact.map(|exact| exact.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven));
        let minor = minor.and_then(|minor| i64::try_from(minor).ok());
        Money::new(minor.unwrap_or(i64::MAX), self.committed.currency)
    }
}

impl Terms<'_> {
    fn midnight(&self, months: u32) -> Timestamp {
        let first = self.contract.versions.first();
        let start = first.map_or(Timestamp::MAX, |version| version.terms.starts_at);
        self.zone.midnight_after(start, months, 0)
    }

    /// From when a version holds: the first one always.
    fn holds_from(&self, version: &ContractVersion) -> Timestamp {
        if version.number <= 1 {
            return Timestamp::from_micros(i64::MIN);
        }
        self.zone.local_day_start(version.effective_at)
    }

    /// What holds in the term that begins after `offset` months, and when.
    fn segments(&self, offset: u32) -> Vec<Segment<'_>> {
        let start = self.midnight(offset);
        let mut segments: Vec<Segment<'_>> = Vec::new();
        for version in &self.contract.versions {
            let terms = &version.terms;
            let from = self.holds_from(version).max(start);
            let ended = segments
                .last()
                .is_some_and(|last| self.midnight(offset + last.months) <= from);
            if ended {
                break;
            }
            // A renewal is as long as was agreed when it began: what is amended in it is the length of the next.
            let begun = segments.first().filter(|_| offset > 0 && from > start);
            let months = match (begun, terms.renewal) {
                (Some(begun), _) => begun.months,
                (None, Renewal::Months(months)) if offset > 0 => months,
                (None, _) => terms.months,
            };
            let committed = if offset > 0 {
                terms.committed_for(months)
            } else {
                terms.committed
            };
            // What took effect before the term, or on the same day, has no part in it.
            segments.retain(|segment| segment.from < from);
            segments.push(Segment {
                from,
                terms,
                months,
                committed,
            });
        }
        segments
    }

    /// Spreads what each segment commits over the parts that are left when it takes effect; what an amendment adds after
    /// the last part is due at once.
    fn spread(
        &self,
        offset: u32,
        segments: &[Segment<'_>],
        total: impl for<'s, 't> Fn(&'s Segment<'t>) -> (Credits, &'s Spread),
    ) -> Vec<Instalment> {
        let mut instalments: Vec<Instalment> = Vec::new();
        let (mut released, mut billed) = (0_i64, 0_i64);
        for (place, segment) in segments.iter().enumerate() {
            let until = segments.get(place + 1).map_or(Timestamp::MAX, |next| next.from);
            let (credits, spread) = total(segment);
            let credits = credits.micros().saturating_sub(released).max(0);
            let money = segment.committed.minor.saturating_sub(billed).max(0);
            let mut parts: Vec<(Timestamp, Weighed)> = spread
                .parts(segment.months)
                .into_iter()
                .map(|part| (self.midnight(offset + part.month), part))
                .filter(|(at, _)| *at >= segment.from)
                .collect();
            if parts.is_empty() && (credits > 0 || money > 0) {
                parts.push((segment.from, Weighed { month: 0, weight: 1 }));
            }
            let weights: Vec<Weighed> = parts.iter().map(|(_, part)| *part).collect();
            let shares = divide(credits, &weights).into_iter().zip(divide(money, &weights));
            for ((at, _), (credits, minor)) in parts.into_iter().zip(shares) {
                if at >= until {
                    break;
                }
                released = released.saturating_add(credits);
                billed = billed.saturating_add(minor);
                instalments.push(Instalment {
                    at,
                    credits: Credits::from_micros(credits),
                    money: Money::new(minor, segment.committed.currency),
                });
            }
        }
        instalments
    }
}

impl Iterator for Terms<'_> {
    type Item = Term;

    fn next(&mut self) -> Option<Term> {
        let offset = self.offset?;
        let segments = self.segments(offset);
        let last = segments.last()?;
        let renews = last.terms.renewal != Renewal::None;
        let after = offset.saturating_add(last.months);
        let end = self.midnight(after);
        let releases = self.spread(offset, &segments, |segment| {
            let credits = segment.committed.buys(segment.terms.conversion_rate);
            (credits.unwrap_or(Credits::MAX), &segment.terms.release)
        });
        let payments = self.spread(offset, &segments, |segment| (Credits::ZERO, &segment.terms.payments));
        let term = Term {
            start: self.midnight(offset),
            end,
            months: last.months,
            releases,
            payments,
            renews,
        };
        // A calendar that ran out ends the contract.
        self.offset = (renews && end < Timestamp::MAX && end > term.start).then_some(after);
        Some(term)
    }
}
