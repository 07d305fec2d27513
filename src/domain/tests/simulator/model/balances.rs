//! Grants and every movement of their credits: balances are plain sums over the list of movements.

use drawdown_domain::grant::GrantState;
use drawdown_domain::hold::HoldState;
use drawdown_domain::plan::OveragePolicy;

use super::{Answer, Model};
use crate::market::{DAY, UseCase};
use crate::operation::GrantAsk;

/// Late events burn what expired within so many days.
const LATE_DAYS: i64 = 35;

/// A part of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Left,
    Held,
    Burned,
    Expired,
    Voided,
}

/// Micro-credits by [`Part`].
pub(crate) type Parts = [i64; 5];

/// A grant that was given.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) number: u128,
    pub(crate) micros: i64,
    priority: i32,
    created_at: i64,
    effective_at: i64,
    pub(crate) expires_at: Option<i64>,
    paid: bool,
    scope: Option<UseCase>,
    pub(crate) state: GrantState,
}

impl Grant {
    fn is_valid_at(&self, at: i64) -> bool {
        at >= self.effective_at && self.expires_at.is_none_or(|end| end > at)
    }

    pub(super) fn pays(&self, use_case: UseCase, at: i64) -> bool {
        self.state == GrantState::Active && self.is_valid_at(at) && self.scope.is_none_or(|scope| scope == use_case)
    }
}

/// Micro-credits of a grant that went from one part to another, or came to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    grant: usize,
    from: Option<Part>,
    to: Part,
    micros: i64,
}

impl Model {
    pub(super) fn shift(&mut self, grant: usize, from: Option<Part>, to: Part, micros: i64) {
        if micros != 0 {
            self.moves.push(Move {
                grant,
                from,
                to,
                micros,
            });
        }
    }

    /// What every grant's parts are now.
    pub(crate) fn parts(&self) -> Vec<Parts> {
        let mut parts = vec![[0; 5]; self.grants.len()];
        for step in &self.moves {
            if let Some(from) = step.from {
                parts[step.grant][from as usize] -= step.micros;
            }
            parts[step.grant][step.to as usize] += step.micros;
        }
        parts
    }

