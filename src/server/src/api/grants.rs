//! `/v1/customers/{key}/grants`: blocks of credits, given and looked at.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_domain::Money;
use drawdown_domain::id::GrantId;
use drawdown_service::grants::{GrantInput, GrantView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::body::Query;
use super::caller::Caller;
use super::code::Code;
use super::customers::{MoneyWire, customer_key};
use super::fields::Fields;
use super::number::Number;
use super::paging::{self, PageQuery};
use super::problem::{Problem, Problems};
use super::time;
use super::words::Word;
use super::write::Write;

/// The longest note or reason, in characters.
const NOTE_CHARS_MAX: usize = 200;
/// The most use cases of a scope.
const SCOPE_MAX: usize = 100;

/// Credits to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AddGrant)]
#[serde(deny_unknown_fields)]
pub(super) struct AddGrantWire {
    /// `trial`, `allotment`, `purchase`, `commitment`, `promotional`, `adjustment` or `rollover`.
    #[schema(example = "promotional")]
    kind: String,
    /// How many; above zero, at most six decimal places.
    credits: Number,
    /// Lower burns first; 100 where absent.
    priority: Option<i32>,
    /// From when it may be burned; now, where absent.
    #[schema(format = DateTime)]
    effective_at: Option<String>,
    /// Until when (exclusive); never, where absent.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// What was paid for it: its cost basis.
    paid: Option<PaidWire>,
    /// The use cases that it may pay for; all where absent.
    scope: Option<Vec<String>>,
    /// Why it is given, for people.
    note: Option<String>,
}

/// Money that was paid.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Paid)]
#[serde(deny_unknown_fields)]
pub(super) struct PaidWire {
    /// In major units, at most as fine as the currency's minor unit.
    amount: Number,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
}

impl PaidWire {
    /// Checks it.
    pub(super) fn check(&self, fields: &mut Fields, field: &str) -> Option<Money> {
        fields.money(field, &self.amount, &self.currency)
    }
}

/// Why a grant is voided.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = VoidGrant)]
#[serde(deny_unknown_fields)]
pub(super) struct VoidGrantWire {
    /// Why, for people.
    reason: String,
}

/// A grant and what became of it: `amount = remaining + held + burned + expired + voided`, unless pending.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub(super) struct GrantWire {
    /// Its identifier.
    id: String,
    /// Where its credits come from.
    #[schema(example = "promotional")]
    kind: &'static str,
    /// `pending` (not yet paid), `active`, `void` or `expired`.
    #[schema(example = "active")]
    state: &'static str,
    /// The credits granted.
    #[schema(example = "500")]
    amount: String,
    /// Unspent and unreserved.
    #[schema(example = "487.2")]
    remaining: String,
    /// Reserved by open holds.
    #[schema(example = "12.8")]
    held: String,
    /// Spent.
    #[schema(example = "0")]
    burned: String,
    /// Unspent at expiry.
    #[schema(example = "0")]
    expired: String,
    /// Unspent when voided.
    #[schema(example = "0")]
    voided: String,
    /// Lower burns first.
    #[schema(example = 100)]
    priority: i32,
    /// From when it may be burned.
    effective_at: String,
    /// Until when; null for never.
    expires_at: Option<String>,
    /// What was paid for it.
    paid: Option<MoneyWire>,
    /// The use cases that it may pay for; null for all.
    scope: Option<Vec<String>>,
    /// Why it was given.
    note: Option<String>,
    /// When it was made.
    created_at: String,
    /// Its place in the burn order now, from 1; null where it cannot be burned now.
    burn_position: Option<u32>,
}

