//! The contracts of a customer, for its page.

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::contract::{Contract, ContractTerms};
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_domain::plan::{PlanTerms, discount_percent};
use drawdown_domain::{Credits, Key, Timestamp};
use rust_decimal::Decimal;

use super::preview::steps;
use super::withdraw::has_begun;
use super::{StepView, end_of, known};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::schedule::Book;
use crate::service::Service;

/// How far ahead the next steps are told, in months.
const MONTHS_TOLD: u32 = 13;

/// How many of them.
const STEPS_TOLD: usize = 6;

/// Where a contract is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContractState {
    /// Signed, not begun.
    Upcoming,
    /// Running.
    Running,
    /// Over.
    Ended,
}

/// A version of a contract, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractVersionView {
    /// 1, 2, 3…
    pub number: u32,
    /// When it takes, or took, effect.
    pub effective: Moment,
    /// True where it has not taken effect: until then the last one can be taken back.
    pub waits: bool,
    /// What it changes of the one before; nothing of the first.
    pub changes: Vec<Change>,
}

/// A contract, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractView {
    /// Its identifier.
    pub id: ContractId,
    /// The customer's name.
    pub customer: String,
    /// Where it is in its life.
    pub state: ContractState,
    /// Its newest version.
    pub version: u32,
    /// When that takes, or took, effect.
    pub effective: Moment,
    /// All its versions, the newest first.
    pub versions: Vec<ContractVersionView>,
    /// What is agreed by the newest.
    pub terms: ContractTerms,
    /// The plan's name.
    pub plan: String,
    /// The plan version that it builds on: the plan's key and the version's number.
    pub base: (Key, i64),
    /// The terms of that version, from which it differs.
    pub base_terms: PlanTerms,
    /// What a term's commitment buys.
    pub credits: Credits,
    /// The discount against the plan's own rate, in percent.
    pub discount: Option<Decimal>,
    /// When it begins.
    pub begins: Moment,
    /// When it ends; `None` where it goes on.
    pub ends: Option<Moment>,
    /// How it goes on, in words.
    pub renewal: String,
    /// What it does next.
    pub next: Vec<StepView>,
}

impl Service {
    /// The contracts of a customer, the newest first. What they do next is told with the first that runs.
    pub async fn contracts(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<Vec<ContractView>, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let book = Book::open(self, organization).await?;
        let mut views = Vec::new();
        for contract in book.agreements.contracts.iter().rev() {
            views.push(self.contract_view(&book, contract.id).await?);
        }
        Ok(views)
    }

    /// One contract of a customer.
    pub async fn contract(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: ContractId,
    ) -> Result<ContractView, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let book = Book::open(self, organization).await?;
        self.contract_view(&book, id).await
    }

    async fn contract_view(&self, book: &Book, id: ContractId) -> Result<ContractView, ServiceError> {
        let contract = known(book, id)?;
        let last = contract.versions.last().ok_or(ServiceError::NotFound("contract"))?;
        let terms = last.terms.clone();
        let base = self.base(book, &terms).await?;
        let now = self.now();
        let moments = self.moments(&book.organization.state);
        let begins = book.zone.local_day_start(terms.starts_at);
        let end = end_of(book, id);
        let state = match end {
            _ if begins > now => ContractState::Upcoming,
            Some(end) if end <= now => ContractState::Ended,
            _ => ContractState::Running,
        };
        let next = if state == ContractState::Ended {
            Vec::new()
        } else {
            self.next_steps(book, begins.max(now), end, now)
        };
        Ok(ContractView {
            id,
            customer: book.organization.state.name.clone(),
            state,
            version: last.number,
            effective: moments.at(last.effective_at),
            versions: self.version_views(contract, book, &moments).await?,
            plan: base.terms.name.clone(),
            base: (base.plan.clone(), base.number),
            base_terms: base.terms.clone(),
            credits: terms.credits().map_err(ServiceError::internal)?,
            discount: discount_percent(base.terms.conversion_rate, terms.conversion_rate),
            begins: moments.at(begins),
            ends: end.map(|end| moments.at(end)),
            renewal: terms.renewal_words(),
            next,
            terms,
        })
    }

    async fn version_views(
        &self,
        contract: &Contract,
        book: &Book,
        moments: &Moments,
    ) -> Result<Vec<ContractVersionView>, ServiceError> {
        let now = self.now();
        let mut views = Vec::new();
        let mut before: Option<&ContractTerms> = None;
        for version in &contract.versions {
            let (effective, changes) = match before {
                None => (book.zone.local_day_start(version.terms.starts_at), Vec::new()),
                Some(before) => (
                    version.effective_at,
                    self.contract_changes(before, &version.terms).await?,
                ),
            };
            views.push(ContractVersionView {
                number: version.number,
                effective: moments.at(effective),
                waits: !has_begun(book, contract, version, now),
                changes,
            });
            before = Some(&version.terms);
        }
        views.reverse();
        Ok(views)
    }

    /// What terms change of those before, with plans by name.
    pub(super) async fn contract_changes(
        &self,
        before: &ContractTerms,
        after: &ContractTerms,
    ) -> Result<Vec<Change>, ServiceError> {
        let mut changes = before.changes_to(after);
        self.name_plans(changes.iter_mut()).await?;
        Ok(changes)
    }

    /// What is to come, with the contract's terms in force where it has not begun.
    fn next_steps(&self, book: &Book, from: Timestamp, end: Option<Timestamp>, now: Timestamp) -> Vec<StepView> {
        let moments = self.moments(&book.organization.state);
        let mut change = drawdown_store::ScheduleChange::of(&book.agreements, now);
        change.phase = book
            .dated()
            .map(|waiting| book.phase_of(waiting, waiting.at.unwrap_or(now)));
        let after = book.after(&change);
        let until = book.zone.midnight_after(from, MONTHS_TOLD, 0);
        let until = end.map_or(until, |end| end.min(until));
        let mut next = steps(&after, &book.agreements.progress, from, until, &moments);
        next.truncate(STEPS_TOLD);
        next
    }
}