    /// Places of all grants: lower priority first, then what expires sooner, what was free, what is older.
    fn burn_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.grants.len()).collect();
        order.sort_by(|left, right| {
            let (left, right) = (&self.grants[*left], &self.grants[*right]);
            let end = |at: Option<i64>| at.unwrap_or(i64::MAX);
            left.priority
                .cmp(&right.priority)
                .then(end(left.expires_at).cmp(&end(right.expires_at)))
                .then(left.paid.cmp(&right.paid))
                .then(left.created_at.cmp(&right.created_at))
                .then(left.number.cmp(&right.number))
        });
        order
    }

    /// Takes up to `micros` from the grants of which `pays` says in which part their credits lie; gives what each gave.
    pub(super) fn take(
        &mut self,
        micros: i64,
        to: Part,
        pays: impl Fn(&super::Grant) -> Option<Part>,
    ) -> Vec<(usize, i64)> {
        if micros == 0 {
            return Vec::new();
        }
        let parts = self.parts();
        let mut missing = micros;
        let mut taken = Vec::new();
        for place in self.burn_order() {
            let Some(from) = pays(&self.grants[place]) else {
                continue;
            };
            let micros = missing.min(parts[place][from as usize]);
            if micros > 0 {
                self.shift(place, Some(from), to, micros);
                taken.push((place, micros));
                missing -= micros;
            }
        }
        taken
    }

    /// Burns up to `micros` of what may pay now; gives how much.
    pub(super) fn burn_now(&mut self, use_case: UseCase, micros: i64, now: i64) -> i64 {
        let taken = self.take(micros, Part::Burned, |grant| {
            grant.pays(use_case, now).then_some(Part::Left)
        });
        taken.iter().map(|(_, micros)| micros).sum()
    }

    /// Burns up to `micros` of what could pay at `at`, expired since or not; gives how much.
    pub(super) fn burn_late(&mut self, use_case: UseCase, micros: i64, at: i64, now: i64) -> i64 {
        let taken = self.take(micros, Part::Burned, |grant| {
            if !grant.is_valid_at(at) || grant.scope.is_some_and(|scope| scope != use_case) {
                return None;
            }
            match grant.state {
                GrantState::Active => Some(Part::Left),
                GrantState::Expired if grant.expires_at.is_some_and(|end| end > now - LATE_DAYS * DAY) => {
                    Some(Part::Expired)
                }
                _ => None,
            }
        });
        taken.iter().map(|(_, micros)| micros).sum()
    }

    /// Pays what is owed from grants without a scope.
    pub(super) fn settle(&mut self, now: i64) {
        if self.owed > 0 {
            let taken = self.take(self.owed, Part::Burned, |grant| {
                (grant.scope.is_none() && grant.pays(UseCase::Render, now)).then_some(Part::Left)
            });
            self.owed -= taken.iter().map(|(_, micros)| micros).sum::<i64>();
        }
    }

    /// What nothing could pay: gives what is owed and what is forgiven of it.
    pub(super) fn overage(&mut self, micros: i64) -> (i64, i64) {
        let forgiven = match self.terms().overage {
            OveragePolicy::Forgive(most) => micros.min(most.micros()),
            OveragePolicy::Owe | OveragePolicy::Block => 0,
        };
        self.owed += micros - forgiven;
        self.forgiven += forgiven;
        (micros - forgiven, forgiven)
    }

    /// Ends a hold of which `used` was used; the rest returns to where it came from.
    pub(super) fn end_hold(&mut self, place: usize, state: HoldState, used: i64, now: i64) {
        self.holds[place].state = state;
        let mut left = used;
        for (grant, micros) in self.holds[place].shares.clone() {
            let burned = left.min(micros);
            left -= burned;
            self.shift(grant, Some(Part::Held), Part::Burned, burned);
            let home = match &self.grants[grant] {
                grant if grant.state == GrantState::Void => Part::Voided,
                grant if grant.expires_at.is_some_and(|end| end <= now) => Part::Expired,
                grant if grant.state == GrantState::Expired => Part::Expired,
                _ => Part::Left,
            };
            self.shift(grant, Some(Part::Held), home, micros - burned);
        }
    }

    pub(super) fn grant(&mut self, now: i64, number: u128, sent_at: i64, ask: &GrantAsk) -> Answer {
        let (created_at, effective_at, expires_at) = ask.times(sent_at);
        if ask.micros <= 0 || expires_at.is_some_and(|end| end <= effective_at || end <= now) {
            return Answer::Refused("invalid grant");
        }
        self.grants.push(Grant {
            number,
            micros: ask.micros,
            priority: ask.priority,
            created_at,
            effective_at,
            expires_at,
            paid: ask.paid,
            scope: ask.scope,
            state: GrantState::Pending,
        });
        let place = self.grants.len() - 1;
        if !ask.pending {
            self.issue(place, now);
        }
        self.grant_answer(place)
    }

    fn issue(&mut self, place: usize, now: i64) {
        self.grants[place].state = GrantState::Active;
        self.shift(place, None, Part::Left, self.grants[place].micros);
        self.settle(now);
    }

    pub(super) fn activate(&mut self, now: i64, number: u128) -> Answer {
        let Some(place) = self.grants.iter().position(|grant| grant.number == number) else {
            return Answer::Refused("unknown grant");
        };
        let grant = &self.grants[place];
        match grant.state {
            GrantState::Active => {}
            GrantState::Pending if grant.expires_at.is_none_or(|end| end > now) => self.issue(place, now),
            _ => return Answer::Refused("grant ended"),
        }
        self.grant_answer(place)
    }

    pub(super) fn void(&mut self, number: u128) -> Answer {
        let Some(place) = self.grants.iter().position(|grant| grant.number == number) else {
            return Answer::Refused("unknown grant");
        };
        let left = self.parts()[place][Part::Left as usize];
        match self.grants[place].state {
            GrantState::Expired => return Answer::Refused("grant ended"),
            GrantState::Void => {}
            GrantState::Pending => self.shift(place, None, Part::Voided, self.grants[place].micros),
            GrantState::Active => self.shift(place, Some(Part::Left), Part::Voided, left),
        }
        self.grants[place].state = GrantState::Void;
        self.grant_answer(place)
    }

    fn grant_answer(&self, place: usize) -> Answer {
        Answer::Grant {
            state: self.grants[place].state,
            parts: self.parts()[place],
        }
    }
}
