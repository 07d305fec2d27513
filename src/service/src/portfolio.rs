//! The portfolio: the customers that a person of the staff looks after, searched, filtered and sorted.
//!
//! What a page shows is exact: rows that are behind their organizations are made anew before they are shown. Their order
//! and the filters go by rows that a job keeps up to date ([`Service::refresh_portfolio`]), so that for some seconds a
//! customer may stand where it stood before.

use std::str::FromStr as _;
use std::sync::PoisonError;

use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::{Credits, Timestamp};
use drawdown_store::{PortfolioCursor, PortfolioQuery, PortfolioRow, PortfolioSource};

pub use drawdown_store::PortfolioSort;

use crate::actor::{Action, Actor};
use crate::customers::{Page, Standing};
use crate::error::ServiceError;
use crate::figures::figures_from;
use crate::moment::{Moment, Moments};
use crate::service::Service;

/// Days of which the burn is compared with the pace, today included.
pub const BURN_DAYS: i32 = 30;
/// Rows made in one transaction.
const ROWS_AT_ONCE: usize = 100;
/// Organizations that one round of the job looks at.
const WALK: u32 = 5_000;
/// Days of credits left under which a customer is at risk.
const RISK_SECONDS: i64 = 7 * 86_400;
/// Burn of a hundred credits of pace from which a customer is ahead of it.
const AHEAD: i128 = 120;
/// The same under which it is behind.
const BEHIND: i128 = 80;

/// How a customer's burn goes, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// Nothing runs: suspended, or no credits are left.
    Blocked,
    /// Credits are owed, low, or run out within seven days.
    AtRisk,
    /// Burns more than a fifth above the pace: it will want more before its term ends.
    Ahead,
    /// Burns more than a fifth below the pace: credits will be left over.
    Behind,
    /// Burns about as planned, or no grant sets a pace.
    OnPace,
}

impl Health {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] = [Self::Blocked, Self::AtRisk, Self::Ahead, Self::Behind, Self::OnPace];

    /// In a word or two, as it is shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::AtRisk => "at risk",
            Self::Ahead => "ahead",
            Self::Behind => "behind",
            Self::OnPace => "on pace",
        }
    }

    /// As addresses name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::AtRisk => "at_risk",
            Self::Ahead => "ahead",
            Self::Behind => "behind",
            Self::OnPace => "on_pace",
        }
    }

    const fn rank(self) -> i64 {
        match self {
            Self::Blocked => 0,
            Self::AtRisk => 1,
            Self::Ahead => 2,
            Self::Behind => 3,
            Self::OnPace => 4,
        }
    }

    fn of_rank(rank: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|health| health.rank() == rank)
            .unwrap_or(Self::OnPace)
    }
}

/// Which customers, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortfolioInput {
    /// Words of names and keys, or their beginnings.
    pub search: String,
    /// On this plan.
    pub plan: Option<Key>,
    /// Of this health.
    pub health: Option<Health>,
    /// Active or suspended.
    pub status: Option<OrganizationStatus>,
    /// By what.
    pub sort: PortfolioSort,
    /// The largest first.
    pub descending: bool,
    /// The last page's `next`.
    pub after: Option<String>,
}

/// A customer in the list, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioCustomer {
    /// Its identifier.
    pub id: OrganizationId,
    /// The vendor's own key for it.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// Its plan: key and name.
    pub plan: Option<(Key, String)>,
    /// Whether it may run.
    pub status: OrganizationStatus,
    /// Credits that can be burned now.
    pub left: Credits,
    /// Burned in [`BURN_DAYS`] days.
    pub burned: Credits,
    /// What an even pace would have burned in them; `None` where no grant sets one.
    pub pace: Option<Credits>,
    /// When the credits run out; `None`: not in sight.
    pub depletes: Option<Moment>,
    /// How it goes.
    pub health: Health,
    /// When one of its members or runs was last seen.
    pub seen: Option<Moment>,
}

/// A page of customers, and the plans to filter by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioView {
    /// The customers.
    pub customers: Page<PortfolioCustomer>,
    /// Plans: key and name.
    pub plans: Vec<(Key, String)>,
}

