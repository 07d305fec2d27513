//! The answer to an authorize on the wire: it explains itself, whether the run may start or not.

use drawdown_domain::outcome::{Decision, HeldCredits, LimitStatus, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use super::scope::{Scope, window_word};
use super::time;
use super::words::Word;

/// May the run start?
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionWire {
    /// Whether it may.
    pub allowed: bool,
    /// True where only the answer was asked for and nothing is reserved.
    pub dry_run: bool,
    /// What is reserved; absent where refused or only asked.
    pub hold: Option<HeldWire>,
    /// The mode granted; refused: the one asked for.
    #[schema(example = "fast")]
    pub mode: String,
    /// The mode asked for.
    #[schema(example = "fast")]
    pub requested_mode: String,
    /// The price of the run in that mode.
    #[schema(example = "12.8")]
    pub credits: String,
    /// Every failing rule. Allowed in a lower mode: what stopped the modes above.
    pub reasons: Vec<ReasonWire>,
    /// Every limit that the run meets, as it stood before the run.
    pub limits: Vec<LimitWire>,
    /// The limit that binds next, by name.
    #[schema(example = "credits")]
    pub next_limit: Option<String>,
    /// Seconds after which the same request can succeed by itself.
    pub retry_after_s: Option<i64>,
    /// Credits that this run could draw on, before it.
    #[schema(example = "4870")]
    pub available: String,
}

/// Reserved credits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldWire {
    /// The hold: capture or release it.
    #[schema(example = "hold_0193a5c1d2e37f10a1b2c3d4e5f60718")]
    pub id: String,
    /// The credits reserved.
    #[schema(example = "12.8")]
    pub credits: String,
    /// When it ends by itself.
    pub expires_at: String,
    /// From which grants.
    pub shares: Vec<ShareWire>,
}

/// Credits of one grant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShareWire {
    /// The grant.
    #[schema(example = "grant_0193a5c1d2e37f10a1b2c3d4e5f60718")]
    pub grant: String,
    /// How much of it.
    #[schema(example = "12.8")]
    pub credits: String,
}

/// A failing rule.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReasonWire {
    /// Which: `cap_exceeded`, `throttle_exceeded`, `insufficient_credits`…
    #[schema(example = "cap_exceeded")]
    pub code: &'static str,
    /// For people, with used, limit and reset.
    pub message: String,
    /// The limit's name, where it is one; see `limits`.
    pub limit: Option<String>,
    /// For people: what would let the run start.
    pub unblock: String,
    /// When it unblocks by itself.
    pub unblocks_at: Option<String>,
}

/// How a limit stands for this run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LimitWire {
    /// `cap`, `throttle` or `credits`.
    #[schema(example = "cap")]
    pub kind: &'static str,
    /// Its name.
    #[schema(example = "monthly")]
    pub name: String,
    /// `vendor` or `customer`; null for the credits themselves.
    pub owner: Option<&'static str>,
    /// Which runs it counts.
    pub scope: Scope,
    /// The subject or key that was counted, where it counts each apart.
    pub each: Option<String>,
    /// A cap's window.
    #[schema(example = "month")]
    pub window: Option<String>,
    /// A throttle's period.
    pub per: Option<&'static str>,
    /// `credits` or `requests`: of the figures below.
    #[schema(example = "credits")]
    pub unit: &'static str,
    /// Used.
    #[schema(example = "730")]
    pub used: String,
    /// Reserved.
    #[schema(example = "0")]
    pub held: String,
    /// The limit.
    #[schema(example = "5000")]
    pub limit: String,
    /// What this run asks.
    #[schema(example = "12.8")]
    pub requested: String,
    /// When it is next reset; null where it never is.
    pub reset: Option<String>,
    /// True where the run does not fit.
    pub exceeded: bool,
    /// True where that stops the run.
    pub blocks: bool,
}

impl From<&Decision> for DecisionWire {
    fn from(decision: &Decision) -> Self {
        Self {
            allowed: decision.allowed,
            dry_run: decision.dry_run,
            hold: decision.hold.as_ref().map(HeldWire::from),
            mode: decision.mode.to_string(),
            requested_mode: decision.requested_mode.to_string(),
            credits: decision.credits.to_string(),
            reasons: decision.reasons.iter().map(ReasonWire::from).collect(),
            limits: decision.limits.iter().map(LimitWire::from).collect(),
            next_limit: decision.next_limit.as_ref().map(ToString::to_string),
            retry_after_s: decision.retry_after_s,
            available: decision.available.to_string(),
        }
    }
}

impl From<&HeldCredits> for HeldWire {
    fn from(held: &HeldCredits) -> Self {
        Self {
            id: held.id.to_string(),
            credits: held.credits.to_string(),
            expires_at: time::format(held.expires_at),
            shares: held.shares.iter().map(ShareWire::from).collect(),
        }
    }
}

impl From<&drawdown_domain::hold::Share> for ShareWire {
    fn from(share: &drawdown_domain::hold::Share) -> Self {
        Self {
            grant: share.grant.to_string(),
            credits: share.credits.to_string(),
        }
    }
}

impl From<&Reason> for ReasonWire {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code.word(),
            message: reason.message.clone(),
            limit: reason.limit.as_ref().map(ToString::to_string),
            unblock: reason.unblock.clone(),
            unblocks_at: reason.unblocks_at.map(time::format),
        }
    }
}

impl From<&LimitStatus> for LimitWire {
    fn from(limit: &LimitStatus) -> Self {
        Self {
            kind: limit.kind.word(),
            name: limit.name.to_string(),
            owner: limit.owner.map(Word::word),
            scope: Scope::from(&limit.scope),
            each: limit.each.clone(),
            window: limit.window.map(window_word),
            per: limit.per.map(Word::word),
            unit: limit.unit.word(),
            used: limit.used.to_string(),
            held: limit.held.to_string(),
            limit: limit.limit.to_string(),
            requested: limit.requested.to_string(),
            reset: limit.resets_at.map(time::format),
            exceeded: limit.exceeded,
            blocks: limit.blocks,
        }
    }
}
