//! `POST /v1/authorize`: may a run start? Reserves credits for it.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use drawdown_domain::request::HOLD_TTL_SECONDS_MAX;
use drawdown_service::metering::AuthorizeInput;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ApiState;
use super::caller::Caller;
use super::decision::DecisionWire;
use super::fields::Fields;
use super::number::{Number, Quantities};
use super::problem::{Problem, Problems};
use super::run::{RunWire, metered};
use super::write::Write;

/// A run that wants to start.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Authorize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorizeWire {
    /// The customer, by the vendor's own key.
    #[schema(example = "acme")]
    customer: String,
    /// The use case.
    #[schema(example = "code")]
    use_case: String,
    /// The mode; the first of the use case's ladder where absent.
    mode: Option<String>,
    /// The platform; `api`, or the only one, where absent.
    platform: Option<String>,
    /// Who or which agent runs.
    subject: Option<String>,
    /// What it is expected to use, by meter.
    quantities: Option<Quantities>,
    /// The same for a use case with a single meter.
    quantity: Option<Number>,
    /// Seconds until the hold ends by itself: 1 to 86400, 600 where absent.
    #[schema(minimum = 1, maximum = 86_400)]
    ttl_s: Option<i64>,
    /// Only tell: reserve nothing, count nothing.
    #[serde(default)]
    dry_run: bool,
}

impl AuthorizeWire {
    fn check(&self) -> Result<AuthorizeInput, Problem> {
        let mut fields = Fields::new();
        let customer = fields.key("customer", &self.customer);
        let run = RunWire {
            use_case: &self.use_case,
            mode: self.mode.as_deref(),
            platform: self.platform.as_deref(),
            subject: self.subject.as_deref(),
        };
        let run = run.check(&mut fields, "");
        let quantities = metered(&mut fields, "", self.quantity.as_ref(), self.quantities.as_ref());
        let ttl_s = self.ttl_s.and_then(|ttl_s| ttl_seconds(&mut fields, ttl_s));
        let input = (|| {
            Some(AuthorizeInput {
                customer: customer?,
                run: run?,
                quantities: quantities?,
                ttl_s,
                dry_run: self.dry_run,
            })
        })();
        fields.finish_with(input)
    }
}

/// Checks the life of a hold.
pub(super) fn ttl_seconds(fields: &mut Fields, ttl_s: i64) -> Option<u32> {
    let ttl_s = fields.within("ttl_s", ttl_s, 1, i64::from(HOLD_TTL_SECONDS_MAX))?;
    u32::try_from(ttl_s).ok()
}

/// Asks whether a run may start, and reserves credits for it.
///
/// A refusal is an answer, not an error: `allowed` is false, and `reasons` and `limits` say what stopped it, with used,
/// limit and reset.
#[utoipa::path(
    post,
    path = "/v1/authorize",
    tag = "metering",
    request_body(content = AuthorizeWire, examples(
        ("run" = (summary = "A run of two meters", value = json!({
            "customer": "acme", "use_case": "code", "mode": "fast", "platform": "api", "subject": "agent-7",
            "quantities": {"context_tokens": "4000", "generated_tokens": "600"}, "ttl_s": 120
        }))),
        ("dry_run" = (summary = "Only ask", value = json!({
            "customer": "acme", "use_case": "image", "quantity": 3, "dry_run": true
        }))),
    )),
    responses((status = 200, description = "The decision", body = DecisionWire), Problems),
)]
pub(super) async fn authorize(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    write: Write<AuthorizeWire>,
) -> Result<Response, Problem> {
    let input = write.body.check()?;
    let decision = state.service.authorize(&actor, input, write.idempotency).await?;
    let mut response = Json(DecisionWire::from(&decision)).into_response();
    if let Some(hold) = &decision.hold {
        if let Ok(location) = HeaderValue::from_str(&format!("/v1/holds/{}", hold.id)) {
            response.headers_mut().insert(LOCATION, location);
        }
    } else if let Some(seconds) = decision.retry_after_s {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