impl Service {
    /// A page of the customers that the actor looks after; `limit` at most (1 to 200).
    pub async fn portfolio(
        &self,
        actor: &Actor,
        input: PortfolioInput,
        limit: u32,
    ) -> Result<PortfolioView, ServiceError> {
        actor.authorise(Action::ReadPortfolio, None)?;
        let query = PortfolioQuery {
            search: input.search,
            plan: input.plan,
            health: input.health.map(Health::rank),
            status: input.status,
            only: match actor {
                Actor::Staff(staff) => staff.only().map(|only| (*only).clone()),
                _ => None,
            },
            sort: input.sort,
            descending: input.descending,
            after: input.after.as_deref().and_then(cursor),
        };
        let (page, plans) = tokio::join!(
            self.store().portfolio(&query, limit.clamp(1, 200)),
            self.store().current_plans()
        );
        let (page, plans) = (page?, plans?);
        let plans: Vec<(Key, String)> = plans
            .into_iter()
            .map(|plan| (plan.plan.clone(), plan.terms.name.clone()))
            .collect();
        let now = self.now();
        let behind: Vec<OrganizationId> = page
            .rows
            .iter()
            .filter(|(row, behind)| *behind || row.due_at <= now)
            .map(|(row, _)| row.organization)
            .collect();
        let fresh = self.portfolio_rows(&behind).await?;
        let moments = Moments::new("UTC", now);
        let items = page
            .rows
            .into_iter()
            .map(|(row, _)| fresh.iter().find(|one| one.organization == row.organization).cloned().unwrap_or(row))
            .map(|row| shown(row, &plans, &moments))
            .collect();
        let next = page
            .next
            .map(|after| format!("{}:{}", after.organization, after.value));
        Ok(PortfolioView {
            customers: Page { items, next },
            plans,
        })
    }

    /// Brings rows of the portfolio up to date that are missing or behind: walks on through the organizations, some
    /// thousands at a time. Says how many were made; again is the same.
    pub async fn refresh_portfolio(&self) -> Result<u64, ServiceError> {
        let place = || self.inner.portfolio_walk.lock().unwrap_or_else(PoisonError::into_inner);
        let after = *place();
        let (behind, next) = self.store().portfolio_behind(after, self.now(), WALK).await?;
        for some in behind.chunks(ROWS_AT_ONCE) {
            let rows = self.portfolio_rows(some).await?;
            self.store().put_portfolio(&rows).await?;
        }
        *place() = next;
        Ok(u64::try_from(behind.len()).unwrap_or(u64::MAX))
    }

