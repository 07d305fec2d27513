//! Setting and removing caps and throttles. A limit keeps its identifier, and so its counters, where its name, owner,
//! scope and window stay; the vendor's ceilings bind what a customer sets.

use super::Account;
use super::caps::limit_in_credits;
use crate::id::CapId;
use crate::key::Key;
use crate::limit::{Cap, CapLimit, LimitOwner, Throttle};
use crate::outcome::{Outcome, RequestError};

pub(super) fn invalid(error: impl Into<String>) -> RequestError {
    RequestError::InvalidLimit(error.into())
}

/// True where `new` goes on counting what `old` counted.
pub(super) fn same_cap(old: &Cap, new: &Cap) -> bool {
    old.name == new.name && old.owner == new.owner && old.scope == new.scope && old.window == new.window
}

/// True where `new` goes on with the state of `old`.
pub(super) fn same_throttle(old: &Throttle, new: &Throttle) -> bool {
    let same_unit = std::mem::discriminant(&old.limit) == std::mem::discriminant(&new.limit);
    old.name == new.name && old.owner == new.owner && old.scope == new.scope && same_unit
}

impl Account {
    /// Sets a cap by its name and owner.
    pub(super) fn put_cap(&mut self, cap: &Cap) -> Result<Outcome, RequestError> {
        self.check_cap(cap)?;
        let mut cap = cap.clone();
        if let Some(old) = self.caps.iter().find(|old| same_cap(old, &cap)) {
            cap.id = old.id;
        }
        self.check_cap_id(cap.id, &cap)?;
        let caps = self.change_caps();
        match caps
            .iter_mut()
            .find(|old| old.name == cap.name && old.owner == cap.owner)
        {
            Some(place) => *place = cap.clone(),
            None => caps.push(cap.clone()),
        }
        Ok(Outcome::Cap(Box::new(cap)))
    }

    fn check_cap(&self, cap: &Cap) -> Result<(), RequestError> {
        cap.validate().map_err(|error| invalid(error.to_string()))?;
        self.check_currency(cap)?;
        if cap.owner == LimitOwner::Vendor {
            return Ok(());
        }
        if self.has_vendor_cap(&cap.name) {
            return Err(RequestError::VendorLimit);
        }
        let rate = self.plan.as_ref().map(|plan| plan.terms.conversion_rate);
        let Some(limit) = limit_in_credits(cap.limit, rate) else {
            return Err(RequestError::NoPlan);
        };
        for ceiling in self
            .caps
            .iter()
            .filter(|other| other.owner == LimitOwner::Vendor && other.blocks())
        {
            if ceiling.scope != cap.scope || ceiling.window != cap.window {
                continue;
            }
            if let Some(most) = limit_in_credits(ceiling.limit, rate).filter(|most| limit > *most) {
                return Err(RequestError::AboveCeiling {
                    ceiling: ceiling.name.clone(),
                    limit: most,
                });
            }
        }
        Ok(())
    }

    /// A limit in money is in the plan's currency: the only one that the conversion rate converts.
    pub(super) fn check_currency(&self, cap: &Cap) -> Result<(), RequestError> {
        let CapLimit::Money(money) = cap.limit else {
            return Ok(());
        };
        let plan = self.plan.as_ref().ok_or(RequestError::NoPlan)?;
        if money.currency == plan.terms.currency {
            return Ok(());
        }
        Err(invalid(format!(
            "cap {} is in {}, but the plan is in {}",
            cap.name, money.currency, plan.terms.currency
        )))
    }

    /// An identifier names one cap for ever: another cap's counters are never taken over.
    fn check_cap_id(&self, id: CapId, cap: &Cap) -> Result<(), RequestError> {
        match self.caps.iter().find(|old| old.id == id) {
            Some(old) if !same_cap(old, cap) => Err(invalid("the identifier is another cap's")),
            _ => Ok(()),
        }
    }

    /// Removes a cap.
    pub(super) fn delete_cap(&mut self, name: &Key, owner: LimitOwner) -> Result<Outcome, RequestError> {
        let place = self.caps.iter().position(|cap| cap.name == *name && cap.owner == owner);
        let Some(place) = place else {
            let is_vendors = owner == LimitOwner::Customer && self.has_vendor_cap(name);
            return Err(missing(is_vendors));
        };
        self.change_caps().remove(place);
        Ok(Outcome::Done)
    }

    /// Sets a throttle by its name and owner.
    pub(super) fn put_throttle(&mut self, throttle: &Throttle) -> Result<Outcome, RequestError> {
        throttle.validate().map_err(|error| invalid(error.to_string()))?;
        if throttle.owner == LimitOwner::Customer && self.has_vendor_throttle(&throttle.name) {
            return Err(RequestError::VendorLimit);
        }
        let mut throttle = throttle.clone();
        if let Some(old) = self.throttles.iter().find(|old| same_throttle(old, &throttle)) {
            throttle.id = old.id;
        } else if self.throttles.iter().any(|old| old.id == throttle.id) {
            return Err(invalid("the identifier is another throttle's"));
        }
        let throttles = self.change_throttles();
        let same_name = |old: &&mut Throttle| old.name == throttle.name && old.owner == throttle.owner;
        match throttles.iter_mut().find(same_name) {
            Some(place) => *place = throttle.clone(),
            None => throttles.push(throttle.clone()),
        }
        Ok(Outcome::Throttle(Box::new(throttle)))
    }

    /// Removes a throttle.
    pub(super) fn delete_throttle(&mut self, name: &Key, owner: LimitOwner) -> Result<Outcome, RequestError> {
        let same_name = |throttle: &Throttle| throttle.name == *name && throttle.owner == owner;
        let Some(place) = self.throttles.iter().position(same_name) else {
            let is_vendors = owner == LimitOwner::Customer && self.has_vendor_throttle(name);
            return Err(missing(is_vendors));
        };
        self.change_throttles().remove(place);
        Ok(Outcome::Done)
    }

    fn has_vendor_cap(&self, name: &Key) -> bool {
        self.caps
            .iter()
            .any(|cap| cap.owner == LimitOwner::Vendor && cap.name == *name)
    }

    fn has_vendor_throttle(&self, name: &Key) -> bool {
        let vendors = |throttle: &Throttle| throttle.owner == LimitOwner::Vendor && throttle.name == *name;
        self.throttles.iter().any(vendors)
    }
}

fn missing(is_vendors: bool) -> RequestError {
    if is_vendors {
        RequestError::VendorLimit
    } else {
        RequestError::UnknownLimit
    }
}
