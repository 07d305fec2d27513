//! `/v1/admin/rates/draft`: the next version of the rate card: written, checked, published at an instant, or discarded.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use drawdown_service::rate_card::RatesDraft;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::plan_draft::RevisionQuery;
use super::rate_terms::{ChangeWire, RatesWire, changes};
use crate::api::ApiState;
use crate::api::body::Query;
use crate::api::code::Code;
use crate::api::fields::Fields;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::write::Write;

/// What the draft shall say.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutRatesDraft)]
#[serde(deny_unknown_fields)]
pub(super) struct PutDraftWire {
    /// All of it.
    rates: RatesWire,
    /// The revision that was seen: only that one is replaced. Whatever is there, where absent.
    revision: Option<i64>,
}

/// When the draft would price.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CheckRates)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckWire {
    /// From when; at once where absent.
    #[schema(format = DateTime)]
    effective_at: Option<String>,
}

/// What is published.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PublishRates)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishWire {
    /// The revision that was seen.
    revision: i64,
    /// From when it prices, within two years; at once where absent.
    #[schema(format = DateTime)]
    effective_at: Option<String>,
}

/// The draft of the rate card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RatesDraft)]
pub(super) struct RatesDraftWire {
    /// Counts its changes: whoever publishes or discards it names the one that they saw.
    #[schema(example = 2)]
    revision: i64,
    /// The version that it began as; 0 where it began empty.
    based_on: i64,
    /// The version that it would begin as now, where that is another one: the draft is not published over it.
    newer: Option<i64>,
    /// What it says.
    rates: RatesWire,
    /// What it changes of the version in force now.
    changes: Vec<ChangeWire>,
    /// Why it cannot be published yet.
    fault: Option<String>,
    /// When it was last changed.
    changed_at: String,
    /// By whom.
    changed_by: String,
}

/// What publishing would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RatesChecked)]
pub(super) struct CheckedWire {
    /// The revision that was checked.
    revision: i64,
    /// The version that is in force until then.
    before: Option<i64>,
    /// What the draft changes of it.
    changes: Vec<ChangeWire>,
    /// Versions that are scheduled after it, the soonest first: each takes its place in turn.
    later: Vec<i64>,
}

/// What was published.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RatesPublished)]
pub(super) struct PublishedWire {
    /// The new version.
    #[schema(example = 2)]
    version: i64,
}

impl RatesDraftWire {
    /// As it is answered.
    pub(super) fn of(draft: &RatesDraft) -> Result<Self, Problem> {
        Ok(Self {
            revision: draft.revision,
            based_on: draft.based_on,
            newer: draft.newer.as_ref().map(|newer| newer.number),
            rates: RatesWire::of(&draft.rates)?,
            changes: changes(&draft.changes),
            fault: draft.fault.clone(),
            changed_at: time::format(draft.changed.at),
            changed_by: draft.changed_by.clone(),
        })
    }
}

/// There is no draft.
fn no_draft() -> Problem {
    Problem::new(Code::NotFound, "There is no draft of the rate card.")
}

/// The draft of the rate card.
#[utoipa::path(
    get, path = "/v1/admin/rates/draft", tag = "admin: catalogue", operation_id = "admin_get_rates_draft",
    responses((status = 200, description = "The draft", body = RatesDraftWire), Problems),
)]
pub(super) async fn get(State(state): State<ApiState>, Admin(actor): Admin) -> Result<Json<RatesDraftWire>, Problem> {
    let draft = state.service.rates_draft(&actor).await?.ok_or_else(no_draft)?;
    Ok(Json(RatesDraftWire::of(&draft)?))
}

/// Writes the draft, whole. It prices nothing until it is published.
#[utoipa::path(
    put, path = "/v1/admin/rates/draft", tag = "admin: catalogue", operation_id = "admin_put_rates_draft",
    request_body(content = PutDraftWire, example = json!({"rates": {
        "modes": {"fast": "1", "relaxed": "0.25"},
        "platforms": {"web": "1", "ios": "1.3", "api": "1"},
        "use_cases": {
            "code": {"name": "Coding assistant", "ladder": ["fast", "relaxed"], "meters": {
                "context_tokens": {"per": 1000, "credits": "2"}, "generated_tokens": {"per": 1000, "credits": "9"}
            }},
            "image": {"name": "Image render", "ladder": ["fast", "relaxed"], "minimum": "0.5",
                "meters": {"images": {"credits": "1", "unit": "image", "tiers": [{"above": 100, "credits": "0.8"}]}},
                "exceptions": [{"mode": "fast", "platform": "ios", "meters": {"images": {"credits": "1.5"}}}]}
        }
    }})),
    responses((status = 200, description = "The draft", body = RatesDraftWire), Problems),
)]
pub(super) async fn put(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    write: Write<PutDraftWire>,
) -> Result<Json<RatesDraftWire>, Problem> {
    let rates = write.body.rates.value()?;
    let draft = state
        .service
        .put_rates_draft(&actor, write.body.revision, &rates)
        .await?;
    Ok(Json(RatesDraftWire::of(&draft)?))
}

/// Throws the draft away as it was seen.
#[utoipa::path(
    delete, path = "/v1/admin/rates/draft", tag = "admin: catalogue", operation_id = "admin_delete_rates_draft",
    params(RevisionQuery),
    responses((status = 204, description = "It is discarded"), Problems),
)]
pub(super) async fn discard(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Query(query): Query<RevisionQuery>,
) -> Result<StatusCode, Problem> {
    state.service.discard_rates_draft(&actor, query.revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells what publishing the draft from an instant on would change. Publishes nothing.
#[utoipa::path(
    post, path = "/v1/admin/rates/draft/check", tag = "admin: catalogue", operation_id = "admin_check_rates",
    request_body(content = CheckWire, example = json!({"effective_at": "2027-06-01T00:00:00Z"})),
    responses((status = 200, description = "What it would change", body = CheckedWire), Problems),
)]
pub(super) async fn check(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    write: Write<CheckWire>,
) -> Result<Json<CheckedWire>, Problem> {
    let mut fields = Fields::new();
    let at = fields.optional_instant("effective_at", write.body.effective_at.as_deref());
    fields.finish()?;
    let view = state.service.check_rates_publishing_at(&actor, at).await?;
    Ok(Json(CheckedWire {
        revision: view.draft.revision,
        before: view.before,
        changes: changes(&view.changes),
        later: view.later.iter().map(|version| version.number).collect(),
    }))
}

/// Publishes the draft as it was seen, at once or from an instant on. What has run keeps its price.
#[utoipa::path(
    post, path = "/v1/admin/rates/draft/publish", tag = "admin: catalogue", operation_id = "admin_publish_rates",
    request_body(content = PublishWire, example = json!({"revision": 2, "effective_at": "2027-06-01T00:00:00Z"})),
    responses((status = 200, description = "The new version", body = PublishedWire), Problems),
)]
pub(super) async fn publish(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    write: Write<PublishWire>,
) -> Result<Json<PublishedWire>, Problem> {
    let mut fields = Fields::new();
    let at = fields.optional_instant("effective_at", write.body.effective_at.as_deref());
    fields.finish()?;
    let service = &state.service;
    let version = service.publish_rates_draft_at(&actor, write.body.revision, at).await?;
    Ok(Json(PublishedWire { version }))
}
