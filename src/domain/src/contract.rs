//! Contracts: what one customer commits to beyond a plan: an amount of money, what it buys, when it is released and paid,
//! and how it goes on.
//!
//! A contract is signed in versions. An amendment takes effect at the midnight before its instant, and changes nothing
//! that was due before. When which part is due is `schedule`.

mod change;
mod overrides;
mod spread;
#[cfg(feature = "engine")]
mod terms;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::credits::{Credits, CreditsError};
use crate::id::{ContractId, PlanVersionId};
use crate::money::Money;
use crate::plan::PlanTerms;
use crate::timestamp::Timestamp;

pub use overrides::Overrides;
pub use spread::{Part, Spread};
#[cfg(feature = "engine")]
use spread::{Weighed, divide};
#[cfg(feature = "engine")]
pub(crate) use terms::Instalment;
#[cfg(feature = "engine")]
pub use terms::RunningTerm;

/// The longest term, in months.
pub const TERM_MONTHS_MAX: u32 = 120;

/// How a contract goes on after its term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// It ends.
    #[default]
    None,
    /// For the same length, with the same commitment.
    SameTerms,
    /// For so many months at a time, with the commitment in proportion.
    Months(u32),
}

/// What is agreed. Stored as JSON (see the golden file in the tests).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractTerms {
    /// The plan version that it builds on.
    pub plan: PlanVersionId,
    /// What differs from the plan.
    #[serde(default)]
    pub overrides: Overrides,
    /// What is committed for a term.
    pub committed: Money,
    /// Credits for one major unit of money: what the commitment buys, and top-ups beside it.
    pub conversion_rate: Decimal,
    /// An instant of its first day; it begins at that day's local midnight.
    pub starts_at: Timestamp,
    /// The length of its first term; it ends at a local midnight.
    pub months: u32,
    /// When the credits are released.
    #[serde(default)]
    pub release: Spread,
    /// When the money is due.
    #[serde(default)]
    pub payments: Spread,
    /// How it goes on.
    #[serde(default)]
    pub renewal: Renewal,
    /// A note for the vendor's staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A version of a contract: the first, or an amendment. Never edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractVersion {
    /// 1, 2, 3…
    pub number: u32,
    /// From when it holds. Of the first version it is the contract's start, whatever stands here.
    pub effective_at: Timestamp,
    /// What is agreed.
    pub terms: ContractTerms,
}

/// A contract with all its versions, oldest first; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its identifier.
    pub id: ContractId,
    /// Its versions.
    pub versions: Vec<ContractVersion>,
}

/// Why a contract or an amendment cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// Money below zero.
    #[error("the committed amount is never negative")]
    Negative,
    /// A rate of zero or less.
    #[error("the conversion rate is above zero")]
    ConversionRate,
    /// Another currency than the plan's.
    #[error("the contract is in another currency than the plan")]
    Currency,
    /// A term without length, or too long.
    #[error("a term lasts 1 to 120 months")]
    Months,
    /// A table that does not fit.
    #[error("the table of {what} {fault}")]
    Table {
        /// Releases or payments.
        what: &'static str,
        /// What it should do.
        fault: &'static str,
    },
    /// The committed credits do not fit.
    #[error("the committed credits are too many")]
    TooLarge,
    /// An amendment in the past.
    #[error("an amendment takes effect today or later")]
    Past,
    /// An amendment before the version that it amends.
    #[error("an amendment does not take effect before the last one")]
    BeforeLast {
        /// When that takes effect.
        effective_at: Timestamp,
    },
    /// An amendment moves the beginning.
    #[error("an amendment keeps the day on which the contract begins")]
    Start,
    /// An amendment ends the term before it takes effect.
    #[error("an amendment cannot end the term before it takes effect")]
    Ended,
    /// The terms that come of the plan and what differs are not valid.
    #[error(transparent)]
    Plan(#[from] crate::plan::PlanError),
}

impl ContractTerms {
    /// The plan's terms as this customer has them. The agreed rate stands in place of the plan's rate and its tiers.
    pub fn applied_to(&self, plan: &PlanTerms) -> PlanTerms {
        let mut terms = plan.clone();
        self.overrides.apply(&mut terms);
        terms.conversion_rate = self.conversion_rate;
        terms.conversion_tiers.clear();
        terms
    }

    /// The credits that the commitment of the first term buys.
    ///
    /// # Errors
    /// [`CreditsError::TooLarge`] where they do not fit.
    pub fn credits(&self) -> Result<Credits, CreditsError> {
        self.committed.buys(self.conversion_rate)
    }

    /// Checks everything, also that the plan with what differs from it is valid.
    ///
    /// # Errors
    /// The first [`ContractError`] found.
    pub fn validate(&self, plan: &PlanTerms) -> Result<(), ContractError> {
        if self.committed.minor < 0 {
            return Err(ContractError::Negative);
        }
        if self.committed.currency != plan.currency {
            return Err(ContractError::Currency);
        }
        if self.conversion_rate <= Decimal::ZERO {
            return Err(ContractError::ConversionRate);
        }
        let renewed = match self.renewal {
            Renewal::Months(months) => months,
            Renewal::None | Renewal::SameTerms => self.months,
        };
        let lengths = 1..=TERM_MONTHS_MAX;
        if !lengths.contains(&self.months) || !lengths.contains(&renewed) {
            return Err(ContractError::Months);
        }
        // A table serves every term, so it fits into the shorter.
        let shorter = self.months.min(renewed);
        self.release.validate("releases", shorter)?;
        self.payments.validate("payments", shorter)?;
        self.credits().map_err(|_| ContractError::TooLarge)?;
        Ok(self.applied_to(plan).validate()?)
    }
}

impl Contract {
    /// The version in force at `at`: the last one that had taken effect, or the first.
    pub fn version_at(&self, at: Timestamp) -> Option<&ContractVersion> {
        let later = self
            .versions
            .iter()
            .skip(1)
            .take_while(|version| version.effective_at <= at);
        later.last().or(self.versions.first())
    }
}

#[cfg(feature = "engine")]
#[cfg(test)]
mod tests;
