//! The overview: what is left, how fast it burns, when it ends, and what stops the customer next.
//!
//! Everything is computed from roll-ups, counters and grants; the queries that do not need each other run at once.

mod burn_down;
mod marks;
mod stops_next;

use std::sync::Arc;

use drawdown_domain::catalogue::Catalogue;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::{Credits, Money, format};
use drawdown_store::{Bucket, Dimension, Organization, UsageLine, UsageRow};

use crate::actor::{Action, Actor};
use crate::customers::{PlanView, Standing};
use crate::error::ServiceError;
use crate::figures::{Figures, worth};
use crate::limits::CapView;
use crate::metering::rates_at;
use crate::moment::{Moment, Moments};
use crate::service::{Service, zone_of};
use crate::usage::{EventView, UsageQuery, UsageReport};
use crate::words;

pub(crate) use burn_down::Pace;
pub use burn_down::{BurnDay, BurnDown};
pub use marks::{Mark, MarkKind};
pub use stops_next::{StopKind, StopsNext};

/// Newest events that are shown.
const NEWEST: u32 = 10;

/// The organization at the head of every page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationView {
    /// Its identifier.
    pub id: OrganizationId,
    /// The vendor's key.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// Its IANA zone.
    pub time_zone: String,
    /// The plan.
    pub plan: Option<PlanView>,
    /// How it stands.
    pub standing: Standing,
    /// Credits that can be burned now.
    pub left: Credits,
    /// Granted, of the grants that can be burned now: what `left` is a part of.
    pub granted: Credits,
    /// Its version: what open pages watch.
    pub version: i64,
    /// Who sells: the vendor's name.
    pub vendor: String,
}

/// When the credits run out at the usual burn, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepletionView {
    /// At the median burn.
    pub at: Moment,
    /// At a high burn.
    pub earliest: Moment,
    /// At a low burn; `None`: not in sight.
    pub latest: Option<Moment>,
    /// Whole days until `at`.
    pub days: i64,
}

/// Runs of a use case that were slowed or refused today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottledToday {
    /// The use case.
    pub use_case: Key,
    /// Its name.
    pub name: String,
    /// Runs asked for.
    pub asked: i64,
    /// Run in a lower mode.
    pub degraded: i64,
    /// Refused by a throttle.
    pub throttled: i64,
    /// Refused by a cap.
    pub capped: i64,
}

/// All of `/overview`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Whose.
    pub organization: OrganizationView,
    /// When it was made.
    pub now: Moment,
    /// Credits that can be burned now.
    pub left: Credits,
    /// The same in money.
    pub worth: Option<Money>,
    /// Reserved by open holds.
    pub held: Credits,
    /// Owed.
    pub owed: Credits,
    /// Granted, of the grants that can be burned now: what `left` is a part of.
    pub granted: Credits,
    /// Why somebody should see to it that there are more credits, where the plan says that few are few.
    pub low_balance: Option<String>,
    /// Burned since local midnight.
    pub burn_today: Credits,
    /// The median day of the last 28; `None` before a first whole day.
    pub usual_day: Option<Credits>,
    /// When the credits run out.
    pub depletion: Option<DepletionView>,
    /// `6,412 credits left, about 23 days`.
    pub sentence: String,
    /// What stops the customer next.
    pub stops_next: StopsNext,
    /// The burn-down chart.
    pub burn_down: BurnDown,
    /// Usage by use case per day of the last 30, for the stacked chart.
    pub by_day: UsageReport,
    /// Caps, the fullest first.
    pub caps: Vec<CapView>,
    /// Runs slowed or refused today, by use case; empty where none was.
    pub throttled_today: Vec<ThrottledToday>,
    /// The newest events, at most ten.
    pub newest: Vec<EventView>,
    /// True where nothing was ever recorded: the page teaches the first step.
    pub is_new: bool,
    /// True where the actor may top up.
    pub may_top_up: bool,
}

/// What the overview and the live figures are made of.
#[derive(Debug)]
pub(crate) struct Present {
    pub(crate) organization: Organization,
    pub(crate) plan: Option<Arc<PlanVersion>>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) figures: Figures,
    pub(crate) moments: Moments,
    pub(crate) caps: Vec<CapView>,
    pub(crate) today: Vec<UsageRow>,
    pub(crate) stops_next: StopsNext,
}

impl Present {
    /// Burned since local midnight.
    pub(crate) fn burn_today(&self) -> Credits {
        let today = self.today.iter().map(|row| row.sums.credits);
        Credits::checked_sum(today).unwrap_or(Credits::MAX)
    }

    /// When the credits run out, ready to show.
    pub(crate) fn depletion(&self) -> Option<DepletionView> {
        let depletion = self.figures.depletion?;
        Some(DepletionView {
            at: self.moments.at(depletion.at),
            earliest: self.moments.at(depletion.earliest),
            latest: depletion.latest.map(|at| self.moments.at(at)),
            days: depletion.at.micros_since(self.moments.now()).div_euclid(86_400_000_000),
        })
    }

    /// `6,412 credits left, about 23 days`.
    pub(crate) fn sentence(&self) -> String {
        let left = format::credits(self.figures.left);
        match self.depletion() {
            _ if self.figures.standing == Standing::Suspended => format!("Suspended, with {left} credits left"),
            Some(depletion) if depletion.days == 1 => format!("{left} credits left, about 1 day"),
            Some(depletion) if depletion.days == 0 => format!("{left} credits left, less than a day"),
            Some(depletion) => format!("{left} credits left, about {} days", depletion.days),
            None => format!("{left} credits left"),
        }
    }
}

