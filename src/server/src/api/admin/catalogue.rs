//! `/v1/admin/catalogue`: all that is sold as one document, in JSON or as the catalogue file: read, compared, applied.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use drawdown_service::catalogue::{Applied, CataloguePlan, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Admin;
use super::plan_terms::PlanTermsWire;
use super::rate_terms::{ChangeWire, RatesWire, UseCaseWire, changes};
use crate::api::ApiState;
use crate::api::body;
use crate::api::code::Code;
use crate::api::number::Number;
use crate::api::problem::{Problem, Problems};

/// How the catalogue file is announced.
const TOML: &str = "application/toml";

/// All that is sold.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Catalogue)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogueWire {
    /// Modes and their multipliers.
    modes: BTreeMap<String, Number>,
    /// Platforms and their multipliers.
    platforms: BTreeMap<String, Number>,
    /// Use cases by key.
    use_cases: BTreeMap<String, UseCaseWire>,
    /// Plans by key; those that are not named stay as they are.
    #[serde(default)]
    plans: BTreeMap<String, PlanTermsWire>,
}

/// What applying would change of one part.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CataloguePart)]
pub(super) struct PartWire {
    /// The plan, by its key; null for the rate card.
    plan: Option<String>,
    /// What would change; empty where it says what is in force.
    changes: Vec<ChangeWire>,
}

/// What applying would change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CataloguePlanned)]
pub(super) struct PlannedWire {
    /// The rate card, then each plan that is named.
    items: Vec<PartWire>,
}

/// A version that applying has made or found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AppliedPart)]
pub(super) struct AppliedPartWire {
    /// The plan, by its key; null for the rate card.
    plan: Option<String>,
    /// The version.
    version: i64,
    /// Whether it is new; false where nothing differs.
    new: bool,
}

/// What applying has done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CatalogueApplied)]
pub(super) struct AppliedWire {
    /// The rate card, then each plan that was named.
    items: Vec<AppliedPartWire>,
}

/// A catalogue that was sent.
#[derive(Debug)]
pub(super) enum Sent {
    /// The file.
    File(String),
    /// The same in JSON.
    Json(Value),
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (json, toml) = (
            body::is_json(request.headers()),
            names_toml(request.headers(), &CONTENT_TYPE),
        );
        let bytes = body::read(request, state).await?;
        if json {
            let wire: CatalogueWire = body::parse(&bytes)?;
            let value = serde_json::to_value(&wire).map_err(|error| Problem::internal(&error))?;
            return Ok(Self::Json(value));
        }
        if !toml {
            return Err(Problem::plain(Code::UnsupportedMediaType));
        }
        let text = String::from_utf8(bytes.to_vec());
        Ok(Self::File(text.map_err(|_| {
            Problem::new(Code::InvalidRequest, "The catalogue file is not UTF-8.")
        })?))
    }
}

fn names_toml(headers: &HeaderMap, header: &axum::http::HeaderName) -> bool {
    let text = headers.get(header).and_then(|value| value.to_str().ok());
    text.is_some_and(|text| text.contains(TOML))
}

impl From<&CataloguePlan> for PartWire {
    fn from(part: &CataloguePlan) -> Self {
        Self {
            plan: part.plan.as_ref().map(ToString::to_string),
            changes: changes(&part.changes),
        }
    }
}

impl From<&Applied> for AppliedWire {
    fn from(applied: &Applied) -> Self {
        let part = |plan: Option<String>, version: Version| {
            let (version, new) = match version {
                Version::New(number) => (number, true),
                Version::Same(number) => (number, false),
            };
            AppliedPartWire { plan, version, new }
        };
        let plans = applied.plans.iter();
        let plans = plans.map(|(key, version)| part(Some(key.to_string()), *version));
        Self {
            items: std::iter::once(part(None, applied.rate_card)).chain(plans).collect(),
        }
    }
}

/// What is in force, as one document: in JSON, or as the catalogue file where `Accept: application/toml` asks for it.
#[utoipa::path(
    get, path = "/v1/admin/catalogue", tag = "admin: catalogue", operation_id = "admin_get_catalogue",
    responses(
        (status = 200, description = "The catalogue", content(
            (CatalogueWire = "application/json"), (String = "application/toml")
        )),
        Problems
    ),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if names_toml(&headers, &ACCEPT) {
        let file = state.service.export_catalogue(&actor).await?;
        let toml = HeaderValue::from_static(TOML);
        return Ok(([(CONTENT_TYPE, toml)], file).into_response());
    }
    let rates = RatesWire::of(&state.service.rates().await?)?;
    let mut plans = BTreeMap::new();
    for row in state.service.plan_rows(&actor).await? {
        let Some(current) = row.current else { continue };
        let terms = drawdown_service::catalogue::plan_json(&current.terms)?;
        plans.insert(row.key.to_string(), PlanTermsWire::of(terms)?);
    }
    let RatesWire {
        modes,
        platforms,
        use_cases,
    } = rates;
    Ok(Json(CatalogueWire {
        modes,
        platforms,
        use_cases,
        plans,
    })
    .into_response())
}

/// A catalogue that is whole, for the document.
fn example() -> serde_json::Value {
    serde_json::json!({
        "modes": {"fast": "1"}, "platforms": {"web": "1"},
        "use_cases": {"code": {"name": "Coding assistant", "meters": {"context_tokens": {"per": 1000, "credits": "2"}}}},
        "plans": {"solo": {"name": "Solo", "kind": "tier", "currency": "USD", "conversion_rate": "100", "overage": "owe"}}
    })
}

/// Tells what applying a catalogue would change, line by line. Publishes nothing. Takes the catalogue file, too, announced as
/// `application/toml`.
#[utoipa::path(
    post, path = "/v1/admin/catalogue/plan", tag = "admin: catalogue", operation_id = "admin_plan_catalogue",
    request_body(content = CatalogueWire, example = json!(example())),
    responses((status = 200, description = "What would change", body = PlannedWire), Problems),
)]
pub(super) async fn plan(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    sent: Sent,
) -> Result<Json<PlannedWire>, Problem> {
    let planned = match sent {
        Sent::File(text) => state.service.plan_catalogue(&actor, &text).await?,
        Sent::Json(value) => state.service.plan_catalogue_json(&actor, &value).await?,
    };
    Ok(Json(PlannedWire {
        items: planned.iter().map(PartWire::from).collect(),
    }))
}

/// Publishes what a catalogue says, where it differs from what is in force; twice is once. Customers stay on the versions that
/// they are on. Takes the catalogue file, too, announced as `application/toml`.
#[utoipa::path(
    put, path = "/v1/admin/catalogue", tag = "admin: catalogue", operation_id = "admin_apply_catalogue",
    request_body(content = CatalogueWire, example = json!(example())),
    responses((status = 200, description = "The versions that there are now", body = AppliedWire), Problems),
)]
pub(super) async fn apply(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    sent: Sent,
) -> Result<Json<AppliedWire>, Problem> {
    let applied = match sent {
        Sent::File(text) => state.service.apply_catalogue(&actor, &text).await?,
        Sent::Json(value) => state.service.apply_catalogue_json(&actor, &value).await?,
    };
    Ok(Json(AppliedWire::from(&applied)))
}
