//! Putting a customer: created where absent, brought to the state that is asked for, never twice.

use std::sync::Arc;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::window::Zone;
use drawdown_store::{NewOrganization, Organization, StoreError};
use serde_json::json;

use super::{CustomerView, NAME_CHARACTERS_MAX, PutCustomer};
use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::schedule::{PlanWhen, UNDER_CONTRACT};
use crate::service::{Service, audited};

impl Service {
    /// Creates the customer or brings it to this state. The same again changes nothing.
    pub async fn put_customer(&self, actor: &Actor, key: &Key, put: PutCustomer) -> Result<CustomerView, ServiceError> {
        actor.authorise(Action::ManageCustomers, None)?;
        let plan = self.checked(&put).await?;
        let found = self.store().organization_by_key(key).await?;
        let mut changed = found.is_none();
        let organization = match found {
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
            let mut audit = self.audit_line(actor, Some(id), "put", "customer", Some(after));
            let (name, time_zone) = (&organization.state.name, &organization.state.time_zone);
            audit.before = Some(json!({ "name": name, "time_zone": time_zone }));
            self.submit(id, Request::Organization(change), None, audited(audit))
                .await?;
            changed = true;
        }
        if let Some(plan) = plan {
            changed |= self.put_plan(actor, &organization, &plan).await?;
        }
        // A new zone has other midnights; and what is due is there when this is answered.
        self.carry_out(id).await?;
        let organization = self.load(id).await?;
        if changed {
            // A customer is found by its name as soon as it is put, unless its row cannot be written just now; the rest is
            // the job's.
            self.keep_portfolio_rows(&[id]).await;
        }
        self.customer_view(organization).await
    }

    /// What a new customer can be put on: the current version of each plan, by key, with its name.
    pub async fn sold_plans(&self, actor: &Actor) -> Result<Vec<(Key, String)>, ServiceError> {
        actor.authorise(Action::ManageCustomers, None)?;
        let plans = self.store().current_plans().await?;
        let mut sold: Vec<_> = plans
            .iter()
            .map(|plan| (plan.plan.clone(), plan.terms.name.clone()))
            .collect();
        sold.sort();
        Ok(sold)
    }

    /// Creates a customer as [`Service::put_customer`] does, where there is none of that key yet.
    pub async fn new_customer(
        &self,
        actor: &Actor,
        key: &Key,
        put: PutCustomer,
    ) -> Result<OrganizationId, ServiceError> {
        actor.authorise(Action::ManageCustomers, None)?;
        if self.store().organization_by_key(key).await?.is_some() {
            let message = format!("there is a customer {key} already; take another key");
            return Err(ServiceError::field("key", "exists", message));
        }
        Ok(self.put_customer(actor, key, put).await?.id)
    }

    /// Puts a customer on the current version of a plan. One that has a contract on that plan stays as it is.
    async fn put_plan(
        &self,
        actor: &Actor,
        organization: &Organization,
        plan: &Arc<PlanVersion>,
    ) -> Result<bool, ServiceError> {
        if organization.state.plan == Some(plan.id) {
            return Ok(false);
        }
        let present = self.plan_of(&organization.state).await?;
        let changed = self
            .change_plan_of(actor, organization.state.id, plan, PlanWhen::Now, None)
            .await;
        match changed {
            Ok(_) => Ok(true),
            Err(ServiceError::Conflict { code, .. })
                if code == UNDER_CONTRACT && present.is_some_and(|present| present.plan == plan.plan) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
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
}
