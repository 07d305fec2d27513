//! The names under which enumerations are stored. They are part of the data: add, never rename.

use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::hold::HoldState;
use drawdown_domain::limit::{CapAction, LimitOwner, ThrottlePeriod, ThrottleThen};
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::posting::LedgerAccount;

use crate::adjustment::{AdjustmentKind, AdjustmentState};
use crate::api_key::ApiKeyScope;
use crate::audit::ActorKind;
use crate::error::StoreError;
use crate::payment::PaymentState;
use crate::plan_move::{PlanMoveAct, PlanMoveState};

/// An enumeration that is stored by name.
pub(crate) trait Named: Sized + Copy + 'static {
    /// What it is called in errors.
    const NOUN: &'static str;
    /// Every value with its name.
    const ALL: &'static [(Self, &'static str)];

    /// The name under which it is stored.
    fn name(self) -> &'static str;

    /// From the name under which it is stored.
    fn from_name(name: &str) -> Result<Self, StoreError> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(value, _)| *value)
            .ok_or_else(|| StoreError::corrupt(Self::NOUN, format!("unknown name {name:?}")))
    }
}

macro_rules! named {
    ($($kind:ident, $noun:literal: $($value:ident = $name:literal),+;)+) => {$(
        impl Named for $kind {
            const NOUN: &'static str = $noun;
            const ALL: &'static [(Self, &'static str)] = &[$(($kind::$value, $name)),+];

            fn name(self) -> &'static str {
                match self {
                    $($kind::$value => $name),+
                }
            }
        }
    )+};
}

named! {
    OrganizationStatus, "organization status": Active = "active", Suspended = "suspended";
    Role, "member role": Viewer = "viewer", Billing = "billing", Owner = "owner";
    GrantKind, "grant kind": Trial = "trial", Allotment = "allotment", Purchase = "purchase",
        Commitment = "commitment", Promotional = "promotional", Adjustment = "adjustment", Rollover = "rollover";
    GrantState, "grant state": Pending = "pending", Active = "active", Void = "void", Expired = "expired";
    HoldState, "hold state": Open = "open", Captured = "captured", Released = "released", Expired = "expired";
    LedgerAccount, "ledger account": Issued = "issued", Available = "available", Held = "held", Burned = "burned",
        Expired = "expired", Voided = "voided", Owed = "owed", Forgiven = "forgiven";
    LimitOwner, "limit owner": Vendor = "vendor", Customer = "customer";
    CapAction, "cap action": Block = "block", Notify = "notify";
    ThrottlePeriod, "throttle period": Second = "second", Minute = "minute", Hour = "hour", Day = "day";
    ThrottleThen, "throttle consequence": Reject = "reject", Degrade = "degrade";
    ApiKeyScope, "API key scope": Metering = "metering", Admin = "admin", Read = "read";
    ActorKind, "audit actor": Member = "member", Vendor = "vendor", ApiKey = "api_key", System = "system";
    PlanMoveAct, "what is done with a group": Now = "now", AtRenewal = "renewal", Withdraw = "withdraw";
    PlanMoveState, "state of a move": Waiting = "waiting", Done = "done", Scheduled = "scheduled", Refused = "refused",
        Withdrawn = "withdrawn";
    AdjustmentKind, "adjustment": Give = "give", TakeBack = "take_back";
    AdjustmentState, "adjustment state": Pending = "pending", Approved = "approved", Booked = "booked",
        Failed = "failed", Refused = "refused", Withdrawn = "withdrawn";
    PaymentState, "payment state": Pending = "pending", Paid = "paid", Declined = "declined",
        Abandoned = "abandoned", Refunded = "refunded";
}
