//! What a customer is told about runs that fail: the words of its plan, or of its contract where that has its own.

use drawdown_domain::catalogue::Rates;
use drawdown_domain::key::Key;
use drawdown_domain::plan::PlanVersion;

use crate::words::use_case_name;

/// What is told about the failed runs of a use case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundWords {
    /// The use case.
    pub use_case: Key,
    /// Its name; its key, where it is not sold any more.
    pub name: String,
    /// What is told.
    pub words: String,
}

/// What the terms in force tell, by use case. A contract's terms are a plan version of their own, with its words in them.
pub(super) fn told(plan: Option<&PlanVersion>, rates: &Rates) -> Vec<RefundWords> {
    let told = plan.into_iter().flat_map(|plan| &plan.terms.refunds);
    let told = told.map(|(use_case, words)| RefundWords {
        name: use_case_name(rates, use_case.as_str()),
        use_case: use_case.clone(),
        words: words.clone(),
    });
    told.collect()
}
