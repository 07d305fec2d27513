//! Taking back what is agreed and has not begun: a contract before its first day, the last amendment before it takes effect.
//!
//! Nothing of it was released or due, so nothing has to be undone: its versions and the changes of plan that belong to them
//! are gone with one change of the agreements, or the job that begins them was first and it is refused.

use drawdown_domain::Timestamp;
use drawdown_domain::contract::{Contract, ContractVersion};
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_store::{AuditLine, ContractRef, PlanChangeEnd, ScheduleChange};
use serde_json::json;

use super::{ATTEMPTS_MAX, known, meanwhile};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::schedule::{Book, LedgerFailure};
use crate::service::Service;

/// The code of the conflict with what has taken effect.
const BEGUN: &str = "contract_begun";

impl Service {
    /// Takes a contract back that has not begun, with all its amendments. The customer stays on the plan that it has.
    ///
    /// # Errors
    /// `contract_begun` (conflict) where it has begun, with the day on which it did.
    pub async fn withdraw_contract(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: ContractId,
    ) -> Result<(), ServiceError> {
        self.withdraw_versions(actor, organization, id, None).await
    }

    /// Takes an amendment back that has not taken effect: the version before it goes on.
    ///
    /// # Errors
    /// `contract_begun` (conflict) where it has taken effect, with the day; `not_the_last` (conflict) where another was agreed after it;
    /// not found where the contract has no such amendment.
    pub async fn withdraw_amendment(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: ContractId,
        version: u32,
    ) -> Result<(), ServiceError> {
        self.withdraw_versions(actor, organization, id, Some(version)).await
    }

    async fn withdraw_versions(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: ContractId,
        amendment: Option<u32>,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        for _ in 0..ATTEMPTS_MAX {
            // What is due before now begins before it can be taken back.
            self.carry_out(organization).await?;
            let mut book = Book::open(self, organization).await?;
            let now = self.now();
            let contract = known(&book, id)?.clone();
            let versions = self.not_begun(&book, &contract, amendment, now)?;
            let line = self.withdrawal_line(actor, organization, &contract, versions);
            let mut change = ScheduleChange::of(&book.agreements, now);
            let of = |version: &ContractVersion| ContractRef {
                contract: id,
                version: version.number,
            };
            change.withdrawn = versions.iter().map(of).collect();
            let waiting = book.agreements.changes.iter();
            let of_these = waiting.filter(|waiting| waiting.contract.is_some_and(|of| change.withdrawn.contains(&of)));
            change.ended = of_these.map(|waiting| (waiting.id, PlanChangeEnd::Withdrawn)).collect();
            match self.submit_change(&mut book, change, vec![line], now).await {
                Err(LedgerFailure::Moved) => {}
                Err(LedgerFailure::Service(error)) => return Err(error),
                Ok(()) => return self.after_signing(organization).await,
            }
        }
        Err(meanwhile())
    }

    /// The versions that are to be taken back: all, or the last.
    fn not_begun<'a>(
        &self,
        book: &Book,
        contract: &'a Contract,
        amendment: Option<u32>,
        now: Timestamp,
    ) -> Result<&'a [ContractVersion], ServiceError> {
        let (versions, at) = match amendment {
            None => (contract.versions.as_slice(), 0),
            Some(number) => {
                let place = contract.versions.iter().position(|version| version.number == number);
                let place = place
                    .filter(|place| *place > 0)
                    .ok_or(ServiceError::NotFound("amendment"))?;
                (&contract.versions[place..], place)
            }
        };
        let first = contract.versions.get(at).ok_or(ServiceError::NotFound("contract"))?;
        if has_begun(book, contract, first, now) {
            let at = self
                .moments(&book.organization.state)
                .at(begins(book, contract, first))
                .full;
            let message = match amendment {
                None => format!("the contract began on {at}; amend it, or end it with its term"),
                Some(number) => format!("version {number} took effect on {at}; amend the contract again"),
            };
            return Err(ServiceError::conflict(BEGUN, message));
        }
        match versions {
            [first, .., last] if amendment.is_some() => {
                let message = format!(
                    "version {} was agreed after version {}; take that back first",
                    last.number, first.number
                );
                Err(ServiceError::conflict("not_the_last", message))
            }
            versions => Ok(versions),
        }
    }

    /// What was agreed, and of an amendment what is agreed without it.
    fn withdrawal_line(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        contract: &Contract,
        versions: &[ContractVersion],
    ) -> AuditLine {
        let said = |version: &ContractVersion| json!({ "contract": contract.id, "version": version.number, "terms": version.terms });
        let left = contract.versions.len().saturating_sub(versions.len());
        let stays = contract.versions[..left].last();
        let mut line = self.audit_line(actor, Some(organization), "withdraw", "contract", stays.map(said));
        line.before = versions.last().map(|version| {
            json!({
                "contract": contract.id, "version": version.number, "effective_at": version.effective_at,
                "terms": version.terms,
            })
        });
        line
    }
}

/// From when a version holds: the first from the contract's first day.
fn begins(book: &Book, contract: &Contract, version: &ContractVersion) -> Timestamp {
    let is_first = contract
        .versions
        .first()
        .is_some_and(|first| first.number == version.number);
    let at = if is_first {
        version.terms.starts_at
    } else {
        version.effective_at
    };
    book.zone.local_day_start(at)
}

/// True where a version holds already: by the calendar, or because the customer was put on its terms before its zone was changed.
pub(super) fn has_begun(book: &Book, contract: &Contract, version: &ContractVersion, now: Timestamp) -> bool {
    let of = ContractRef {
        contract: contract.id,
        version: version.number,
    };
    let phases = &book.agreements.phases;
    begins(book, contract, version) <= now || phases.iter().any(|phase| phase.contract == Some(of))
}
