//! `/v1/admin`, one file a noun of its routes.

mod adjustments;
mod contracts;
mod customers;
mod grants;
mod retries;
mod roles;
pub(crate) mod scene;
