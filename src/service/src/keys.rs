//! API keys: made, listed, revoked. The secret is shown once and kept as a hash.

use drawdown_domain::id::ApiKeyId;
use drawdown_store::{ApiKey, NewApiKey};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::actor::{Action, Actor, KeyScope};
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::randomness::hex;
use crate::service::Service;

/// What every secret begins with: a leaked one is found by it.
pub const SECRET_PREFIX: &str = "dd_sk_";
/// How many characters of a secret are kept to tell keys apart.
const SHOWN_CHARACTERS: usize = 12;

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

/// The hash under which a secret is kept. Secrets have 256 random bits, so a plain hash cannot be searched.
pub(crate) fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

impl Service {
    /// Makes a key with a name of 1 to 100 characters.
    pub async fn create_key(&self, actor: &Actor, name: &str, scope: KeyScope) -> Result<CreatedKey, ServiceError> {
        actor.authorise(Action::ManageKeys, None)?;
        let name = name.trim();
        if !(1..=100).contains(&name.chars().count()) {
            return Err(ServiceError::field("name", "length", "a name has 1 to 100 characters"));
        }
        let now = self.now();
        let id = ApiKeyId::from_uuid(self.random().uuid(now));
        let secret = format!("{SECRET_PREFIX}{}", hex(&self.random().bytes::<32>()));
        let new = NewApiKey {
            key: ApiKey {
                id,
                organization: None,
                name: name.to_owned(),
                scope: scope.into(),
                shown_prefix: secret.chars().take(SHOWN_CHARACTERS).collect(),
                created_at: now,
                revoked_at: None,
            },
            secret_hash: secret_hash(&secret),
        };
        let after = json!({ "id": id, "name": name, "scope": scope });
        let audit = self.audit_line(actor, None, "create", "api_key", Some(after));
        self.store().create_api_key(&new, &[audit]).await?;
        Ok(CreatedKey {
            id,
            secret: secret.into(),
        })
    }

    /// All keys of the vendor, the newest first.
    pub async fn keys(&self, actor: &Actor) -> Result<Vec<KeyView>, ServiceError> {
        actor.authorise(Action::ManageKeys, None)?;
        let moments = Moments::new("UTC", self.now());
        let keys = self.store().api_keys(None).await?;
        Ok(keys
            .into_iter()
            .rev()
            .map(|key| KeyView {
                id: key.id,
                name: key.name,
                scope: key.scope.into(),
                prefix: key.shown_prefix,
                created: moments.at(key.created_at),
                revoked: key.revoked_at.map(|at| moments.at(at)),
            })
            .collect())
    }

    /// Revokes a key, at once and for good. Again is the same.
    pub async fn revoke_key(&self, actor: &Actor, key: ApiKeyId) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageKeys, None)?;
        let known = self
            .store()
            .api_keys(None)
            .await?
            .into_iter()
            .find(|known| known.id == key);
        let told = |is_revoked: bool| {
            let known = known.as_ref().map(|known| (&known.name, KeyScope::from(known.scope)));
            json!({ "id": key, "name": known.map(|known| known.0), "scope": known.map(|known| known.1), "revoked": is_revoked })
        };
        let mut audit = self.audit_line(actor, None, "revoke", "api_key", Some(told(true)));
        audit.before = Some(told(false));
        self.store().revoke_api_key(key, self.now(), &[audit]).await?;
        self.inner.api_keys.forget(key);
        Ok(())
    }
}
