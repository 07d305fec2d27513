//! `/v1/admin/customers/{key}/caps` and `…/throttles`: the vendor's ceilings on one customer, each set, changed and removed for a
//! reason. How they stand is told with all limits by `GET /v1/customers/{key}/limits`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_domain::Key;
use drawdown_domain::id::OrganizationId;
use drawdown_service::Actor;
use drawdown_service::account::REASON_CHARACTERS_MAX;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Admin;
use super::call::CallId;
use crate::api::ApiState;
use crate::api::caps::{CapWire, PutCapWire};
use crate::api::code::Code;
use crate::api::customers::customer_key;
use crate::api::fields::Fields;
use crate::api::grants::PaidWire;
use crate::api::number::Number;
use crate::api::problem::{Problem, Problems};
use crate::api::scope::Scope;
use crate::api::throttles::{PutThrottleWire, ThrottleWire};
use crate::api::write::Write;

/// A ceiling on credits as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutCeiling)]
#[serde(deny_unknown_fields)]
pub(super) struct PutCeilingWire {
    /// Which runs it counts; all where absent.
    #[serde(default)]
    scope: Scope,
    /// `day`, `week`, `month`, `billing_period`, `lifetime`, or `N hours` for the last N (1 to 720).
    #[schema(example = "month")]
    window: String,
    /// How much it allows in credits; or give `money`.
    credits: Option<Number>,
    /// How much it allows in money, at the plan's conversion rate; or give `credits`.
    money: Option<PaidWire>,
    /// `block` refuses runs, `notify` only tells; `block` where absent.
    action: Option<String>,
    /// Percentages at which somebody is told, ascending; 80 and 100 where absent.
    thresholds: Option<Vec<u8>>,
    /// Why, for people.
    reason: String,
}

/// A ceiling on the rate as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutRateCeiling)]
#[serde(deny_unknown_fields)]
pub(super) struct PutRateCeilingWire {
    /// Which runs it counts; all where absent.
    #[serde(default)]
    scope: Scope,
    /// How many runs per period; or give `credits`.
    #[schema(example = 50, minimum = 1)]
    requests: Option<i64>,
    /// How many credits per period; or give `requests`.
    credits: Option<Number>,
    /// `second`, `minute`, `hour` or `day`.
    #[schema(example = "hour")]
    per: String,
    /// How many runs (or whole credits) may come at once; as many as per period where absent.
    #[schema(example = 10, minimum = 1)]
    burst: Option<i64>,
    /// `reject`, or `degrade` to the next mode of the use case's ladder; `reject` where absent.
    then: Option<String>,
    /// Why, for people.
    reason: String,
}

/// Why a ceiling is removed.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RemoveCeiling)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveCeilingWire {
    /// Why, for people.
    reason: String,
}

impl RemoveCeilingWire {
    fn check(&self) -> Result<String, Problem> {
        let mut fields = Fields::new();
        let reason = fields.text("reason", &self.reason, REASON_CHARACTERS_MAX);
        fields.finish_with(reason)
    }
}

/// The limit of an address. What is not a key names none.
fn limit_name(text: &str) -> Result<Key, Problem> {
    text.parse().map_err(|_| Problem::plain(Code::UnknownLimit))
}

/// Whose ceiling is removed, its name, and why.
async fn removal(
    state: &ApiState,
    actor: &Actor,
    key: &str,
    name: &str,
    wire: &RemoveCeilingWire,
) -> Result<(OrganizationId, Key, String), Problem> {
    let (reason, name) = (wire.check()?, limit_name(name)?);
    let organization = state.service.organization_of(actor, &customer_key(key)?).await?;
    Ok((organization, name, reason))
}

