//! `/v1/admin/customers/{key}/contracts`: what one customer commits to beyond a plan: previewed, signed, amended, ended.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_domain::Timestamp;
use drawdown_domain::contract::{ContractTerms, Overrides};
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_service::Actor;
use drawdown_service::contracts::{ContractPreview, ContractView, StepView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::call::CallId;
use super::contract_terms::ContractTermsWire;
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::customers::{MoneyWire, customer_key};
use crate::api::fields::Fields;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::words::Word;
use crate::api::write::{Empty, Write};

/// A contract to be signed.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SignContract)]
#[serde(deny_unknown_fields)]
pub(super) struct SignWire {
    /// What is agreed.
    terms: ContractTermsWire,
}

/// An amendment.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AmendContract)]
#[serde(deny_unknown_fields)]
pub(super) struct AmendWire {
    /// What is agreed from then on, all of it.
    terms: ContractTermsWire,
    /// From which day on, by the customer's calendar; from now on where absent.
    #[schema(example = "2027-04-01")]
    effective: Option<String>,
}

/// A contract, or an amendment, to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PreviewContract)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewWire {
    /// What would be agreed.
    terms: ContractTermsWire,
    /// The contract that would be amended; a new one where absent.
    amends: Option<String>,
    /// From which day on it would be amended; from now on where absent.
    effective: Option<String>,
}

/// Something that a contract does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractStep)]
pub(super) struct StepWire {
    /// When.
    at: String,
    /// What, for people.
    #[schema(example = "A payment is due")]
    words: String,
    /// Credits that come of it.
    credits: Option<String>,
    /// Money that falls due.
    money: Option<MoneyWire>,
}

/// What a contract would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractPreview)]
pub(super) struct PreviewedWire {
    /// What the commitment of the first term buys.
    #[schema(example = "1200000")]
    credits: String,
    /// The discount against the plan's own rate, in percent of the price of a credit.
    discount_percent: Option<String>,
    /// When it begins.
    begins_at: String,
    /// When its term ends.
    ends_at: Option<String>,
    /// What happens until then, in its order; 60 steps at most.
    steps: Vec<StepWire>,
}

/// A contract.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contract)]
pub(super) struct ContractWire {
    /// Its identifier.
    id: String,
    /// `upcoming`, `running` or `ended`.
    #[schema(example = "running")]
    state: &'static str,
    /// Its newest version: 1, and one more for each amendment.
    #[schema(example = 1)]
    version: u32,
    /// When that takes, or took, effect.
    effective_at: String,
    /// What is agreed by it.
    terms: ContractTermsWire,
    /// What a term's commitment buys.
    #[schema(example = "1200000")]
    credits: String,
    /// The discount against the plan's own rate, in percent of the price of a credit.
    discount_percent: Option<String>,
    /// When it begins.
    begins_at: String,
    /// When it ends; null where it goes on.
    ends_at: Option<String>,
    /// What it does next.
    next: Vec<StepWire>,
}

/// The contracts of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contracts)]
pub(super) struct ContractsWire {
    /// The newest first.
    items: Vec<ContractWire>,
}

impl From<&StepView> for StepWire {
    fn from(step: &StepView) -> Self {
        Self {
            at: time::format(step.at.at),
            words: step.words.clone(),
            credits: step.credits.map(|credits| credits.to_string()),
            money: step.money.map(MoneyWire::from),
        }
    }
}

impl From<&ContractPreview> for PreviewedWire {
    fn from(preview: &ContractPreview) -> Self {
        Self {
            credits: preview.credits.to_string(),
            discount_percent: preview.discount.map(|percent| percent.normalize().to_string()),
            begins_at: time::format(preview.begins.at),
            ends_at: preview.ends.as_ref().map(|moment| time::format(moment.at)),
            steps: preview.steps.iter().map(StepWire::from).collect(),
        }
    }
}

