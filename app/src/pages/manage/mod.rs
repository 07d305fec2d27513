//! `/manage`: the pages of the vendor's staff.

pub mod adjustments;
pub mod audit;
pub(crate) mod changes;
pub mod customers;
pub(crate) mod drafts;
pub(crate) mod filled;
pub mod plans;
pub mod rates;
