//! Ending a contract with its present term.

use drawdown_domain::contract::{Contract, ContractTerms, Renewal};
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_domain::{Money, Timestamp};
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::json;

use super::{ATTEMPTS_MAX, known, meanwhile};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::schedule::{Book, LedgerFailure};
use crate::service::Service;

impl Service {
    /// Ends a contract with its present term: it is not renewed. Of one that does not renew anyway nothing changes.
    ///
    /// # Errors
    /// `amendment_waits` (conflict) where an amendment is agreed that takes effect after that term.
    pub async fn end_contract(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: ContractId,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        for _ in 0..ATTEMPTS_MAX {
            self.carry_out(organization).await?;
            let mut book = Book::open(self, organization).await?;
            let now = self.now();
            let contract = known(&book, id)?.clone();
            let Some((terms, effective)) = self.last_term(&book, &contract, now)? else {
                return Ok(());
            };
            let draft = self
                .amendment(&mut book, &contract, terms.clone(), effective, now)
                .await?;
            let after = json!({ "contract": id, "version": draft.signed.version.number, "renewal": terms.renewal });
            let mut line = self.audit_line(actor, Some(organization), "end", "contract", Some(after));
            line.before = contract
                .versions
                .last()
                .map(|last| json!({ "contract": id, "renewal": last.terms.renewal }));
            match self.sign(&mut book, draft, line, now).await {
                Err(LedgerFailure::Moved) => {}
                Err(LedgerFailure::Service(error)) => return Err(error),
                Ok(()) => return self.after_signing(organization).await,
            }
        }
        Err(meanwhile())
    }

    /// What makes the present term of a contract its last, and from when it can hold; `None` where it is its last already.
    fn last_term(
        &self,
        book: &Book,
        contract: &Contract,
        now: Timestamp,
    ) -> Result<Option<(ContractTerms, Timestamp)>, ServiceError> {
        let last = contract.versions.last().ok_or(ServiceError::NotFound("contract"))?;
        let (zone, mut terms) = (&book.zone, last.terms.clone());
        let begins = zone.local_day_start(terms.starts_at);
        let running = contract.term_at(zone, now.max(begins));
        let Some(running) = running.filter(|running| running.renews) else {
            return Ok(None);
        };
        if zone.local_day_start(last.effective_at) >= running.end {
            let moments = self.moments(&book.organization.state);
            let (number, from) = (last.number, moments.at(last.effective_at).full);
            let until = moments.at(running.end).full;
            let message = format!(
                "the present term ends on {until}, and version {number} is agreed from {from} on; take that back first"
            );
            return Err(ServiceError::conflict("amendment_waits", message));
        }
        if running.start > begins && running.months != terms.months {
            // The present term is one of those by which it is renewed.
            terms.committed = in_proportion(terms.committed, running.months, terms.months);
            terms.months = running.months;
        }
        terms.renewal = Renewal::None;
        Ok(Some((terms, now.max(last.effective_at))))
    }
}

/// A commitment for so many months of as many as it is for, rounded half-even to the minor unit.
fn in_proportion(committed: Money, months: u32, of: u32) -> Money {
    let exact = Decimal::from(committed.minor) * Decimal::from(months) / Decimal::from(of.max(1));
    let minor = exact
        .round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven)
        .to_i64();
    Money::new(minor.unwrap_or(committed.minor), committed.currency)
}