/// A page of grants.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grants)]
pub(super) struct GrantsWire {
    /// The newest first.
    items: Vec<GrantWire>,
    /// `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

impl AddGrantWire {
    fn check(&self) -> Result<GrantInput, Problem> {
        let mut fields = Fields::new();
        let kind = fields.word("kind", &self.kind, Word::WORDS);
        let credits = fields.credits("credits", &self.credits);
        let effective_at = fields.optional_instant("effective_at", self.effective_at.as_deref());
        let expires_at = fields.optional_instant("expires_at", self.expires_at.as_deref());
        let paid = self.paid.as_ref().and_then(|paid| paid.check(&mut fields, "paid"));
        let scope = self.scope.as_ref().map(|scope| {
            if scope.is_empty() || scope.len() > SCOPE_MAX {
                fields.refuse("scope", "out_of_range", format!("has 1 to {SCOPE_MAX} use cases"));
            }
            let keys = scope.iter().enumerate();
            keys.filter_map(|(place, key)| fields.key(&format!("scope[{place}]"), key))
                .collect()
        });
        let note = self
            .note
            .as_deref()
            .and_then(|note| fields.text("note", note, NOTE_CHARS_MAX));
        let input = kind.zip(credits).map(|(kind, credits)| GrantInput {
            kind,
            credits,
            priority: self.priority,
            effective_at,
            expires_at,
            paid,
            scope,
            note,
        });
        fields.finish_with(input)
    }
}

impl From<&GrantView> for GrantWire {
    fn from(grant: &GrantView) -> Self {
        let scope = grant
            .scope
            .as_ref()
            .map(|scope| scope.iter().map(|(key, _)| key.to_string()).collect());
        Self {
            id: grant.id.to_string(),
            kind: grant.kind.word(),
            state: grant.state.word(),
            amount: grant.amount.to_string(),
            remaining: grant.remaining.to_string(),
            held: grant.held.to_string(),
            burned: grant.burned.to_string(),
            expired: grant.expired.to_string(),
            voided: grant.voided.to_string(),
            priority: grant.priority,
            effective_at: time::format(grant.effective.at),
            expires_at: grant.expires.as_ref().map(|expires| time::format(expires.at)),
            paid: grant.paid.map(MoneyWire::from),
            scope,
            note: grant.note.clone(),
            created_at: time::format(grant.created.at),
            burn_position: grant.burn_position,
        }
    }
}

/// Gives credits: they can be burned from `effective_at` on.
///
/// Promotional credits and adjustments above the limit of the installation, all that one customer is given within 24 hours together, are refused: ask for them with
/// `POST /v1/admin/customers/{key}/grants`.
#[utoipa::path(
    post, path = "/v1/customers/{key}/grants", tag = "customers",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = AddGrantWire, examples(
        ("gift" = (summary = "A gift", value = json!({"kind": "promotional", "credits": "500"}))),
        ("purchase" = (summary = "Paid for elsewhere", value = json!({
            "kind": "purchase", "credits": "5000", "priority": 100, "effective_at": "2026-01-01T00:00:00Z",
            "expires_at": "2099-01-01T00:00:00+01:00", "paid": {"amount": "50.00", "currency": "USD"},
            "scope": ["code"], "note": "Invoice 2026-118"
        }))),
    )),
    responses((status = 201, description = "The grant", body = GrantWire), Problems),
)]
pub(super) async fn add_grant(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(key): Path<String>,
    write: Write<AddGrantWire>,
) -> Result<(StatusCode, Json<GrantWire>), Problem> {
    let input = write.body.check()?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let grant = state
        .service
        .add_grant(&actor, organization, input, write.idempotency)
        .await?;
    Ok((StatusCode::CREATED, Json(GrantWire::from(&grant))))
}

/// All grants of a customer, the newest first.
#[utoipa::path(
    get, path = "/v1/customers/{key}/grants", tag = "customers",
    params(("key" = String, Path, description = "The customer", example = "acme"), PageQuery),
    responses((status = 200, description = "A page of grants", body = GrantsWire), Problems),
)]
pub(super) async fn list_grants(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(key): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<GrantsWire>, Problem> {
    let page = page.check()?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let grants = state.service.grants(&actor, organization).await?;
    let start = match page.after {
        None => 0,
        Some(after) => {
            let after: GrantId = after.parse().map_err(|_| paging::invalid_cursor())?;
            let place = grants
                .iter()
                .position(|grant| grant.id == after)
                .ok_or_else(paging::invalid_cursor)?;
            place + 1
        }
    };
    let rest = grants.get(start..).unwrap_or_default();
    let shown = rest.get(..page.limit as usize).unwrap_or(rest);
    let more = shown.len() < rest.len();
    let next_cursor = shown
        .last()
        .filter(|_| more)
        .map(|last| paging::encode(&last.id.to_string()));
    Ok(Json(GrantsWire {
        items: shown.iter().map(GrantWire::from).collect(),
        next_cursor,
    }))
}

/// Voids what is unspent of a grant. Open holds on it keep what they reserved.
#[utoipa::path(
    post, path = "/v1/customers/{key}/grants/{id}/void", tag = "customers",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The grant"),
    ),
    request_body(content = VoidGrantWire, example = json!({"reason": "given to the wrong customer"})),
    responses((status = 200, description = "The grant as it is now", body = GrantWire), Problems),
)]
pub(super) async fn void_grant(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path((key, id)): Path<(String, String)>,
    write: Write<VoidGrantWire>,
) -> Result<Json<GrantWire>, Problem> {
    let mut fields = Fields::new();
    let reason = fields.text("reason", &write.body.reason, NOTE_CHARS_MAX);
    let reason = fields.finish_with(reason)?;
    let grant: GrantId = id.parse().map_err(|_| Problem::plain(Code::UnknownGrant))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let grant = state
        .service
        .void_grant(&actor, organization, grant, reason, write.idempotency)
        .await?;
    Ok(Json(GrantWire::from(&grant)))
}
