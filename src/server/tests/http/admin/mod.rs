//! `/v1/admin`, one file a noun of its routes.

mod adjustments;
mod audit;
mod catalogue;
mod ceilings;
mod contract_overrides;
mod contract_withdrawal;
mod contracts;
mod customers;
mod family;
mod grants;
mod plan_end;
mod plans;
mod portfolio;
mod rates;
mod retries;
mod roles;
pub(crate) mod scene;
