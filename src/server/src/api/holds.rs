//! `/v1/holds/{id}`: a hold as it stands, and the three ways to change it.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_domain::hold::Hold;
use drawdown_domain::id::HoldId;
use drawdown_domain::outcome::Captured;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::authorize::ttl_seconds;
use super::caller::Caller;
use super::code::Code;
use super::decision::ShareWire;
use super::fields::Fields;
use super::number::{Number, Quantities};
use super::problem::{Problem, Problems};
use super::run::metered_or_none;
use super::time;
use super::words::Word;
use super::write::Write;

/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 200;

/// What a run really used.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Capture)]
#[serde(deny_unknown_fields)]
pub(super) struct CaptureWire {
    /// By meter. Absent or all zero: the run failed and costs nothing.
    quantities: Option<Quantities>,
    /// The same for a use case with a single meter.
    quantity: Option<Number>,
    /// Why, for a capture at zero.
    reason: Option<String>,
}

/// Why a hold is released.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Release)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseWire {
    /// Why.
    reason: Option<String>,
}

/// How long a hold shall live on.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Extend)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtendWire {
    /// Seconds from now: 1 to 86400.
    #[schema(minimum = 1, maximum = 86_400, example = 600)]
    ttl_s: i64,
}

/// A hold as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(super) struct HoldWire {
    /// Its identifier.
    id: String,
    /// `open`, `captured`, `released` or `expired`.
    #[schema(example = "open")]
    state: &'static str,
    /// The use case.
    use_case: String,
    /// The mode granted.
    mode: String,
    /// The platform.
    platform: String,
    /// Who or which agent runs.
    subject: Option<String>,
    /// The credits reserved at authorisation.
    #[schema(example = "12.8")]
    credits: String,
    /// From which grants.
    shares: Vec<ShareWire>,
    /// When it was authorised.
    authorized_at: String,
    /// When it ends by itself.
    expires_at: String,
    /// When it ended.
    ended_at: Option<String>,
    /// The credits captured.
    captured: Option<String>,
    /// Why it was released or captured at zero.
    reason: Option<String>,
}

/// What a capture came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Captured)]
pub(super) struct CapturedWire {
    /// The hold, as it is now.
    hold: HoldWire,
    /// The usage event that came of it.
    event: String,
    /// What the run cost.
    #[schema(example = "11.2")]
    credits: String,
    /// Returned to the grants.
    #[schema(example = "1.6")]
    returned: String,
    /// Drawn beyond what was held.
    #[schema(example = "0")]
    drawn: String,
    /// Owed: beyond what credits and limits allowed.
    #[schema(example = "0")]
    owed: String,
    /// Forgiven by the plan.
    #[schema(example = "0")]
    forgiven: String,
}

impl From<&Hold> for HoldWire {
    fn from(hold: &Hold) -> Self {
        Self {
            id: hold.id.to_string(),
            state: hold.state.word(),
            use_case: hold.run.use_case.to_string(),
            mode: hold.run.mode.to_string(),
            platform: hold.run.platform.to_string(),
            subject: hold.run.subject.as_ref().map(ToString::to_string),
            credits: hold.credits.to_string(),
            shares: hold.shares.iter().map(ShareWire::from).collect(),
            authorized_at: time::format(hold.authorized_at),
            expires_at: time::format(hold.expires_at),
            ended_at: hold.ended_at.map(time::format),
            captured: hold.captured.map(|credits| credits.to_string()),
            reason: hold.end_reason.clone(),
        }
    }
}

impl From<&Captured> for CapturedWire {
    fn from(captured: &Captured) -> Self {
        Self {
            hold: HoldWire::from(&captured.hold),
            event: captured.event.to_string(),
            credits: captured.credits.to_string(),
            returned: captured.returned.to_string(),
            drawn: captured.drawn.to_string(),
            owed: captured.owed.to_string(),
            forgiven: captured.forgiven.to_string(),
        }
    }
}

/// What is not an identifier of a hold names none.
fn hold_id(text: &str) -> Result<HoldId, Problem> {
    text.parse().map_err(|_| Problem::plain(Code::UnknownHold))
}

fn reason(fields: &mut Fields, text: Option<&str>) -> Option<String> {
    text.and_then(|text| fields.text("reason", text, REASON_CHARS_MAX))
}

/// A hold as it stands.
#[utoipa::path(
    get, path = "/v1/holds/{id}", tag = "metering",
    params(("id" = String, Path, description = "The hold")),
    responses((status = 200, description = "The hold", body = HoldWire), Problems),
)]
pub(super) async fn get_hold(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<HoldWire>, Problem> {
    let hold = state.service.hold(&actor, hold_id(&id)?).await?;
    Ok(Json(HoldWire::from(&hold)))
}

/// Ends a hold by what was really used: less than held returns at once, more draws what the limits still allow.
#[utoipa::path(
    post, path = "/v1/holds/{id}/capture", tag = "metering",
    params(("id" = String, Path, description = "The hold")),
    request_body(content = CaptureWire, examples(
        ("used" = (summary = "What was used", value = json!({
            "quantities": {"context_tokens": "3980", "generated_tokens": "410"}
        }))),
        ("failed" = (summary = "The run failed", value = json!({"reason": "the model timed out"}))),
    )),
    responses((status = 200, description = "What it came to", body = CapturedWire), Problems),
)]
pub(super) async fn capture(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    write: Write<CaptureWire>,
) -> Result<Json<CapturedWire>, Problem> {
    let hold = hold_id(&id)?;
    let wire = write.body;
    let mut fields = Fields::new();
    let used = metered_or_none(&mut fields, "", wire.quantity.as_ref(), wire.quantities.as_ref());
    let reason = reason(&mut fields, wire.reason.as_deref());
    let used = fields.finish_with(used)?;
    let captured = state
        .service
        .capture(&actor, hold, used, reason, write.idempotency)
        .await?;
    Ok(Json(CapturedWire::from(&captured)))
}

/// Ends a hold without use: its credits return to the very grants that they came from.
#[utoipa::path(
    post, path = "/v1/holds/{id}/release", tag = "metering",
    params(("id" = String, Path, description = "The hold")),
    request_body(content = ReleaseWire, example = json!({"reason": "cancelled by the user"})),
    responses((status = 200, description = "The hold as it is now", body = HoldWire), Problems),
)]
pub(super) async fn release(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    write: Write<ReleaseWire>,
) -> Result<Json<HoldWire>, Problem> {
    let hold = hold_id(&id)?;
    let mut fields = Fields::new();
    let reason = reason(&mut fields, write.body.reason.as_deref());
    fields.finish()?;
    let hold = state.service.release(&actor, hold, reason, write.idempotency).await?;
    Ok(Json(HoldWire::from(&hold)))
}

/// Lets a hold live until so many seconds from now.
#[utoipa::path(
    post, path = "/v1/holds/{id}/extend", tag = "metering",
    params(("id" = String, Path, description = "The hold")),
    request_body(content = ExtendWire, example = json!({"ttl_s": 600})),
    responses((status = 200, description = "The hold as it is now", body = HoldWire), Problems),
)]
pub(super) async fn extend(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    write: Write<ExtendWire>,
) -> Result<Json<HoldWire>, Problem> {
    let hold = hold_id(&id)?;
    let mut fields = Fields::new();
    let ttl_s = ttl_seconds(&mut fields, write.body.ttl_s);
    let ttl_s = fields.finish_with(ttl_s)?;
    let hold = state.service.extend(&actor, hold, ttl_s, write.idempotency).await?;
    Ok(Json(HoldWire::from(&hold)))
}
