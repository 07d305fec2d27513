//! What a contract will do, before it is signed: its steps with their days, worked out by the schedule that will do them.

use drawdown_domain::catalogue::change::Change;
use drawdown_domain::contract::ContractTerms;
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_domain::plan::discount_percent;
use drawdown_domain::schedule::{Due, Progress, Step};
use drawdown_domain::{Credits, Money, Timestamp, format};
use drawdown_store::ScheduleChange;
use rust_decimal::Decimal;

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::schedule::Book;
use crate::service::Service;

/// The most steps that are told.
const STEPS_MAX: usize = 60;

/// A step that is to come, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepView {
    /// When it is due.
    pub at: Moment,
    /// What happens.
    pub words: String,
    /// Credits that come of it.
    pub credits: Option<Credits>,
    /// Money that falls due.
    pub money: Option<Money>,
}

/// What an amendment will change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendmentPreview {
    /// From when it will hold.
    pub effective: Moment,
    /// What it changes of the version before.
    pub changes: Vec<Change>,
}

/// What a contract will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractPreview {
    /// The plan's name.
    pub plan: String,
    /// What the commitment of the first term buys.
    pub credits: Credits,
    /// The discount against the plan's own rate, in percent of the price of a credit.
    pub discount: Option<Decimal>,
    /// When it begins.
    pub begins: Moment,
    /// When the term ends in which it takes effect.
    pub ends: Option<Moment>,
    /// What it changes, where it amends a contract.
    pub amendment: Option<AmendmentPreview>,
    /// Its steps until then and at the end, in their order.
    pub steps: Vec<StepView>,
}

impl Service {
    /// What a contract would do. `amends` is the contract that these terms amend, with the day from which on they would.
    /// Changes nothing, and refuses what signing or amending refuses.
    pub async fn preview_contract(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        terms: ContractTerms,
        amends: Option<(ContractId, Timestamp)>,
    ) -> Result<ContractPreview, ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        let mut book = Book::open(self, organization).await?;
        let now = self.now();
        let base = self.base(&book, &terms).await?;
        let mut before = None;
        let draft = match amends {
            None => {
                self.draft(&mut book, self.new_contract_id(), terms.clone(), now)
                    .await?
            }
            Some((id, effective_at)) => {
                let contract = super::known(&book, id)?.clone();
                before = contract.versions.last().map(|last| last.terms.clone());
                self.amendment(&mut book, &contract, terms.clone(), effective_at, now)
                    .await?
            }
        };
        let moments = self.moments(&book.organization.state);
        let amendment = match before {
            None => None,
            Some(before) => Some(AmendmentPreview {
                effective: moments.at(draft.signed.version.effective_at),
                changes: self.contract_changes(&before, &terms).await?,
            }),
        };
        let id = draft.signed.contract;
        let mut change = ScheduleChange::of(&book.agreements, now);
        let at = draft.change.at.unwrap_or(now);
        change.phase = Some(book.phase_of(&draft.change, at));
        change.signed = Some(Box::new(draft.signed));
        let after = book.after(&change);
        let known = super::known(&after, id)?;
        let end = known
            .term_ends(&after.zone, after.zone.local_day_start(at))
            .unwrap_or(at);
        Ok(ContractPreview {
            plan: base.terms.name.clone(),
            credits: terms.credits().map_err(ServiceError::internal)?,
            discount: discount_percent(base.terms.conversion_rate, terms.conversion_rate),
            begins: moments.at(after.zone.local_day_start(terms.starts_at)),
            ends: Some(moments.at(end)),
            amendment,
            steps: steps(&after, &book.agreements.progress, at.min(end), end, &moments),
        })
    }
}

/// The steps of a book between two instants, for people.
pub(super) fn steps(
    book: &Book,
    progress: &Progress,
    from: Timestamp,
    until: Timestamp,
    moments: &Moments,
) -> Vec<StepView> {
    let first = book.zone.local_day_start(from);
    let due = book.schedule(|schedule| schedule.due(progress, until));
    // What begins when all ends is somebody else's.
    let is_last = |due: &Due| {
        matches!(
            due,
            Due::PlanEnd | Due::ContractEnd { .. } | Due::ContractRenewal { .. }
        )
    };
    let told_of = |step: &Step| step.at >= first && (step.at < until || is_last(&step.due));
    let due = due.into_iter().filter(told_of);
    let told = due.filter_map(|step| step_view(&step, moments));
    told.take(STEPS_MAX).collect()
}

/// A step in words; what only ends what was said to end, and renewals that change nothing, are left out.
fn step_view(step: &Step, moments: &Moments) -> Option<StepView> {
    let (words, credits, money) = match &step.due {
        Due::Expire { .. } | Due::Renewal => return None,
        Due::PlanEnd => ("The plan ends".to_owned(), None, None),
        Due::ContractEnd { .. } => {
            let words = "The contract ends; what is left of its credits expires";
            (words.to_owned(), None, None)
        }
        Due::ContractRenewal { until, .. } => {
            let until = moments.at(*until).full;
            (format!("The contract is renewed until {until}"), None, None)
        }
        Due::Charge { price, .. } => ("The price of an interval is due".to_owned(), None, *price),
        Due::Payment { amount, .. } => ("A payment is due".to_owned(), None, Some(*amount)),
        Due::RollOver { name, .. } => (format!("What is left of {name} is carried over"), None, None),
        Due::Grant { name, allotment, .. } => {
            let words = format!("Allotment {name} is given");
            (words, Some(allotment.credits), None)
        }
        Due::Release {
            credits, expires_at, ..
        } => {
            let until = moments.at(*expires_at).full;
            let words = format!(
                "{} credits are released, valid until {until}",
                format::credits(*credits)
            );
            (words, Some(*credits), None)
        }
    };
    Some(StepView {
        at: moments.at(step.at),
        words,
        credits,
        money,
    })
}
