//! Customers as the vendor's product sees them: put, get, list, by the vendor's own key.

mod put;

use std::sync::PoisonError;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::plan::{PlanKind, PlanVersion};
use drawdown_domain::{Credits, Currency, Money, Timestamp};
use drawdown_store::Organization;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::figures::worth;
use crate::service::Service;

/// The longest name of a customer, in characters.
pub const NAME_CHARACTERS_MAX: usize = 200;
/// Customers' keys that are remembered.
const KEYS_MAX: usize = 250_000;

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
    /// The plan's key: its current version is set, unless the customer has a contract on that plan.
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

impl From<&PlanVersion> for PlanView {
    fn from(version: &PlanVersion) -> Self {
        let terms = &version.terms;
        Self {
            key: version.plan.clone(),
            version: version.number,
            name: terms.name.clone(),
            kind: terms.kind,
            currency: terms.currency,
            conversion_rate: terms.conversion_rate,
            allotment: terms.allotted(),
            seats: terms.seats,
        }
    }
}

impl Service {
    /// The customer of that key.
    pub async fn customer(&self, actor: &Actor, key: &Key) -> Result<CustomerView, ServiceError> {
        let organization = self.by_key(key).await?;
        actor.authorise(Action::Read, Some(organization.state.id))?;
        self.customer_view(organization).await
    }

    /// Customers by key, ascending, at most `limit` (1 to 200) of them after the key `after`.
    pub async fn customers(
        &self,
        actor: &Actor,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Page<CustomerView>, ServiceError> {
        actor.authorise(Action::Read, None)?;
        let page = self.store().organizations(after, limit.clamp(1, 200)).await?;
        let mut items = Vec::with_capacity(page.rows.len());
        for row in page.rows {
            items.push(self.customer_view(row.organization).await?);
        }
        Ok(Page {
            items,
            next: page.next.map(|key| key.to_string()),
        })
    }

    /// The organization of a customer's key: what `/v1` needs before it calls the use cases that take one. A key never
    /// moves to another organization, so it is remembered.
    pub async fn organization_of(&self, actor: &Actor, key: &Key) -> Result<OrganizationId, ServiceError> {
        let known = self
            .inner
            .keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .copied();
        let id = if let Some(id) = known {
            id
        } else {
            let id = self.by_key(key).await?.state.id;
            let mut keys = self.inner.keys.write().unwrap_or_else(PoisonError::into_inner);
            if keys.len() >= KEYS_MAX {
                keys.clear();
            }
            keys.insert(key.clone(), id);
            id
        };
        actor.authorise(Action::Read, Some(id))?;
        Ok(id)
    }

    pub(crate) async fn by_key(&self, key: &Key) -> Result<Organization, ServiceError> {
        self.store()
            .organization_by_key(key)
            .await?
            .ok_or(ServiceError::NotFound("customer"))
    }

    pub(crate) async fn customer_view(&self, organization: Organization) -> Result<CustomerView, ServiceError> {
        let (plan, figures) = tokio::join!(self.plan_of(&organization.state), self.figures(&organization.state));
        let (plan, figures) = (plan?, figures?);
        Ok(CustomerView {
            id: organization.state.id,
            key: organization.key,
            name: organization.state.name,
            time_zone: organization.state.time_zone,
            currency: organization.currency,
            status: organization.state.status,
            worth: worth(figures.left, plan.as_deref()),
            plan: plan.as_deref().map(PlanView::from),
            balance: figures.left,
            held: figures.held,
            owed: figures.owed,
            standing: figures.standing,
            depletion: figures.depletion,
        })
    }
}
