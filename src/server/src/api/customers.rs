//! `/v1/customers` and `/v1/customers/{key}`: the vendor's customers, by the vendor's own keys for them.

use axum::Json;
use axum::extract::{Path, State};
use drawdown_domain::{Key, Money};
use drawdown_service::customers::{CustomerView, PutCustomer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::body::Query;
use super::caller::Caller;
use super::code::Code;
use super::fields::Fields;
use super::paging::{self, PageQuery};
use super::problem::{Problem, Problems};
use super::time;
use super::words::Word;
use super::write::Write;

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 200;

/// A customer as it shall be. Absent fields stay as they are; a new customer needs `name` and `plan`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PutCustomer)]
#[serde(deny_unknown_fields)]
pub(super) struct PutCustomerWire {
    /// Its name, for people.
    #[schema(example = "Acme Rockets")]
    name: Option<String>,
    /// Its IANA time zone, in which its days and periods are counted; UTC where absent.
    #[schema(example = "Europe/Paris")]
    time_zone: Option<String>,
    /// The currency of its payments (ISO 4217): its plan's, and that where absent.
    #[schema(example = "USD")]
    currency: Option<String>,
    /// The plan, by its key in the catalogue: its current version is set.
    #[schema(example = "team")]
    plan: Option<String>,
}

/// A customer as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerWire {
    /// The vendor's own key for it.
    #[schema(example = "acme")]
    key: String,
    /// Drawdown's identifier.
    #[schema(example = "org_0193a5c1d2e37f10a1b2c3d4e5f60718")]
    id: String,
    /// Its name.
    #[schema(example = "Acme Rockets")]
    name: String,
    /// Its IANA time zone.
    #[schema(example = "Europe/Paris")]
    time_zone: String,
    /// The currency of its payments.
    #[schema(example = "USD")]
    currency: String,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    status: &'static str,
    /// Its plan.
    plan: Option<PlanWire>,
    /// Credits that can be burned now: unspent and unreserved.
    #[schema(example = "4870")]
    balance: String,
    /// Credits reserved by open holds.
    #[schema(example = "12.8")]
    held: String,
    /// Usage beyond the credits, not yet settled.
    #[schema(example = "0")]
    owed: String,
    /// The balance in money, at the plan's conversion rate.
    worth: Option<MoneyWire>,
    /// `active`, `low`, `exhausted`, `owing` or `suspended`.
    #[schema(example = "active")]
    standing: &'static str,
    /// When its credits run out at the usual burn; null where that is not in sight.
    depletion: Option<DepletionWire>,
}

/// The plan that a customer is on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub(super) struct PlanWire {
    /// Its key.
    #[schema(example = "team")]
    key: String,
    /// Its version.
    version: i64,
    /// Its name.
    #[schema(example = "Team")]
    name: String,
    /// `trial`, `tier` or `commitment`.
    #[schema(example = "tier")]
    kind: &'static str,
    /// Credits for one major unit of money.
    #[schema(example = "100")]
    conversion_rate: String,
}

/// An amount of money.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Money)]
pub(super) struct MoneyWire {
    /// In major units.
    #[schema(example = "48.70")]
    amount: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
}

/// When credits run out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Depletion)]
pub(super) struct DepletionWire {
    /// At the usual burn.
    at: String,
    /// At a fast one.
    earliest: String,
    /// At a slow one; null where not in sight.
    latest: Option<String>,
}

/// A page of customers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Customers)]
pub(super) struct CustomersWire {
    /// By key, ascending.
    items: Vec<CustomerWire>,
    /// `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

impl From<Money> for MoneyWire {
    fn from(money: Money) -> Self {
        Self {
            amount: money.to_decimal().to_string(),
            currency: money.currency.to_string(),
        }
    }
}

impl From<&CustomerView> for CustomerWire {
    fn from(customer: &CustomerView) -> Self {
        let plan = customer.plan.as_ref().map(|plan| PlanWire {
            key: plan.key.to_string(),
            version: plan.version,
            name: plan.name.clone(),
            kind: plan.kind.word(),
            conversion_rate: plan.conversion_rate.normalize().to_string(),
        });
        let depletion = customer.depletion.map(|depletion| DepletionWire {
            at: time::format(depletion.at),
            earliest: time::format(depletion.earliest),
            latest: depletion.latest.map(time::format),
        });
        Self {
            key: customer.key.to_string(),
            id: customer.id.to_string(),
            name: customer.name.clone(),
            time_zone: customer.time_zone.clone(),
            currency: customer.currency.to_string(),
            status: customer.status.word(),
            plan,
            balance: customer.balance.to_string(),
            held: customer.held.to_string(),
            owed: customer.owed.to_string(),
            worth: customer.worth.map(MoneyWire::from),
            standing: customer.standing.word(),
            depletion,
        }
    }
}

/// The customer of an address. What is not a key names none.
pub(super) fn customer_key(text: &str) -> Result<Key, Problem> {
    text.parse().map_err(|_| Problem::plain(Code::UnknownCustomer))
}

/// Creates a customer or brings it to this state. The same again changes nothing.
#[utoipa::path(
    put, path = "/v1/customers/{key}", tag = "customers",
    params(("key" = String, Path, description = "The vendor's own key for the customer", example = "acme")),
    request_body(content = PutCustomerWire, example = json!({
        "name": "Acme Rockets", "time_zone": "Europe/Paris", "currency": "USD", "plan": "team"
    })),
    responses((status = 200, description = "The customer as it stands", body = CustomerWire), Problems),
)]
pub(super) async fn put_customer(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(key): Path<String>,
    write: Write<PutCustomerWire>,
) -> Result<Json<CustomerWire>, Problem> {
    let wire = write.body;
    let mut fields = Fields::new();
    let key = fields.key("key", &key);
    let put = PutCustomer {
        name: wire.name.and_then(|name| fields.text("name", &name, NAME_CHARS_MAX)),
        time_zone: wire.time_zone,
        currency: wire
            .currency
            .and_then(|currency| fields.currency("currency", &currency)),
        plan: fields.optional_key("plan", wire.plan.as_deref()),
    };
    let key = fields.finish_with(key)?;
    let customer = state.service.put_customer(&actor, &key, put).await?;
    Ok(Json(CustomerWire::from(&customer)))
}

/// A customer as it stands.
#[utoipa::path(
    get, path = "/v1/customers/{key}", tag = "customers",
    params(("key" = String, Path, description = "The vendor's own key for the customer", example = "acme")),
    responses((status = 200, description = "The customer as it stands", body = CustomerWire), Problems),
)]
pub(super) async fn get_customer(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(key): Path<String>,
) -> Result<Json<CustomerWire>, Problem> {
    let customer = state.service.customer(&actor, &customer_key(&key)?).await?;
    Ok(Json(CustomerWire::from(&customer)))
}

/// All customers, by key.
#[utoipa::path(
    get, path = "/v1/customers", tag = "customers",
    params(PageQuery),
    responses((status = 200, description = "A page of customers", body = CustomersWire), Problems),
)]
pub(super) async fn list_customers(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<CustomersWire>, Problem> {
    let page = page.check()?;
    let after = page
        .after
        .map(|after| after.parse::<Key>())
        .transpose()
        .map_err(|_| paging::invalid_cursor())?;
    let customers = state.service.customers(&actor, after.as_ref(), page.limit).await?;
    Ok(Json(CustomersWire {
        items: customers.items.iter().map(CustomerWire::from).collect(),
        next_cursor: customers.next.as_deref().map(paging::encode),
    }))
}
