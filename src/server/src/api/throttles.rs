//! `/v1/customers/{key}/throttles/{name}`: limits on rates.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_domain::limit::{ThrottleLimit, ThrottleThen};
use drawdown_service::limits::{ThrottleInput, ThrottleView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::body::Query;
use super::caller::Caller;
use super::caps::OwnerQuery;
use super::code::Code;
use super::customers::customer_key;
use super::fields::Fields;
use super::number::Number;
use super::problem::{Problem, Problems};
use super::scope::Scope;
use super::words::Word;
use super::write::{Empty, Write};

/// A throttle as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutThrottle)]
#[serde(deny_unknown_fields)]
pub(super) struct PutThrottleWire {
    /// Which runs it counts; all where absent.
    #[serde(default)]
    pub scope: Scope,
    /// How many runs per period; or give `credits`.
    #[schema(example = 50, minimum = 1)]
    pub requests: Option<i64>,
    /// How many credits per period; or give `requests`.
    pub credits: Option<Number>,
    /// `second`, `minute`, `hour` or `day`.
    #[schema(example = "hour")]
    pub per: String,
    /// How many runs (or whole credits) may come at once; as many as per period where absent.
    #[schema(example = 10, minimum = 1)]
    pub burst: Option<i64>,
    /// `reject`, or `degrade` to the next mode of the use case's ladder; `reject` where absent.
    #[schema(example = "reject")]
    pub then: Option<String>,
    /// `vendor` or `customer`: on whose behalf; `vendor` where absent.
    pub owner: Option<String>,
}

/// A throttle as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Throttle)]
pub(super) struct ThrottleWire {
    /// Its name.
    #[schema(example = "steady")]
    name: String,
    /// `vendor` or `customer`.
    #[schema(example = "vendor")]
    owner: &'static str,
    /// Which runs it counts.
    scope: Scope,
    /// Runs per period, where it counts runs.
    #[schema(example = 50)]
    requests: Option<u32>,
    /// Credits per period, where it counts credits.
    credits: Option<String>,
    /// The period.
    #[schema(example = "hour")]
    per: &'static str,
    /// How much at once.
    #[schema(example = 10)]
    burst: Option<u32>,
    /// What happens beyond.
    #[schema(example = "reject")]
    then: &'static str,
    /// The whole rule in words.
    words: String,
    /// Runs of its scope that throttles refused or slowed today.
    throttled_today: i64,
}

impl PutThrottleWire {
    /// Checks it.
    pub(super) fn check(&self, fields: &mut Fields) -> Option<ThrottleInput> {
        let scope = self.scope.check(fields);
        let mut count = |field: &str, number: i64| {
            fields
                .within(field, number, 1, i64::from(u32::MAX))
                .and_then(|number| u32::try_from(number).ok())
        };
        let requests = self.requests.map(|requests| count("requests", requests));
        let burst = self.burst.and_then(|burst| count("burst", burst));
        let limit = match (requests, &self.credits) {
            (Some(requests), None) => requests.map(ThrottleLimit::Requests),
            (None, Some(credits)) => fields.credits("credits", credits).map(ThrottleLimit::Credits),
            (Some(_), Some(_)) => {
                fields.refuse("credits", "ambiguous", "give requests or credits, not both");
                None
            }
            (None, None) => {
                fields.refuse("requests", "missing_field", "requests (or credits) is needed");
                None
            }
        };
        let per = fields.word("per", &self.per, Word::WORDS);
        let then = match &self.then {
            Some(then) => fields.word("then", then, Word::WORDS),
            None => Some(ThrottleThen::Reject),
        };
        let owner = self
            .owner
            .as_deref()
            .and_then(|owner| fields.word("owner", owner, Word::WORDS));
        Some(ThrottleInput {
            owner,
            scope,
            limit: limit?,
            per: per?,
            burst,
            then: then?,
        })
    }
}

impl From<&ThrottleView> for ThrottleWire {
    fn from(throttle: &ThrottleView) -> Self {
        let (requests, credits) = match throttle.limit {
            ThrottleLimit::Requests(requests) => (Some(requests), None),
            ThrottleLimit::Credits(credits) => (None, Some(credits.to_string())),
        };
        Self {
            name: throttle.name.to_string(),
            owner: throttle.owner.word(),
            scope: Scope::from(&throttle.scope),
            requests,
            credits,
            per: throttle.per.word(),
            burst: throttle.burst,
            then: throttle.then.word(),
            words: throttle.rule_words.clone(),
            throttled_today: throttle.throttled_today,
        }
    }
}

/// Sets a throttle by its name.
#[utoipa::path(
    put, path = "/v1/customers/{key}/throttles/{name}", tag = "limits",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("name" = String, Path, description = "The throttle", example = "steady"),
    ),
    request_body(content = PutThrottleWire, example = json!({
        "scope": {"use_case": "code", "mode": "fast"}, "requests": 50, "per": "hour", "burst": 10, "then": "degrade"
    })),
    responses((status = 200, description = "The throttle as it stands", body = ThrottleWire), Problems),
)]
pub(super) async fn put_throttle(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path((key, name)): Path<(String, String)>,
    write: Write<PutThrottleWire>,
) -> Result<Json<ThrottleWire>, Problem> {
    let mut fields = Fields::new();
    let name = fields.key("name", &name);
    let input = write.body.check(&mut fields);
    let (name, input) = fields.finish_with(name.zip(input))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let throttle = state
        .service
        .put_throttle(&actor, organization, &name, input, write.idempotency)
        .await?;
    Ok(Json(ThrottleWire::from(&throttle)))
}

/// Removes a throttle.
#[utoipa::path(
    delete, path = "/v1/customers/{key}/throttles/{name}", tag = "limits",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("name" = String, Path, description = "The throttle", example = "steady"),
        OwnerQuery,
    ),
    responses((status = 204, description = "It is gone"), Problems),
)]
pub(super) async fn delete_throttle(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path((key, name)): Path<(String, String)>,
    Query(owner): Query<OwnerQuery>,
    write: Write<Empty>,
) -> Result<StatusCode, Problem> {
    let owner = owner.check()?;
    let name = name.parse().map_err(|_| Problem::plain(Code::UnknownLimit))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    state
        .service
        .delete_throttle(&actor, organization, &name, owner, write.idempotency)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
