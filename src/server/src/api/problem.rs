//! Problem documents (RFC 9457): the one form of every error that `/v1` answers with.
//!
//! A handler returns a [`Problem`]; [`render`], a layer around all of `/v1`, writes the document with the request's id
//! and gives answers that never met a handler (unknown routes, too large bodies, timeouts, panics) the same form. What
//! went wrong inside is logged here, once, and never told to the caller.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{Content, Ref, RefOr, Response as OpenApiResponse};

use super::code::Code;
use crate::http::request_id::RequestId;

/// One field that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Where it is in the body (or the parameter's name), such as `quantities.context_tokens` or `events[3].id`.
    #[schema(example = "quantities.context_tokens")]
    pub field: String,
    /// What is wrong with it: a stable code.
    #[schema(example = "negative")]
    pub code: String,
    /// The same for people.
    #[schema(example = "a quantity is never negative")]
    pub message: String,
}

impl FieldProblem {
    /// Puts one together.
    pub fn new(field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

/// An answer that is not what was asked for.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What it is.
    pub code: Code,
    /// This case, for people.
    pub detail: String,
    /// The fields concerned.
    pub errors: Vec<FieldProblem>,
    /// Seconds after which a retry can succeed.
    pub retry_after_s: Option<u64>,
}

/// The document as it is written.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Where the code is explained, relative to this server.
    #[serde(rename = "type")]
    #[schema(example = "/v1/problems/unknown_customer")]
    pub kind: String,
    /// What the code means.
    #[schema(example = "There is no such customer")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// A stable code for programs.
    #[schema(example = "unknown_customer")]
    pub code: &'static str,
    /// This case, for people.
    #[schema(example = "There is no customer acme.")]
    pub detail: String,
    /// The fields that are not valid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// The request, as the server's log names it.
    #[schema(example = "req_0193a5c1d2e37f10a1b2c3d4e5f60718")]
    pub request_id: String,
}

impl Problem {
    /// A problem of that code; `detail` is a sentence for people.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    /// A problem whose detail is its title and remedy.
    pub fn plain(code: Code) -> Self {
        Self::new(code, format!("{}. {}", code.title(), code.remedy()))
    }

    /// The request has fields that are not valid.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} fields are not valid.", many.len()),
        };
        Self {
            errors,
            ..Self::new(Code::InvalidRequest, detail)
        }
    }

    /// Something went wrong inside: logged here with its place, told to nobody.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        let mut causes = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            causes = format!("{causes}: {cause}");
            source = cause.source();
        }
        tracing::error!(error = causes, "a request failed inside");
        Self::plain(Code::Internal)
    }

    /// Adds a Retry-After.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    fn document(self, request: Option<&RequestId>) -> ProblemDocument {
        ProblemDocument {
            kind: format!("/v1/problems/{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            code: self.code.as_str(),
            detail: self.detail,
            errors: self.errors,
            request_id: request.map(ToString::to_string).unwrap_or_default(),
        }
    }
}

impl IntoResponse for Problem {
    /// Leaves the body to [`render`], which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Layer around `/v1`: writes every error as a problem document.
pub async fn render(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = response
        .extensions_mut()
        .remove::<Problem>()
        .unwrap_or_else(|| Problem::plain(Code::of_status(status)));
    let retry_after = problem
        .retry_after_s
        .or_else(|| default_retry_after(problem.code.status()));
    let mut rendered = (problem.code.status(), Json(problem.document(id.as_ref()))).into_response();
    let headers = rendered.headers_mut();
    // Headers that the inner answer set (Allow, above all) stay; those that describe its body do not.
    for (name, value) in response.headers() {
        if !name.as_str().starts_with("content-") {
            headers.insert(name.clone(), value.clone());
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if rendered.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer realm=\"drawdown\"");
        rendered.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    rendered
}

/// Whoever is told to come back is told when.
fn default_retry_after(status: StatusCode) -> Option<u64> {
    matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS).then_some(1)
}

/// The answers that every operation may give besides its own.
pub(super) struct Problems;

impl utoipa::IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<OpenApiResponse>> {
        let problem = |description: &str| {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            OpenApiResponse::builder()
                .description(description)
                .content("application/problem+json", content)
                .build()
        };
        [
            ("4XX", "The request cannot be carried out as it is; `code` says why."),
            ("5XX", "The server cannot answer now; nothing is half done."),
        ]
        .into_iter()
        .map(|(status, description)| (status.to_owned(), RefOr::T(problem(description))))
        .collect()
    }
}
