//! One attempt of a run in one mode: every rule looked at, in order, nothing consumed.

use super::caps::{self, Filled};
use super::fair_use::Charged;
use super::throttles::{self, Rate};
use super::{Account, ThrottleKey, explain};
use crate::credits::Credits;
use crate::hold::{CounterKey, Run, Share};
use crate::key::Key;
use crate::limit::{Cap, LimitScope, Throttle, ThrottleLimit, ThrottleThen, Window};
use crate::organization::OrganizationStatus;
use crate::outcome::{LimitKind, LimitStatus, LimitUnit, Reason, ReasonCode, RequestError};
use crate::plan::OveragePolicy;
use crate::timestamp::Timestamp;

/// A rule that failed.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) reason: Reason,
    /// True where a lower mode may be tried for it.
    degrades: bool,
}

/// What was found, and what the run would consume.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) run: Run,
    pub(super) credits: Credits,
    /// What it costs by the rate card: more than `credits` where the plan includes it without limit.
    pub(super) list: Credits,
    /// Where fair use counts it.
    pub(super) fair_use: Option<CounterKey>,
    pub(super) findings: Vec<Finding>,
    pub(super) limits: Vec<LimitStatus>,
    /// The throttles' states after the run.
    pub(super) arrivals: Vec<(ThrottleKey, i64)>,
    /// The counters of blocking caps that it would exceed.
    pub(super) hits: Vec<CounterKey>,
    /// What each grant would reserve.
    pub(super) shares: Vec<Share>,
    pub(super) available: Credits,
}

impl Attempt {
    /// True where every rule lets the run start.
    pub(super) fn passes(&self) -> bool {
        self.findings.is_empty()
    }

    /// True where it failed, but for nothing that a lower mode might not mend.
    pub(super) fn may_degrade(&self) -> bool {
        !self.passes() && self.findings.iter().all(|finding| finding.degrades)
    }

    /// When time alone lets the run start in this mode; `None` where it does not.
    pub(super) fn unblocks_at(&self) -> Option<Timestamp> {
        let times = self.findings.iter().map(|finding| finding.reason.unblocks_at);
        times.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    pub(super) fn fails(&mut self, reason: Reason, degrades: bool) {
        self.findings.push(Finding { reason, degrades });
    }
}

impl Account {
    /// Looks at every rule for a run at this price. `ladder` is its use case's; `is_first` tells the mode that was asked
    /// for from those below.
    pub(super) fn attempt(
        &mut self,
        now: Timestamp,
        run: Run,
        charged: Charged,
        ladder: &[Key],
        is_first: bool,
    ) -> Result<Attempt, RequestError> {
        let purse = self.purse(&run.use_case, now);
        let mut attempt = Attempt {
            run,
            credits: charged.credits,
            list: charged.list.credits,
            fair_use: None,
            findings: Vec::new(),
            limits: Vec::new(),
            arrivals: Vec::new(),
            hits: Vec::new(),
            shares: Vec::new(),
            available: purse.available,
        };
        self.check_standing(&mut attempt, now, is_first);
        self.check_throttles(&mut attempt, now, ladder)?;
        if charged.place.is_some() {
            self.check_fair_use(&mut attempt, now)?;
        }
        self.check_caps(&mut attempt, now);
        self.check_credits(&mut attempt, now);
        Ok(attempt)
    }

    /// The organization is active, and its plan includes the run.
    fn check_standing(&self, attempt: &mut Attempt, now: Timestamp, is_first: bool) {
        if self.organization.status == OrganizationStatus::Suspended {
            attempt.fails(explain::suspended(), false);
        }
        let Some(plan) = &self.plan else {
            attempt.fails(explain::no_plan(self.resting(now)), false);
            return;
        };
        let includes = |list: &Option<Vec<Key>>, key: &Key| list.as_ref().is_none_or(|keys| keys.contains(key));
        let (terms, run) = (&plan.terms, attempt.run.clone());
        if !includes(&terms.use_cases, &run.use_case) {
            let reason = explain::not_in_plan(ReasonCode::UseCaseNotInPlan, "use case", &run.use_case);
            attempt.fails(reason, false);
        }
        if !includes(&terms.platforms, &run.platform) {
            let reason = explain::not_in_plan(ReasonCode::PlatformNotInPlan, "platform", &run.platform);
            attempt.fails(reason, false);
        }
        if !includes(&terms.modes, &run.mode) {
            // On the way down a mode that the plan leaves out is passed over.
            let reason = explain::not_in_plan(ReasonCode::ModeNotInPlan, "mode", &run.mode);
            attempt.fails(reason, !is_first);
        }
    }