impl ContractWire {
    fn of(contract: &ContractView) -> Result<Self, Problem> {
        Ok(Self {
            id: contract.id.to_string(),
            state: contract.state.word(),
            version: contract.version,
            effective_at: time::format(contract.effective.at),
            terms: ContractTermsWire::of(contract)?,
            credits: contract.credits.to_string(),
            discount_percent: contract.discount.map(|percent| percent.normalize().to_string()),
            begins_at: time::format(contract.begins.at),
            ends_at: contract.ends.as_ref().map(|moment| time::format(moment.at)),
            next: contract.next.iter().map(StepWire::from).collect(),
        })
    }
}

/// Reads the terms of a new contract.
async fn new_terms(
    state: &ApiState,
    actor: &Actor,
    organization: OrganizationId,
    wire: &ContractTermsWire,
) -> Result<ContractTerms, Problem> {
    let starts = wire.starts.as_deref().unwrap_or("");
    let starts = state.service.day_of(actor, organization, "starts", starts).await?;
    read_terms(state, actor, organization, wire, (starts, &Overrides::default())).await
}

/// Reads the terms of an amendment, and from when it holds.
async fn amended_terms(
    state: &ApiState,
    actor: &Actor,
    organization: OrganizationId,
    id: ContractId,
    (wire, effective): (&ContractTermsWire, Option<&str>),
) -> Result<(ContractTerms, Timestamp), Problem> {
    let known = state.service.contract(actor, organization, id).await?;
    if wire.starts.as_ref().is_some_and(|starts| *starts != known.begins.date) {
        let mut fields = Fields::new();
        fields.refuse(
            "starts",
            "fixed",
            "an amendment keeps the day on which the contract begins",
        );
        fields.finish()?;
    }
    let effective = match effective {
        Some(day) => state.service.day_of(actor, organization, "effective", day).await?,
        None => state.service.instant(),
    };
    let agreed = (known.terms.starts_at, &known.terms.overrides);
    let terms = read_terms(state, actor, organization, wire, agreed).await?;
    Ok((terms, effective))
}

/// Reads terms that begin at an instant, where some overrides are agreed already.
async fn read_terms(
    state: &ApiState,
    actor: &Actor,
    organization: OrganizationId,
    wire: &ContractTermsWire,
    (starts_at, agreed): (Timestamp, &Overrides),
) -> Result<ContractTerms, Problem> {
    let mut fields = Fields::new();
    let plan = fields.key("plan", &wire.plan);
    let plan = fields.finish_with(plan)?;
    let version = state
        .service
        .plan_version_id(actor, organization, &plan, wire.plan_version)
        .await?;
    let own = match wire.said(agreed)? {
        Some(said) => state.service.contract_overrides(actor, organization, &said).await?,
        None => agreed.clone(),
    };
    wire.check(version, starts_at, own)
}

pub(super) fn contract_id(text: &str) -> Result<ContractId, Problem> {
    text.parse()
        .map_err(|_| Problem::new(Code::NotFound, "There is no such contract."))
}

async fn contract(
    state: &ApiState,
    actor: &Actor,
    organization: OrganizationId,
    id: ContractId,
) -> Result<Json<ContractWire>, Problem> {
    let contract = state.service.contract(actor, organization, id).await?;
    Ok(Json(ContractWire::of(&contract)?))
}

/// The contracts of a customer, the newest first.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}/contracts", tag = "admin: customers", operation_id = "admin_list_contracts",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    responses((status = 200, description = "The contracts", body = ContractsWire), Problems),
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<ContractsWire>, Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let contracts = state.service.contracts(&actor, organization).await?;
    Ok(Json(ContractsWire {
        items: contracts.iter().map(ContractWire::of).collect::<Result<_, _>>()?,
    }))
}

