//! What stops the customer next: the first of all limits to bind, in one sentence, with the link that moves it.
//!
//! A cap's use goes on as in the last 24 hours; the credits go as in the forecast. What binds already comes first.

use drawdown_domain::Timestamp;
use drawdown_domain::account::OrganizationState;
use drawdown_domain::format;
use drawdown_domain::key::Key;
use drawdown_domain::limit::{CapAction, LimitOwner, LimitScope, Window};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::plan::{OveragePolicy, PlanVersion, Unlimited};
use drawdown_domain::window::Zone;
use drawdown_store::UsageLine;
use serde::Serialize;

use crate::actor::{Action, Actor};
use crate::figures::Figures;
use crate::limits::{CapUse, CapView};
use crate::moment::{Moment, Moments};
use crate::words;

/// Microseconds of a day of 24 hours.
const DAY_MICROS: i64 = 86_400_000_000;
/// Estimated times are told to ten minutes.
const ABOUT_MICROS: i64 = 600_000_000;

/// What will stop the customer first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopKind {
    /// Nothing in sight.
    Nothing,
    /// The organization is suspended, or has no plan.
    Standing,
    /// The credits run out, or are out.
    Credits,
    /// Usage is owed and the plan stops runs until it is settled.
    Owed,
    /// A cap.
    Cap,
}

/// One sentence: what stops you next, when, and the link that moves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopsNext {
    /// What.
    pub kind: StopKind,
    /// `Image render reaches its daily cap of 500 at about 16:40.`
    pub sentence: String,
    /// When, where it is known.
    pub at: Option<Moment>,
    /// True where it stops runs already.
    pub now: bool,
    /// The cap.
    pub limit: Option<Key>,
    /// What the button says: `Raise`, `Top up`; `None` where nothing would help or the actor may not.
    pub button: Option<&'static str>,
    /// Where the button leads: `/limits#cap-renders`, `/credits/top-up`.
    pub link: Option<String>,
}

/// All that may stop a customer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation<'a> {
    pub(super) actor: &'a Actor,
    pub(super) organization: &'a OrganizationState,
    pub(super) plan: Option<&'a PlanVersion>,
    pub(super) figures: &'a Figures,
    pub(super) caps: &'a [CapView],
    /// Usage of the last 24 hours, by the hour.
    pub(super) last_day: &'a [UsageLine],
    pub(super) zone: &'a Zone,
    pub(super) moments: &'a Moments,
}

/// The first limit to bind.
pub(super) fn stops_next(situation: &Situation<'_>) -> StopsNext {
    if let Some(stop) = standing(situation).or_else(|| credits_now(situation)) {
        return stop;
    }
    let mut stops: Vec<StopsNext> = situation
        .caps
        .iter()
        .filter(|cap| cap.action == CapAction::Block)
        .flat_map(|cap| cap.used.iter().filter_map(|used| cap_stop(situation, cap, used)))
        .collect();
    stops.extend(credits_later(situation));
    stops
        .into_iter()
        .min_by_key(|stop| (!stop.now, stop.at.as_ref().map_or(Timestamp::MAX, |at| at.at)))
        .unwrap_or_else(|| {
            plain(
                StopKind::Nothing,
                "Nothing in sight: no cap is near and the credits last.",
                false,
            )
        })
}

fn plain(kind: StopKind, sentence: &str, now: bool) -> StopsNext {
    StopsNext {
        kind,
        sentence: sentence.to_owned(),
        at: None,
        now,
        limit: None,
        button: None,
        link: None,
    }
}

fn standing(situation: &Situation<'_>) -> Option<StopsNext> {
    if situation.organization.status == OrganizationStatus::Suspended {
        return Some(plain(
            StopKind::Standing,
            "Runs are stopped: the account is suspended.",
            true,
        ));
    }
    if situation.plan.is_none() {
        return Some(plain(
            StopKind::Standing,
            "Runs are stopped: the account has no plan.",
            true,
        ));
    }
    None
}

fn topping_up(situation: &Situation<'_>, stop: StopsNext) -> StopsNext {
    let may = situation.actor.may(Action::TopUp, Some(situation.organization.id));
    StopsNext {
        button: may.then_some("Top up"),
        link: may.then(|| "/credits/top-up".to_owned()),
        ..stop
    }
}

fn credits_now(situation: &Situation<'_>) -> Option<StopsNext> {
    let owed = situation.figures.owed;
    let blocks = situation
        .plan
        .is_some_and(|plan| plan.terms.overage == OveragePolicy::Block);
    if owed.is_positive() && blocks {
        let owed = format::credits(owed);
        let sentence = format!("Runs are stopped: {owed} credits are owed, and the plan asks to settle them first.");
        return Some(topping_up(situation, plain(StopKind::Owed, &sentence, true)));
    }
    if !situation.figures.left.is_positive() {
        let unlimited = situation.plan.map_or(&[][..], |plan| &plan.terms.unlimited);
        let sentence = match unlimited {
            [] => "Runs are stopped: no credits are left.",
            // Every run costs nothing.
            all if all.iter().any(Unlimited::is_of_all) => return None,
            _ => "Runs that cost credits are stopped: none are left. Those that cost nothing go on.",
        };
        return Some(topping_up(situation, plain(StopKind::Credits, sentence, true)));
    }
    None
}

