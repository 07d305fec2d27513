//! The use cases of Drawdown: between storage and everything outside.
//!
//! [`Service`] is the one handle that the HTTP API, the pages, the jobs and the command line get. Every method takes
//! the [`Actor`] first, asks the one permission table (`actor`) whether it may, calls the store, and writes an audit
//! line for each change. Views are ready to show: names resolved, times in the organization's zone, sentences written.

pub mod account;
pub mod actor;
pub mod adjustments;
pub mod admin_calls;
pub mod audit;
pub mod authenticate;
pub mod catalogue;
pub mod contracts;
pub mod credits;
pub mod customers;
pub mod demo;
pub mod error;
mod figures;
mod forecast;
pub mod given_away;
pub mod grants;
pub mod jobs;
mod key_cache;
pub mod keys;
pub mod limits;
pub mod live;
pub mod members;
pub mod metering;
pub mod moment;
pub mod overview;
mod password;
pub mod payments;
pub mod person;
pub mod plans;
pub mod portfolio;
pub mod posting_events;
pub mod postings;
pub mod randomness;
pub mod rate_card;
pub mod schedule;
pub mod service;
pub mod sessions;
pub mod simulation;
pub mod staff;
pub mod transfers;
pub mod usage;
mod words;

#[cfg(test)]
mod tests;

pub use actor::{Action, Actor, KeyScope, Member};
pub use error::{FieldError, ServiceError};
pub use moment::Moment;
pub use person::Person;
pub use randomness::Randomness;
pub use service::{Service, ServiceSettings};
pub use staff::Staff;