/// One contract.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}/contracts/{id}", tag = "admin: customers", operation_id = "admin_get_contract",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The contract"),
    ),
    responses((status = 200, description = "The contract", body = ContractWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
) -> Result<Json<ContractWire>, Problem> {
    let id = contract_id(&id)?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    contract(&state, &actor, organization, id).await
}

/// Tells what a contract or an amendment would do: releases, payments, renewals and the end. Signs nothing.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/contracts/preview", tag = "admin: customers",
    operation_id = "admin_preview_contract",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = PreviewWire, example = json!({"terms": {
        "plan": "team", "committed": {"amount": "12000", "currency": "USD"}, "conversion_rate": "125",
        "starts": "2027-01-01", "months": 12, "payments": {"every": "half_year"}
    }})),
    responses((status = 200, description = "What it would do", body = PreviewedWire), Problems),
)]
pub(super) async fn preview(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<PreviewWire>,
) -> Result<Json<PreviewedWire>, Problem> {
    let wire = write.body;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let (terms, amends) = if let Some(id) = &wire.amends {
        let id = contract_id(id)?;
        let sent = (&wire.terms, wire.effective.as_deref());
        let (terms, from) = amended_terms(&state, &actor, organization, id, sent).await?;
        (terms, Some((id, from)))
    } else {
        (new_terms(&state, &actor, organization, &wire.terms).await?, None)
    };
    let preview = state
        .service
        .preview_contract(&actor, organization, terms, amends)
        .await?;
    Ok(Json(PreviewedWire::from(&preview)))
}

/// Signs a contract: from its first day on the customer is on its terms.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/contracts", tag = "admin: customers", operation_id = "admin_sign_contract",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = SignWire, example = json!({"terms": {
        "plan": "team", "plan_version": 1, "committed": {"amount": "1200000", "currency": "USD"},
        "conversion_rate": "128.2", "starts": "2027-01-01", "months": 12,
        "release": {"table": [
            {"month": 0, "percent": "10"}, {"month": 3, "percent": "20"}, {"month": 6, "percent": "30"},
            {"month": 9, "percent": "40"}
        ]},
        "payments": {"every": "half_year"}, "renewal_months": 12, "note": "Signed by Ines", "overrides": {
            "seats": 250, "overage": "block", "low_balance_percent": 5, "refunds": {"image": "A failed render costs nothing"},
            "caps": {"ceiling": null, "daily": {"window": "day", "credits": "500000"}},
            "throttles": {"steady": {"requests": 500, "per": "minute", "then": "degrade"}}
        }
    }})),
    responses((status = 201, description = "The contract", body = ContractWire), Problems),
)]
pub(super) async fn sign(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    CallId(id): CallId,
    write: Write<SignWire>,
) -> Result<(StatusCode, Json<ContractWire>), Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let terms = new_terms(&state, &actor, organization, &write.body.terms).await?;
    let id = ContractId::from_uuid(id);
    Box::pin(state.service.sign_contract(&actor, organization, id, terms)).await?;
    let signed = contract(&state, &actor, organization, id).await?;
    Ok((StatusCode::CREATED, signed))
}

/// Amends a contract from a day on. What was due before stays.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/contracts/{id}/amend", tag = "admin: customers",
    operation_id = "admin_amend_contract",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The contract"),
    ),
    request_body(content = AmendWire, example = json!({"effective": "2027-04-01", "terms": {
        "plan": "team", "committed": {"amount": "24000", "currency": "USD"}, "conversion_rate": "130", "months": 12
    }})),
    responses((status = 200, description = "The contract as it is now", body = ContractWire), Problems),
)]
pub(super) async fn amend(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
    write: Write<AmendWire>,
) -> Result<Json<ContractWire>, Problem> {
    let id = contract_id(&id)?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let sent = (&write.body.terms, write.body.effective.as_deref());
    let (terms, from) = amended_terms(&state, &actor, organization, id, sent).await?;
    Box::pin(state.service.amend_contract(&actor, organization, id, terms, from)).await?;
    contract(&state, &actor, organization, id).await
}

/// Ends a contract with its present term: it is not renewed.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/contracts/{id}/end", tag = "admin: customers",
    operation_id = "admin_end_contract",
    params(
        ("key" = String, Path, description = "The customer", example = "acme"),
        ("id" = String, Path, description = "The contract"),
    ),
    request_body(content = Object, description = "Nothing, or an empty object", example = json!({})),
    responses((status = 200, description = "The contract as it is now", body = ContractWire), Problems),
)]
pub(super) async fn end(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
    _: Write<Empty>,
) -> Result<Json<ContractWire>, Problem> {
    let id = contract_id(&id)?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    Box::pin(state.service.end_contract(&actor, organization, id)).await?;
    contract(&state, &actor, organization, id).await
}