/// Sets a ceiling on what a customer burns, in place of one of that name. What its window already holds counts.
#[utoipa::path(
    put, path = "/v1/admin/customers/{key}/caps/{name}", tag = "admin: customers", operation_id = "admin_put_cap",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("name" = String, Path, description = "The ceiling", example = "house"),
    ),
    request_body(content = PutCeilingWire, examples(
        ("credits" = (summary = "Credits a day", value = json!({
            "window": "day", "credits": "2000", "reason": "Card under review"
        }))),
        ("money" = (summary = "Money a month for each subject", value = json!({
            "scope": {"use_case": "code", "each": "subject"}, "window": "month",
            "money": {"amount": "500.00", "currency": "USD"}, "action": "notify", "thresholds": [50, 100],
            "reason": "Agreed with Ines"
        }))),
    )),
    responses((status = 200, description = "The ceiling as it stands", body = CapWire), Problems),
)]
pub(super) async fn put_cap(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, name)): Path<(String, String)>,
    write: Write<PutCeilingWire>,
) -> Result<Json<CapWire>, Problem> {
    let wire = write.body;
    let mut fields = Fields::new();
    let name = fields.key("name", &name);
    let reason = fields.text("reason", &wire.reason, REASON_CHARACTERS_MAX);
    let cap = PutCapWire {
        scope: wire.scope,
        window: wire.window,
        credits: wire.credits,
        money: wire.money,
        action: wire.action,
        thresholds: wire.thresholds,
        owner: None,
    };
    let input = cap.check(&mut fields);
    let (name, (reason, input)) = fields.finish_with(name.zip(reason.zip(input)))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let cap = state
        .service
        .put_ceiling(&actor, organization, &name, input, &reason)
        .await?;
    Ok(Json(CapWire::from(&cap)))
}

/// Removes a ceiling on what a customer burns, also one that its plan has set.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/caps/{name}/remove", tag = "admin: customers",
    operation_id = "admin_remove_cap",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("name" = String, Path, description = "The ceiling", example = "house"),
    ),
    request_body(content = RemoveCeilingWire, example = json!({"reason": "The review is over"})),
    responses((status = 204, description = "It is gone"), Problems),
)]
pub(super) async fn remove_cap(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, name)): Path<(String, String)>,
    CallId(call): CallId,
    write: Write<RemoveCeilingWire>,
) -> Result<StatusCode, Problem> {
    let (organization, name, reason) = removal(&state, &actor, &key, &name, &write.body).await?;
    state
        .service
        .remove_ceiling(&actor, organization, &name, &reason, Some(call))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets a ceiling on how fast a customer's runs come, in place of one of that name.
#[utoipa::path(
    put, path = "/v1/admin/customers/{key}/throttles/{name}", tag = "admin: customers",
    operation_id = "admin_put_throttle",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("name" = String, Path, description = "The ceiling", example = "house-rate"),
    ),
    request_body(content = PutRateCeilingWire, example = json!({
        "scope": {"use_case": "code", "mode": "fast"}, "requests": 50, "per": "hour", "burst": 10, "then": "degrade",
        "reason": "Runs in a loop"
    })),
    responses((status = 200, description = "The ceiling as it stands", body = ThrottleWire), Problems),
)]
pub(super) async fn put_throttle(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, name)): Path<(String, String)>,
    write: Write<PutRateCeilingWire>,
) -> Result<Json<ThrottleWire>, Problem> {
    let wire = write.body;
    let mut fields = Fields::new();
    let name = fields.key("name", &name);
    let reason = fields.text("reason", &wire.reason, REASON_CHARACTERS_MAX);
    let throttle = PutThrottleWire {
        scope: wire.scope,
        requests: wire.requests,
        credits: wire.credits,
        per: wire.per,
        burst: wire.burst,
        then: wire.then,
        owner: None,
    };
    let input = throttle.check(&mut fields);
    let (name, (reason, input)) = fields.finish_with(name.zip(reason.zip(input)))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let throttle = state
        .service
        .put_rate_ceiling(&actor, organization, &name, input, &reason)
        .await?;
    Ok(Json(ThrottleWire::from(&throttle)))
}

/// Removes a ceiling on how fast a customer's runs come, also one that its plan has set.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/throttles/{name}/remove", tag = "admin: customers",
    operation_id = "admin_remove_throttle",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("name" = String, Path, description = "The ceiling", example = "house-rate"),
    ),
    request_body(content = RemoveCeilingWire, example = json!({"reason": "The loop is mended"})),
    responses((status = 204, description = "It is gone"), Problems),
)]
pub(super) async fn remove_throttle(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, name)): Path<(String, String)>,
    CallId(call): CallId,
    write: Write<RemoveCeilingWire>,
) -> Result<StatusCode, Problem> {
    let (organization, name, reason) = removal(&state, &actor, &key, &name, &write.body).await?;
    state
        .service
        .remove_rate_ceiling(&actor, organization, &name, &reason, Some(call))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
