//! Reading a write: its JSON body, and the idempotency key that makes a retry the same request.
//!
//! The same request is the same method, path and body, byte for byte. A body may be left out where every field may.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use drawdown_service::metering::Idempotency;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::body;
use super::code::Code;
use super::problem::Problem;

/// The longest idempotency key, in characters.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// The header that carries it.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A write.
#[derive(Debug)]
pub struct Write<T> {
    /// What is to be written.
    pub body: T,
    /// What makes a retry the same, where the caller sent a key.
    pub idempotency: Option<Idempotency>,
}

/// The body of a write that says everything by its address: none, or `{}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Write<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        let json = body::is_json(request.headers());
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let bytes = body::read(request, state).await?;
        if !json && !bytes.is_empty() {
            return Err(Problem::plain(Code::UnsupportedMediaType));
        }
        let idempotency = key.map(|key| Idempotency {
            key,
            request_hash: hash(method.as_str(), &path, &bytes),
        });
        let body = body::parse(if bytes.is_empty() { b"{}" } else { &bytes })?;
        Ok(Self { body, idempotency })
    }
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = keys.next() else { return Ok(None) };
    let key = first.to_str().unwrap_or("");
    let printable = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if keys.next().is_some() || key.trim().is_empty() || key.len() > IDEMPOTENCY_KEY_CHARS_MAX || !printable {
        return Err(Problem::plain(Code::InvalidIdempotencyKey));
    }
    Ok(Some(key.to_owned()))
}

pub(super) fn hash(method: &str, path: &str, body: &Bytes) -> [u8; 32] {
    Sha256::new()
        .chain_update(method)
        .chain_update([0])
        .chain_update(path)
        .chain_update([0])
        .chain_update(body)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn key(values: &[&str]) -> Result<Option<String>, Code> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        idempotency_key(&headers).map_err(|problem| problem.code)
    }

    #[test]
    fn takes_one_printable_key_of_255_characters_at_most() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["run 7"]), Ok(Some("run 7".to_owned())));
        assert!(key(&["k".repeat(255).as_str()]).is_ok());
        for bad in [
            vec![""],
            vec!["é"],
            vec!["a", "b"],
            vec!["k".repeat(256).leak() as &str],
        ] {
            assert_eq!(key(&bad), Err(Code::InvalidIdempotencyKey), "{bad:?}");
        }
    }

    #[test]
    fn another_path_or_body_is_another_request() {
        let body = Bytes::from_static(b"{}");
        let same = hash("POST", "/v1/usage", &body);
        assert_eq!(same, hash("POST", "/v1/usage", &body));
        assert_ne!(same, hash("POST", "/v1/quote", &body));
        assert_ne!(same, hash("POST", "/v1/usage", &Bytes::from_static(b"{} ")));
    }
}
