//! The steps of a contract: releases, payments, and what happens at the end of each term.

use super::{Collector, Due, Progress, Schedule, Step};
use crate::contract::{Contract, Instalment};
use crate::timestamp::Timestamp;

impl Schedule<'_> {
    /// The steps of one contract that are due and not done. Numbers count through all terms.
    pub(super) fn contract_steps(
        &self,
        contract: &Contract,
        progress: &Progress,
        now: Timestamp,
        steps: &mut Vec<Step>,
    ) {
        let id = contract.id;
        let (mut released, mut billed) = (0, 0);
        let terms = contract.terms(self.zone).take_while(|term| term.start <= now);
        for (number, term) in (0_u32..).zip(terms) {
            let mut instalments = Collector::new(format!("release/{id}"), progress, now, steps);
            number_all(&mut instalments, &mut released, &term.releases, |part| {
                part.credits.is_positive().then_some(Due::Release {
                    contract: id,
                    credits: part.credits,
                    paid: part.money,
                    expires_at: term.end,
                })
            });
            let mut payments = Collector::new(format!("payment/{id}"), progress, now, steps);
            number_all(&mut payments, &mut billed, &term.payments, |part| {
                (part.money.minor > 0).then_some(Due::Payment {
                    contract: id,
                    amount: part.money,
                })
            });
            let mut ends = Collector::new(format!("term/{id}"), progress, now, steps);
            if term.end <= now {
                let due = if term.renews {
                    let next = contract.terms(self.zone).find(|next| next.start >= term.end);
                    Due::ContractRenewal {
                        contract: id,
                        until: next.map_or(term.end, |next| next.end),
                    }
                } else {
                    Due::ContractEnd { contract: id }
                };
                ends.push(number, term.end, due);
            }
        }
    }
}

/// Numbers every part, also those that came to nothing, so that a number never moves.
fn number_all(
    collector: &mut Collector<'_>,
    number: &mut u32,
    parts: &[Instalment],
    due: impl Fn(&Instalment) -> Option<Due>,
) {
    for part in parts {
        if let Some(due) = due(part) {
            collector.push(*number, part.at, due);
        }
        *number = number.saturating_add(1);
    }
}
