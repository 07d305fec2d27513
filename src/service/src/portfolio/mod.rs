//! The portfolio: the customers that a person of the staff looks after, searched, filtered and sorted.
//!
//! What a page shows is exact: rows that are behind their organizations are made anew before they are shown. Their order
//! and the filters go by rows that a job keeps up to date ([`Service::refresh_portfolio`]), so that for some seconds a
//! customer may stand where it stood before.

mod book;
mod health;
mod months;
mod row;

use std::str::FromStr as _;
use std::sync::PoisonError;
use std::time::Duration;

use drawdown_domain::Credits;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_store::{PortfolioCursor, PortfolioQuery, PortfolioRow};

pub use drawdown_domain::portfolio::Health;
pub use drawdown_store::PortfolioSort;
pub use health::{HealthFilter, reason};
pub use months::{PortfolioMonth, PortfolioMonths};
pub use row::BURN_DAYS;

use crate::actor::{Action, Actor};
use crate::customers::Page;
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::service::Service;

/// Organizations that one round of the job looks at.
const WALK: u32 = 2_000;
/// Rows, or customers' months, that one round makes at most: a round is short, so that no run waits long for it.
const MADE_IN_A_ROUND: usize = 100;
/// How long a row that is only behind its organization is left alone, in seconds: a busy customer's is made once in it.
const LEFT_ALONE_SECONDS: i64 = 300;
/// For how long an answer waits until the rows of what was just done are written.
const KEEPING_MAX: Duration = Duration::from_secs(2);

/// Which customers, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortfolioInput {
    /// Words of names and keys, or their beginnings.
    pub search: String,
    /// On this plan.
    pub plan: Option<Key>,
    /// Of this health.
    pub health: Option<HealthFilter>,
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
    /// What the pace that uses up the credits just when they end would have burned in them; `None` where none sets one.
    pub pace: Option<Credits>,
    /// When the credits run out; `None`: not in sight.
    pub depletes: Option<Moment>,
    /// How it goes.
    pub health: Health,
    /// When the plan's next period begins, or its credits end; `None` where neither happens.
    pub renews: Option<Moment>,
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
            health: input.health.map(HealthFilter::ranks),
            status: input.status,
            only: match actor {
                Actor::Staff(staff) => staff.only().map(|only| (*only).clone()),
                _ => None,
            },
            sort: input.sort,
            descending: input.descending,
            after: input.after.as_deref().and_then(cursor),
        };
        let (page, plans) = tokio::join!(self.store().portfolio(&query, limit.clamp(1, 200)), self.plan_names());
        let (page, plans) = (page?, plans?);
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
            .map(|(row, _)| {
                fresh
                    .iter()
                    .find(|one| one.organization == row.organization)
                    .cloned()
                    .unwrap_or(row)
            })
            .map(|row| shown(row, &plans, &moments))
            .collect();
        let next = page.next.map(|after| format!("{}:{}", after.organization, after.value));
        Ok(PortfolioView {
            customers: Page { items, next },
            plans,
        })
    }

    /// Brings rows of the portfolio up to date that are missing, due or behind for minutes: walks on through the organizations,
    /// some rows at a time. Says how many were made; again is the same.
    pub async fn refresh_portfolio(&self) -> Result<u64, ServiceError> {
        let place = || self.inner.portfolio_walk.lock().unwrap_or_else(PoisonError::into_inner);
        let after = *place();
        let now = self.now();
        let before = now.plus_seconds(-LEFT_ALONE_SECONDS);
        let (mut behind, mut next) = self.store().portfolio_behind(after, now, before, WALK).await?;
        if behind.len() > MADE_IN_A_ROUND {
            behind.truncate(MADE_IN_A_ROUND);
            next = behind.last().copied();
        }
        let rows = self.portfolio_rows(&behind).await?;
        self.store().put_portfolio(&rows).await?;
        *place() = next;
        Ok(u64::try_from(behind.len()).unwrap_or(u64::MAX))
    }

    /// A customer as the list shows it, made now, its times in the customer's zone.
    pub(crate) async fn portfolio_customer(
        &self,
        organization: OrganizationId,
        moments: &Moments,
    ) -> Result<PortfolioCustomer, ServiceError> {
        let row = self.portfolio_rows(&[organization]).await?.pop();
        let row = row.ok_or(ServiceError::NotFound("customer"))?;
        let plans = self.plan_names().await?;
        Ok(shown(row, &plans, moments))
    }

    /// Makes and writes the rows of organizations now, so that lists follow what somebody just did. That is done whatever
    /// becomes of the rows: where they cannot be written soon that is logged, and left to the job that brings them up to
    /// date.
    pub(crate) async fn keep_portfolio_rows(&self, organizations: &[OrganizationId]) {
        let keep = async {
            let rows = self.portfolio_rows(organizations).await?;
            Ok::<_, ServiceError>(self.store().put_portfolio(&rows).await?)
        };
        let kept = tokio::time::timeout(KEEPING_MAX, keep).await;
        if !matches!(kept, Ok(Ok(()))) {
            tracing::warn!(
                ?organizations,
                ?kept,
                "rows of the portfolio were not kept; will be made again"
            );
        }
    }

    async fn plan_names(&self) -> Result<Vec<(Key, String)>, ServiceError> {
        let plans = self.store().current_plans().await?;
        Ok(plans
            .into_iter()
            .map(|plan| (plan.plan.clone(), plan.terms.name.clone()))
            .collect())
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
            rows.push(row::row_of(source, plan.as_deref(), now));
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

fn shown(row: PortfolioRow, plans: &[(Key, String)], moments: &Moments) -> PortfolioCustomer {
    let name = |key: &Key| {
        plans
            .iter()
            .find(|(known, _)| known == key)
            .map_or_else(|| key.to_string(), |(_, name)| name.clone())
    };
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
        health: health::of_rank(row.health),
        renews: row.renews_at.map(|at| moments.at(at)),
        seen: row.seen_at.map(|at| moments.at(at)),
    }
}
