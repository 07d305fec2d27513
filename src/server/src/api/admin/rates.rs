//! `/v1/admin/rates`: the versions of the rate card, and taking a scheduled one back.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_service::rate_card::VersionView;
use serde::Serialize;
use utoipa::ToSchema;

use super::Admin;
use super::rate_draft::RatesDraftWire;
use super::rate_terms::{ChangeWire, RatesWire, changes};
use crate::api::ApiState;
use crate::api::code::Code;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::words::Word;
use crate::api::write::{Empty, Write};

/// A version of the rate card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RatesVersion)]
pub(super) struct VersionWire {
    /// 1, 2, 3…
    #[schema(example = 1)]
    version: i64,
    /// `scheduled`, `in_force`, `superseded`, or `withdrawn` before it took effect.
    #[schema(example = "in_force")]
    state: &'static str,
    /// From when it prices.
    effective_at: String,
    /// When it was published.
    published_at: String,
    /// The scheduled version that it takes back.
    withdraws: Option<i64>,
    /// The version in force before it.
    before: Option<i64>,
    /// What it changes of that.
    changes: Vec<ChangeWire>,
}

/// The rate card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RateCard)]
pub(super) struct RateCardWire {
    /// Its versions, the newest first.
    items: Vec<VersionWire>,
    /// Its draft.
    draft: Option<RatesDraftWire>,
}

/// A version with its prices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RatesVersionDetail)]
pub(super) struct VersionDetailWire {
    /// The version.
    version: VersionWire,
    /// What it says.
    rates: RatesWire,
}

impl From<&VersionView> for VersionWire {
    fn from(version: &VersionView) -> Self {
        Self {
            version: version.number,
            state: Word::word(version.state),
            effective_at: time::format(version.effective.at),
            published_at: time::format(version.published.at),
            withdraws: version.withdraws,
            before: version.before,
            changes: changes(&version.changes),
        }
    }
}

fn number(text: &str) -> Result<i64, Problem> {
    let unknown = |_| Problem::new(Code::NotFound, "There is no such version of the rate card.");
    text.parse().map_err(unknown)
}

/// The versions of the rate card and its draft.
#[utoipa::path(
    get, path = "/v1/admin/rates", tag = "admin: catalogue", operation_id = "admin_list_rates",
    responses((status = 200, description = "The rate card", body = RateCardWire), Problems),
)]
pub(super) async fn list(State(state): State<ApiState>, Admin(actor): Admin) -> Result<Json<RateCardWire>, Problem> {
    let card = state.service.rate_cards(&actor).await?;
    Ok(Json(RateCardWire {
        items: card.versions.iter().map(VersionWire::from).collect(),
        draft: card.draft.as_ref().map(RatesDraftWire::of).transpose()?,
    }))
}

/// One version with its prices.
#[utoipa::path(
    get, path = "/v1/admin/rates/versions/{version}", tag = "admin: catalogue", operation_id = "admin_get_rates",
    params(("version" = String, Path, description = "Its number", example = "1")),
    responses((status = 200, description = "The version", body = VersionDetailWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(version): Path<String>,
) -> Result<Json<VersionDetailWire>, Problem> {
    let found = state.service.rate_card_version(&actor, number(&version)?).await?;
    Ok(Json(VersionDetailWire {
        version: VersionWire::from(&found),
        rates: RatesWire::of(&found.rates)?,
    }))
}

/// Takes a scheduled version back: at its instant nothing changes.
#[utoipa::path(
    post, path = "/v1/admin/rates/versions/{version}/withdraw", tag = "admin: catalogue",
    operation_id = "admin_withdraw_rates",
    params(("version" = String, Path, description = "Its number", example = "2")),
    request_body(content = Object, description = "Nothing, or an empty object", example = json!({})),
    responses((status = 200, description = "The version as it is now", body = VersionDetailWire), Problems),
)]
pub(super) async fn withdraw(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(version): Path<String>,
    _: Write<Empty>,
) -> Result<Json<VersionDetailWire>, Problem> {
    state.service.withdraw_rates(&actor, number(&version)?).await?;
    get(State(state), Admin(actor), Path(version)).await
}
