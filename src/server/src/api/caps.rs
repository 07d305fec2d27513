//! `/v1/customers/{key}/caps/{name}`: limits on credits per window.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_domain::limit::{CapAction, CapLimit, LimitOwner};
use drawdown_service::limits::{CapInput, CapView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::body::Query;
use super::caller::Caller;
use super::code::Code;
use super::customers::{MoneyWire, customer_key};
use super::fields::Fields;
use super::grants::PaidWire;
use super::number::Number;
use super::problem::{Problem, Problems};
use super::scope::{self, Scope};
use super::time;
use super::words::Word;
use super::write::Write;

/// A cap as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutCap)]
#[serde(deny_unknown_fields)]
pub(super) struct PutCapWire {
    /// Which runs it counts; all where absent.
    #[serde(default)]
    pub scope: Scope,
    /// `day`, `week`, `month`, `billing_period`, `lifetime`, or `N hours` for the last N (1 to 720).
    #[schema(example = "month")]
    pub window: String,
    /// How much it allows in credits; or give `money`.
    pub credits: Option<Number>,
    /// How much it allows in money, at the plan's conversion rate; or give `credits`.
    pub money: Option<PaidWire>,
    /// `block` refuses runs, `notify` only tells; `block` where absent.
    pub action: Option<String>,
    /// Percentages at which somebody is told, ascending; 80 and 100 where absent.
    pub thresholds: Option<Vec<u8>>,
    /// `vendor` or `customer`: on whose behalf; `vendor` where absent.
    pub owner: Option<String>,
}

/// A cap as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cap)]
pub(super) struct CapWire {
    /// Its name.
    #[schema(example = "monthly")]
    name: String,
    /// `vendor` or `customer`.
    #[schema(example = "customer")]
    owner: &'static str,
    /// Which runs it counts.
    scope: Scope,
    /// Over which span.
    #[schema(example = "month")]
    window: String,
    /// The limit in credits.
    #[schema(example = "5000")]
    credits: String,
    /// The limit in money, where it was set so.
    money: Option<MoneyWire>,
    /// `block` or `notify`.
    #[schema(example = "block")]
    action: &'static str,
    /// Percentages at which somebody is told.
    thresholds: Vec<u8>,
    /// When its window ends; null for lifetimes.
    reset: Option<String>,
    /// What is used: one, or of a cap for each subject or key the fullest ten.
    used: Vec<CapUseWire>,
}

/// One counter of a cap.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CapUse)]
pub(super) struct CapUseWire {
    /// The subject or key, where each is counted apart.
    each: Option<String>,
    /// Used in the window.
    #[schema(example = "730")]
    used: String,
    /// Reserved in the window.
    #[schema(example = "0")]
    held: String,
}

/// Whose limit is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OwnerQuery {
    /// `vendor` or `customer`; `vendor` where absent.
    #[param(example = "vendor")]
    owner: Option<String>,
}

impl OwnerQuery {
    /// Checks it.
    pub(super) fn check(&self) -> Result<Option<LimitOwner>, Problem> {
        let mut fields = Fields::new();
        let owner = self
            .owner
            .as_deref()
            .and_then(|owner| fields.word("owner", owner, Word::WORDS));
        fields.finish().map_err(|problem| Problem {
            code: Code::InvalidQuery,
            ..problem
        })?;
        Ok(owner)
    }
}

impl PutCapWire {
    /// Checks it.
    pub(super) fn check(&self, fields: &mut Fields) -> Option<CapInput> {
        let scope = self.scope.check(fields);
        let window = scope::window(fields, &self.window);
        let limit = match (&self.credits, &self.money) {
            (Some(credits), None) => fields.credits("credits", credits).map(CapLimit::Credits),
            (None, Some(money)) => money.check(fields, "money").map(CapLimit::Money),
            (Some(_), Some(_)) => {
                fields.refuse("money", "ambiguous", "give credits or money, not both");
                None
            }
            (None, None) => {
                fields.refuse("credits", "missing_field", "credits (or money) is needed");
                None
            }
        };
        let action = match &self.action {
            Some(action) => fields.word("action", action, Word::WORDS),
            None => Some(CapAction::Block),
        };
        let owner = self
            .owner
            .as_deref()
            .and_then(|owner| fields.word("owner", owner, Word::WORDS));
        let thresholds = self.thresholds.clone().unwrap_or_default();
        let rising = thresholds.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || thresholds.iter().any(|percent| !(1..=100).contains(percent)) {
            fields.refuse(
                "thresholds",
                "out_of_range",
                "are between 1 and 100, each above the one before",
            );
        }
        Some(CapInput {
            owner,
            scope,
            window: window?,
            limit: limit?,
            action: action?,
            thresholds,
        })
    }
}

impl From<&CapView> for CapWire {
    fn from(cap: &CapView) -> Self {
        let used = cap.used.iter().map(|counter| CapUseWire {
            each: counter.each.clone(),
            used: counter.used.to_string(),
            held: counter.held.to_string(),
        });
        Self {
            name: cap.name.to_string(),
            owner: cap.owner.word(),
            scope: Scope::from(&cap.scope),
            window: scope::window_word(cap.window),
            credits: cap.limit_credits.to_string(),
            money: match cap.limit {
                CapLimit::Money(money) => Some(MoneyWire::from(money)),
                CapLimit::Credits(_) => None,
            },
            action: cap.action.word(),
            thresholds: cap.thresholds.clone(),
            reset: cap.resets.as_ref().map(|resets| time::format(resets.at)),
            used: used.collect(),
        }
    }
}

/// Sets a cap by its name. What its window already holds counts.
#[utoipa::path(
    put, path = "/v1/customers/{key}/caps/{name}", tag = "limits",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("name" = String, Path, description = "The cap", example = "monthly"),
    ),
    request_body(content = PutCapWire, examples(
        ("credits" = (summary = "Credits a month", value = json!({
            "scope": {"use_case": "code"}, "window": "month", "credits": "5000", "action": "block"
        }))),
        ("each" = (summary = "Money a day for each subject", value = json!({
            "scope": {"each": "subject"}, "window": "day", "money": {"amount": "20.00", "currency": "USD"},
            "action": "notify", "thresholds": [50, 80, 100], "owner": "customer"
        }))),
    )),
    responses((status = 200, description = "The cap as it stands", body = CapWire), Problems),
)]
pub(super) async fn put_cap(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path((key, name)): Path<(String, String)>,
    write: Write<PutCapWire>,
) -> Result<Json<CapWire>, Problem> {
    let mut fields = Fields::new();
    let name = fields.key("name", &name);
    let input = write.body.check(&mut fields);
    let (name, input) = fields.finish_with(name.zip(input))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let cap = state
        .service
        .put_cap(&actor, organization, &name, input, write.idempotency)
        .await?;
    Ok(Json(CapWire::from(&cap)))
}

/// Removes a cap.
#[utoipa::path(
    delete, path = "/v1/customers/{key}/caps/{name}", tag = "limits",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("name" = String, Path, description = "The cap", example = "monthly"),
        OwnerQuery,
    ),
    responses((status = 204, description = "It is gone"), Problems),
)]
pub(super) async fn delete_cap(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path((key, name)): Path<(String, String)>,
    Query(owner): Query<OwnerQuery>,
    write: Write<super::write::Empty>,
) -> Result<StatusCode, Problem> {
    let owner = owner.check()?;
    let name = name.parse().map_err(|_| Problem::plain(Code::UnknownLimit))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    state
        .service
        .delete_cap(&actor, organization, &name, owner, write.idempotency)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
