//! `GET /v1/customers/{key}/ledger`: every movement of credits, with the hash chain that proves it.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_service::postings::PostingView;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::body::Query;
use super::caller::Caller;
use super::customers::customer_key;
use super::paging::{self, PageQuery};
use super::problem::{Problem, Problems};
use super::time;
use super::words::Word;

/// One line of the ledger: credits that went from one account to another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Posting)]
pub(super) struct PostingWire {
    /// 1, 2, 3… without gaps.
    #[schema(example = 1)]
    sequence: i64,
    /// When.
    at: String,
    /// The grant; null for transfers between the customer's own accounts.
    grant: Option<String>,
    /// From here: `issued`, `available`, `held`, `burned`, `expired`, `voided`, `owed` or `forgiven`.
    #[schema(example = "available")]
    from: &'static str,
    /// To here.
    #[schema(example = "burned")]
    to: &'static str,
    /// How much; above zero.
    #[schema(example = "9.616")]
    credits: String,
    /// How many usage events stand behind it.
    #[schema(example = 1)]
    events: i64,
    /// The same in words.
    #[schema(example = "Used")]
    words: String,
    /// Hash of the posting before it, in hexadecimal.
    previous_hash: String,
    /// Its own hash, in hexadecimal.
    hash: String,
}

/// A page of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ledger)]
pub(super) struct LedgerWire {
    /// The newest first.
    items: Vec<PostingWire>,
    /// `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

impl From<&PostingView> for PostingWire {
    fn from(posting: &PostingView) -> Self {
        Self {
            sequence: posting.sequence,
            at: time::format(posting.at.at),
            grant: posting.grant.map(|grant| grant.to_string()),
            from: posting.from.word(),
            to: posting.to.word(),
            credits: posting.credits.to_string(),
            events: posting.events,
            words: posting.words.clone(),
            previous_hash: posting.previous_hash.clone(),
            hash: posting.hash.clone(),
        }
    }
}

/// The ledger of a customer, the newest posting first.
#[utoipa::path(
    get, path = "/v1/customers/{key}/ledger", tag = "customers",
    params(("key" = String, Path, description = "The customer", example = "acme"), PageQuery),
    responses((status = 200, description = "A page of the ledger", body = LedgerWire), Problems),
)]
pub(super) async fn list_postings(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(key): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<LedgerWire>, Problem> {
    let page = page.check()?;
    let before = page
        .after
        .map(|before| before.parse::<i64>())
        .transpose()
        .map_err(|_| paging::invalid_cursor())?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let postings = state.service.postings(&actor, organization, before, page.limit).await?;
    Ok(Json(LedgerWire {
        items: postings.items.iter().map(PostingWire::from).collect(),
        next_cursor: postings.next.as_deref().map(paging::encode),
    }))
}
