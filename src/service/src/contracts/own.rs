//! What a contract says otherwise than its plan: read from the form that the catalogue file has for it, and checked against the
//! rate card in force.

use drawdown_domain::contract::{ContractTerms, Overrides};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::plan::PlanTerms;
use serde_json::Value;

use crate::actor::{Action, Actor};
use crate::catalogue::overrides_of;
use crate::error::ServiceError;
use crate::rate_card::empty;
use crate::service::Service;

impl Service {
    /// Reads what a contract with this customer says otherwise than its plan, of `overage`, `low_balance_percent`, `refunds`,
    /// `caps` and `throttles`: as they stand in the catalogue file under a plan. A null takes what the plan has of that name
    /// away. Writing them is [`crate::catalogue::overrides_json`].
    ///
    /// # Errors
    /// All that is wrong, by field below `overrides`.
    pub async fn contract_overrides(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        said: &Value,
    ) -> Result<Overrides, ServiceError> {
        actor.authorise(Action::ManageContracts, Some(organization))?;
        let currency = self.load(organization).await?.currency;
        let rates = self.card_in_force().await?.map_or_else(empty, |card| card.rates);
        overrides_of(said, currency, &rates)
    }

    /// Refuses overrides that name what the rate card in force does not have. What only the plan names is the plan's affair.
    pub(super) async fn check_overrides(&self, terms: &ContractTerms, plan: &PlanTerms) -> Result<(), ServiceError> {
        if terms.overrides == Overrides::default() {
            return Ok(());
        }
        let mut alone = PlanTerms::new(plan.name.clone(), plan.kind, plan.currency, plan.conversion_rate);
        terms.overrides.apply(&mut alone);
        match self.unknown_to_rates(&alone).await? {
            None => Ok(()),
            Some(fault) => Err(ServiceError::field("overrides", "unknown", fault)),
        }
    }
}