    /// The rows of organizations, made anew.
    pub(crate) async fn portfolio_rows(
        &self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<PortfolioRow>, ServiceError> {
        if organizations.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.now();
        // A day more than is summed: zones begin their days at other times.
        let since = now.plus_seconds(-i64::from(BURN_DAYS + 2) * 86_400);
        let sources = self.store().portfolio_sources(organizations, since).await?;
        let mut rows = Vec::with_capacity(sources.len());
        for source in sources {
            let plan = self.plan_of(&source.organization.state).await?;
            rows.push(row_of(source, plan.map(|plan| plan.plan.clone()), now));
        }
        Ok(rows)
    }
}

fn cursor(text: &str) -> Option<PortfolioCursor> {
    let (organization, value) = text.split_once(':')?;
    Some(PortfolioCursor {
        organization: OrganizationId::from_str(organization).ok()?,
        value: value.to_owned(),
    })
}

fn row_of(source: PortfolioSource, plan: Option<Key>, now: Timestamp) -> PortfolioRow {
    let state = source.organization.state;
    let moments = Moments::new(&state.time_zone, now);
    let today = moments.day_start(now);
    let from = moments.day_start_after(today, 1 - BURN_DAYS);
    let burned = sum(source.days.iter().filter(|(day, _)| *day >= from).map(|(_, credits)| *credits));
    let pace = pace(&source.grants, from, now);
    let open: Vec<Grant> = source.grants.into_iter().filter(is_open).collect();
    let changes = open
        .iter()
        .flat_map(|grant| [Some(grant.effective_at), grant.expires_at])
        .flatten()
        .filter(|at| *at > now);
    let due_at = changes.fold(moments.day_start_after(today, 1), Ord::min);
    let figures = figures_from(&state, open, &source.days, &moments);
    let depletes_at = figures.depletion.map(|depletion| depletion.at);
    let health = health(figures.standing, depletes_at, burned, pace, now);
    PortfolioRow {
        organization: state.id,
        version: state.version,
        due_at,
        key: source.organization.key,
        name: state.name,
        plan,
        status: state.status,
        available: figures.left,
        burned,
        pace,
        depletes_at,
        health: health.rank(),
        seen_at: source.seen_at,
    }
}

fn is_open(grant: &Grant) -> bool {
    grant.state == GrantState::Pending || grant.remaining.is_positive() || grant.held.is_positive()
}

/// What the grants that end would have burned between two instants, each evenly over its own term.
fn pace(grants: &[Grant], from: Timestamp, until: Timestamp) -> Credits {
    let parts = grants
        .iter()
        .filter(|grant| matches!(grant.state, GrantState::Active | GrantState::Expired))
        .filter_map(|grant| {
            let end = grant.expires_at?;
            let term = end.micros_since(grant.effective_at);
            let shared = end.min(until).micros_since(grant.effective_at.max(from));
            if term <= 0 || shared <= 0 {
                return None;
            }
            let part = i128::from(grant.amount.micros()) * i128::from(shared) / i128::from(term);
            i64::try_from(part).ok().map(Credits::from_micros)
        });
    sum(parts)
}

fn sum(parts: impl Iterator<Item = Credits>) -> Credits {
    parts.fold(Credits::ZERO, |sum, part| sum.checked_add(part).unwrap_or(Credits::MAX))
}

fn health(
    standing: Standing,
    depletes_at: Option<Timestamp>,
    burned: Credits,
    pace: Credits,
    now: Timestamp,
) -> Health {
    let soon = depletes_at.is_some_and(|at| at <= now.plus_seconds(RISK_SECONDS));
    let percent = |share: i128| i128::from(pace.micros()) * share;
    let burn = i128::from(burned.micros()) * 100;
    match standing {
        Standing::Suspended | Standing::Exhausted => Health::Blocked,
        Standing::Owing | Standing::Low => Health::AtRisk,
        Standing::Active if soon => Health::AtRisk,
        Standing::Active if pace.is_zero() => Health::OnPace,
        Standing::Active if burn > percent(AHEAD) => Health::Ahead,
        Standing::Active if burn < percent(BEHIND) => Health::Behind,
        Standing::Active => Health::OnPace,
    }
}

fn shown(row: PortfolioRow, plans: &[(Key, String)], moments: &Moments) -> PortfolioCustomer {
    let name = |key: &Key| plans.iter().find(|(known, _)| known == key).map_or_else(|| key.to_string(), |(_, name)| name.clone());
    PortfolioCustomer {
        id: row.organization,
        plan: row.plan.map(|key| (key.clone(), name(&key))),
        key: row.key,
        name: row.name,
        status: row.status,
        left: row.available,
        burned: row.burned,
        pace: Some(row.pace).filter(|pace| pace.is_positive()),
        depletes: row.depletes_at.map(|at| moments.at(at)),
        health: Health::of_rank(row.health),
        seen: row.seen_at.map(|at| moments.at(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn whole(credits: i64) -> Credits {
        Credits::from_whole(credits).unwrap()
    }

    #[test]
    fn health_says_the_worst_first() {
        let soon = Some(NOW.plus_seconds(86_400));
        let later = Some(NOW.plus_seconds(86_400 * 90));
        let of = |standing, depletes_at, burned: i64| health(standing, depletes_at, whole(burned), whole(100), NOW);
        assert_eq!(of(Standing::Suspended, later, 100), Health::Blocked);
        assert_eq!(of(Standing::Exhausted, None, 100), Health::Blocked);
        assert_eq!(of(Standing::Owing, later, 100), Health::AtRisk);
        assert_eq!(of(Standing::Active, soon, 100), Health::AtRisk);
        assert_eq!(of(Standing::Active, later, 121), Health::Ahead);
        assert_eq!(of(Standing::Active, later, 120), Health::OnPace);
        assert_eq!(of(Standing::Active, None, 80), Health::OnPace);
        assert_eq!(of(Standing::Active, None, 79), Health::Behind);
        let without = health(Standing::Active, None, whole(5), Credits::ZERO, NOW);
        assert_eq!(without, Health::OnPace);
    }

    #[test]
    fn every_health_keeps_its_rank() {
        for (rank, health) in (0..).zip(Health::ALL) {
            assert_eq!((health.rank(), Health::of_rank(rank)), (rank, health));
        }
    }
}
