//! `/v1/admin`, one file a noun of its routes.

mod adjustments;
mod audit;
mod catalogue;
mod contracts;
mod customers;
mod grants;
mod plans;
mod portfolio;
mod rates;
mod retries;
mod roles;
pub(crate) mod scene;
