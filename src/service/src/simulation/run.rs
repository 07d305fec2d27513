//! Running a simulation: through all customers, some at a time; what is new of their usage is folded into shapes, which are
//! then priced.

use std::sync::atomic::Ordering;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::{Credits, Timestamp};
use drawdown_store::{PortfolioSource, ShapeCounts};

use super::customer::{Both, Measured, measure};
use super::stocks::held_since;
use super::{Simulated, SimulatedCustomer, Simulation};
use crate::error::ServiceError;
use crate::moment::Moments;
use crate::service::Service;

/// Customers at a time.
const CUSTOMERS_AT_ONCE: u32 = 200;
pub(super) const DAY_SECONDS: i64 = 86_400;

impl Service {
    pub(super) async fn run_simulation(
        &self,
        simulation: &Simulation,
        before: &Rates,
        after: &Rates,
    ) -> Result<Simulated, ServiceError> {
        let store = self.store();
        simulation
            .total
            .store(store.count_organizations().await?, Ordering::Relaxed);
        let both = Both::new(before, after);
        let mut result = Simulated::default();
        let mut last = None;
        loop {
            let ids = store.organizations_after(last, CUSTOMERS_AT_ONCE).await?;
            let Some(newest) = ids.last() else { break };
            last = Some(*newest);
            let sources = self.sources(&ids, simulation.subject.days).await?;
            simulation
                .done
                .fetch_add(i64::try_from(ids.len() - sources.len()).unwrap_or(0), Ordering::Relaxed);
            for (source, days) in sources {
                let customer = self.simulated(&both, &source, &days, simulation.subject.days).await?;
                if customer.runs > 0 {
                    add(&mut result, customer)?;
                }
                simulation.done.fetch_add(1, Ordering::Relaxed);
            }
        }
        result.customers.sort_by(|one, other| {
            let size = |customer: &SimulatedCustomer| std::cmp::Reverse(customer.difference());
            size(one).cmp(&size(other)).then_with(|| one.name.cmp(&other.name))
        });
        Ok(result)
    }

    /// What is known of customers that used anything since so many days ago, with their usage by day.
    async fn sources(
        &self,
        ids: &[OrganizationId],
        days: i64,
    ) -> Result<Vec<(PortfolioSource, Vec<(Timestamp, ShapeCounts)>)>, ServiceError> {
        // A day more: their local days begin at different times.
        let since = self.now().plus_seconds(-(days + 1) * DAY_SECONDS);
        let mut sources = self.store().portfolio_sources(ids, since).await?;
        // Whoever used something has a roll-up of that day, if only of zero credits.
        sources.retain(|source| !source.days.is_empty());
        for source in &sources {
            self.fold(&source.organization, u64::MAX).await?;
        }
        let mut shapes = self.store().usage_shapes(ids, since).await?;
        let with_days = sources.into_iter().map(|source| {
            let days = shapes.remove(&source.organization.state.id).unwrap_or_default();
            (source, days)
        });
        Ok(with_days.collect())
    }

    async fn simulated(
        &self,
        both: &Both<'_>,
        source: &PortfolioSource,
        days: &[(Timestamp, ShapeCounts)],
        span: i64,
    ) -> Result<SimulatedCustomer, ServiceError> {
        let state = &source.organization.state;
        let plan = self.plan_of(state).await?;
        let moments = Moments::new(&state.time_zone, self.now());
        let first = moments.day_start_after(self.now(), 1 - i32::try_from(span).unwrap_or(i32::MAX));
        let held = held_since(source, first, &moments);
        let days: Vec<&(Timestamp, ShapeCounts)> = days.iter().filter(|(day, _)| *day >= first).collect();
        let terms = plan.as_ref().map(|plan| &plan.terms);
        let Measured {
            runs,
            before,
            after,
            refused,
            run_outs,
        } = measure(both, terms, &days, &held, &moments).ok_or_else(too_large)?;
        Ok(SimulatedCustomer {
            id: state.id,
            key: source.organization.key.clone(),
            name: source.organization.state.name.clone(),
            plan: plan.map(|plan| plan.terms.name.clone()),
            runs,
            before,
            after,
            refused,
            run_outs,
        })
    }
}

fn too_large() -> ServiceError {
    ServiceError::conflict("too_large", "the sum is too large to be counted")
}

fn add(result: &mut Simulated, customer: SimulatedCustomer) -> Result<(), ServiceError> {
    let sum = |one: Credits, other: Credits| one.checked_add(other).ok_or_else(too_large);
    result.before = sum(result.before, customer.before)?;
    result.after = sum(result.after, customer.after)?;
    result.runs += customer.runs;
    result.refused += customer.refused;
    result.customers.push(customer);
    Ok(())
}
