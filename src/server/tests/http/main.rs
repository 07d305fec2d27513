//! The HTTP tests: one binary, whose files mirror the routes.
//!
//! Most tests call the router in process, on a database of their own and with a clock that they step. What needs real
//! processes (two servers on one database, a replay that is killed, the tour of the README) starts the real binary. The
//! PostgreSQL half needs `DRAWDOWN_TEST_POSTGRES_URL`; see `fresh_postgres`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests fail by panicking and say what they leave out"
)]

mod admin;
mod authorize;
mod bad_batches;
mod bad_input;
mod bank;
mod catalogue_pages;
mod cluster;
mod command_line;
mod connections;
mod crash;
mod customers;
mod document;
#[path = "../../../store/src/tests/fresh_postgres.rs"]
mod fresh_postgres;
mod grants;
mod holds;
mod keys;
mod limits;
mod live;
mod manage;
mod overload;
mod pages;
mod parallel;
mod paused;
mod process;
mod quote;
mod replay;
mod story;
mod tour;
mod usage;
mod wire;
mod world;