fn credits_later(situation: &Situation<'_>) -> Option<StopsNext> {
    let depletion = situation.figures.depletion?;
    let at = situation.moments.at(about(depletion.at));
    let when = when(situation.moments, &at, "at about");
    let sentence = format!("The credits run out {when}, at the usual burn.");
    let stop = StopsNext {
        at: Some(at),
        ..plain(StopKind::Credits, &sentence, false)
    };
    Some(topping_up(situation, stop))
}

/// A cap that is full, or will be before its window ends.
fn cap_stop(situation: &Situation<'_>, cap: &CapView, used: &CapUse) -> Option<StopsNext> {
    let counted = used.used.checked_add(used.held)?;
    let limit = cap.limit_credits;
    let whose = match &used.each {
        Some(each) => format!("{} ({each})", cap.scope_words),
        None => cap.scope_words.clone(),
    };
    let what = format!(
        "its {} cap of {}",
        words::window_adjective(cap.window),
        format::credits(limit)
    );
    if counted >= limit {
        let sentence = match &cap.resets {
            Some(resets) => {
                let when = when(situation.moments, resets, "at");
                format!("{whose} has reached {what}; it starts again {when}.")
            }
            None => format!("{whose} has reached {what}."),
        };
        return Some(moving(cap, cap.resets.clone(), sentence, true));
    }
    let rate = rate_a_day(situation, cap, used)?;
    let left = i128::from(limit.saturating_sub(counted).micros());
    let micros = left * i128::from(DAY_MICROS) / i128::from(rate);
    let at = situation.moments.now().plus_micros(i64::try_from(micros).ok()?);
    let in_time = match cap.window {
        // What leaves a rolling window makes room: it fills only where a whole window uses more than the limit.
        Window::RollingHours(hours) => {
            let in_window = i128::from(rate) * i128::from(hours) / 24;
            in_window > i128::from(limit.micros())
        }
        _ => cap.resets.as_ref().is_none_or(|resets| at < resets.at),
    };
    if !in_time {
        return None;
    }
    let at = situation.moments.at(about(at));
    let sentence = format!("{whose} reaches {what} {}.", when(situation.moments, &at, "at about"));
    Some(moving(cap, Some(at), sentence, false))
}

/// The cap's use in micro-credits a day: of the last 24 hours, or of the window so far where the roll-ups cannot tell.
fn rate_a_day(situation: &Situation<'_>, cap: &CapView, used: &CapUse) -> Option<i64> {
    let is_kept = cap.scope.subject.is_none() && cap.scope.key.is_none() && used.each.is_none();
    let rate = if is_kept {
        situation
            .last_day
            .iter()
            .filter(|line| fits(&cap.scope, line))
            .fold(0_i64, |sum, line| sum.saturating_add(line.credits.micros()))
    } else {
        let now = situation.moments.now();
        let start = situation
            .zone
            .window(cap.window, now, situation.organization.period_anchor)
            .start;
        let elapsed = i128::from(now.micros_since(start)).max(i128::from(DAY_MICROS / 24));
        i64::try_from(i128::from(used.used.micros()) * i128::from(DAY_MICROS) / elapsed).ok()?
    };
    (rate > 0).then_some(rate)
}

fn fits(scope: &LimitScope, line: &UsageLine) -> bool {
    let same = |wanted: &Option<Key>, actual: &str| wanted.as_ref().is_none_or(|key| key.as_str() == actual);
    same(&scope.use_case, &line.use_case) && same(&scope.mode, &line.mode) && same(&scope.platform, &line.platform)
}

/// With the button that moves the cap: the customer's own can be raised, the vendor's only be looked at.
fn moving(cap: &CapView, at: Option<Moment>, sentence: String, now: bool) -> StopsNext {
    let (button, owner) = match cap.owner {
        LimitOwner::Customer => ("Raise", "customer"),
        LimitOwner::Vendor => ("See limits", "vendor"),
    };
    let button = if cap.editable { button } else { "See limits" };
    StopsNext {
        kind: StopKind::Cap,
        sentence,
        at,
        now,
        limit: Some(cap.name.clone()),
        button: Some(button),
        link: Some(format!("/limits#cap-{owner}-{}", cap.name)),
    }
}

fn about(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.micros().div_euclid(ABOUT_MICROS) * ABOUT_MICROS)
}

/// `at about 16:40`, `tomorrow at 00:00`, `on 15 Dec`.
fn when(moments: &Moments, moment: &Moment, preposition: &str) -> String {
    let today = moments.day_start(moments.now());
    if moment.at < moments.day_start_after(today, 1) {
        format!("{preposition} {}", moment.time)
    } else if moment.at < moments.day_start_after(today, 2) {
        format!("tomorrow {preposition} {}", moment.time)
    } else {
        format!("on {}", moment.day)
    }
}
