//! A person who is signed in: a member of a customer, or one of the vendor's staff. Both sign in by the same form.

use drawdown_domain::id::OrganizationId;
use drawdown_store::SessionOf;

use crate::actor::{Actor, Member};
use crate::staff::Staff;

/// A person who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// A member of a customer.
    Member(Member),
    /// One of the vendor's staff.
    Staff(Staff),
}

impl Person {
    /// As the one who acts.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Member(member) => Actor::Member(member.clone()),
            Self::Staff(staff) => Actor::Staff(staff.clone()),
        }
    }

    /// The member, where it is one.
    pub fn member(&self) -> Option<&Member> {
        match self {
            Self::Member(member) => Some(member),
            Self::Staff(_) => None,
        }
    }

    /// The person of the staff, where it is one.
    pub fn staff(&self) -> Option<&Staff> {
        match self {
            Self::Member(_) => None,
            Self::Staff(staff) => Some(staff),
        }
    }

    /// The organization that the person belongs to; staff belong to none.
    pub(crate) fn organization(&self) -> Option<OrganizationId> {
        self.member().map(|member| member.organization)
    }

    /// In whose list its sessions are.
    pub(crate) fn session_of(&self) -> SessionOf {
        match self {
            Self::Member(member) => SessionOf::Member(member.id),
            Self::Staff(staff) => SessionOf::Staff(staff.id),
        }
    }

    /// The zone in which it reads times.
    pub(crate) fn time_zone(&self) -> &str {
        self.member().map_or("UTC", |member| member.time_zone.as_str())
    }
}
