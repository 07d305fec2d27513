//! API keys: made, listed, revoked. The secret is shown once and kept as a hash.

use drawdown_domain::id::ApiKeyId;
use secrecy::SecretString;

use crate::actor::{Actor, KeyScope};
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

/// A key that was just made.
#[derive(Debug)]
pub struct CreatedKey {
    /// Its identifier.
    pub id: ApiKeyId,
    /// Its secret, `dd_sk_…`: shown now and never again.
    pub secret: SecretString,
}

/// A key in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// Its identifier.
    pub id: ApiKeyId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scope: KeyScope,
    /// The first characters of its secret: tells keys apart.
    pub prefix: String,
    /// When it was made.
    pub created: Moment,
    /// When it was revoked.
    pub revoked: Option<Moment>,
}

impl Service {
    /// Makes a key with a name of 1 to 100 characters.
    pub async fn create_key(&self, actor: &Actor, name: &str, scope: KeyScope) -> Result<CreatedKey, ServiceError> {
        let _ = (actor, name, scope);
        Err(Self::unfinished())
    }

    /// All keys, the newest first.
    pub async fn keys(&self, actor: &Actor) -> Result<Vec<KeyView>, ServiceError> {
        let _ = actor;
        Err(Self::unfinished())
    }

    /// Revokes a key, at once and for good. Again is the same.
    pub async fn revoke_key(&self, actor: &Actor, key: ApiKeyId) -> Result<(), ServiceError> {
        let _ = (actor, key);
        Err(Self::unfinished())
    }
}
