//! The OpenAPI document of `/v1` and the page to browse it. The copy beside the crate, `openapi.json`, is what clients
//! are generated from; a test compares it with this.

use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::SwaggerUi;

use super::number::{Number, Quantities};
use super::problem::{FieldProblem, ProblemDocument};
use super::{ApiState, admin, routes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Drawdown",
        description = "Sells, meters and shows prepaid credits for AI products.\n\n\
            Credits and quantities are decimal strings; a JSON number is accepted and read exactly. Instants are \
            RFC 3339 with an offset. Every write takes an `Idempotency-Key` of 1 to 255 printable characters: for 35 \
            days the same key with the same request answers the same. Lists are paged: pass `next_cursor` back as \
            `cursor`. Errors are problem documents (RFC 9457) with a stable `code`; `/v1/problems` lists them.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "metering", description = "Ask before a run, report what it used."),
        (name = "customers", description = "Customers, their credits and their usage."),
        (name = "limits", description = "Caps on credits and throttles on rates."),
        (name = "admin: customers", description = "What the vendor's staff do with customers: how they do, credits given \
            and taken back, contracts, plans, notes. Needs a key of scope `admin`."),
        (name = "admin: catalogue", description = "What is sold: rates, plans, and the catalogue as a whole. Needs a key of \
            scope `admin`."),
        (name = "problems", description = "What the codes of problem documents mean."),
    ),
    components(schemas(ProblemDocument, FieldProblem, Number, Quantities)),
    security(("key" = [])),
    modifiers(&KeyScheme),
)]
struct Document;

struct KeyScheme;

impl Modify for KeyScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The secret of an API key, `dd_sk_…`. Scope `metering`: authorize, holds, usage, quotes and reading; \
                 `read`: reading and quotes; `admin`: everything.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// The document, complete.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(routes().into_openapi());
    document.merge(admin::routes().into_openapi());
    document
}

/// The document as it is printed and committed: indented JSON.
pub fn document_text() -> String {
    document().to_pretty_json().unwrap_or_default()
}

pub(super) fn router() -> Router<ApiState> {
    let document = document();
    let page = SwaggerUi::new("/v1/docs").config(utoipa_swagger_ui::Config::from("/v1/openapi.json"));
    let json = Json(document);
    Router::new()
        .route(
            "/v1/openapi.json",
            get(move || async move { ([(CACHE_CONTROL, "no-cache")], json).into_response() }),
        )
        .merge(page)
}
