//! Customers as the vendor's product sees them: put, get, list, by the vendor's own key.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::plan::PlanKind;
use drawdown_domain::{Credits, Currency, Money, Timestamp};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::service::Service;

/// How a customer stands, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Suspended by the vendor.
    Suspended,
    /// Usage beyond the credits is owed.
    Owing,
    /// No credits are left.
    Exhausted,
    /// Under 20 % of the grants in use, or under three usual days.
    Low,
    /// All is well.
    Active,
}

/// When the credits run out at the usual burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Depletion {
    /// At the median burn of the last 28 days.
    pub at: Timestamp,
    /// At the 75th percentile.
    pub earliest: Timestamp,
    /// At the 25th percentile; `None`: not in sight.
    pub latest: Option<Timestamp>,
}

/// The plan that a customer is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanView {
    /// Its key.
    pub key: Key,
    /// Its version's number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: PlanKind,
    /// Its currency.
    pub currency: Currency,
    /// Credits for one major unit of money.
    pub conversion_rate: Decimal,
    /// Credits given each period.
    pub allotment: Option<Credits>,
    /// Members included.
    pub seats: Option<u32>,
}

/// A customer, as `GET /v1/customers/{key}` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerView {
    /// Drawdown's identifier.
    pub id: OrganizationId,
    /// The vendor's key.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// Its IANA zone.
    pub time_zone: String,
    /// The currency of its payments.
    pub currency: Currency,
    /// Whether it may run.
    pub status: OrganizationStatus,
    /// Its plan.
    pub plan: Option<PlanView>,
    /// Credits that can be burned now: unspent and unreserved.
    pub balance: Credits,
    /// Credits reserved by open holds.
    pub held: Credits,
    /// Usage beyond the credits, not yet settled.
    pub owed: Credits,
    /// The balance in money, at the plan's conversion rate.
    pub worth: Option<Money>,
    /// How it stands.
    pub standing: Standing,
    /// When its credits run out; `None` where nothing is burned or there is nothing left.
    pub depletion: Option<Depletion>,
}

/// What `PUT /v1/customers/{key}` says. Absent fields stay as they are; of a new customer, `name` and `plan` must be
/// given, the zone is UTC and the currency the plan's where absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutCustomer {
    /// The name, 1 to 200 characters.
    pub name: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Currency of its payments; it must be its plan's.
    pub currency: Option<Currency>,
    /// The plan's key: its current version is set.
    pub plan: Option<Key>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to pass as `after` for the next page; `None` on the last.
    pub next: Option<String>,
}

impl Service {
    /// Creates the customer or brings it to this state. The same again changes nothing.
    pub async fn put_customer(&self, actor: &Actor, key: &Key, put: PutCustomer) -> Result<CustomerView, ServiceError> {
        let _ = (actor, key, put);
        Err(Self::unfinished())
    }

    /// The customer of that key.
    pub async fn customer(&self, actor: &Actor, key: &Key) -> Result<CustomerView, ServiceError> {
        let _ = (actor, key);
        Err(Self::unfinished())
    }

    /// Customers by key, ascending, at most `limit` (1 to 200) of them after the key `after`.
    pub async fn customers(
        &self,
        actor: &Actor,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Page<CustomerView>, ServiceError> {
        let _ = (actor, after, limit);
        Err(Self::unfinished())
    }

    /// The organization of a customer's key: what `/v1` needs before it calls the use cases that take one.
    pub async fn organization_of(&self, actor: &Actor, key: &Key) -> Result<OrganizationId, ServiceError> {
        let _ = (actor, key);
        Err(Self::unfinished())
    }
}
