//! Folding usage events into shapes, each once: by a job through all customers, round by round, so that a simulation has
//! little left to fold; and by a simulation itself, for what came since.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use drawdown_store::{Organization, ShapeCounts};

use super::run::DAY_SECONDS;
use crate::error::ServiceError;
use crate::service::{Service, zone_of};

/// Events folded at a time.
const EVENTS_AT_ONCE: u32 = 5_000;
/// Events that one round of the job folds, so that what it takes from metering is bounded; a simulation does not wait for it.
const EVENTS_IN_A_ROUND: u64 = 20_000;
/// Customers that one round looks at.
const CUSTOMERS_IN_A_ROUND: u32 = 200;
/// How long the job rests when it has been through all customers: a day's shapes are one row, written anew by each fold.
const REST_SECONDS: i64 = 3_600;
/// Days of usage that are kept as shapes: the longest span, and what may come late.
const DAYS_KEPT: i64 = 100;

/// How far the job is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Walk {
    /// The last customer that is done.
    after: Option<OrganizationId>,
    /// When it begins anew.
    rests_until: Option<Timestamp>,
}

impl Service {
    /// A round of the job: goes on through the customers. Says how many events were folded; again is the same.
    pub async fn fold_usage(&self) -> Result<u64, ServiceError> {
        self.fold_some(CUSTOMERS_IN_A_ROUND, EVENTS_IN_A_ROUND).await
    }

    /// A round of at most so many customers and, to the next [`EVENTS_AT_ONCE`], events.
    pub(crate) async fn fold_some(&self, customers: u32, events: u64) -> Result<u64, ServiceError> {
        let walk = || self.inner.shapes_walk.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut place, now) = (*walk(), self.now());
        if place.rests_until.is_some_and(|end| now < end) {
            return Ok(0);
        }
        let mut folded = 0;
        let ids = self.store().unfolded_organizations(place.after, customers).await?;
        let mut organizations = self.store().organizations_of(&ids).await?;
        organizations.sort_by_key(|organization| organization.state.id);
        for organization in &organizations {
            let id = organization.state.id;
            match self.fold(organization, events - folded).await {
                Ok(done) => folded += done,
                // One that cannot be read holds up no other; its turn comes again.
                Err(error) => tracing::warn!(organization = %id, ?error, "its usage could not be folded"),
            }
            if folded >= events {
                break;
            }
            place.after = Some(id);
        }
        if ids.is_empty() {
            place = Walk {
                after: None,
                rests_until: Some(now.plus_seconds(REST_SECONDS)),
            };
        }
        *walk() = place;
        Ok(folded)
    }

    /// Folds what is new of an organization's usage until nothing is left or so many events are folded. Says how many were.
    pub(super) async fn fold(&self, organization: &Organization, events: u64) -> Result<u64, ServiceError> {
        let (id, zone) = (organization.state.id, zone_of(&organization.state));
        let since = self.now().plus_seconds(-DAYS_KEPT * DAY_SECONDS);
        let mut done = 0;
        while done < events {
            let unfolded = self.store().unfolded_events(id, since, EVENTS_AT_ONCE).await?;
            if unfolded.events.is_empty() {
                break;
            }
            let mut days: BTreeMap<Timestamp, ShapeCounts> = BTreeMap::new();
            for (at, shape) in &unfolded.events {
                let day = days.entry(zone.local_day_start(*at)).or_default();
                *day.entry(shape.clone()).or_default() += 1;
            }
            let folded = self.store().fold_shapes(id, &unfolded, &days).await?;
            if folded {
                done += unfolded.events.len() as u64;
            }
            if folded && !unfolded.more {
                break;
            }
        }
        Ok(done)
    }
}
