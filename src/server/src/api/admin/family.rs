//! `/v1/admin/customers/{key}/family` and what belongs to it: customers of one parent, and unspent credits that go from one of
//! them to another.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_service::account::REASON_CHARACTERS_MAX;
use drawdown_service::transfers::{FamilyView, Relative, TransferInput, TransferPreview, TransferView};
use drawdown_service::{Actor, ServiceError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::call::CallId;
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::customers::{MoneyWire, customer_key};
use crate::api::fields::Fields;
use crate::api::grants::GrantWire;
use crate::api::number::Number;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::write::Write;

/// Whose parent a customer is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutParent)]
#[serde(deny_unknown_fields)]
pub(super) struct PutParentWire {
    /// The parent, by the vendor's key for it; null, or absent, for none.
    parent: Option<String>,
    /// Why, for people.
    reason: String,
}

/// Credits to be transferred.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TransferCredits)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferWire {
    /// Who gets them: a customer of the same parent, or the parent, by the vendor's key for it.
    to: String,
    /// How many of the grant's unspent credits; above zero.
    credits: Number,
    /// Why, for people.
    reason: String,
}

/// Another customer of the same parent, or the parent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Relative)]
pub(super) struct RelativeWire {
    /// The vendor's own key for it.
    #[schema(example = "acme-group")]
    key: String,
    /// Drawdown's identifier.
    id: String,
    /// Its name.
    #[schema(example = "Acme Group")]
    name: String,
    /// True for the parent of them all.
    is_parent: bool,
}

/// Credits that went from one to the other.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreditTransfer)]
pub(super) struct MadeWire {
    /// When.
    at: String,
    /// `given` by this customer, or `received`.
    #[schema(example = "given")]
    direction: &'static str,
    /// The other one, by the vendor's key for it.
    #[schema(example = "acme-group")]
    other: Option<String>,
    /// How many credits.
    #[schema(example = "500")]
    credits: String,
    /// Their share of what was paid.
    paid: Option<MoneyWire>,
    /// The grant of this customer.
    grant: String,
    /// Who made it; of a key, its name.
    made_by: String,
    /// Why.
    reason: String,
}

/// A customer's family.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Family)]
pub(super) struct FamilyWire {
    /// Its parent, by the vendor's key for it; null where it has none, or is the parent.
    #[schema(example = "acme-group")]
    parent: Option<String>,
    /// The others of one parent, the parent first.
    relatives: Vec<RelativeWire>,
    /// Transfers, the newest first; 100 at most.
    transfers: Vec<MadeWire>,
}

/// What a transfer would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TransferPreview)]
pub(super) struct TransferPreviewWire {
    /// Who gives, by name.
    #[schema(example = "Acme Rockets")]
    from: String,
    /// Who gets, by name.
    #[schema(example = "Acme Group")]
    to: String,
    /// The grant that it comes from, as it is.
    grant: GrantWire,
    /// The share of what was paid that goes along.
    paid: Option<MoneyWire>,
}

/// What a transfer has made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transferred)]
pub(super) struct TransferredWire {
    /// Who got them, by the vendor's key for it.
    #[schema(example = "acme-group")]
    to: String,
    /// The grant that it was given: of the kind, priority, scope and end of the one that they come from.
    grant: String,
    /// How many credits.
    #[schema(example = "500")]
    credits: String,
    /// The share of what was paid that went along.
    paid: Option<MoneyWire>,
}

impl From<&Relative> for RelativeWire {
    fn from(relative: &Relative) -> Self {
        Self {
            key: relative.key.to_string(),
            id: relative.id.to_string(),
            name: relative.name.clone(),
            is_parent: relative.is_parent,
        }
    }
}

impl From<&TransferView> for MadeWire {
    fn from(transfer: &TransferView) -> Self {
        Self {
            at: time::format(transfer.at.at),
            direction: if transfer.given { "given" } else { "received" },
            other: transfer.other_key.as_ref().map(ToString::to_string),
            credits: transfer.credits.to_string(),
            paid: transfer.paid.map(MoneyWire::from),
            grant: transfer.grant.to_string(),
            made_by: transfer.made_by.clone(),
            reason: transfer.reason.clone(),
        }
    }
}

impl From<&FamilyView> for FamilyWire {
    fn from(family: &FamilyView) -> Self {
        let parent = family.relatives.iter().find(|relative| relative.is_parent);
        Self {
            parent: parent.map(|parent| parent.key.to_string()),
            relatives: family.relatives.iter().map(RelativeWire::from).collect(),
            transfers: family.transfers.iter().map(MadeWire::from).collect(),
        }
    }
}

impl From<&TransferPreview> for TransferPreviewWire {
    fn from(preview: &TransferPreview) -> Self {
        Self {
            from: preview.from.clone(),
            to: preview.to.clone(),
            grant: GrantWire::from(&preview.grant),
            paid: preview.paid.map(MoneyWire::from),
        }
    }
}

