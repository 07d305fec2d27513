//! `POST /v1/usage`: what was used without a hold, up to 1000 events at once.
//!
//! Each event is answered in its place. One whose values are wrong is rejected alone, with a code; a body whose shape is
//! wrong is refused as a whole, and nothing of it is recorded.

use axum::Json;
use axum::extract::State;
use drawdown_domain::outcome::EventStatus;
use drawdown_service::metering::{EVENTS_PER_CALL_MAX, EventAnswer, EventInput};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::caller::Caller;
use super::code::Code;
use super::fields::Fields;
use super::number::{Number, Quantities};
use super::problem::{FieldProblem, Problem, Problems};
use super::refusal::request_code;
use super::run::{RunWire, metered};
use super::words::Word;
use super::write::Write;

/// The longest event id, in characters.
const EVENT_ID_CHARS_MAX: usize = 128;

/// Usage events.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Usage)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageWire {
    /// 1 to 1000 of them.
    #[schema(min_items = 1, max_items = 1000)]
    events: Vec<EventWire>,
}

/// One usage event.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = UsageEvent)]
#[serde(deny_unknown_fields)]
pub(super) struct EventWire {
    /// The reporter's identifier: the same one is never counted twice.
    #[schema(example = "call-000017", min_length = 1, max_length = 128)]
    id: String,
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
    /// Who or which agent ran.
    subject: Option<String>,
    /// How much, by meter.
    quantities: Option<Quantities>,
    /// The same for a use case with a single meter.
    quantity: Option<Number>,
    /// When it was used, with an offset; now, where absent.
    #[schema(format = DateTime)]
    occurred_at: Option<String>,
}

/// How the events fared, in their order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageResults)]
pub(super) struct UsageResultsWire {
    /// One for each event.
    results: Vec<EventResultWire>,
}

/// How one event fared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageResult)]
pub(super) struct EventResultWire {
    /// The reporter's identifier.
    id: String,
    /// `recorded`, `duplicate` (known already: not counted again) or `rejected`.
    #[schema(example = "recorded")]
    status: &'static str,
    /// What it cost; also of a duplicate.
    #[schema(example = "9.616")]
    credits: Option<String>,
    /// What of it no credits could pay.
    #[schema(example = "0")]
    owed: Option<String>,
    /// Why it was rejected: a stable code.
    code: Option<String>,
    /// The same for people.
    message: Option<String>,
    /// The fields that are not valid, of a rejected event.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
}

impl EventWire {
    fn check(&self) -> Result<EventInput, Vec<FieldProblem>> {
        let mut fields = Fields::new();
        let id = fields.text("id", &self.id, EVENT_ID_CHARS_MAX);
        let customer = fields.key("customer", &self.customer);
        let run = RunWire {
            use_case: &self.use_case,
            mode: self.mode.as_deref(),
            platform: self.platform.as_deref(),
            subject: self.subject.as_deref(),
        };
        let run = run.check(&mut fields, "");
        let quantities = metered(&mut fields, "", self.quantity.as_ref(), self.quantities.as_ref());
        let occurred_at = fields.optional_instant("occurred_at", self.occurred_at.as_deref());
        let errors = fields.into_errors();
        match (errors.is_empty(), id, customer, run, quantities) {
            (true, Some(id), Some(customer), Some(run), Some(quantities)) => Ok(EventInput {
                id,
                customer,
                run,
                quantities,
                occurred_at,
            }),
            _ => Err(errors),
        }
    }
}

impl EventResultWire {
    fn rejected(id: String, errors: Vec<FieldProblem>) -> Self {
        let problem = Problem::invalid(errors);
        Self {
            id,
            status: EventStatus::Rejected.word(),
            credits: None,
            owed: None,
            code: Some(problem.code.as_str().to_owned()),
            message: Some(problem.detail),
            errors: problem.errors,
        }
    }

    fn answered(answer: EventAnswer) -> Self {
        let result = answer.result;
        let refused = result
            .error
            .as_ref()
            .map(|error| (request_code(error).as_str().to_owned(), error.to_string()));
        let (code, message) = match refused {
            Some((code, message)) => (Some(code), Some(message)),
            None => (answer.code.map(str::to_owned), answer.message),
        };
        Self {
            id: result.key,
            status: result.status.word(),
            credits: result.credits.map(|credits| credits.to_string()),
            owed: result.owed.map(|owed| owed.to_string()),
            code,
            message,
            errors: Vec::new(),
        }
    }
}

/// Records what was used without a hold. A valid event is never lost: what credits cannot cover is owed.
#[utoipa::path(
    post, path = "/v1/usage", tag = "metering",
    request_body(content = UsageWire, example = json!({"events": [
        {"id": "call-000017", "customer": "acme", "use_case": "code", "mode": "fast", "platform": "api",
         "subject": "agent-7", "quantities": {"context_tokens": 4808, "generated_tokens": 10},
         "occurred_at": "2026-11-20T18:17:03.979960Z"},
        {"id": "call-000018", "customer": "acme", "use_case": "image", "quantity": "1"}
    ]})),
    responses((status = 200, description = "How each event fared", body = UsageResultsWire), Problems),
)]
pub(super) async fn record(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    write: Write<UsageWire>,
) -> Result<Json<UsageResultsWire>, Problem> {
    let events = write.body.events;
    if events.is_empty() {
        return Err(Problem::invalid(vec![FieldProblem::new(
            "events",
            "too_few",
            "at least one event is needed",
        )]));
    }
    if events.len() > EVENTS_PER_CALL_MAX {
        return Err(Problem::plain(Code::BatchTooLarge));
    }
    let checked: Vec<_> = events.iter().map(EventWire::check).collect();
    let valid: Vec<EventInput> = checked
        .iter()
        .filter_map(|event| event.as_ref().ok().cloned())
        .collect();
    let answers = if valid.is_empty() {
        Vec::new()
    } else {
        state.service.record(&actor, valid, write.idempotency).await?
    };
    let mut answers = answers.into_iter();
    let results = events
        .into_iter()
        .zip(checked)
        .filter_map(|(event, checked)| match checked {
            Ok(_) => answers.next().map(EventResultWire::answered),
            Err(errors) => Some(EventResultWire::rejected(event.id, errors)),
        });
    Ok(Json(UsageResultsWire {
        results: results.collect(),
    }))
}
