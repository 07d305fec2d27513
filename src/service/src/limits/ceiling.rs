//! Ceilings that the vendor's people set on one customer: caps and throttles of the vendor, each change for a reason, with what was
//! there before in the audit log.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::limit::LimitOwner;

use super::{CapInput, CapView, ThrottleInput, ThrottleView};
use crate::account::check_reason;
use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::service::Service;

impl Service {
    /// Refuses whoever may not set a customer's ceilings.
    pub fn may_set_ceilings(&self, actor: &Actor, organization: OrganizationId) -> Result<(), ServiceError> {
        actor.authorise(Action::SetVendorLimits, Some(organization))
    }

    /// Refuses whoever may not set a customer's ceilings, and a change without a reason.
    pub fn check_ceiling_reason(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        reason: &str,
    ) -> Result<(), ServiceError> {
        self.may_set_ceilings(actor, organization)?;
        let mut errors = FieldErrors::default();
        check_reason(&mut errors, reason);
        errors.finish()
    }

    /// Sets a ceiling on what a customer burns, for a reason.
    pub async fn put_ceiling(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        input: CapInput,
        reason: &str,
    ) -> Result<CapView, ServiceError> {
        self.check_ceiling_reason(actor, organization, reason)?;
        let input = CapInput {
            owner: Some(LimitOwner::Vendor),
            ..input
        };
        self.put_cap_because(actor, organization, name, input, None, Some(reason.trim()))
            .await
    }

    /// Sets a ceiling on how fast a customer's runs come, for a reason.
    pub async fn put_rate_ceiling(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        input: ThrottleInput,
        reason: &str,
    ) -> Result<ThrottleView, ServiceError> {
        self.check_ceiling_reason(actor, organization, reason)?;
        let input = ThrottleInput {
            owner: Some(LimitOwner::Vendor),
            ..input
        };
        self.put_throttle_because(actor, organization, name, input, None, Some(reason.trim()))
            .await
    }

    /// Removes a ceiling on what a customer burns, for a reason.
    pub async fn remove_ceiling(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        reason: &str,
    ) -> Result<(), ServiceError> {
        self.check_ceiling_reason(actor, organization, reason)?;
        self.delete_because(
            actor,
            organization,
            ("cap", name, LimitOwner::Vendor),
            None,
            Some(reason.trim()),
        )
        .await
    }

    /// Removes a ceiling on how fast a customer's runs come, for a reason.
    pub async fn remove_rate_ceiling(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        reason: &str,
    ) -> Result<(), ServiceError> {
        self.check_ceiling_reason(actor, organization, reason)?;
        let which = ("throttle", name, LimitOwner::Vendor);
        self.delete_because(actor, organization, which, None, Some(reason.trim()))
            .await
    }
}
