//! A customer's row of the portfolio: what it says, worked out from grants and the burn by day.

use drawdown_domain::account::OrganizationState;
use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::plan::{OveragePolicy, PlanVersion};
use drawdown_domain::portfolio::{Burn, Figures as HealthFigures};
use drawdown_domain::{Credits, Timestamp};
use drawdown_store::{PortfolioRow, PortfolioSource};

use super::health;
use crate::figures::figures_from;
use crate::moment::Moments;
use crate::overview::Pace;

/// Days of which the burn is compared with the pace, today included.
pub const BURN_DAYS: i32 = 30;
/// The shortest time that a burn is judged by, in seconds: a day.
const BURN_SECONDS_MIN: i64 = 86_400;

/// The row of an organization with its plan, as it is at `now`.
pub(super) fn row_of(source: PortfolioSource, plan: Option<&PlanVersion>, now: Timestamp) -> PortfolioRow {
    let moments = Moments::new(&source.organization.state.time_zone, now);
    let today = moments.day_start(now);
    let burn = burn_of(&source, &moments);
    let PortfolioSource {
        organization,
        grants,
        days,
        seen_at,
        outlook,
    } = source;
    let state = organization.state;
    let open: Vec<Grant> = grants.into_iter().filter(is_open).collect();
    let changes = open
        .iter()
        .flat_map(|grant| [Some(grant.effective_at), grant.expires_at])
        .flatten()
        .chain([outlook.credits_at, outlook.renews_at].into_iter().flatten())
        .filter(|at| *at > now);
    let due_at = changes.fold(moments.day_start_after(today, 1), Ord::min);
    let coming = |at: Option<Timestamp>| at.filter(|at| *at > now);
    let credits_at = coming(outlook.credits_at);
    let plan_credits_end = Pace::of(&open, now).map(|pace| pace.to);
    let figures = figures_from(&state, open, &days, &moments, credits_at);
    let judged = HealthFigures {
        is_stopped: is_stopped(&state, plan),
        runs_for_nothing: plan.is_some_and(|plan| !plan.terms.unlimited.is_empty()),
        available: figures.left,
        paced: plan_credits_end.map_or(Credits::ZERO, |end| figures.ending_by(end, now)),
        burn,
        ends_in_seconds: credits_at
            .into_iter()
            .chain(plan_credits_end)
            .min()
            .map(|end| end.micros_since(now) / 1_000_000),
    };
    PortfolioRow {
        organization: state.id,
        version: state.version,
        made_at: now,
        due_at,
        key: organization.key,
        renews_at: coming(outlook.renews_at).or(plan_credits_end),
        name: state.name,
        plan: plan.map(|plan| plan.plan.clone()),
        status: state.status,
        available: figures.left,
        burned: burn.credits,
        pace: judged.pace().unwrap_or(Credits::ZERO),
        depletes_at: figures.depletion.map(|depletion| depletion.at),
        health: health::rank(judged.health()),
        seen_at,
    }
}

/// What an organization burned in [`BURN_DAYS`] days, or since it was made.
pub(super) fn burn_of(source: &PortfolioSource, moments: &Moments) -> Burn {
    let now = moments.now();
    let from = moments.day_start_after(now, 1 - BURN_DAYS);
    let days = source.days.iter().filter(|(day, _)| *day >= from);
    let since = from.max(source.organization.created_at);
    Burn {
        credits: sum(days.map(|(_, burned)| *burned)),
        seconds: (now.micros_since(since) / 1_000_000).max(BURN_SECONDS_MIN),
    }
}

/// True where every run is refused, whatever credits there are.
fn is_stopped(state: &OrganizationState, plan: Option<&PlanVersion>) -> bool {
    let Some(plan) = plan else { return true };
    let debt_stops = plan.terms.overage == OveragePolicy::Block && state.owed.is_positive();
    state.status == OrganizationStatus::Suspended || debt_stops
}

fn is_open(grant: &Grant) -> bool {
    grant.state == GrantState::Pending || grant.remaining.is_positive() || grant.held.is_positive()
}

fn sum(parts: impl Iterator<Item = Credits>) -> Credits {
    parts.fold(Credits::ZERO, |sum, part| sum.checked_add(part).unwrap_or(Credits::MAX))
}
