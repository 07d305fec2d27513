//! The server of Drawdown: command line, configuration, `/v1`, pages, jobs, telemetry.
//!
//! It turns requests into calls of the service and answers into bytes; what is allowed and what it costs is decided
//! below. The binary `drawdown` is one call of [`cli::main`].

pub mod api;
pub mod cli;
pub mod config;
pub mod demo;
mod hex;
pub mod http;
pub mod jobs;
pub mod replay;
pub mod telemetry;
