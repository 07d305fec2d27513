//! `/v1/admin/customers`: the portfolio as a list, one customer's account, its status and who looks after it.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_service::Actor;
use drawdown_service::account::{AccountView, MemberView, REASON_CHARACTERS_MAX};
use drawdown_service::portfolio::{HealthFilter, PortfolioCustomer, PortfolioInput, PortfolioSort, reason};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Admin, in_query};
use crate::api::ApiState;
use crate::api::body::Query;
use crate::api::customers::{CustomerWire, customer_key};
use crate::api::fields::Fields;
use crate::api::paging::{self, PageQuery};
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::words::Word;
use crate::api::write::Write;

/// The longest search and mail address, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// Which customers, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CustomersQuery {
    /// Words of names and keys, or their beginnings.
    #[param(example = "acme")]
    search: Option<String>,
    /// Only on this plan, by its key.
    plan: Option<String>,
    /// Only of this health: `blocked`, `at_risk`, `ahead`, `behind` or `on_pace`.
    health: Option<String>,
    /// Only `active` or `suspended`.
    status: Option<String>,
    /// `name` (where absent), `left`, `burned`, `depletes`, `health`, `renews` or `seen`; with `-` before it the largest
    /// first.
    #[param(example = "-left")]
    sort: Option<String>,
    /// `next_cursor` of the page before; the first page where absent.
    cursor: Option<String>,
    /// Items of the page: 1 to 200, 50 where absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A customer and how it does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PortfolioCustomer)]
pub(super) struct PortfolioCustomerWire {
    /// The vendor's own key for it.
    #[schema(example = "acme")]
    key: String,
    /// Drawdown's identifier.
    id: String,
    /// Its name.
    #[schema(example = "Acme Rockets")]
    name: String,
    /// Its plan, by its key.
    #[schema(example = "team")]
    plan: Option<String>,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    status: &'static str,
    /// Credits that can be burned now.
    #[schema(example = "4870")]
    left: String,
    /// Credits burned in the last 30 days.
    #[schema(example = "1130")]
    burned_30_days: String,
    /// What the pace that uses up the credits just when they end would have burned in 30 days; null where none sets one.
    #[schema(example = "1000")]
    pace_30_days: Option<String>,
    /// When the credits run out at the usual burn; null where that is not in sight.
    depletes_at: Option<String>,
    /// `blocked`, `at_risk`, `ahead`, `behind` or `on_pace`.
    #[schema(example = "ahead")]
    health: &'static str,
    /// Why, in a sentence.
    #[schema(example = "It burns faster than its credits are meant to last")]
    health_reason: &'static str,
    /// When the plan's next period begins, or the credits end; null where neither happens.
    renews_at: Option<String>,
    /// When a member or a run of it was last seen.
    seen_at: Option<String>,
}

/// A page of customers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Portfolio)]
pub(super) struct PortfolioWire {
    /// In the order that was asked for.
    items: Vec<PortfolioCustomerWire>,
    /// `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

/// A member of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub(super) struct MemberWire {
    /// Its name.
    name: String,
    /// Its mail address.
    email: String,
    /// `owner`, `billing` or `viewer`.
    role: &'static str,
    /// True where it may not sign in any more.
    disabled: bool,
}

/// A customer's account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountWire {
    /// The customer.
    customer: CustomerWire,
    /// How it does.
    figures: PortfolioCustomerWire,
    /// Who looks after it, by name.
    account_manager: Option<String>,
    /// Its members.
    members: Vec<MemberWire>,
}

/// Whether a customer may run anything.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutStatus)]
#[serde(deny_unknown_fields)]
pub(super) struct PutStatusWire {
    /// `active` or `suspended`.
    status: String,
    /// Why, for people.
    reason: String,
}

/// Who looks after a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutAccountManager)]
#[serde(deny_unknown_fields)]
pub(super) struct PutAccountManagerWire {
    /// The mail address of one of the staff with the role account manager.
    email: String,
}

impl From<&PortfolioCustomer> for PortfolioCustomerWire {
    fn from(customer: &PortfolioCustomer) -> Self {
        Self {
            key: customer.key.to_string(),
            id: customer.id.to_string(),
            name: customer.name.clone(),
            plan: customer.plan.as_ref().map(|(key, _)| key.to_string()),
            status: customer.status.word(),
            left: customer.left.to_string(),
            burned_30_days: customer.burned.to_string(),
            pace_30_days: customer.pace.map(|pace| pace.to_string()),
            depletes_at: customer.depletes.as_ref().map(|moment| time::format(moment.at)),
            health: HealthFilter::of(customer.health).word(),
            health_reason: reason(customer.health),
            renews_at: customer.renews.as_ref().map(|moment| time::format(moment.at)),
            seen_at: customer.seen.as_ref().map(|moment| time::format(moment.at)),
        }
    }
}

impl From<&MemberView> for MemberWire {
    fn from(member: &MemberView) -> Self {
        Self {
            name: member.name.clone(),
            email: member.email.clone(),
            role: match member.role {
                Role::Owner => "owner",
                Role::Billing => "billing",
                Role::Viewer => "viewer",
            },
            disabled: member.disabled,
        }
    }
}

