//! Changes of the organization itself: its standing, its plan with the vendor's ceilings, its name and zone.

use super::Account;
use super::limits_change::{invalid, same_cap, same_throttle};
use crate::id::PlanVersionId;
use crate::limit::{Cap, LimitOwner, Throttle};
use crate::organization::OrganizationStatus;
use crate::outcome::{Outcome, RequestError};
use crate::plan::TopUps;
use crate::request::OrganizationChange;
use crate::window::Zone;

/// The longest name of an organization, in characters.
pub const NAME_CHARS_MAX: usize = 200;

impl Account {
    /// Changes the organization.
    pub(super) fn change(&mut self, change: &OrganizationChange) -> Result<Outcome, RequestError> {
        match change {
            OrganizationChange::Status(status) => self.set_status(*status),
            OrganizationChange::Plan {
                version,
                caps,
                throttles,
            } => self.set_plan(*version, caps, throttles)?,
            OrganizationChange::NoPlan => self.set_no_plan()?,
            OrganizationChange::Profile { name, time_zone } => self.set_profile(name, time_zone)?,
        }
        Ok(Outcome::Done)
    }

    fn set_status(&mut self, status: OrganizationStatus) {
        if self.organization.status != status {
            self.change_organization().0.status = status;
        }
    }

    fn set_profile(&mut self, name: &str, time_zone: &str) -> Result<(), RequestError> {
        let length = name.trim().chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&length) {
            return Err(RequestError::OutOfRange(format!(
                "a name has 1 to {NAME_CHARS_MAX} characters"
            )));
        }
        let zone = Zone::parse(time_zone).map_err(|error| RequestError::OutOfRange(error.to_string()))?;
        let (organization, _) = self.change_organization();
        name.trim().clone_into(&mut organization.name);
        zone.name().clone_into(&mut organization.time_zone);
        Ok(())
    }

    /// Puts the organization on a plan version: its ceilings replace the vendor's limits. Those that go on keep their
    /// identifiers and counters.
    fn set_plan(&mut self, version: PlanVersionId, caps: &[Cap], throttles: &[Throttle]) -> Result<(), RequestError> {
        let plan = self.plans.get(&version).cloned().ok_or(RequestError::NoPlan)?;
        let (organization, current) = self.change_organization();
        organization.plan = Some(version);
        organization.top_ups_rest = false;
        *current = Some(plan);
        self.replace_vendor_caps(caps)?;
        self.replace_vendor_throttles(throttles)?;
        // The customer's own caps in money must still convert.
        self.caps.iter().try_for_each(|cap| self.check_currency(cap))
    }

    fn set_no_plan(&mut self) -> Result<(), RequestError> {
        let rest = self.plan.as_ref().map_or(self.organization.top_ups_rest, |plan| {
            plan.terms.top_ups == TopUps::WithPlan
        });
        let (organization, current) = self.change_organization();
        organization.top_ups_rest = rest;
        organization.plan = None;
        *current = None;
        self.replace_vendor_caps(&[])?;
        self.replace_vendor_throttles(&[])
    }

    fn replace_vendor_caps(&mut self, caps: &[Cap]) -> Result<(), RequestError> {
        let old = self.change_caps();
        let before: Vec<Cap> = old.extract_if(.., |cap| cap.owner == LimitOwner::Vendor).collect();
        for cap in caps {
            let mut cap = Cap {
                owner: LimitOwner::Vendor,
                ..cap.clone()
            };
            cap.validate().map_err(|error| invalid(error.to_string()))?;
            if let Some(same) = before.iter().find(|old| same_cap(old, &cap)) {
                cap.id = same.id;
            }
            self.caps.push(cap);
        }
        Ok(())
    }

    fn replace_vendor_throttles(&mut self, throttles: &[Throttle]) -> Result<(), RequestError> {
        let old = self.change_throttles();
        let is_vendors = |throttle: &mut Throttle| throttle.owner == LimitOwner::Vendor;
        let before: Vec<Throttle> = old.extract_if(.., is_vendors).collect();
        for throttle in throttles {
            let mut throttle = Throttle {
                owner: LimitOwner::Vendor,
                ..throttle.clone()
            };
            throttle.validate().map_err(|error| invalid(error.to_string()))?;
            if let Some(same) = before.iter().find(|old| same_throttle(old, &throttle)) {
                throttle.id = same.id;
            }
            self.throttles.push(throttle);
        }
        Ok(())
    }
}
