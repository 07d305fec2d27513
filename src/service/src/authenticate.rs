//! Who is it? API keys and passwords.
//!
//! A wrong key and a revoked one get the same answer; an unknown mail address costs the same work and gets the same
//! answer as a wrong password; sign-in is throttled by mail address and by network address.

use std::net::IpAddr;

use secrecy::SecretString;

use crate::actor::{Actor, Member};
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// The actor of an API key's secret (`dd_sk_…`).
    pub async fn authenticate_api_key(&self, secret: &SecretString) -> Result<Actor, ServiceError> {
        let _ = secret;
        Err(Self::unfinished())
    }

    /// The member of a mail address and password. `address` is the browser's, where it is known.
    pub async fn sign_in(
        &self,
        email: &str,
        password: SecretString,
        address: Option<IpAddr>,
    ) -> Result<Member, ServiceError> {
        let _ = (email, password, address);
        Err(Self::unfinished())
    }
}
