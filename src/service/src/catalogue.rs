//! The catalogue file: use cases, rates and plans in TOML. Applying it twice is once; a change makes a new version.

use drawdown_domain::catalogue::{RateCard, Rates};
use drawdown_domain::key::Key;

use crate::actor::Actor;
use crate::customers::PlanView;
use crate::error::ServiceError;
use crate::service::Service;

/// Whether applying made a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// It did, with this number.
    New(i64),
    /// Nothing differs from this number.
    Same(i64),
}

/// What applying a catalogue did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The rate card.
    pub rate_card: Version,
    /// Each plan of the file.
    pub plans: Vec<(Key, Version)>,
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentCatalogue {
    /// The rate card's version; `None` before the first.
    pub rate_card: Option<RateCard>,
    /// The current version of each plan.
    pub plans: Vec<PlanView>,
}

impl Service {
    /// Publishes what a catalogue file says, where it differs from what is there. Nothing is published where anything
    /// in it is wrong; every error names its key and the remedy.
    pub async fn apply_catalogue(&self, actor: &Actor, text: &str) -> Result<Applied, ServiceError> {
        let _ = (actor, text);
        Err(Self::unfinished())
    }

    /// What is in force now.
    pub async fn catalogue(&self, actor: &Actor) -> Result<CurrentCatalogue, ServiceError> {
        let _ = actor;
        Err(Self::unfinished())
    }

    /// The prices in force now: use cases, modes, platforms, for forms and labels.
    pub async fn rates(&self, actor: &Actor) -> Result<Rates, ServiceError> {
        let _ = actor;
        Err(Self::unfinished())
    }
}
