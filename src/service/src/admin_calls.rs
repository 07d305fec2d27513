//! Calls of `/v1/admin` that carry an idempotency key: a retry makes nothing twice, and is answered what the first was answered.
//!
//! A call is begun with the identifier of whatever it will make, and ended with its answer. Where a process ends between the
//! change and the answer, the retry is carried out again with the same identifier; changes that make nothing say how things
//! shall be, name the revision that they change, or are known to the ledger by that identifier. What was refused is forgotten,
//! and may be tried again.

use drawdown_store::AdminCall;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::metering::Idempotency;
use crate::service::Service;

/// How a call with a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It is to be carried out; what it makes has this identifier.
    Begun(Uuid),
    /// It was carried out, and answered with this HTTP status and body.
    Answered(u16, String),
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd<'a> {
    /// It was carried out, and answered with this HTTP status (200 to 299) and body.
    Answered(u16, &'a str),
    /// It was refused, and nothing was changed.
    Refused,
}

/// The vendor's keys share their idempotency keys.
fn key_hash(actor: &Actor, call: &Idempotency) -> [u8; 32] {
    let key = call.clone().of(actor).key;
    Sha256::digest(key).into()
}

impl Service {
    /// An identifier for what a call without a key makes.
    pub fn new_call(&self) -> Uuid {
        self.random().uuid(self.now())
    }

    /// Begins a call with a key, or finds how it stands.
    ///
    /// # Errors
    /// `idempotency_key_reused` (conflict) where the key was used for another request.
    pub async fn begin_call(&self, actor: &Actor, call: &Idempotency) -> Result<CallState, ServiceError> {
        actor.authorise_admin_api()?;
        let new = AdminCall {
            key_hash: key_hash(actor, call),
            request_hash: call.request_hash,
            identifier: self.new_call(),
            answer: None,
        };
        let found = self.store().begin_admin_call(&new, self.now()).await?;
        if found.request_hash != call.request_hash {
            return Err(ServiceError::conflict(
                "idempotency_key_reused",
                "this idempotency key was used with another request; use a new key",
            ));
        }
        Ok(match found.answer {
            Some((status, body)) => CallState::Answered(status, body),
            None => CallState::Begun(found.identifier),
        })
    }

    /// Ends a call that was begun.
    pub async fn end_call(&self, actor: &Actor, call: &Idempotency, end: CallEnd<'_>) -> Result<(), ServiceError> {
        actor.authorise_admin_api()?;
        let key = key_hash(actor, call);
        match end {
            CallEnd::Answered(status, body) => self.store().end_admin_call(key, status, body).await?,
            CallEnd::Refused => self.store().forget_admin_call(key).await?,
        }
        Ok(())
    }
}