impl From<&AccountView> for AccountWire {
    fn from(account: &AccountView) -> Self {
        Self {
            customer: CustomerWire::from(&account.customer),
            figures: PortfolioCustomerWire::from(&account.row),
            account_manager: account.account_manager.clone(),
            members: account.members.iter().map(MemberWire::from).collect(),
        }
    }
}

impl CustomersQuery {
    fn check(self) -> Result<(PortfolioInput, u32), Problem> {
        let page = PageQuery::new(self.cursor, self.limit).check()?;
        if let Some(after) = &page.after {
            let named = after
                .split_once(':')
                .and_then(|(id, _)| id.parse::<OrganizationId>().ok());
            named.ok_or_else(paging::invalid_cursor)?;
        }
        let mut fields = Fields::new();
        let search = self.search.as_deref().filter(|search| !search.is_empty());
        let search = search.and_then(|search| fields.text("search", search, TEXT_CHARS_MAX));
        let sort = self.sort.as_deref().unwrap_or(PortfolioSort::Name.word());
        let column = sort.strip_prefix('-').unwrap_or(sort);
        let mut input = PortfolioInput {
            search: search.unwrap_or_default(),
            plan: fields.optional_key("plan", self.plan.as_deref()),
            descending: column.len() < sort.len(),
            after: page.after,
            ..PortfolioInput::default()
        };
        if let Some(sort) = fields.word("sort", column, PortfolioSort::WORDS) {
            input.sort = sort;
        }
        if let Some(health) = &self.health {
            input.health = fields.word("health", health, HealthFilter::WORDS);
        }
        if let Some(status) = &self.status {
            input.status = fields.word("status", status, OrganizationStatus::WORDS);
        }
        fields.finish().map_err(in_query)?;
        Ok((input, page.limit))
    }
}

async fn account(state: &ApiState, actor: &Actor, organization: OrganizationId) -> Result<Json<AccountWire>, Problem> {
    let account = state.service.account(actor, organization).await?;
    Ok(Json(AccountWire::from(&account)))
}

/// The portfolio: customers searched, filtered and sorted, with how each does.
#[utoipa::path(
    get, path = "/v1/admin/customers", tag = "admin: customers", operation_id = "admin_list_customers",
    params(CustomersQuery),
    responses((status = 200, description = "A page of customers", body = PortfolioWire), Problems),
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Query(query): Query<CustomersQuery>,
) -> Result<Json<PortfolioWire>, Problem> {
    let (input, limit) = query.check()?;
    let page = state.service.portfolio(&actor, input, limit).await?.customers;
    Ok(Json(PortfolioWire {
        items: page.items.iter().map(PortfolioCustomerWire::from).collect(),
        next_cursor: page.next.as_deref().map(paging::encode),
    }))
}

/// A customer's account: how it stands, how it does, who belongs to it and who looks after it.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}", tag = "admin: customers", operation_id = "admin_get_customer",
    params(("key" = String, Path, description = "The vendor's own key for the customer", example = "acme")),
    responses((status = 200, description = "The account", body = AccountWire), Problems),
)]
pub(super) async fn get(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<AccountWire>, Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    account(&state, &actor, organization).await
}

/// Suspends a customer, so that no run is admitted, or resumes it. The same again changes nothing.
#[utoipa::path(
    put, path = "/v1/admin/customers/{key}/status", tag = "admin: customers", operation_id = "admin_put_status",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = PutStatusWire, example = json!({"status": "suspended", "reason": "payment is overdue"})),
    responses((status = 200, description = "The account as it is now", body = AccountWire), Problems),
)]
pub(super) async fn put_status(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<PutStatusWire>,
) -> Result<Json<AccountWire>, Problem> {
    let mut fields = Fields::new();
    let status = fields.word("status", &write.body.status, OrganizationStatus::WORDS);
    let reason = fields.text("reason", &write.body.reason, REASON_CHARACTERS_MAX);
    let (status, reason) = fields.finish_with(status.zip(reason))?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    state
        .service
        .set_customer_status(&actor, organization, status, &reason)
        .await?;
    account(&state, &actor, organization).await
}

/// Puts a customer into the hands of an account manager.
#[utoipa::path(
    put, path = "/v1/admin/customers/{key}/account-manager", tag = "admin: customers",
    operation_id = "admin_put_account_manager",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = PutAccountManagerWire, example = json!({"email": "ines@vendor.example"})),
    responses((status = 200, description = "The account as it is now", body = AccountWire), Problems),
)]
pub(super) async fn put_account_manager(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    write: Write<PutAccountManagerWire>,
) -> Result<Json<AccountWire>, Problem> {
    let mut fields = Fields::new();
    let email = fields.text("email", &write.body.email, TEXT_CHARS_MAX);
    let email = fields.finish_with(email)?;
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    state.service.assign_customer(&actor, organization, &email).await?;
    account(&state, &actor, organization).await
}
