//! Runs: which may start, in which mode and at which grants' expense, and how they end.

use drawdown_domain::hold::HoldState;
use drawdown_domain::limit::ThrottleThen;
use drawdown_domain::outcome::{Outcome, ReasonCode};
use drawdown_domain::plan::OveragePolicy;

use super::balances::Part;
use super::caps::Filled;
use super::prices::price;
use super::{Answer, Hold, Model, Use};
use crate::market::{LADDER, SECOND};
use crate::operation::{Amount, Kind, Used};

/// Why a run may not start in a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    pub(crate) code: ReasonCode,
    pub(crate) limit: Option<&'static str>,
    /// True where the next mode may be tried.
    degrades: bool,
}

/// One mode tried.
struct Attempt {
    kind: Kind,
    micros: i64,
    obstacles: Vec<Obstacle>,
    caps: Vec<Filled>,
}

impl Model {
    pub(super) fn authorize(
        &mut self,
        now: i64,
        number: u128,
        kind: Kind,
        amount: Amount,
        ttl_s: i64,
        outcome: &Outcome,
    ) -> Answer {
        let Some(mut attempts) = self.attempts(now, kind, amount) else {
            return self.adopt(now, number, kind, amount, ttl_s, outcome);
        };
        let allowed = attempts.last().is_some_and(|attempt| attempt.obstacles.is_empty());
        let mut reasons: Vec<(ReasonCode, Option<&'static str>)> = Vec::new();
        for obstacle in attempts.iter().flat_map(|attempt| &attempt.obstacles) {
            if !reasons.contains(&(obstacle.code, obstacle.limit)) {
                reasons.push((obstacle.code, obstacle.limit));
            }
        }
        let chosen = attempts.swap_remove(if allowed { attempts.len() - 1 } else { 0 });
        let parts = self.parts();
        let sum = |part: Part| {
            let paying = self.grants.iter().zip(&parts);
            let paying = paying.filter(|(grant, _)| grant.pays(kind.use_case, now));
            paying.map(|(_, parts)| parts[part as usize]).sum()
        };
        let (available, burned, held) = (sum(Part::Left), sum(Part::Burned), sum(Part::Held));
        let mut shares = Vec::new();
        let mut fault = None;
        if allowed {
            shares = self.take(chosen.micros, Part::Held, |grant| {
                grant.pays(kind.use_case, now).then_some(Part::Left)
            });
            fault = self.start(now, number, chosen.kind, amount, chosen.micros, shares.clone(), ttl_s);
        }
        Answer::Run {
            allowed,
            mode: chosen.kind.mode.as_str(),
            micros: chosen.micros,
            available,
            burned,
            held,
            shares: shares
                .iter()
                .map(|(place, micros)| (self.grants[*place].number, *micros))
                .collect(),
            reasons,
            caps: chosen.caps,
            fault,
        }
    }

    /// What is left now of every cap that counts a run of this kind, and of the credits: where answers change.
    pub(crate) fn edges(&self, kind: &Kind, now: i64) -> Vec<i64> {
        let caps = self.filled(kind, now, 0).unwrap_or_default();
        let mut edges: Vec<i64> = caps.iter().map(|cap| cap.limit - cap.used - cap.held).collect();
        let grants = self.grants.iter().zip(self.parts());
        let paying = grants.filter(|(grant, _)| grant.pays(kind.use_case, now));
        edges.push(paying.map(|(_, parts)| parts[Part::Left as usize]).sum());
        edges.retain(|edge| (0..1_000_000_000).contains(edge));
        edges
    }

    /// Every mode from the one asked for down the ladder, as long as only its lack stands in the way.
    fn attempts(&self, now: i64, asked: Kind, amount: Amount) -> Option<Vec<Attempt>> {
        let first = LADDER.iter().position(|mode| *mode == asked.mode).unwrap();
        let mut attempts: Vec<Attempt> = Vec::new();
        for mode in &LADDER[first..] {
            let attempt = self.attempt(now, Kind { mode: *mode, ..asked }, amount, attempts.is_empty())?;
            let goes_on = !attempt.obstacles.is_empty() && attempt.obstacles.iter().all(|obstacle| obstacle.degrades);
            attempts.push(attempt);
            if !goes_on {
                break;
            }
        }
        Some(attempts)
    }

    fn attempt(&self, now: i64, kind: Kind, amount: Amount, is_first: bool) -> Option<Attempt> {
        let micros = price(kind, amount, now);
        let terms = self.terms();
        let mut obstacles = Vec::new();
        let mut obstacle = |found: bool, code, limit, degrades| {
            if found {
                obstacles.push(Obstacle { code, limit, degrades });
            }
        };
        obstacle(self.suspended, ReasonCode::OrganizationSuspended, None, false);
        let no_platform = terms.platforms.is_some_and(|list| !list.contains(&kind.platform));
        obstacle(no_platform, ReasonCode::PlatformNotInPlan, None, false);
        let no_mode = terms.modes.is_some_and(|list| !list.contains(&kind.mode));
        obstacle(no_mode, ReasonCode::ModeNotInPlan, None, !is_first);
        for throttle in self.throttles_of(&kind) {
            let stops = !self.admits(&throttle, &kind, micros, now);
            let degrades = throttle.terms.then == ThrottleThen::Degrade;
            obstacle(stops, ReasonCode::ThrottleExceeded, Some(throttle.terms.name), degrades);
        }
        let caps = self.filled(&kind, now, micros)?;
        for cap in &caps {
            obstacle(
                cap.exceeded && cap.blocks,
                ReasonCode::CapExceeded,
                Some(cap.name),
                false,
            );
        }
        let owes = self.owed > 0 && terms.overage == OveragePolicy::Block;
        obstacle(owes, ReasonCode::OverageOwed, None, false);
        let left = self.grants.iter().zip(self.parts());
        let left = left.filter(|(grant, _)| grant.pays(kind.use_case, now));
        let left: i64 = left.map(|(_, parts)| parts[Part::Left as usize]).sum();
        obstacle(micros > left, ReasonCode::InsufficientCredits, None, terms.degrades);
        Some(Attempt {
            kind,
            micros,
            obstacles,
            caps,
        })
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of a run")]
    fn start(
        &mut self,
        now: i64,
        number: u128,
        kind: Kind,
        amount: Amount,
        micros: i64,
        shares: Vec<(usize, i64)>,
        ttl_s: i64,
    ) -> Option<String> {
        self.holds.push(Hold {
            number,
            kind,
            amount,
            micros,
            shares,
            at: now,
            expires_at: now + ttl_s * SECOND,
            state: HoldState::Open,
            sequence: self.sequence,
        });
        self.pass_throttles(kind, micros, now).err()
    }

    /// Where nobody can say what a cap holds the engine's answer is taken as a fact; the books must still agree.
    fn adopt(&mut self, now: i64, number: u128, kind: Kind, amount: Amount, ttl_s: i64, outcome: &Outcome) -> Answer {
        if let Outcome::Decision(decision) = outcome
            && let Some(held) = &decision.hold
        {
            let mode = LADDER
                .into_iter()
                .find(|mode| mode.as_str() == decision.mode.as_str())
                .unwrap();
            let micros = held.credits.micros();
            let shares = self.take(micros, Part::Held, |grant| {
                grant.pays(kind.use_case, now).then_some(Part::Left)
            });
            self.start(now, number, Kind { mode, ..kind }, amount, micros, shares, ttl_s);
        }
        Answer::Anything
    }

    fn open(&self, number: u128) -> Result<usize, &'static str> {
        let place = self.holds.iter().position(|hold| hold.number == number);
        let place = place.ok_or("unknown hold")?;
        match self.holds[place].state {
            HoldState::Open => Ok(place),
            _ => Err("hold ended"),
        }
    }

    pub(super) fn capture(&mut self, now: i64, number: u128, used: Used, outcome: &Outcome) -> Answer {
        let place = match self.open(number) {
            Ok(place) => place,
            Err(why) => return Answer::Refused(why),
        };
        let hold = self.holds[place].clone();
        let amount = match used {
            Used::AsAsked => hold.amount,
            Used::Nothing => Amount::default(),
            Used::Other(amount) => amount,
        };
        let micros = price(hold.kind, amount, hold.at);
        let more = (micros - hold.micros).max(0);
        let mut allowed = 0;
        if more > 0 {
            allowed = match (self.room_beside(&hold.kind, hold.at, hold.sequence), outcome) {
                (Some(room), _) => more.min(room.max(0)),
                (None, Outcome::Captured(captured)) => captured.drawn.micros(),
                (None, _) => 0,
            };
        }
        self.end_hold(place, HoldState::Captured, micros.min(hold.micros), now);
        let drawn = self.burn_now(hold.kind.use_case, allowed, now);
        let (owed, forgiven) = self.overage(more - drawn);
        self.uses.push(Use {
            event: None,
            kind: hold.kind,
            amount,
            at: hold.at,
            micros,
            sequence: hold.sequence,
            day: self.days.day(hold.at),
        });
        self.settle(now);
        Answer::Captured {
            micros,
            returned: (hold.micros - micros).max(0),
            drawn,
            owed,
            forgiven,
        }
    }

    pub(super) fn release(&mut self, now: i64, number: u128) -> Answer {
        match self.open(number) {
            Ok(place) => {
                self.end_hold(place, HoldState::Released, 0, now);
                Answer::Hold {
                    state: HoldState::Released,
                    expires_at: self.holds[place].expires_at,
                }
            }
            Err(why) => Answer::Refused(why),
        }
    }

    pub(super) fn extend(&mut self, now: i64, number: u128, ttl_s: i64) -> Answer {
        match self.open(number) {
            Ok(place) => {
                let expires_at = now + ttl_s * SECOND;
                self.holds[place].expires_at = expires_at;
                Answer::Hold {
                    state: HoldState::Open,
                    expires_at,
                }
            }
            Err(why) => Answer::Refused(why),
        }
    }
}
