//! The use cases over a real database: SQLite in a temporary folder, and PostgreSQL (a database of its own for each
//! test) where `DRAWDOWN_TEST_POSTGRES_URL` names a server.

mod catalogue;
mod customers;
mod demo;
mod limits;
mod live;
mod metering;
mod overview;
mod payments;
mod permissions;
mod portfolio;
mod reports;
mod sign_in;
mod world;