/// Reads a transfer: who gives, and what.
async fn transfer_of(
    state: &ApiState,
    actor: &Actor,
    (key, id): (&str, &str),
    wire: &TransferWire,
) -> Result<(OrganizationId, TransferInput), Problem> {
    let mut fields = Fields::new();
    let credits = fields.credits("credits", &wire.credits);
    let to = fields.key("to", &wire.to);
    let reason = fields.text("reason", &wire.reason, REASON_CHARACTERS_MAX);
    let (credits, (to, reason)) = fields.finish_with(credits.zip(to.zip(reason)))?;
    let grant: GrantId = id.parse().map_err(|_| Problem::plain(Code::UnknownGrant))?;
    let service = &state.service;
    let organization = service.organization_of(actor, &customer_key(key)?).await?;
    let to = match service.organization_of(actor, &to).await {
        Err(ServiceError::NotFound(_)) => {
            let mut fields = Fields::new();
            fields.refuse("to", "unknown", format!("there is no customer {to}"));
            return fields.finish_with(None);
        }
        found => found?,
    };
    let input = TransferInput {
        grant,
        to,
        credits,
        reason,
    };
    Ok((organization, input))
}

/// A customer's family: the others of one parent, and the credits that went between it and them.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}/family", tag = "admin: customers", operation_id = "admin_get_family",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    responses((status = 200, description = "The family", body = FamilyWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<FamilyWire>, Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let family = state.service.family(&actor, organization).await?;
    Ok(Json(FamilyWire::from(&family)))
}

/// Says which customer is another one's parent, or that none is. The same again changes nothing.
///
/// A parent is a customer like others and has none itself. Nothing follows from it but that credits may be transferred.
#[utoipa::path(
    put, path = "/v1/admin/customers/{key}/parent", tag = "admin: customers", operation_id = "admin_put_parent",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = PutParentWire, examples(
        ("one" = (summary = "Its parent", value = json!({"parent": "acme-group", "reason": "Bought by Acme Group"}))),
        ("none" = (summary = "No parent any more", value = json!({"parent": null, "reason": "Sold by Acme Group"}))),
    )),
    responses((status = 200, description = "The family as it is now", body = FamilyWire), Problems),
)]
pub(super) async fn put_parent(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<PutParentWire>,
) -> Result<Json<FamilyWire>, Problem> {
    let mut fields = Fields::new();
    let parent = fields.optional_key("parent", write.body.parent.as_deref());
    let reason = fields.text("reason", &write.body.reason, REASON_CHARACTERS_MAX);
    let reason = fields.finish_with(reason)?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    state
        .service
        .set_parent(&actor, organization, parent.as_ref(), &reason)
        .await?;
    let family = state.service.family(&actor, organization).await?;
    Ok(Json(FamilyWire::from(&family)))
}

/// Tells what a transfer would do, and refuses what it would refuse. Transfers nothing.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/grants/{id}/transfer/preview", tag = "admin: customers",
    operation_id = "admin_preview_transfer",
    params(
        ("key" = String, Path, description = "The customer that gives", example = "acme"),
        ("id" = String, Path, description = "Its grant"),
    ),
    request_body(content = TransferWire, example = json!({"to": "acme-group", "credits": "250", "reason": "Unused here"})),
    responses((status = 200, description = "What it would do", body = TransferPreviewWire), Problems),
)]
pub(super) async fn preview(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
    write: Write<TransferWire>,
) -> Result<Json<TransferPreviewWire>, Problem> {
    let (organization, input) = transfer_of(&state, &actor, (&key, &id), &write.body).await?;
    let preview = state.service.check_transfer(&actor, organization, &input).await?;
    Ok(Json(TransferPreviewWire::from(&preview)))
}

/// Transfers unspent credits of a grant to another customer of the same parent, on both books or on none.
///
/// What was paid for them goes along in proportion. What runs hold stays.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/grants/{id}/transfer", tag = "admin: customers",
    operation_id = "admin_transfer_credits",
    params(
        ("key" = String, Path, description = "The customer that gives", example = "acme"),
        ("id" = String, Path, description = "Its grant"),
    ),
    request_body(content = TransferWire, example = json!({"to": "acme-group", "credits": "250", "reason": "Unused here"})),
    responses((status = 201, description = "What it has made", body = TransferredWire), Problems),
)]
pub(super) async fn transfer(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path((key, id)): Path<(String, String)>,
    CallId(call): CallId,
    write: Write<TransferWire>,
) -> Result<(StatusCode, Json<TransferredWire>), Problem> {
    let (organization, input) = transfer_of(&state, &actor, (&key, &id), &write.body).await?;
    let once = call.simple().to_string();
    let made = state
        .service
        .transfer_credits(&actor, organization, input, &once)
        .await?;
    let made = TransferredWire {
        to: write.body.to,
        grant: made.id.to_string(),
        credits: made.amount.to_string(),
        paid: made.paid.map(MoneyWire::from),
    };
    Ok((StatusCode::CREATED, Json(made)))
}
