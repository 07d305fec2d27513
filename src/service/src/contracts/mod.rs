//! Contracts: what one customer commits to beyond a plan. Signed in versions, amended from a day on, not renewed when ended.
//!
//! A contract is agreed as data; its releases, payments, renewals and its end are steps of the customer's schedule. Each
//! version has a plan version of its own, with the terms that come of the plan and what differs. Before it is signed,
//! [`Service::preview_contract`] tells what it will do, by the schedule that will do it.

mod charges;
mod choices;
mod end;
mod own;
mod preview;
mod view;
mod withdraw;

use std::sync::Arc;

use drawdown_domain::Timestamp;
use drawdown_domain::contract::{Contract, ContractError, ContractTerms, ContractVersion, Renewal};
use drawdown_domain::id::{ContractId, OrganizationId, PlanChangeId, PlanVersionId};
use drawdown_domain::plan::{PlanError, PlanVersion};
use drawdown_domain::schedule::{Due, Progress};
use drawdown_store::{ContractRef, PlanChange, ScheduleChange, SignedVersion};
use serde_json::json;

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::schedule::{Book, LedgerFailure};
use crate::service::Service;

pub use charges::ChargeView;
pub use choices::ContractChoices;
pub use preview::{AmendmentPreview, ContractPreview, StepView};
pub use view::{ContractState, ContractVersionView, ContractView};

/// How often agreements are read again because somebody else changed them meanwhile.
const ATTEMPTS_MAX: u32 = 5;
/// How far ahead a contract's end is looked for: the longest term twice.
const MONTHS_AHEAD: u32 = 240;

/// A version that is worked out and not signed yet.
struct Draft {
    signed: SignedVersion,
    /// The change that puts the customer on its terms.
    change: PlanChange,
}

