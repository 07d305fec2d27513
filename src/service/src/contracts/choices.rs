//! What the form of a contract offers, and the days that it names.

use drawdown_domain::id::{OrganizationId, PlanVersionId};
use drawdown_domain::{Currency, Key, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::timestamp;
use crate::service::Service;

/// What the form offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractChoices {
    /// The customer's name.
    pub customer: String,
    /// The currency in which it pays.
    pub currency: Currency,
    /// The current version of each plan in that currency: its identifier and what it is called.
    pub plans: Vec<(PlanVersionId, String)>,
    /// Today, by the customer's calendar: `2026-11-22`.
    pub today: String,
}

impl Service {
    /// What the form of a contract with this customer offers.
    pub async fn contract_choices(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<ContractChoices, ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        let found = self.load(organization).await?;
        let plans = self.store().current_plans().await?;
        let sold = plans.iter().filter(|plan| plan.terms.currency == found.currency);
        let moments = self.moments(&found.state);
        Ok(ContractChoices {
            currency: found.currency,
            plans: sold
                .map(|plan| (plan.id, format!("{} (version {})", plan.terms.name, plan.number)))
                .collect(),
            today: moments.at(moments.now()).date,
            customer: found.state.name,
        })
    }

    /// A published version of a plan by the plan's key; the current one where no number is given.
    ///
    /// # Errors
    /// Not found: `plan`, or `plan version`.
    pub async fn plan_version_id(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        plan: &Key,
        number: Option<i64>,
    ) -> Result<PlanVersionId, ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        let current = self.store().current_plan(plan).await?;
        let current = current.ok_or(ServiceError::NotFound("plan"))?;
        let Some(number) = number.filter(|number| *number != current.number) else {
            return Ok(current.id);
        };
        let versions = self.store().plan_versions(plan).await?;
        let found = versions.into_iter().find(|listed| listed.version.number == number);
        found
            .map(|listed| listed.version.id)
            .ok_or(ServiceError::NotFound("plan version"))
    }

    /// The first instant of a day of the customer's calendar, written `2026-11-22`. `field` is what a refusal names.
    pub async fn day_of(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        field: &'static str,
        text: &str,
    ) -> Result<Timestamp, ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        let state = self.load(organization).await?.state;
        let zone = TimeZone::get(&state.time_zone).unwrap_or(TimeZone::UTC);
        let refused = || ServiceError::field(field, "unreadable", "a day such as 2026-11-22");
        let day: Date = text.trim().parse().map_err(|_| refused())?;
        let start = day.to_zoned(zone).and_then(|day| day.start_of_day());
        start.map(|start| timestamp(start.timestamp())).map_err(|_| refused())
    }
}
