//! Ceilings that the vendor's people set on one customer: caps and throttles of the vendor, each change for a reason, with what was
//! there before in the audit log.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::limit::LimitOwner;
use uuid::Uuid;

use super::{CapInput, CapView, LimitChange, ThrottleInput, ThrottleView};
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

    /// What goes with a change of a ceiling, where the actor may change it and gives a reason.
    fn for_reason<'a>(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        reason: &'a str,
    ) -> Result<LimitChange<'a>, ServiceError> {
        self.check_ceiling_reason(actor, organization, reason)?;
        Ok(LimitChange {
            idempotency: None,
            reason: Some(reason.trim()),
        })
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
        let change = self.for_reason(actor, organization, reason)?;
        let owner = Some(LimitOwner::Vendor);
        self.put_cap(actor, organization, name, CapInput { owner, ..input }, change)
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
        let change = self.for_reason(actor, organization, reason)?;
        let owner = Some(LimitOwner::Vendor);
        self.put_throttle(actor, organization, name, ThrottleInput { owner, ..input }, change)
            .await
    }

    /// Removes a ceiling on what a customer burns, for a reason. The same again, told by `once`, finds it removed.
    pub async fn remove_ceiling(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        reason: &str,
        once: Option<Uuid>,
    ) -> Result<(), ServiceError> {
        let change = self.for_reason(actor, organization, reason)?.once(once);
        let which = ("cap", name, Some(LimitOwner::Vendor));
        self.delete_limit(actor, organization, which, change).await
    }

    /// Removes a ceiling on how fast a customer's runs come, for a reason. The same again, told by `once`, finds it removed.
    pub async fn remove_rate_ceiling(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &Key,
        reason: &str,
        once: Option<Uuid>,
    ) -> Result<(), ServiceError> {
        let change = self.for_reason(actor, organization, reason)?.once(once);
        let which = ("throttle", name, Some(LimitOwner::Vendor));
        self.delete_limit(actor, organization, which, change).await
    }
}
