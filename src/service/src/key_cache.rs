//! API keys that were looked up within the last second, so that a busy product costs no read a request.
//!
//! A key that is revoked in this process is forgotten at once. One that another process revoked is refused within a
//! second: it is trusted from the moment at which its look-up began, which cannot have found it valid had it been revoked
//! before, and using it does not prolong that. `src/server/tests/http/keys.rs` proves both over HTTP.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use drawdown_domain::id::ApiKeyId;

use crate::actor::Actor;

/// How long a key is taken for valid without asking.
const TRUST: Duration = Duration::from_secs(1);
/// The most keys that are kept; beyond, all are looked up anew.
const KEYS_MAX: usize = 10_000;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct KeyCache(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// By the hash of the secret: until when, and who.
    keys: HashMap<[u8; 32], (Instant, Actor)>,
    /// How often a key was revoked here: a look-up that began before a revocation is not kept after it.
    revocations: u64,
}

/// When a look-up began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LookUp {
    revocations: u64,
    at: Instant,
}

impl KeyCache {
    /// The actor of a secret's hash, or the beginning of a look-up.
    pub(crate) fn get(&self, hash: &[u8; 32]) -> Result<Actor, LookUp> {
        let state = self.state();
        let at = Instant::now();
        match state.keys.get(hash) {
            Some((until, actor)) if at < *until => Ok(actor.clone()),
            _ => Err(LookUp {
                revocations: state.revocations,
                at,
            }),
        }
    }

    /// Keeps what a look-up found.
    pub(crate) fn put(&self, begun: LookUp, hash: [u8; 32], actor: Actor) {
        let mut state = self.state();
        if state.revocations != begun.revocations {
            return;
        }
        if state.keys.len() >= KEYS_MAX {
            state.keys.clear();
        }
        state.keys.insert(hash, (begun.at + TRUST, actor));
    }

    /// Forgets a key that was revoked.
    pub(crate) fn forget(&self, key: ApiKeyId) {
        let mut state = self.state();
        state.revocations += 1;
        state.keys.retain(|_, (_, actor)| actor.api_key() != Some(key));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::actor::KeyScope;

    fn actor(id: u128) -> Actor {
        Actor::ApiKey {
            id: ApiKeyId::from_uuid(Uuid::from_u128(id)),
            organization: None,
            scope: KeyScope::Read,
            name: String::new(),
        }
    }

    #[test]
    fn a_revoked_key_is_forgotten_even_by_a_look_up_that_is_under_way() {
        let cache = KeyCache::default();
        let look_up = cache.get(&[1; 32]).unwrap_err();
        cache.put(look_up, [1; 32], actor(1));
        assert_eq!(cache.get(&[1; 32]).unwrap(), actor(1));
        let under_way = cache.get(&[2; 32]).unwrap_err();
        cache.forget(ApiKeyId::from_uuid(Uuid::from_u128(1)));
        assert!(cache.get(&[1; 32]).is_err());
        cache.put(under_way, [2; 32], actor(2));
        assert!(cache.get(&[2; 32]).is_err());
    }

    #[test]
    fn a_look_up_that_took_long_is_trusted_no_longer() {
        let cache = KeyCache::default();
        let mut look_up = cache.get(&[1; 32]).unwrap_err();
        look_up.at -= TRUST;
        cache.put(look_up, [1; 32], actor(1));
        assert!(cache.get(&[1; 32]).is_err());
    }
}
