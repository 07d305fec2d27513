//! Caps: what a window holds is the plain sum of what was used in it and of what open holds of it reserve.

use drawdown_domain::hold::HoldState;
use drawdown_domain::limit::{CapAction, Each, LimitOwner, Window};

use super::Model;
use crate::market::MINUTE;
use crate::operation::{CapAsk, Ceiling, Kind, Scope};

/// A cap that is set.
#[derive(Clone, Debug)]
pub(crate) struct Cap {
    pub(crate) terms: CapAsk,
    /// It counts everything from this instant on, and of the time before only what came after it was set.
    since: i64,
    set_at: u64,
    /// It was set in another zone, where older windows had other bounds.
    moved: bool,
}

/// How a cap stands for one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) name: &'static str,
    pub(crate) owner: LimitOwner,
    pub(crate) used: i64,
    pub(crate) held: i64,
    pub(crate) limit: i64,
    pub(crate) resets_at: Option<i64>,
    pub(crate) exceeded: bool,
    pub(crate) blocks: bool,
}

pub(super) fn matches(scope: &Scope, kind: &Kind) -> bool {
    scope.use_case.is_none_or(|wanted| wanted == kind.use_case)
        && scope.mode.is_none_or(|wanted| wanted == kind.mode)
        && scope.subject.is_none_or(|wanted| Some(wanted) == kind.subject)
}

/// True where two runs that match count together.
pub(super) fn together(scope: &Scope, left: &Kind, right: &Kind) -> bool {
    match scope.each {
        None => true,
        Some(Each::Subject) => left.subject == right.subject,
        Some(Each::Key) => left.key == right.key,
    }
}

impl Cap {
    /// True where two caps count the same runs over the same windows under the same name.
    fn is_same(&self, ask: &CapAsk) -> bool {
        let mine = &self.terms;
        (mine.name, mine.owner, mine.scope, mine.window) == (ask.name, ask.owner, ask.scope, ask.window)
    }
}

/// A step of a rolling window, numbered.
fn step(window: Window, at: i64) -> Option<i64> {
    match window {
        Window::RollingHours(hours) => Some(at.div_euclid(i64::from(hours) * MINUTE)),
        _ => None,
    }
}

impl Model {
    /// The limit in micro-credits.
    pub(super) fn ceiling(&self, limit: Ceiling) -> i64 {
        match limit {
            Ceiling::Micros(micros) => micros,
            // A cent is a hundredth of a unit of money.
            Ceiling::Cents(cents) => cents * self.terms().credits_per_unit * 10_000,
        }
    }

    /// What the window of a cap holds that `at` lies in, for runs that count together with this kind: used, held, and
    /// the oldest instant of it. `None` where nobody can say: the clock went back to before the organization moved.
    pub(super) fn window_sums(&self, cap: &Cap, kind: &Kind, at: i64) -> Option<(i64, i64, Option<i64>)> {
        let (window, scope) = (cap.terms.window, &cap.terms.scope);
        let (start, end) = self.days.window(window, at, self.anchor);
        if cap.moved && start < cap.since {
            return None;
        }
        // Whatever lies ahead of a rolling window (another process's clock may be ahead) counts in it, too.
        let end = if step(window, at).is_some() { None } else { end };
        let counts = |other: &Kind, at: i64, sequence: u64| {
            start <= at
                && end.is_none_or(|end| at < end)
                && (at >= cap.since || sequence > cap.set_at)
                && matches(scope, other)
                && together(scope, kind, other)
        };
        let (mut used, mut held, mut oldest) = (0, 0, None::<i64>);
        for fact in self
            .uses
            .iter()
            .filter(|fact| counts(&fact.kind, fact.at, fact.sequence))
        {
            used += fact.micros;
            if fact.micros > 0 {
                oldest = Some(oldest.map_or(fact.at, |oldest| oldest.min(fact.at)));
            }
        }
        let open = self.holds.iter().filter(|hold| hold.state == HoldState::Open);
        for hold in open.filter(|hold| counts(&hold.kind, hold.at, hold.sequence)) {
            held += hold.micros;
            if hold.micros > 0 {
                oldest = Some(oldest.map_or(hold.at, |oldest| oldest.min(hold.at)));
            }
        }
        Some((used, held, oldest))
    }

