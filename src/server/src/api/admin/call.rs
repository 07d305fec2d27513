//! What makes a retry the same call: writes of `/v1/admin` with an idempotency key are carried out once, and answered the same.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use drawdown_service::Actor;
use drawdown_service::admin_calls::{CallEnd, CallState};
use drawdown_service::metering::Idempotency;
use uuid::Uuid;

use super::Admin;
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::problem::Problem;
use crate::api::write;

/// The largest body of a call, and of an answer that is kept, in bytes.
pub(in crate::api) const CALL_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The identifier of whatever a call makes: the same for each retry with its idempotency key.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallId(pub Uuid);

impl FromRequestParts<ApiState> for CallId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let known = parts.extensions.get::<Self>().copied();
        Ok(known.unwrap_or_else(|| Self(state.service.new_call())))
    }
}

/// Layer around the routes: a call that was carried out before is answered what it was answered then.
pub(super) async fn keep(State(state): State<ApiState>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    // Whoever may not come in hears of it before anything is looked up.
    let Admin(actor) = Admin::from_request_parts(&mut parts, &state).await?;
    let key = match parts.method {
        Method::GET | Method::HEAD => None,
        _ => write::idempotency_key(&parts.headers)?,
    };
    let Some(key) = key else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let bytes = to_bytes(body, CALL_BYTES_MAX)
        .await
        .map_err(|_| Problem::plain(Code::BodyTooLarge))?;
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let call = Idempotency {
        key,
        request_hash: write::hash(parts.method.as_str(), address, &bytes),
    };
    match state.service.begin_call(&actor, &call).await? {
        CallState::Answered(status, body) => return Ok(answered(status, body)),
        CallState::Begun(identifier) => parts.extensions.insert(CallId(identifier)),
    };
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    end(&state, &actor, &call, response).await
}

fn answered(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    let json = HeaderValue::from_static("application/json");
    if status == StatusCode::NO_CONTENT {
        response.headers_mut().remove(CONTENT_TYPE);
    } else {
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    response
}

/// Keeps an answer, or that there was none.
async fn end(state: &ApiState, actor: &Actor, call: &Idempotency, response: Response) -> Result<Response, Problem> {
    let status = response.status();
    if status.is_client_error() {
        state.service.end_call(actor, call, CallEnd::Refused).await?;
        return Ok(response);
    }
    if !status.is_success() {
        // It may have been done: the retry is the same call.
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let bytes: Bytes = to_bytes(body, usize::MAX)
        .await
        .map_err(|error| Problem::internal(&error))?;
    let text = String::from_utf8_lossy(&bytes);
    let kept = state
        .service
        .end_call(actor, call, CallEnd::Answered(status.as_u16(), &text))
        .await;
    if let Err(error) = kept {
        // It is done: a retry makes nothing twice, and is answered anew.
        tracing::warn!(error = ?error, "the answer to a call was not kept");
    }
    Ok(Response::from_parts(head, Body::from(bytes)))
}
