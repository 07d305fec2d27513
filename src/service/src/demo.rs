//! Demo data: one vendor, three customers, ninety days of usage, made by the same code paths as the real thing.
//!
//! The same seed and the same day give the same data. A database that is not empty and was not marked as a demo is
//! refused.

use drawdown_domain::organization::Role;

use crate::error::ServiceError;
use crate::service::Service;

/// A sign-in of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLogin {
    /// The organization's name.
    pub organization: String,
    /// What the member may do.
    pub role: Role,
    /// Mail address.
    pub email: String,
    /// Password, the same for all.
    pub password: &'static str,
}

/// What the demo holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Sign-ins, the best to begin with first.
    pub logins: Vec<DemoLogin>,
    /// True where it was made now; false where it was there.
    pub made: bool,
}

impl Service {
    /// Fills an empty database with demo data and marks it; of a marked one only says the logins.
    pub async fn seed_demo(&self) -> Result<Demo, ServiceError> {
        Err(Self::unfinished())
    }
}
