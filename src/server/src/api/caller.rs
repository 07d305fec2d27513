//! Who calls: the API key of a request, checked before anything of the body is read.
//!
//! What a key may do is decided in the service; this only finds out whose it is.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use drawdown_service::Actor;
use secrecy::SecretString;

use super::ApiState;
use super::code::Code;
use super::problem::Problem;

/// The longest Authorization header that is looked at, in bytes.
const AUTHORIZATION_BYTES_MAX: usize = 256;

/// The actor of a valid API key.
#[derive(Debug)]
pub struct Caller(pub Actor);

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let secret = secret(parts)?;
        let actor = state.service.authenticate_api_key(&secret).await?;
        if let Some(key) = actor.api_key() {
            tracing::Span::current().record("key", tracing::field::display(key));
        }
        Ok(Self(actor))
    }
}

fn secret(parts: &Parts) -> Result<SecretString, Problem> {
    let header = parts
        .headers
        .get(AUTHORIZATION)
        .ok_or_else(|| Problem::plain(Code::MissingKey))?;
    let text = header
        .to_str()
        .ok()
        .filter(|text| text.len() <= AUTHORIZATION_BYTES_MAX)
        .ok_or_else(|| Problem::plain(Code::InvalidKey))?;
    let (scheme, secret) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") || secret.trim().is_empty() {
        return Err(Problem::plain(Code::MissingKey));
    }
    Ok(SecretString::from(secret.trim().to_owned()))
}
