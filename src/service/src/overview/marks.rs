//! Marks on the burn-down chart: top-ups, allotments, expiries, caps hit, plan changes.

use std::collections::{BTreeMap, BTreeSet};

use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::id::CapId;
use drawdown_domain::{Credits, Timestamp, format};
use drawdown_store::{AuditLine, CapHit};
use serde::Serialize;

use super::burn_down::issued_at;
use crate::moment::{Moment, Moments};
use crate::words;

/// What a mark on the chart stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// Credits were bought.
    TopUp,
    /// The plan or the contract gave credits.
    Allotment,
    /// The vendor gave credits otherwise.
    Grant,
    /// Credits expired, or will.
    Expiry,
    /// A cap stopped a run.
    CapHit,
    /// The plan changed.
    PlanChange,
}

/// A mark on the burn-down chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it stands for.
    pub kind: MarkKind,
    /// When.
    pub at: Moment,
    /// `Top-up of 1,000`.
    pub label: String,
    /// How much.
    pub credits: Option<Credits>,
}

/// What marks are made of.
#[derive(Debug)]
pub(super) struct Happened<'a> {
    pub(super) grants: &'a [Grant],
    pub(super) hits: &'a [CapHit],
    pub(super) cap_names: &'a BTreeMap<CapId, String>,
    pub(super) plan_changes: &'a [AuditLine],
}

/// The marks between two instants, the earliest first.
pub(super) fn marks(happened: &Happened<'_>, from: Timestamp, to: Timestamp, moments: &Moments) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut mark = |kind: MarkKind, at: Timestamp, label: String, credits: Option<Credits>| {
        if from <= at && at < to {
            let at = moments.at(at);
            marks.push(Mark {
                kind,
                at,
                label,
                credits,
            });
        }
    };
    for grant in happened
        .grants
        .iter()
        .filter(|grant| grant.state != GrantState::Pending)
    {
        if grant.state != GrantState::Void || grant.burned.is_positive() {
            let kind = match grant.kind {
                GrantKind::Purchase => MarkKind::TopUp,
                GrantKind::Allotment | GrantKind::Commitment => MarkKind::Allotment,
                _ => MarkKind::Grant,
            };
            let source = words::grant_source(grant.kind);
            let label = format!("{source} of {}", format::credits(grant.amount));
            mark(kind, issued_at(grant), label, Some(grant.amount));
        }
        if let Some(end) = grant.expires_at {
            if grant.state == GrantState::Expired && grant.expired.is_positive() {
                let label = format!("{} expired", format::credits(grant.expired));
                mark(MarkKind::Expiry, end, label, Some(grant.expired));
            } else if grant.state == GrantState::Active && grant.remaining.is_positive() {
                // How much will be lost then is for the forecast to say.
                let source = words::grant_source(grant.kind);
                let label = format!("{source} of {} ends", format::credits(grant.amount));
                mark(MarkKind::Expiry, end, label, None);
            }
        }
    }
    let mut told = BTreeSet::new();
    for hit in happened.hits {
        // One mark for a cap and day is enough.
        if let Some(name) = happened.cap_names.get(&hit.cap)
            && told.insert((hit.cap, moments.day_start(hit.at)))
        {
            mark(MarkKind::CapHit, hit.at, format!("{name} cap reached"), None);
        }
    }
    for change in happened.plan_changes {
        let name = change.after.as_ref().and_then(|after| after.get("name")?.as_str());
        let label = name.map_or_else(|| "Plan changed".to_owned(), |name| format!("Plan: {name}"));
        mark(MarkKind::PlanChange, change.at, label, None);
    }
    marks.sort_by_key(|mark| mark.at.at);
    marks
}
