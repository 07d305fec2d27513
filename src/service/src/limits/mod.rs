//! Limits: caps and throttles, the vendor's ceilings and the customer's own, with what is used of each.
//!
//! Members set the customer's own, below the ceilings; admin keys set either. What a new cap would have done last month
//! is [`Service::what_if`].

mod ceiling;
mod fair_use;
mod put;
mod refunds;
mod what_if;

use drawdown_domain::catalogue::Rates;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::key::Key;
use drawdown_domain::limit::{
    Cap, CapAction, CapLimit, LimitOwner, LimitScope, Throttle, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::{Credits, Timestamp};
use drawdown_store::{Bucket, CapWindow, Dimension, Organization, UsageQuery, UsageRow};

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::metering::rates_at;
use crate::moment::{Moment, Moments};
use crate::service::{Service, zone_of};
use crate::words;

pub use fair_use::FairUseView;
pub use put::LimitChange;
pub use refunds::RefundWords;
pub use what_if::{WhatIf, WhatIfStop};

/// Percentages of a cap at which somebody is told, where none are given.
pub const DEFAULT_THRESHOLDS: [u8; 2] = [80, 100];
/// Counters of an `each` cap that are shown.
const USES_MAX: usize = 10;

/// A cap as it is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapInput {
    /// On whose behalf: of a key the vendor's where absent; of a member always the customer's.
    pub owner: Option<LimitOwner>,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// Over which span.
    pub window: Window,
    /// How much it allows.
    pub limit: CapLimit,
    /// What it does when reached.
    pub action: CapAction,
    /// Percentages at which somebody is told, 1 to 100, ascending; 80 and 100 where empty.
    pub thresholds: Vec<u8>,
}

/// A throttle as it is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottleInput {
    /// As of [`CapInput`].
    pub owner: Option<LimitOwner>,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// How many, or how much.
    pub limit: ThrottleLimit,
    /// Per what.
    pub per: ThrottlePeriod,
    /// How much at once; the limit where absent.
    pub burst: Option<u32>,
    /// What happens beyond.
    pub then: ThrottleThen,
}

/// One counter of a cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapUse {
    /// The subject or key, of an `each` cap.
    pub each: Option<String>,
    /// Captured and recorded in the window.
    pub used: Credits,
    /// Reserved in the window.
    pub held: Credits,
    /// `used + held` in percent of the limit, rounded down.
    pub percent: u32,
    /// When it first refused a run in this window.
    pub hit: Option<Moment>,
}

/// A cap, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapView {
    /// Its name.
    pub name: Key,
    /// Who set it.
    pub owner: LimitOwner,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// The same in words: `Image render, fast`, `Everything, each subject`.
    pub scope_words: String,
    /// Over which span.
    pub window: Window,
    /// The same in words: `a day`.
    pub window_words: String,
    /// How much it allows, as it was set.
    pub limit: CapLimit,
    /// The same in credits.
    pub limit_credits: Credits,
    /// What it does.
    pub action: CapAction,
    /// Percentages at which somebody is told.
    pub thresholds: Vec<u8>,
    /// When the window ends; `None` for lifetimes.
    pub resets: Option<Moment>,
    /// What is used: one, or of an `each` cap the fullest counters first, at most ten (then possibly none).
    pub used: Vec<CapUse>,
    /// True where this actor may change it.
    pub editable: bool,
}

/// A throttle, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottleView {
    /// Its name.
    pub name: Key,
    /// Who set it.
    pub owner: LimitOwner,
    /// Which runs it counts.
    pub scope: LimitScope,
    /// The same in words.
    pub scope_words: String,
    /// How many, or how much.
    pub limit: ThrottleLimit,
    /// Per what.
    pub per: ThrottlePeriod,
    /// How much at once.
    pub burst: Option<u32>,
    /// What happens beyond.
    pub then: ThrottleThen,
    /// The whole rule in words: `50 runs an hour, at most 10 at once; beyond that: relaxed`.
    pub rule_words: String,
    /// Runs of its scope that were slowed or refused by throttles today (of the whole scope, not of this rule alone).
    pub throttled_today: i64,
    /// Of those, how many were degraded instead of refused.
    pub degraded_today: i64,
    /// True where this actor may change it.
    pub editable: bool,
}