    fn check_throttles(&self, attempt: &mut Attempt, now: Timestamp, ladder: &[Key]) -> Result<(), RequestError> {
        for throttle in &self.throttles {
            if !throttles::applies(throttle, &attempt.run, ladder) {
                continue;
            }
            let rate = Rate::of(throttle);
            let key = (throttle.id, throttle.scope.each_value(&attempt.run));
            // A throttle never seen before is full: its state lies in the past.
            let state = self.throttle_states.get(&key).copied().unwrap_or(i64::MIN);
            let units = rate.units_of(attempt.credits);
            let arrival = rate.arrive(state, units, now);
            let used = rate.used_units(state, now);
            let status = LimitStatus {
                kind: LimitKind::Throttle,
                name: throttle.name.clone(),
                owner: Some(throttle.owner),
                scope: throttle.scope.clone(),
                each: each_of(&throttle.scope, &attempt.run),
                window: None,
                per: Some(throttle.per),
                unit: unit_of(throttle),
                used: rate.figure(used),
                held: Credits::ZERO,
                limit: rate.figure(rate.burst_units()),
                requested: rate.figure(units),
                resets_at: (used > 0).then(|| throttles::from_nanos(i128::from(state))),
                exceeded: arrival.state_after.is_none(),
                blocks: true,
            };
            match arrival.state_after {
                Some(_) if units == 0 => {}
                Some(state) => {
                    let state = i64::try_from(state).map_err(|_| RequestError::Overflow)?;
                    attempt.arrivals.push((key, state));
                }
                None => {
                    let reason = explain::throttle(throttle, &status, arrival.admitted_at, now);
                    attempt.fails(reason, throttle.then == ThrottleThen::Degrade);
                }
            }
            attempt.limits.push(status);
        }
        Ok(())
    }

    fn check_caps(&mut self, attempt: &mut Attempt, now: Timestamp) {
        let rate = self.plan.as_ref().map(|plan| plan.terms.conversion_rate);
        for cap in &self.caps {
            if !cap.scope.matches(&attempt.run) {
                continue;
            }
            let Some(limit) = caps::limit_in_credits(cap.limit, rate) else {
                continue;
            };
            let calendar = &mut self.journal.calendar;
            let start = calendar.counter_start(cap.window, now);
            let key = caps::counter_key(cap, &attempt.run, start);
            let filled = caps::filled(&self.counters, cap.window, &key);
            let resets_at = match cap.window {
                Window::RollingHours(hours) => caps::rolling_reset(&self.counters, hours, &key),
                window => calendar.span(window, now).end,
            };
            // A run that costs nothing always fits.
            let exceeded = attempt.credits.is_positive() && filled.room(limit) < i128::from(attempt.credits.micros());
            let status = cap_status(cap, attempt, limit, filled, resets_at, exceeded);
            if exceeded && cap.blocks() {
                let unblocks_at = match cap.window {
                    _ if attempt.credits > limit => None,
                    Window::RollingHours(hours) => {
                        caps::rolling_unblock(&self.counters, hours, &key, limit, attempt.credits)
                    }
                    _ => resets_at,
                };
                let reason = explain::cap(cap, &status, unblocks_at, calendar);
                attempt.fails(reason, false);
                attempt.hits.push(key);
            }
            attempt.limits.push(status);
        }
    }

    fn check_credits(&mut self, attempt: &mut Attempt, now: Timestamp) {
        let use_case = attempt.run.use_case.clone();
        let purse = self.purse(&use_case, now);
        let terms = self.plan.as_ref().map(|plan| &plan.terms);
        let owed = self.organization.owed;
        if owed.is_positive() && terms.is_some_and(|terms| terms.overage == OveragePolicy::Block) {
            attempt.fails(explain::owed(owed), false);
        }
        let exceeded = attempt.credits > purse.available;
        if exceeded {
            let degrades = terms.is_some_and(|terms| terms.degrade_without_credits);
            let arrives = self.credits_arrive(&use_case, attempt.credits, now);
            let calendar = &self.journal.calendar;
            let reason = explain::credits(purse.available, attempt.credits, &use_case, arrives, calendar);
            attempt.fails(reason, degrades);
        } else {
            self.order_grants();
            attempt.shares = self.shares(&use_case, attempt.credits, now);
        }
        let limit = [purse.available, purse.held, purse.burned]
            .into_iter()
            .fold(Credits::ZERO, |sum, part| sum.checked_add(part).unwrap_or(Credits::MAX));
        attempt.limits.push(LimitStatus {
            kind: LimitKind::Credits,
            name: "credits".parse().expect("credits is a key"),
            owner: None,
            scope: LimitScope::default(),
            each: None,
            window: None,
            per: None,
            unit: LimitUnit::Credits,
            used: purse.burned,
            held: purse.held,
            limit,
            requested: attempt.credits,
            resets_at: None,
            exceeded,
            blocks: true,
        });
    }
}

fn cap_status(
    cap: &Cap,
    attempt: &Attempt,
    limit: Credits,
    filled: Filled,
    resets_at: Option<Timestamp>,
    exceeded: bool,
) -> LimitStatus {
    let figure = |micros: i128| i64::try_from(micros).map_or(Credits::MAX, Credits::from_micros);
    LimitStatus {
        kind: LimitKind::Cap,
        name: cap.name.clone(),
        owner: Some(cap.owner),
        scope: cap.scope.clone(),
        each: each_of(&cap.scope, &attempt.run),
        window: Some(cap.window),
        per: None,
        unit: LimitUnit::Credits,
        used: figure(filled.used),
        held: figure(filled.held),
        limit,
        requested: attempt.credits,
        resets_at,
        exceeded,
        blocks: cap.blocks(),
    }
}

fn each_of(scope: &LimitScope, run: &Run) -> Option<String> {
    scope.each.map(|_| scope.each_value(run))
}

fn unit_of(throttle: &Throttle) -> LimitUnit {
    match throttle.limit {
        ThrottleLimit::Requests(_) => LimitUnit::Requests,
        ThrottleLimit::Credits(_) => LimitUnit::Credits,
    }
}