impl Service {
    /// Refuses whoever may not agree on contracts with a customer.
    pub fn may_manage_contracts(&self, actor: &Actor, organization: OrganizationId) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))
    }

    /// A new identifier of a contract, for the form that will sign it: the same form again signs nothing more.
    pub fn new_contract_id(&self) -> ContractId {
        ContractId::from_uuid(self.random().uuid(self.now()))
    }

    /// Signs a contract: from the day on which it begins the customer is on its terms. The same identifier again changes
    /// nothing.
    ///
    /// # Errors
    /// Invalid terms by field; `contract_running` (conflict) where another contract would run at the same time.
    pub async fn sign_contract(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: ContractId,
        terms: ContractTerms,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        for _ in 0..ATTEMPTS_MAX {
            self.carry_out(organization).await?;
            let mut book = Book::open(self, organization).await?;
            if book.agreements.contracts.iter().any(|known| known.id == id) {
                return Ok(());
            }
            if book.agreements.withdrawn.iter().any(|of| of.contract == id) {
                let message = "this contract was signed and taken back; sign another one";
                return Err(ServiceError::conflict("contract_withdrawn", message));
            }
            let now = self.now();
            let draft = self.draft(&mut book, id, terms.clone(), now).await?;
            let after = json!({ "contract": id, "version": 1, "terms": terms });
            let line = self.audit_line(actor, Some(organization), "sign", "contract", Some(after));
            match self.sign(&mut book, draft, line, now).await {
                Err(LedgerFailure::Moved) => {}
                Err(LedgerFailure::Service(error)) => return Err(error),
                Ok(()) => return self.after_signing(organization).await,
            }
        }
        Err(meanwhile())
    }

    /// Amends a contract from the day of `effective_at` on. What was due before stays.
    ///
    /// # Errors
    /// Invalid terms by field; another day of beginning or length than the contract's: it is ended and a new one signed.
    pub async fn amend_contract(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: ContractId,
        terms: ContractTerms,
        effective_at: Timestamp,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        for _ in 0..ATTEMPTS_MAX {
            self.carry_out(organization).await?;
            let mut book = Book::open(self, organization).await?;
            let now = self.now();
            let contract = known(&book, id)?.clone();
            let last = contract.versions.last().ok_or(ServiceError::NotFound("contract"))?;
            let (number, before) = (last.number, Some(last.terms.clone()));
            if before.as_ref() == Some(&terms) {
                return Ok(());
            }
            if before.as_ref().is_some_and(|before| before.months != terms.months) {
                let message = "an amendment keeps the length of the term; end the contract and sign another";
                return Err(ServiceError::field("months", "fixed", message));
            }
            let draft = self
                .amendment(&mut book, &contract, terms.clone(), effective_at, now)
                .await?;
            let (version, from) = (draft.signed.version.number, draft.signed.version.effective_at);
            let after = json!({ "contract": id, "version": version, "effective_at": from, "terms": terms });
            let mut line = self.audit_line(actor, Some(organization), "amend", "contract", Some(after));
            line.before = before.map(|terms| json!({ "contract": id, "version": number, "terms": terms }));
            match self.sign(&mut book, draft, line, now).await {
                Err(LedgerFailure::Moved) => {}
                Err(LedgerFailure::Service(error)) => return Err(error),
                Ok(()) => return self.after_signing(organization).await,
            }
        }
        Err(meanwhile())
    }

    async fn after_signing(&self, organization: OrganizationId) -> Result<(), ServiceError> {
        self.carry_out(organization).await?;
        self.keep_portfolio_rows(&[organization]).await;
        Ok(())
    }

    async fn sign(
        &self,
        book: &mut Book,
        draft: Draft,
        line: drawdown_store::AuditLine,
        now: Timestamp,
    ) -> Result<(), LedgerFailure> {
        let mut change = ScheduleChange::of(&book.agreements, now);
        change.signed = Some(Box::new(draft.signed));
        change.scheduled = Some(draft.change);
        self.submit_change(book, change, vec![line], now).await
    }

    /// The first version of a contract, checked against everything that is agreed.
    async fn draft(
        &self,
        book: &mut Book,
        id: ContractId,
        terms: ContractTerms,
        now: Timestamp,
    ) -> Result<Draft, ServiceError> {
        let base = self.base(book, &terms).await?;
        terms.validate(&base.terms).map_err(|error| refused(&error))?;
        self.check_overrides(&terms, &base.terms).await?;
        let begins = book.zone.local_day_start(terms.starts_at);
        if begins < book.zone.local_day_start(now) {
            return Err(ServiceError::field("starts", "past", "it begins today or later"));
        }
        let until = match terms.renewal {
            Renewal::None => book.zone.midnight_after(terms.starts_at, terms.months, 0),
            Renewal::SameTerms | Renewal::Months(_) => Timestamp::MAX,
        };
        if let Some(other) = runs_within(book, begins, until) {
            let message = format!("{other} runs at that time; end it, or begin later");
            return Err(ServiceError::conflict("contract_running", message));
        }
        let version = ContractVersion {
            number: 1,
            effective_at: begins,
            terms,
        };
        Ok(self.put_together(book, id, version, &base, begins, now))
    }

    async fn amendment(
        &self,
        book: &mut Book,
        contract: &Contract,
        terms: ContractTerms,
        effective_at: Timestamp,
        now: Timestamp,
    ) -> Result<Draft, ServiceError> {
        let base = self.base(book, &terms).await?;
        let agreed = contract.versions.last().map(|last| &last.terms.overrides);
        if agreed != Some(&terms.overrides) {
            self.check_overrides(&terms, &base.terms).await?;
        }
        let begins = book.zone.local_day_start(terms.starts_at);
        let zone = book.zone.clone();
        // From today on is from now on, whatever the hour that was read when whoever asks began.
        let is_today = zone.local_day_start(effective_at) == zone.local_day_start(now);
        let effective_at = if is_today { effective_at.max(now) } else { effective_at };
        let version = contract.amended(terms, &base.terms, effective_at, now, &zone);
        let mut version = version.map_err(|error| match error {
            ContractError::BeforeLast { effective_at } => {
                let from = self.moments(&book.organization.state).at(effective_at).full;
                let message = format!("the last version holds from {from}; an amendment takes effect then or later");
                ServiceError::field("effective", "out_of_range", message)
            }
            error => refused(&error),
        })?;
        // A number is given once, whatever became of its version.
        let taken = book.agreements.withdrawn.iter().filter(|of| of.contract == contract.id);
        let taken = taken.map(|of| of.version).max().unwrap_or(0);
        version.number = version.number.max(taken + 1);
        Ok(self.put_together(book, contract.id, version, &base, begins, now))
    }

    fn put_together(
        &self,
        book: &mut Book,
        id: ContractId,
        version: ContractVersion,
        base: &PlanVersion,
        begins: Timestamp,
        now: Timestamp,
    ) -> Draft {
        let plan = Arc::new(PlanVersion {
            id: PlanVersionId::from_uuid(self.random().uuid(now)),
            plan: base.plan.clone(),
            number: base.number,
            terms: version.terms.applied_to(&base.terms),
        });
        book.learn(plan.clone());
        let change = PlanChange {
            id: PlanChangeId::from_uuid(self.random().uuid(now)),
            plan: Some(plan.id),
            contract: Some(ContractRef {
                contract: id,
                version: version.number,
            }),
            of_move: None,
            anchor: Some(begins),
            at: Some(book.zone.local_day_start(version.effective_at).max(now)),
            created_at: now,
        };
        Draft {
            signed: SignedVersion {
                contract: id,
                version,
                plan: plan.id,
                terms: plan.terms.clone(),
            },
            change,
        }
    }

    /// The plan version that a contract builds on; in the customer's currency.
    async fn base(&self, book: &Book, terms: &ContractTerms) -> Result<Arc<PlanVersion>, ServiceError> {
        let base = self.store().plan_version(terms.plan).await?;
        let base = base.ok_or_else(|| ServiceError::field("plan", "unknown_plan", "choose a plan"))?;
        let currency = book.organization.currency;
        if base.terms.currency != currency {
            let message = format!(
                "this customer pays in {currency}, the plan is in {}",
                base.terms.currency
            );
            return Err(ServiceError::field("plan", "not_the_plans", message));
        }
        Ok(base)
    }
}