/// What the forms of `/limits` offer to choose from: keys and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeChoices {
    /// Use cases.
    pub use_cases: Vec<(Key, String)>,
    /// Modes.
    pub modes: Vec<Key>,
    /// Platforms.
    pub platforms: Vec<Key>,
}

/// All that limits an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsView {
    /// Credits that can be burned now.
    pub left: Credits,
    /// Credits reserved.
    pub held: Credits,
    /// Caps, the fullest first.
    pub caps: Vec<CapView>,
    /// Throttles.
    pub throttles: Vec<ThrottleView>,
    /// Where it stands with what its plan includes without limit, under fair use.
    pub fair_use: Vec<FairUseView>,
    /// What its plan, or its contract where that says otherwise, tells about failed runs; a use case of which nothing is told
    /// is not here.
    pub refunds: Vec<RefundWords>,
    /// What forms offer.
    pub choices: ScopeChoices,
    /// True where the actor may set the customer's own limits.
    pub may_set: bool,
}

impl Service {
    /// All caps and throttles with what is used of each.
    pub async fn limits(&self, actor: &Actor, organization: OrganizationId) -> Result<LimitsView, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let found = self.load(organization).await?;
        let today = zone_of(&found.state).local_day_start(self.now());
        let asked = UsageQuery {
            from: today,
            until: today.plus_micros(1),
            group_by: Dimension::UseCase,
            bucket: Bucket::Day,
        };
        let (limits, figures, catalogue, plan, rows) = tokio::join!(
            self.store().limits(organization),
            self.figures(&found.state),
            self.store().catalogue(),
            self.plan_of(&found.state),
            self.store().usage(organization, asked)
        );
        let (limits, figures, catalogue, rows, plan) = (limits?, figures?, catalogue?, rows?, plan?);
        let rates = rates_at(&catalogue, self.now())?;
        let caps = self
            .cap_views(actor, &found, plan.as_deref(), rates, limits.caps)
            .await?;
        let fair_use = self.fair_use_views(&found, plan.as_deref(), rates).await?;
        let throttles = limits
            .throttles
            .into_iter()
            .map(|throttle| throttle_view(actor, organization, throttle, rates, &rows))
            .collect();
        Ok(LimitsView {
            left: figures.left,
            held: figures.held,
            caps,
            throttles,
            fair_use,
            refunds: refunds::told(plan.as_deref(), rates),
            choices: choices(rates),
            may_set: actor.may(Action::SetCustomerLimits, Some(organization)),
        })
    }

    /// Caps with what is used of each now, the fullest first.
    pub(crate) async fn cap_views(
        &self,
        actor: &Actor,
        organization: &Organization,
        plan: Option<&PlanVersion>,
        rates: &Rates,
        caps: Vec<Cap>,
    ) -> Result<Vec<CapView>, ServiceError> {
        let state = &organization.state;
        let (zone, moments) = (zone_of(state), self.moments(state));
        let windows: Vec<CapWindow> = caps
            .iter()
            .map(|cap| {
                let span = zone.window(cap.window, moments.now(), state.period_anchor);
                CapWindow {
                    cap: cap.id,
                    from: span.start,
                    until: span.end.unwrap_or(Timestamp::MAX),
                }
            })
            .collect();
        let uses = self.store().cap_uses(state.id, &windows).await?;
        let mut views: Vec<CapView> = caps
            .into_iter()
            .zip(windows)
            .map(|(cap, window)| {
                let uses: Vec<&drawdown_store::CapUse> = uses.iter().filter(|used| used.cap == cap.id).collect();
                let editable = may_edit(actor, state.id, cap.owner);
                cap_view(cap, window, &uses, plan, rates, &moments, editable)
            })
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.used.first().map_or(0, |used| used.percent)));
        Ok(views)
    }
}