impl Service {
    /// The head of every page: a few indexed reads.
    pub async fn organization(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<OrganizationView, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let found = self.load(organization).await?;
        let (plan, figures) = tokio::join!(self.plan_of(&found.state), self.figures(&found.state));
        self.organization_view(&found, plan?.as_deref(), &figures?).await
    }

    async fn organization_view(
        &self,
        organization: &Organization,
        plan: Option<&PlanVersion>,
        figures: &Figures,
    ) -> Result<OrganizationView, ServiceError> {
        let state = &organization.state;
        Ok(OrganizationView {
            id: state.id,
            key: organization.key.clone(),
            name: state.name.clone(),
            time_zone: state.time_zone.clone(),
            plan: plan.map(PlanView::from),
            standing: figures.standing,
            left: figures.left,
            granted: figures.granted,
            version: state.version,
            vendor: self.vendor().await?,
        })
    }

    /// How things are now: what is left, what is used of each cap, what stops the customer next.
    pub(crate) async fn present(&self, actor: &Actor, id: OrganizationId) -> Result<Present, ServiceError> {
        let organization = self.load(id).await?;
        let state = &organization.state;
        let moments = self.moments(state);
        let (now, day) = (moments.now(), moments.day_start(moments.now()));
        let today = drawdown_store::UsageQuery {
            from: day,
            until: day.plus_micros(1),
            group_by: Dimension::UseCase,
            bucket: Bucket::Day,
        };
        let yesterday = now.plus_seconds(-86_400);
        let (plan, catalogue, figures, limits, today, lines) = tokio::join!(
            self.plan_of(state),
            self.store().catalogue(),
            self.figures(state),
            self.store().limits(id),
            self.store().usage(id, today),
            self.store().usage_lines(id, yesterday, now, Bucket::Hour, None)
        );
        let (plan, catalogue, figures, lines): (_, _, _, Vec<UsageLine>) = (plan?, catalogue?, figures?, lines?);
        let rates = rates_at(&catalogue, now)?;
        let caps = self
            .cap_views(actor, &organization, plan.as_deref(), rates, limits?.caps)
            .await?;
        let stops_next = stops_next::stops_next(&stops_next::Situation {
            actor,
            organization: state,
            plan: plan.as_deref(),
            figures: &figures,
            caps: &caps,
            last_day: &lines,
            zone: &zone_of(state),
            moments: &moments,
        });
        Ok(Present {
            today: today?,
            organization,
            plan,
            catalogue,
            figures,
            moments,
            caps,
            stops_next,
        })
    }

    /// All of `/overview`.
    pub async fn overview(&self, actor: &Actor, organization: OrganizationId) -> Result<Overview, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let present = self.present(actor, organization).await?;
        let (by_day, newest, burn_down) = tokio::join!(
            self.usage(actor, organization, UsageQuery::default()),
            self.newest_events(actor, organization, None, NEWEST),
            self.burn_down(&present)
        );
        let newest = newest?.items;
        let plan = present.plan.as_deref();
        let figures = &present.figures;
        let head = self.organization_view(&present.organization, plan, figures).await?;
        Ok(Overview {
            organization: head,
            now: present.moments.at(present.moments.now()),
            left: figures.left,
            worth: worth(figures.left, plan),
            held: figures.held,
            owed: figures.owed,
            granted: figures.granted,
            low_balance: low_balance(plan, figures),
            burn_today: present.burn_today(),
            usual_day: figures.usual.map(|usual| usual.median),
            depletion: present.depletion(),
            sentence: present.sentence(),
            burn_down: burn_down?,
            by_day: by_day?,
            throttled_today: throttled_today(&present),
            is_new: newest.is_empty(),
            newest,
            may_top_up: actor.may(Action::TopUp, Some(organization)),
            caps: present.caps,
            stops_next: present.stops_next,
        })
    }
}

/// `Less than 20 % is left of the 12,500 credits that can be burned now.`
fn low_balance(plan: Option<&PlanVersion>, figures: &Figures) -> Option<String> {
    let terms = &plan?.terms;
    let percent = terms
        .low_balance_percent
        .filter(|_| terms.is_low(figures.left, figures.granted))?;
    let granted = format::credits(figures.granted);
    Some(format!(
        "Less than {percent} % is left of the {granted} credits that can be burned now."
    ))
}

fn throttled_today(present: &Present) -> Vec<ThrottledToday> {
    let rates = present.catalogue.at(present.moments.now()).map(|card| &card.rates);
    present
        .today
        .iter()
        .filter(|row| row.sums.degraded + row.sums.throttled + row.sums.capped > 0)
        .filter_map(|row| {
            let sums = &row.sums;
            Some(ThrottledToday {
                use_case: row.group.parse().ok()?,
                name: rates.map_or_else(|| row.group.clone(), |rates| words::use_case_name(rates, &row.group)),
                asked: sums.authorized + sums.throttled + sums.capped + sums.refused,
                degraded: sums.degraded,
                throttled: sums.throttled,
                capped: sums.capped,
            })
        })
        .collect()
}