    /// How all caps stand that count a run at `at` asking so many micro-credits.
    pub(super) fn filled(&self, kind: &Kind, at: i64, micros: i64) -> Option<Vec<Filled>> {
        let caps = self.caps.iter().filter(|cap| matches(&cap.terms.scope, kind));
        caps.map(|cap| {
            let (used, held, oldest) = self.window_sums(cap, kind, at)?;
            let limit = self.ceiling(cap.terms.limit);
            let window = cap.terms.window;
            let resets_at = match window {
                Window::RollingHours(hours) => oldest
                    .and_then(|oldest| step(window, oldest))
                    .map(|step| (step + 61) * i64::from(hours) * MINUTE),
                _ => self.days.window(window, at, self.anchor).1,
            };
            Some(Filled {
                name: cap.terms.name,
                owner: cap.terms.owner,
                used,
                held,
                limit,
                resets_at,
                exceeded: micros > 0 && used + held + micros > limit,
                blocks: cap.terms.action == CapAction::Block,
            })
        })
        .collect()
    }

    /// The least room that blocking caps leave beside a hold, in every window that holds it; `None` where nobody can say.
    pub(super) fn room_beside(&self, kind: &Kind, at: i64, sequence: u64) -> Option<i64> {
        let mut least = i64::MAX;
        let blocking = |cap: &&Cap| cap.terms.action == CapAction::Block && matches(&cap.terms.scope, kind);
        for cap in self.caps.iter().filter(blocking) {
            if at < cap.since && sequence <= cap.set_at {
                if cap.moved {
                    return None;
                }
                continue;
            }
            let limit = self.ceiling(cap.terms.limit);
            let ends: Vec<i64> = match cap.terms.window {
                Window::RollingHours(hours) => (0..=60).map(|step| at + step * i64::from(hours) * MINUTE).collect(),
                _ => vec![at],
            };
            for end in ends {
                let (used, held) = self.sums_until(cap, kind, end)?;
                least = least.min(limit - used - held);
            }
        }
        Some(least)
    }

    /// The same as `window_sums`, but a rolling window ends with the step that `end` lies in.
    fn sums_until(&self, cap: &Cap, kind: &Kind, end: i64) -> Option<(i64, i64)> {
        let window = cap.terms.window;
        let Some(last) = step(window, end) else {
            return self.window_sums(cap, kind, end).map(|(used, held, _)| (used, held));
        };
        let counts = |other: &Kind, at: i64, sequence: u64| {
            let steps = step(window, at).map_or(0, |step| last - step);
            (0..=60).contains(&steps)
                && (at >= cap.since || sequence > cap.set_at)
                && matches(&cap.terms.scope, other)
                && together(&cap.terms.scope, kind, other)
        };
        let facts = self.uses.iter();
        let used = facts.filter(|fact| counts(&fact.kind, fact.at, fact.sequence));
        let open = self.holds.iter().filter(|hold| hold.state == HoldState::Open);
        let held = open.filter(|hold| counts(&hold.kind, hold.at, hold.sequence));
        Some((used.map(|fact| fact.micros).sum(), held.map(|hold| hold.micros).sum()))
    }

    /// Sets a cap by name and owner: the same one goes on, any other counts from its current window on.
    pub(super) fn set_cap(&mut self, now: i64, ask: CapAsk, before: &[Cap]) {
        let mut cap = match before.iter().find(|cap| cap.is_same(&ask)) {
            Some(same) => same.clone(),
            None => Cap {
                terms: ask,
                since: self.days.window(ask.window, now, self.anchor).0,
                set_at: self.sequence,
                moved: false,
            },
        };
        cap.terms = ask;
        let place = |known: &Cap| known.terms.name == ask.name && known.terms.owner == ask.owner;
        match self.caps.iter().position(place) {
            Some(place) => self.caps[place] = cap,
            None => self.caps.push(cap),
        }
    }

    /// The organization is in another zone from now on: windows that begin elsewhere there count anew.
    pub(super) fn recount_caps(&mut self, now: i64, before: &super::Days) {
        for cap in &mut self.caps {
            let since = self.days.window(cap.terms.window, now, self.anchor).0;
            if since != before.window(cap.terms.window, now, self.anchor).0 {
                cap.since = since;
                cap.set_at = self.sequence;
                cap.moved = true;
            }
        }
    }
}
