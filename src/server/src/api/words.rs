//! The words that stand for the domain's choices on the wire. They are part of the API: a word, once published, stays.

use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::hold::HoldState;
use drawdown_domain::limit::{CapAction, Each, LimitOwner, ThrottlePeriod, ThrottleThen};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::outcome::{EventStatus, LimitKind, LimitUnit, ReasonCode};
use drawdown_domain::plan::Interval;
use drawdown_domain::plan::PlanKind;
use drawdown_domain::posting::LedgerAccount;
use drawdown_service::adjustments::{AdjustmentKind, AdjustmentState};
use drawdown_service::contracts::ContractState;
use drawdown_service::customers::Standing;
use drawdown_service::plans::PlanMoveAct;
use drawdown_service::portfolio::{HealthFilter, PortfolioSort};
use drawdown_service::rate_card::VersionState;
use drawdown_service::schedule::PlanWhen;
use drawdown_service::usage::{Bucket, GroupBy};

/// A choice that is written as a word.
pub(super) trait Word: Copy + 'static {
    /// Every word and what it stands for.
    const WORDS: &'static [(&'static str, Self)];

    /// The word for this choice.
    fn word(self) -> &'static str;
}

macro_rules! words {
    ($($choice:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        impl Word for $choice {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    )+};
}

words! {
    GrantKind {
        Trial = "trial", Allotment = "allotment", Purchase = "purchase", Commitment = "commitment",
        Promotional = "promotional", Adjustment = "adjustment", Rollover = "rollover",
    }
    GrantState { Pending = "pending", Active = "active", Void = "void", Expired = "expired" }
    HoldState { Open = "open", Captured = "captured", Released = "released", Expired = "expired" }
    LimitOwner { Vendor = "vendor", Customer = "customer" }
    Each { Subject = "subject", Key = "key" }
    CapAction { Block = "block", Notify = "notify" }
    ThrottlePeriod { Second = "second", Minute = "minute", Hour = "hour", Day = "day" }
    ThrottleThen { Reject = "reject", Degrade = "degrade" }
    OrganizationStatus { Active = "active", Suspended = "suspended" }
    PlanKind { Trial = "trial", Tier = "tier", Commitment = "commitment", Unlimited = "unlimited" }
    Standing {
        Suspended = "suspended", Owing = "owing", Exhausted = "exhausted", Low = "low", Active = "active",
    }
    EventStatus { Recorded = "recorded", Duplicate = "duplicate", Rejected = "rejected" }
    LimitKind { Cap = "cap", Throttle = "throttle", FairUse = "fair_use", Credits = "credits" }
    LimitUnit { Credits = "credits", Requests = "requests" }
    ReasonCode {
        OrganizationSuspended = "organization_suspended", NoPlan = "no_plan",
        UseCaseNotInPlan = "use_case_not_in_plan", ModeNotInPlan = "mode_not_in_plan",
        PlatformNotInPlan = "platform_not_in_plan", ThrottleExceeded = "throttle_exceeded",
        FairUse = "fair_use", CapExceeded = "cap_exceeded", InsufficientCredits = "insufficient_credits", OverageOwed = "overage_owed",
    }
    LedgerAccount {
        Issued = "issued", Available = "available", Held = "held", Burned = "burned", Expired = "expired",
        Voided = "voided", Owed = "owed", Forgiven = "forgiven",
    }
    GroupBy { UseCase = "use_case", Mode = "mode", Platform = "platform", Subject = "subject" }
    Bucket { Hour = "hour", Day = "day" }
    HealthFilter {
        Blocked = "blocked", AtRisk = "at_risk", Ahead = "ahead", Behind = "behind", OnPace = "on_pace",
    }
    PortfolioSort {
        Name = "name", Available = "left", Burned = "burned", Depletes = "depletes", Health = "health",
        Seen = "seen", Renews = "renews",
    }
    Interval { Month = "month", Quarter = "quarter", HalfYear = "half_year", Year = "year" }
    PlanWhen { Now = "now", AtRenewal = "renewal" }
    PlanMoveAct { Now = "now", AtRenewal = "renewal", Withdraw = "withdraw" }
    ContractState { Upcoming = "upcoming", Running = "running", Ended = "ended" }
    VersionState {
        Scheduled = "scheduled", InForce = "in_force", Superseded = "superseded", TakenBack = "withdrawn",
    }
    AdjustmentKind { Give = "give", TakeBack = "take_back" }
    AdjustmentState {
        Pending = "pending", Approved = "approved", Booked = "booked", Failed = "failed", Refused = "refused",
        Withdrawn = "withdrawn",
    }
}
