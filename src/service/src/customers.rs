//! Customers as the vendor's product sees them: put, get, list, by the vendor's own key.

use std::sync::{Arc, PoisonError};

use drawdown_domain::id::{CapId, OrganizationId, ThrottleId};
use drawdown_domain::key::Key;
use drawdown_domain::limit::{Cap, LimitOwner, Throttle};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::plan::{PlanKind, PlanVersion};
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Currency, Money, Timestamp};
use drawdown_store::{NewOrganization, Organization, StoreError};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::figures::worth;
use crate::limits::DEFAULT_THRESHOLDS;
use crate::service::{Service, audited};

/// The longest name of a customer, in characters.
pub const NAME_CHARACTERS_MAX: usize = 200;
/// Customers' keys that are remembered.
const KEYS_MAX: usize = 100_000;

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
            allotment: terms.allotment,
            seats: terms.seats,
        }
    }
}

impl Service {
    /// Creates the customer or brings it to this state. The same again changes nothing.
    pub async fn put_customer(&self, actor: &Actor, key: &Key, put: PutCustomer) -> Result<CustomerView, ServiceError> {
        actor.authorise(Action::ManageCustomers, None)?;
        let plan = self.checked(&put).await?;
        let organization = match self.store().organization_by_key(key).await? {
            Some(found) => found,
            None => self.create_customer(actor, key, &put, plan.as_deref()).await?,
        };
        if put.currency.is_some_and(|currency| currency != organization.currency) {
            let message = format!(
                "this customer pays in {}; that cannot be changed",
                organization.currency
            );
            return Err(ServiceError::conflict("currency_fixed", message));
        }
        let id = organization.state.id;
        let name = put.name.unwrap_or_else(|| organization.state.name.clone());
        let time_zone = put.time_zone.unwrap_or_else(|| organization.state.time_zone.clone());
        if name != organization.state.name || time_zone != organization.state.time_zone {
            let after = json!({ "name": name, "time_zone": time_zone });
            let change = OrganizationChange::Profile { name, time_zone };
            let audit = self.audit_line(actor, Some(id), "put", "customer", Some(after));
            self.submit(id, Request::Organization(change), None, audited(audit))
                .await?;
        }
        if let Some(plan) = plan.filter(|plan| organization.state.plan != Some(plan.id)) {
            self.set_plan(actor, &organization, &plan).await?;
        }
        let organization = self.load(id).await?;
        self.give_allotment(&organization).await?;
        self.customer_view(organization).await
    }

    /// The new plan's current version; everything that is wrong with the input, at once.
    async fn checked(&self, put: &PutCustomer) -> Result<Option<Arc<PlanVersion>>, ServiceError> {
        let mut errors = FieldErrors::default();
        if let Some(name) = &put.name
            && !(1..=NAME_CHARACTERS_MAX).contains(&name.trim().chars().count())
        {
            errors.add("name", "length", "a name has 1 to 200 characters");
        }
        if let Some(zone) = &put.time_zone
            && let Err(error) = Zone::parse(zone)
        {
            errors.add("time_zone", "unknown_time_zone", error.to_string());
        }
        let mut plan = None;
        if let Some(key) = &put.plan {
            plan = self.store().current_plan(key).await?;
            match (&plan, put.currency) {
                (None, _) => errors.add("plan", "unknown_plan", format!("there is no plan {key}")),
                (Some(plan), Some(currency)) if plan.terms.currency != currency => {
                    let message = format!("the plan is priced in {}", plan.terms.currency);
                    errors.add("currency", "not_the_plans", message);
                }
                _ => {}
            }
        }
        errors.finish()?;
        Ok(plan)
    }

    async fn create_customer(
        &self,
        actor: &Actor,
        key: &Key,
        put: &PutCustomer,
        plan: Option<&PlanVersion>,
    ) -> Result<Organization, ServiceError> {
        let mut errors = FieldErrors::default();
        if put.name.is_none() {
            errors.add("name", "required", "a new customer needs a name");
        }
        if plan.is_none() {
            errors.add("plan", "required", "a new customer needs a plan");
        }
        errors.finish()?;
        let (Some(name), Some(plan)) = (put.name.clone(), plan) else {
            return Err(ServiceError::NotFound("customer"));
        };
        let now = self.now();
        let new = NewOrganization {
            id: OrganizationId::from_uuid(self.random().uuid(now)),
            key: key.clone(),
            name,
            time_zone: put.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
            currency: plan.terms.currency,
            period_anchor: now,
            created_at: now,
        };
        let after = json!({ "key": key, "name": new.name, "time_zone": new.time_zone, "currency": new.currency });
        let audit = self.audit_line(actor, Some(new.id), "create", "customer", Some(after));
        match self.store().create_organization(&new, &[audit]).await {
            // Somebody else just made it: the state that was asked for follows all the same.
            Ok(()) | Err(StoreError::AlreadyExists(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.store()
            .organization_by_key(key)
            .await?
            .ok_or(ServiceError::NotFound("customer"))
    }

    /// Puts an organization on a plan version, with that version's ceilings.
    async fn set_plan(
        &self,
        actor: &Actor,
        organization: &Organization,
        plan: &PlanVersion,
    ) -> Result<(), ServiceError> {
        if plan.terms.currency != organization.currency {
            let message = format!(
                "this customer pays in {}, the plan is in {}",
                organization.currency, plan.terms.currency
            );
            return Err(ServiceError::conflict("currency_fixed", message));
        }
        let now = self.now();
        let caps = plan.terms.caps.iter().map(|(name, terms)| Cap {
            id: CapId::from_uuid(self.random().uuid(now)),
            name: name.clone(),
            owner: LimitOwner::Vendor,
            scope: terms.scope.clone(),
            window: terms.window,
            limit: terms.limit,
            action: terms.action,
            thresholds: DEFAULT_THRESHOLDS.to_vec(),
        });
        let throttles = plan.terms.throttles.iter().map(|(name, terms)| Throttle {
            id: ThrottleId::from_uuid(self.random().uuid(now)),
            name: name.clone(),
            owner: LimitOwner::Vendor,
            scope: terms.scope.clone(),
            limit: terms.limit,
            per: terms.per,
            burst: terms.burst,
            then: terms.then,
        });
        let change = OrganizationChange::Plan {
            version: plan.id,
            caps: caps.collect(),
            throttles: throttles.collect(),
        };
        let id = organization.state.id;
        let after = json!({ "plan": plan.plan, "version": plan.number, "name": plan.terms.name });
        let audit = self.audit_line(actor, Some(id), "set", "plan", Some(after));
        self.submit(id, Request::Organization(change), None, audited(audit))
            .await?;
        Ok(())
    }

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
        let id = match known {
            Some(id) => id,
            None => {
                let id = self.by_key(key).await?.state.id;
                let mut keys = self.inner.keys.write().unwrap_or_else(PoisonError::into_inner);
                if keys.len() >= KEYS_MAX {
                    keys.clear();
                }
                keys.insert(key.clone(), id);
                id
            }
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

    async fn customer_view(&self, organization: Organization) -> Result<CustomerView, ServiceError> {
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
