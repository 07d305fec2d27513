//! The use cases over a real database: SQLite in a temporary folder, and PostgreSQL (a database of its own for each
//! test; see `fresh_postgres`).

mod account;
mod adjustments;
mod audit;
mod audit_sides;
mod catalogue;
mod contract_terms;
mod contract_withdrawal;
mod contracts;
mod customers;
mod demo;
mod four_hundred_days;
#[path = "../../../store/src/tests/fresh_postgres.rs"]
mod fresh_postgres;
mod gifts;
mod intervals;
mod limits;
mod live;
mod members;
mod metering;
mod overview;
mod payments;
mod permissions;
mod plan_moves;
mod plans;
mod portfolio;
mod portfolio_months;
mod rate_card;
mod reports;
mod schedule;
mod sign_in;
mod simulation;
mod taking_back;
mod transfers;
mod world;
