//! What is agreed with a customer over time, and how far it has been carried out: phases, contracts, changes of plan to
//! come, the steps that were done.
//!
//! Changes are attached to a request of the ledger ([`ScheduleChange`]) and committed with it, under the organization's
//! lock. Each names the revision on which it was worked out: where another process was first, nothing is changed. What
//! is due when is the domain's affair, what a step does the service's.

mod adopt;
mod claim;
mod read;
mod rows;
mod write;

use drawdown_domain::contract::{Contract, ContractVersion};
use drawdown_domain::id::{ContractId, GrantId, PlanChangeId, PlanMoveId, PlanVersionId};
use drawdown_domain::plan::PlanTerms;
use drawdown_domain::schedule::{Outlook, Progress, StepKey};
use drawdown_domain::{Money, Timestamp};

pub(crate) use adopt::adopt;
pub use claim::CLAIM_SECONDS;
pub(crate) use read::read_contracts;
pub(crate) use write::{revision_of, write_change};

/// Which version of which contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContractRef {
    /// The contract.
    pub contract: ContractId,
    /// Its version.
    pub version: u32,
}

/// What holds for a customer from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseRow {
    /// 1, 2, 3… in an organization.
    pub number: u32,
    /// From when, ascending.
    pub from: Timestamp,
    /// The instant from whose local day intervals are counted.
    pub anchor: Timestamp,
    /// The plan version, with a contract's terms where there is one; `None` for no plan.
    pub plan: Option<PlanVersionId>,
    /// The contract by which it holds.
    pub contract: Option<ContractRef>,
}

/// A change of plan that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanChange {
    /// Its identifier.
    pub id: PlanChangeId,
    /// The plan version; `None` for no plan.
    pub plan: Option<PlanVersionId>,
    /// The contract by which it holds.
    pub contract: Option<ContractRef>,
    /// The move of a group that scheduled it; `None` where it was agreed with this customer.
    pub of_move: Option<PlanMoveId>,
    /// From when intervals are counted then; `None`: as they are.
    pub anchor: Option<Timestamp>,
    /// When it takes effect; `None`: when the plan next renews, or the contract ends.
    pub at: Option<Timestamp>,
    /// When it was scheduled.
    pub created_at: Timestamp,
}

/// How a change of plan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanChangeEnd {
    /// It took effect.
    Done,
    /// It was taken back before.
    Withdrawn,
    /// The ledger would not have it.
    Refused,
}

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneStep {
    /// Its key.
    pub key: String,
    /// What kind: `grant`, `renewal` and so on, as the migration lists them.
    pub kind: &'static str,
    /// When it was due.
    pub at: Timestamp,
    /// When it was done.
    pub done_at: Timestamp,
    /// The grant that came of it, if one did.
    pub grant: Option<GrantId>,
    /// The money that fell due by it.
    pub money: Option<Money>,
}

/// A new version of a contract, with the terms of plan that come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedVersion {
    /// The contract.
    pub contract: ContractId,
    /// The version.
    pub version: ContractVersion,
    /// The identifier of the plan version made for it.
    pub plan: PlanVersionId,
    /// The plan's terms with what differs.
    pub terms: PlanTerms,
}

/// Everything that is agreed with a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreements {
    /// Rises with every change; 0 where there is nothing yet.
    pub revision: i64,
    /// How far they are carried out.
    pub progress: Progress,
    /// When the next step is due.
    pub next_step_at: Option<Timestamp>,
    /// What has held, oldest first.
    pub phases: Vec<PhaseRow>,
    /// Its contracts.
    pub contracts: Vec<Contract>,
    /// The plan version of each version of a contract.
    pub contract_plans: Vec<(ContractRef, PlanVersionId)>,
    /// Versions of contracts that were taken back: no longer among the contracts, and their numbers are not given again.
    pub withdrawn: Vec<ContractRef>,
    /// Changes of plan to come, the oldest first.
    pub changes: Vec<PlanChange>,
}

/// What changes in a customer's agreements, together with a request of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleChange {
    /// The revision on which it was worked out. Where there is another by now, the request is turned away.
    pub revision: i64,
    /// How far they are carried out after it.
    pub progress: Progress,
    /// What comes next after it.
    pub outlook: Outlook,
    /// A new phase.
    pub phase: Option<PhaseRow>,
    /// The step that is done by it.
    pub step: Option<DoneStep>,
    /// A change of plan to come.
    pub scheduled: Option<PlanChange>,
    /// Changes of plan that end by it.
    pub ended: Vec<(PlanChangeId, PlanChangeEnd)>,
    /// A new version of a contract.
    pub signed: Option<Box<SignedVersion>>,
    /// Versions of contracts that are taken back.
    pub withdrawn: Vec<ContractRef>,
    /// When it is made.
    pub at: Timestamp,
}

impl ScheduleChange {
    /// A change that changes nothing yet.
    pub fn of(agreements: &Agreements, at: Timestamp) -> Self {
        Self {
            revision: agreements.revision,
            progress: agreements.progress.clone(),
            outlook: Outlook {
                step_at: agreements.next_step_at,
                ..Outlook::default()
            },
            phase: None,
            step: None,
            scheduled: None,
            ended: Vec::new(),
            signed: None,
            withdrawn: Vec::new(),
            at,
        }
    }
}

/// The grants of steps: what a carry-over takes from.
pub type StepGrants = Vec<(StepKey, GrantId)>;
