//! The figures that several pages share: what is left, what a usual day burns, when it ends, how the customer stands.

use drawdown_domain::account::OrganizationState;
use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::{Credits, Money, Timestamp};

use crate::customers::{Depletion, Standing};
use crate::error::ServiceError;
use crate::forecast::{USUAL_DAYS, Usual, course};
use crate::moment::Moments;
use crate::service::Service;

/// Usual days under which a customer's credits are low.
const LOW_DAYS: i64 = 3;
/// Part of the grants in use under which a customer's credits are low: a fifth.
const LOW_PART: i64 = 5;

/// What several pages show.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    /// Grants with something to spend, reserved or pending, in burn order.
    pub(crate) open: Vec<Grant>,
    /// Credits that can be burned now.
    pub(crate) left: Credits,
    /// Granted, of the grants that can be burned now.
    pub(crate) granted: Credits,
    /// Reserved.
    pub(crate) held: Credits,
    /// Not yet paid.
    pub(crate) pending: Credits,
    /// Owed.
    pub(crate) owed: Credits,
    /// The burn of a usual day; `None` before the first whole day.
    pub(crate) usual: Option<Usual>,
    /// When it ends, where no new credits come before.
    pub(crate) depletion: Option<Depletion>,
    /// How the customer stands.
    pub(crate) standing: Standing,
}

impl Service {
    /// Reads and computes them: three queries, at once.
    pub(crate) async fn figures(&self, organization: &OrganizationState) -> Result<Figures, ServiceError> {
        let moments = self.moments(organization);
        let today = moments.day_start(moments.now());
        let since = moments.day_start_after(today, -USUAL_DAYS);
        let id = [organization.id];
        let (open, days, outlooks) = tokio::join!(
            self.store().open_grants(organization.id),
            self.store().daily_totals(organization.id, since, today),
            self.store().outlooks(&id)
        );
        let outlook = outlooks?.remove(&organization.id).unwrap_or_default();
        let burned: Vec<(Timestamp, Credits)> = days?.into_iter().map(|(day, sums)| (day, sums.credits)).collect();
        let credits_at = outlook.credits_at.filter(|at| *at > moments.now());
        Ok(figures_from(organization, open?, &burned, &moments, credits_at))
    }
}

/// Computes them from the open grants in burn order, the burn by day, and when the agreements bring new credits; days
/// before the last [`USUAL_DAYS`] and today's count for nothing.
pub(crate) fn figures_from(
    organization: &OrganizationState,
    open: Vec<Grant>,
    burned: &[(Timestamp, Credits)],
    moments: &Moments,
    credits_at: Option<Timestamp>,
) -> Figures {
    let today = moments.day_start(moments.now());
    let since = moments.day_start_after(today, -USUAL_DAYS);
    let within: Vec<(Timestamp, Credits)> = burned
        .iter()
        .filter(|(day, _)| *day >= since && *day < today)
        .copied()
        .collect();
    let whole_days = (1..=USUAL_DAYS).map(|back| moments.day_start_after(today, -back));
    let usual = usual_of(whole_days, &within);
    let mut figures = figures_of(organization, open, usual, moments.now());
    let is_before = |at: Timestamp| credits_at.is_none_or(|credits| at < credits);
    figures.depletion = figures
        .depletion
        .filter(|depletion| is_before(depletion.at))
        .map(|depletion| Depletion {
            latest: depletion.latest.filter(|at| is_before(*at)),
            ..depletion
        });
    figures
}

impl Figures {
    /// Of what can be burned at `now`, what ends by an instant.
    pub(crate) fn ending_by(&self, end: Timestamp, now: Timestamp) -> Credits {
        let grants = self.open.iter().filter(|grant| {
            let ends = grant.expires_at.is_some_and(|expires| expires <= end);
            grant.state == GrantState::Active && grant.is_valid_at(now) && ends
        });
        grants.fold(Credits::ZERO, |sum, grant| {
            sum.checked_add(grant.remaining).unwrap_or(Credits::MAX)
        })
    }
}

/// The usual day, from the days since the first one with usage: quiet days between count as zero.
fn usual_of(whole_days: impl Iterator<Item = Timestamp>, burned: &[(Timestamp, Credits)]) -> Option<Usual> {
    let first = burned.iter().find(|(_, credits)| credits.is_positive())?.0;
    let days: Vec<Credits> = whole_days
        .filter(|day| *day >= first)
        .map(|day| {
            burned
                .iter()
                .find(|(at, _)| *at == day)
                .map_or(Credits::ZERO, |(_, credits)| *credits)
        })
        .collect();
    Usual::of(&days)
}

fn figures_of(organization: &OrganizationState, open: Vec<Grant>, usual: Option<Usual>, now: Timestamp) -> Figures {
    let sum = |credits: &mut dyn Iterator<Item = Credits>| {
        credits.fold(Credits::ZERO, |sum, part| sum.checked_add(part).unwrap_or(Credits::MAX))
    };
    let usable = || {
        open.iter()
            .filter(|grant| grant.state == GrantState::Active && grant.is_valid_at(now))
            // Bought credits that need a plan rest without one.
            .filter(|grant| !(organization.top_ups_rest && grant.kind == GrantKind::Purchase))
    };
    let left = sum(&mut usable().map(|grant| grant.remaining));
    let granted = sum(&mut usable().map(|grant| grant.amount));
    let held = sum(&mut open.iter().map(|grant| grant.held));
    let pending = sum(&mut open
        .iter()
        .filter(|grant| grant.state == GrantState::Pending)
        .map(|grant| grant.amount));
    let depletion = usual.filter(|_| left.is_positive()).and_then(|usual| {
        let ends = |burn: Credits| course(&open, now, burn, &[]).ends;
        Some(Depletion {
            at: ends(usual.median)?,
            earliest: ends(usual.high).or(ends(usual.median))?,
            latest: ends(usual.low),
        })
    });
    let standing = standing(organization, left, granted, usual);
    Figures {
        owed: organization.owed,
        open,
        left,
        granted,
        held,
        pending,
        usual,
        depletion,
        standing,
    }
}

fn standing(organization: &OrganizationState, left: Credits, granted: Credits, usual: Option<Usual>) -> Standing {
    let few_days = usual.is_some_and(|usual| left.micros() / LOW_DAYS < usual.median.micros());
    if organization.status == OrganizationStatus::Suspended {
        Standing::Suspended
    } else if organization.owed.is_positive() {
        Standing::Owing
    } else if !left.is_positive() {
        Standing::Exhausted
    } else if few_days || left.micros() < granted.micros() / LOW_PART {
        Standing::Low
    } else {
        Standing::Active
    }
}

/// Credits in money at the plan's conversion rate.
pub(crate) fn worth(credits: Credits, plan: Option<&PlanVersion>) -> Option<Money> {
    let terms = &plan?.terms;
    Money::worth(credits, terms.conversion_rate, terms.currency)
}
