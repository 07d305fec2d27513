//! The one door through which credits move.
//!
//! Requests queue in the process; a writer takes whatever is there, decides it against rows that it has locked, writes
//! all changes in one transaction, commits, and only then answers. A caller that goes away changes nothing.

use std::sync::Arc;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;

use crate::audit::AuditLine;
use crate::catalogue::Cache;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::LedgerError;
use crate::payment::PaymentChange;

/// What makes a retry answer the same: for 35 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key. What it is unique within (the API key, the route) is for the service to put into it.
    pub key: String,
    /// SHA-256 of the request: the same key with another request is a conflict.
    pub request_hash: [u8; 32],
}

/// What is written in the same transaction, only where the outcome is not [`Outcome::Refused`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachments {
    /// Lines for the audit log.
    pub audit: Vec<AuditLine>,
    /// A payment opened or settled.
    pub payment: Option<PaymentChange>,
}

/// The ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ledger {}

impl Ledger {
    pub(crate) fn start(_db: &Arc<Database>, _catalogue: &Arc<Cache>, _clock: &Clock, _shards: u32) -> Self {
        Self {}
    }

    pub(crate) fn closed() -> Self {
        Self {}
    }

    pub(crate) async fn close(&self) {}

    /// Has a request decided and, once it is committed, answers with the outcome. Waits while the queue is full.
    ///
    /// # Errors
    /// See [`LedgerError`]; but for [`LedgerError::Unknown`] nothing was changed.
    pub async fn submit(
        &self,
        organization: OrganizationId,
        request: Request,
        idempotency: Option<Idempotency>,
    ) -> Result<Outcome, LedgerError> {
        self.submit_with(organization, request, idempotency, Attachments::default())
            .await
    }

    /// The same, with rows that must commit together with the change.
    ///
    /// # Errors
    /// See [`LedgerError`]; but for [`LedgerError::Unknown`] nothing was changed.
    pub async fn submit_with(
        &self,
        _organization: OrganizationId,
        _request: Request,
        _idempotency: Option<Idempotency>,
        _attachments: Attachments,
    ) -> Result<Outcome, LedgerError> {
        Err(LedgerError::Closed)
    }
}