fn known(book: &Book, id: ContractId) -> Result<&Contract, ServiceError> {
    let found = book.agreements.contracts.iter().find(|known| known.id == id);
    found.ok_or(ServiceError::NotFound("contract"))
}

/// When a contract ends, as far as it is agreed; `None` where it renews.
fn end_of(book: &Book, id: ContractId) -> Option<Timestamp> {
    let contract = book.agreements.contracts.iter().find(|known| known.id == id)?;
    let start = contract.versions.first()?.terms.starts_at;
    let horizon = book.zone.midnight_after(start, MONTHS_AHEAD, 0);
    book.schedule(|schedule| {
        let steps = schedule.due(&Progress::default(), horizon);
        let ends = |due: &Due| matches!(due, Due::ContractEnd { contract } if *contract == id);
        steps.into_iter().find(|step| ends(&step.due)).map(|step| step.at)
    })
}

/// A contract that runs between two instants.
fn runs_within(book: &Book, from: Timestamp, until: Timestamp) -> Option<ContractId> {
    let begins = |contract: &Contract| {
        let first = contract.versions.first();
        first.map_or(Timestamp::MAX, |version| {
            book.zone.local_day_start(version.terms.starts_at)
        })
    };
    let mut contracts = book.agreements.contracts.iter();
    let runs =
        contracts.find(|contract| begins(contract) < until && end_of(book, contract.id).is_none_or(|end| end > from));
    runs.map(|contract| contract.id)
}

/// What is wrong with terms, by the form's field.
fn refused(error: &ContractError) -> ServiceError {
    let (field, code) = match error {
        ContractError::Negative | ContractError::TooLarge | ContractError::Currency => ("committed", "invalid_amount"),
        ContractError::ConversionRate => ("conversion_rate", "invalid_rate"),
        ContractError::Months => ("months", "out_of_range"),
        ContractError::Table { what, .. } if *what == "payments" => ("payments", "invalid_table"),
        ContractError::Table { .. } => ("release", "invalid_table"),
        ContractError::Past | ContractError::BeforeLast { .. } | ContractError::Ended => ("effective", "out_of_range"),
        ContractError::Start => ("starts", "fixed"),
        ContractError::Plan(PlanError::LowBalance) => ("low_balance_percent", "out_of_range"),
        ContractError::Plan(PlanError::NoCeiling(_) | PlanError::Limit { .. }) => ("overrides", "invalid_limit"),
        ContractError::Plan(_) => ("plan", "invalid_terms"),
    };
    ServiceError::field(field, code, error.to_string())
}

fn meanwhile() -> ServiceError {
    let message = "somebody else is changing what is agreed with this customer; try again";
    ServiceError::conflict("changed_meanwhile", message)
}
