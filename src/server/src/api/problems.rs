//! `GET /v1/problems` and `/v1/problems/{code}`: what the codes of problem documents mean. No key is needed to read it.

use axum::Json;
use axum::extract::Path;
use serde::Serialize;
use utoipa::ToSchema;

use super::code::Code;
use super::problem::{Problem, Problems};

/// What a code means.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemCode)]
pub(super) struct CodeWire {
    /// The code.
    #[schema(example = "unknown_customer")]
    code: &'static str,
    /// The HTTP status that it comes with.
    #[schema(example = 404)]
    status: u16,
    /// What it means.
    #[schema(example = "There is no such customer")]
    title: &'static str,
    /// What the caller can do about it.
    remedy: &'static str,
}

impl From<Code> for CodeWire {
    fn from(code: Code) -> Self {
        Self {
            code: code.as_str(),
            status: code.status().as_u16(),
            title: code.title(),
            remedy: code.remedy(),
        }
    }
}

/// Every code that a problem document can carry.
#[utoipa::path(
    get, path = "/v1/problems", tag = "problems", security(()),
    responses((status = 200, description = "The codes", body = Vec<CodeWire>), Problems),
)]
pub(super) async fn list_codes() -> Json<Vec<CodeWire>> {
    Json(Code::ALL.iter().copied().map(CodeWire::from).collect())
}

/// What one code means: where the `type` of a problem document leads.
#[utoipa::path(
    get, path = "/v1/problems/{code}", tag = "problems", security(()),
    params(("code" = String, Path, description = "The code", example = "unknown_customer")),
    responses((status = 200, description = "The code", body = CodeWire), Problems),
)]
pub(super) async fn get_code(Path(code): Path<String>) -> Result<Json<CodeWire>, Problem> {
    Code::parse(&code)
        .map(|code| Json(code.into()))
        .ok_or_else(|| Problem::plain(Code::NotFound))
}