/// May the actor change limits of that owner?
fn may_edit(actor: &Actor, organization: OrganizationId, owner: LimitOwner) -> bool {
    actor.may(set_action(owner), Some(organization))
}

/// The action of setting a limit of that owner.
const fn set_action(owner: LimitOwner) -> Action {
    match owner {
        LimitOwner::Vendor => Action::SetVendorLimits,
        LimitOwner::Customer => Action::SetCustomerLimits,
    }
}

/// A cap's limit in credits; what is in money is converted at the plan's rate (nothing without a plan).
pub(crate) fn limit_credits(limit: CapLimit, plan: Option<&PlanVersion>) -> Credits {
    match (limit, plan) {
        (CapLimit::Credits(credits), _) => credits,
        (CapLimit::Money(money), Some(plan)) => money.buys(plan.terms.conversion_rate).unwrap_or(Credits::MAX),
        (CapLimit::Money(_), None) => Credits::ZERO,
    }
}

/// `part` in percent of `whole`, rounded down; of nothing, everything is full.
fn percent(part: Credits, whole: Credits) -> u32 {
    if !whole.is_positive() {
        return 100;
    }
    let percent = i128::from(part.micros()) * 100 / i128::from(whole.micros());
    u32::try_from(percent).unwrap_or(u32::MAX)
}

fn cap_view(
    cap: Cap,
    window: CapWindow,
    uses: &[&drawdown_store::CapUse],
    plan: Option<&PlanVersion>,
    rates: &Rates,
    moments: &Moments,
    editable: bool,
) -> CapView {
    let limit = limit_credits(cap.limit, plan);
    let mut counters: Vec<CapUse> = uses
        .iter()
        .take(USES_MAX)
        .map(|counted| CapUse {
            each: Some(counted.each.clone()).filter(|each| !each.is_empty()),
            used: counted.used,
            held: counted.held,
            percent: percent(counted.used.checked_add(counted.held).unwrap_or(Credits::MAX), limit),
            hit: counted.hit_at.map(|at| moments.at(at)),
        })
        .collect();
    if counters.is_empty() && cap.scope.each.is_none() {
        counters.push(CapUse {
            each: None,
            used: Credits::ZERO,
            held: Credits::ZERO,
            percent: percent(Credits::ZERO, limit),
            hit: None,
        });
    }
    CapView {
        scope_words: words::scope(rates, &cap.scope),
        window_words: words::window(cap.window),
        limit_credits: limit,
        resets: Some(window.until)
            .filter(|at| *at < Timestamp::MAX)
            .map(|at| moments.at(at)),
        name: cap.name,
        owner: cap.owner,
        scope: cap.scope,
        window: cap.window,
        limit: cap.limit,
        action: cap.action,
        thresholds: cap.thresholds,
        used: counters,
        editable,
    }
}

fn throttle_view(
    actor: &Actor,
    organization: OrganizationId,
    throttle: Throttle,
    rates: &Rates,
    today: &[UsageRow],
) -> ThrottleView {
    let in_scope = || {
        let use_case = throttle.scope.use_case.as_ref();
        today
            .iter()
            .filter(move |row| use_case.is_none_or(|key| key.as_str() == row.group))
    };
    ThrottleView {
        scope_words: words::scope(rates, &throttle.scope),
        rule_words: words::throttle_rule(&throttle),
        throttled_today: in_scope().map(|row| row.sums.throttled + row.sums.degraded).sum(),
        degraded_today: in_scope().map(|row| row.sums.degraded).sum(),
        editable: may_edit(actor, organization, throttle.owner),
        name: throttle.name,
        owner: throttle.owner,
        scope: throttle.scope,
        limit: throttle.limit,
        per: throttle.per,
        burst: throttle.burst,
        then: throttle.then,
    }
}

fn choices(rates: &Rates) -> ScopeChoices {
    ScopeChoices {
        use_cases: rates
            .use_cases
            .iter()
            .map(|(key, use_case)| (key.clone(), use_case.name.clone()))
            .collect(),
        modes: rates.modes.keys().cloned().collect(),
        platforms: rates.platforms.keys().cloned().collect(),
    }
}
