//! [`Service`]: the one handle to every use case, cheap to clone.

use std::sync::Arc;

use secrecy::SecretString;

use crate::error::ServiceError;

/// What an installation is set to.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Who sells, for people.
    pub vendor: String,
    /// Where browsers reach this installation, without a slash at the end.
    pub public_url: String,
    /// The sandbox payment provider's signing secret; `None` switches the sandbox off.
    pub sandbox_secret: Option<SecretString>,
}

/// The one handle.
#[derive(Clone, Debug)]
pub struct Service {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: ServiceSettings,
}

impl Service {
    /// What the installation is set to.
    pub fn settings(&self) -> &ServiceSettings {
        &self.inner.settings
    }

    pub(crate) fn unfinished() -> ServiceError {
        ServiceError::internal("not there yet")
    }
}
