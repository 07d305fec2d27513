//! Background work: each is idempotent and may run in every process at once. When is left to the server.

use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// Ends holds and grants that are due, in organizations that no request touches. Says how many were swept.
    pub async fn sweep(&self) -> Result<u64, ServiceError> {
        Err(Self::unfinished())
    }

    /// Gives the allotments that are due: one a plan period, from the organization's anchor. Says how many were given.
    pub async fn give_allotments(&self) -> Result<u64, ServiceError> {
        Err(Self::unfinished())
    }

    /// Forgets outcomes of keyed requests older than 35 days. Says how many.
    pub async fn forget_idempotency(&self) -> Result<u64, ServiceError> {
        Err(Self::unfinished())
    }

    /// Deletes sessions that are over. Says how many.
    pub async fn delete_expired_sessions(&self) -> Result<u64, ServiceError> {
        Err(Self::unfinished())
    }
}
