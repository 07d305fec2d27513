//! Fair use of what a plan includes without limit: how much was used, where the customer stands, what comes next.

use drawdown_domain::account::fair_use_counter;
use drawdown_domain::catalogue::Rates;
use drawdown_domain::limit::{LimitScope, Window};
use drawdown_domain::plan::{FairRate, FairStanding, PlanVersion};
use drawdown_domain::{Credits, Timestamp, format};
use drawdown_store::{CapWindow, Organization};

use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::{Service, zone_of};
use crate::words;

/// Where a customer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FairUseView {
    /// Which runs, in words.
    pub scope_words: String,
    /// Which runs.
    pub scope: LimitScope,
    /// Over which span use is counted.
    pub window: Window,
    /// Its standing; use is in credits at the rate card's price.
    pub standing: FairStanding,
    /// The soft allowance.
    pub allowance: Credits,
    /// When use is counted anew.
    pub resets: Option<Moment>,
    /// The standing as a sentence.
    pub words: String,
}

impl Service {
    /// Where a customer stands with everything that its plan includes without limit under fair use.
    pub(super) async fn fair_use_views(
        &self,
        organization: &Organization,
        plan: Option<&PlanVersion>,
        rates: &Rates,
    ) -> Result<Vec<FairUseView>, ServiceError> {
        let unlimited = plan.map_or(&[][..], |plan| &plan.terms.unlimited);
        let state = &organization.state;
        let (zone, moments) = (zone_of(state), self.moments(state));
        let mut views = Vec::new();
        for (place, entry) in unlimited.iter().enumerate() {
            let Some(fair) = &entry.fair_use else { continue };
            let span = zone.window(fair.window, moments.now(), state.period_anchor);
            let window = CapWindow {
                cap: fair_use_counter(place),
                from: span.start,
                until: span.end.unwrap_or(Timestamp::MAX),
            };
            let uses = self.store().cap_uses(state.id, &[window]).await?;
            let parts = uses.iter().flat_map(|found| [found.used, found.held]);
            let standing = fair.standing(Credits::checked_sum(parts).unwrap_or(Credits::MAX));
            let scope = LimitScope {
                use_case: entry.use_case.clone(),
                mode: entry.mode.clone(),
                platform: entry.platform.clone(),
                ..LimitScope::default()
            };
            views.push(FairUseView {
                scope_words: words::scope(rates, &scope),
                scope,
                window: fair.window,
                allowance: fair.allowance(),
                resets: span.end.map(|end| moments.at(end)),
                words: sentence(&standing),
                standing,
            });
        }
        Ok(views)
    }
}

fn rate(rate: FairRate) -> String {
    let period = words::period(rate.per);
    format!("{} {period}", format::count(i64::from(rate.requests)))
}

/// `Within the soft allowance; beyond 500 credits 60 runs an hour.`
fn sentence(standing: &FairStanding) -> String {
    let now = standing.rate.map_or_else(
        || "Within the soft allowance".to_owned(),
        |held| format!("At {} runs for now", rate(held)),
    );
    let next = standing.next_above.zip(standing.next_rate).map_or_else(
        || ", which is the slowest".to_owned(),
        |(above, next)| format!("; beyond {} credits {} runs", format::credits(above), rate(next)),
    );
    format!("{now}{next}.")
}
