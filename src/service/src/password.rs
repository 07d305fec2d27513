//! Passwords: argon2id (RFC 9106, second recommended option scaled to 19 MiB as OWASP advises), off the runtime's
//! threads, as PHC strings that carry their parameters.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::ServiceError;

/// Memory in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over it.
const PASSES: u32 = 2;
/// The longest password in bytes: longer ones are refused, not cut.
pub(crate) const PASSWORD_BYTES_MAX: usize = 256;
/// The shortest password in characters.
pub(crate) const PASSWORD_CHARACTERS_MIN: usize = 8;

/// A hash of no password: verifying against it costs what verifying against a real one costs.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZHJhd2Rvd24tbm9ib2R5$9rRgq0LScBxI3AjkwVJcC9rpFmTF7d4xV3HV6iQMQd4";

fn argon2() -> Result<Argon2<'static>, ServiceError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| ServiceError::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The PHC string of a password.
pub(crate) async fn hash(password: SecretString, salt: [u8; 16]) -> Result<String, ServiceError> {
    off_the_runtime(move || {
        let salt = SaltString::encode_b64(&salt).map_err(|error| ServiceError::internal(error.to_string()))?;
        argon2()?
            .hash_password(password.expose_secret().as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| ServiceError::internal(error.to_string()))
    })
    .await
}

/// Does the password fit the hash? Without a hash (an unknown person) the same work is done and the answer is no.
pub(crate) async fn verify(password: SecretString, stored: Option<String>) -> Result<bool, ServiceError> {
    off_the_runtime(move || {
        let phc = stored.as_deref().unwrap_or(NOBODY);
        let parsed = PasswordHash::new(phc).map_err(|error| ServiceError::internal(error.to_string()))?;
        let fits = argon2()?
            .verify_password(password.expose_secret().as_bytes(), &parsed)
            .is_ok();
        Ok(fits && stored.is_some())
    })
    .await
}

async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ServiceError::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let phc = hash("correct horse".into(), [7; 16]).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify("correct horse".into(), Some(phc.clone())).await.unwrap());
        assert!(!verify("wrong horse".into(), Some(phc)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        assert!(PasswordHash::new(NOBODY).unwrap().hash.is_some());
        assert!(!verify("".into(), None).await.unwrap());
    }
}
