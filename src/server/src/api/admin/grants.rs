//! `/v1/admin/customers/{key}/grants`: credits given for a reason, and what is unspent taken back. Up to the limit of the
//! installation it is booked at once; above it, it waits for a person of the staff.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::GrantId;
use drawdown_service::account::REASON_CHARACTERS_MAX;
use drawdown_service::adjustments::{Booked, GiveInput};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Admin;
use super::adjustments::AdjustmentWire;
use super::call::CallId;
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::customers::customer_key;
use crate::api::fields::Fields;
use crate::api::grants::GrantWire;
use crate::api::number::Number;
use crate::api::problem::{Problem, Problems};
use crate::api::write::Write;

/// The longest life of what is given, in days.
const VALID_DAYS_MAX: i64 = 36_500;

/// Credits to be given for a reason.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GiveCredits)]
#[serde(deny_unknown_fields)]
pub(super) struct GiveWire {
    /// `promotional` or `adjustment`.
    kind: String,
    /// How many; above zero, at most six decimal places.
    credits: Number,
    /// Days after which they expire, counted from the booking; never, where absent.
    valid_days: Option<i64>,
    /// The use cases that they may pay for; all where absent.
    scope: Option<Vec<String>>,
    /// Why. The customer's members read it too.
    reason: String,
}

/// Why what is unspent is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TakeBack)]
#[serde(deny_unknown_fields)]
pub(super) struct TakeBackWire {
    /// Why, for people.
    reason: String,
}

impl GiveWire {
    fn check(&self) -> Result<GiveInput, Problem> {
        let mut fields = Fields::new();
        let kinds = [
            ("promotional", GrantKind::Promotional),
            ("adjustment", GrantKind::Adjustment),
        ];
        let kind = fields.word("kind", &self.kind, &kinds);
        let credits = fields.credits("credits", &self.credits);
        let days = self.valid_days;
        let days = days.and_then(|days| fields.within("valid_days", days, 1, VALID_DAYS_MAX));
        let scope = self.scope.as_ref().map(|scope| {
            let keys = scope.iter().enumerate();
            keys.filter_map(|(place, key)| fields.key(&format!("scope[{place}]"), key))
                .collect::<Vec<_>>()
        });
        if scope.as_ref().is_some_and(Vec::is_empty) {
            fields.refuse("scope", "empty", "name at least one use case, or leave it out for all");
        }
        let reason = fields.text("reason", &self.reason, REASON_CHARACTERS_MAX);
        let input = kind
            .zip(credits)
            .zip(reason)
            .map(|((kind, credits), reason)| GiveInput {
                kind,
                credits,
                valid_days: days.and_then(|days| u32::try_from(days).ok()),
                scope,
                reason,
            });
        fields.finish_with(input)
    }
}

fn booked(booked: &Booked, at_once: StatusCode) -> Response {
    match booked {
        Booked::AtOnce(grant) => (at_once, Json(GrantWire::from(&**grant))).into_response(),
        Booked::Asked(request) => (StatusCode::ACCEPTED, Json(AdjustmentWire::from(&**request))).into_response(),
    }
}

/// Gives credits for a reason. Above the limit of the installation they are asked for, and a person of the staff decides.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/grants", tag = "admin: customers", operation_id = "admin_give_credits",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = GiveWire, examples(
        ("gift" = (summary = "A gift, valid for 90 days", value = json!({
            "kind": "promotional", "credits": "500", "valid_days": 90, "scope": ["code"], "reason": "Pilot of the new agent"
        }))),
        ("correction" = (summary = "A correction above the limit: it waits for a person", value = json!({
            "kind": "adjustment", "credits": "25000", "reason": "Double charge of 12 May"
        }))),
    )),
    responses(
        (status = 201, description = "They are given", body = GrantWire),
        (status = 202, description = "They are asked for and wait for a person", body = AdjustmentWire),
        Problems
    ),
)]
pub(super) async fn give(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    CallId(id): CallId,
    write: Write<GiveWire>,
) -> Result<Response, Problem> {
    let input = write.body.check()?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let once = id.simple().to_string();
    let given = state.service.give_credits(&actor, organization, input, &once).await?;
    Ok(booked(&given, StatusCode::CREATED))
}

/// Takes back what is unspent of a grant. Open holds on it keep what they reserved. Above the limit it is asked for.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/grants/{id}/void", tag = "admin: customers",
    operation_id = "admin_take_back",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The grant"),
    ),
    request_body(content = TakeBackWire, example = json!({"reason": "given to the wrong customer"})),
    responses(
        (status = 200, description = "The grant as it is now", body = GrantWire),
        (status = 202, description = "It is asked for and waits for a person", body = AdjustmentWire),
        Problems
    ),
)]
pub(super) async fn take_back(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
    write: Write<TakeBackWire>,
) -> Result<Response, Problem> {
    let mut fields = Fields::new();
    let reason = fields.text("reason", &write.body.reason, REASON_CHARACTERS_MAX);
    let reason = fields.finish_with(reason)?;
    let grant: GrantId = id.parse().map_err(|_| Problem::plain(Code::UnknownGrant))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let taken = state.service.take_back(&actor, organization, grant, reason).await?;
    Ok(booked(&taken, StatusCode::OK))
}
