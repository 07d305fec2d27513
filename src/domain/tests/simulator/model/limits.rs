//! Who may set and remove which limit, and what the organization's plan and zone change about them.

use drawdown_domain::limit::{CapAction, LimitOwner};

use super::{Answer, Days, Model};
use crate::operation::{CapAsk, ThrottleAsk};

impl Model {
    pub(super) fn put_cap(&mut self, now: i64, ask: CapAsk) -> Answer {
        if ask.owner == LimitOwner::Customer {
            if self.has_cap(ask.name, LimitOwner::Vendor) {
                return Answer::Refused("vendor's limit");
            }
            let limit = self.ceiling(ask.limit);
            let lower = self.caps.iter().any(|cap| {
                let ceiling = &cap.terms;
                ceiling.owner == LimitOwner::Vendor
                    && ceiling.action == CapAction::Block
                    && (ceiling.scope, ceiling.window) == (ask.scope, ask.window)
                    && self.ceiling(ceiling.limit) < limit
            });
            if lower {
                return Answer::Refused("above the ceiling");
            }
        }
        let before = self.caps.clone();
        self.set_cap(now, ask, &before);
        Answer::Done
    }

    pub(super) fn drop_cap(&mut self, name: &str, owner: LimitOwner) -> Answer {
        if !self.has_cap(name, owner) {
            let is_vendors = owner == LimitOwner::Customer && self.has_cap(name, LimitOwner::Vendor);
            return Answer::Refused(if is_vendors { "vendor's limit" } else { "unknown limit" });
        }
        self.caps
            .retain(|cap| cap.terms.name != name || cap.terms.owner != owner);
        Answer::Done
    }

    pub(super) fn put_throttle(&mut self, ask: ThrottleAsk) -> Answer {
        if ask.owner == LimitOwner::Customer && self.has_throttle(ask.name, LimitOwner::Vendor) {
            return Answer::Refused("vendor's limit");
        }
        let before = self.throttles.clone();
        self.set_throttle(ask, &before);
        Answer::Done
    }

    pub(super) fn drop_throttle(&mut self, name: &str, owner: LimitOwner) -> Answer {
        if !self.has_throttle(name, owner) {
            let is_vendors = owner == LimitOwner::Customer && self.has_throttle(name, LimitOwner::Vendor);
            return Answer::Refused(if is_vendors { "vendor's limit" } else { "unknown limit" });
        }
        self.throttles
            .retain(|throttle| throttle.terms.name != name || throttle.terms.owner != owner);
        Answer::Done
    }

    /// The plan's limits replace the vendor's.
    pub(super) fn set_plan(&mut self, now: i64, plan: usize, caps: &[CapAsk], throttles: &[ThrottleAsk]) -> Answer {
        self.plan = plan;
        let (caps_before, throttles_before) = (self.caps.clone(), self.throttles.clone());
        self.caps.retain(|cap| cap.terms.owner != LimitOwner::Vendor);
        self.throttles
            .retain(|throttle| throttle.terms.owner != LimitOwner::Vendor);
        for ask in caps {
            self.set_cap(now, *ask, &caps_before);
        }
        for ask in throttles {
            self.set_throttle(*ask, &throttles_before);
        }
        Answer::Done
    }

    pub(super) fn move_to(&mut self, now: i64, zone: &str) -> Answer {
        let before = self.days;
        self.days = Days::of(zone);
        self.recount_caps(now, before);
        Answer::Done
    }

    fn has_cap(&self, name: &str, owner: LimitOwner) -> bool {
        self.caps
            .iter()
            .any(|cap| cap.terms.name == name && cap.terms.owner == owner)
    }

    fn has_throttle(&self, name: &str, owner: LimitOwner) -> bool {
        self.throttles
            .iter()
            .any(|throttle| throttle.terms.name == name && throttle.terms.owner == owner)
    }
}
