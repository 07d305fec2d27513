//! What the engine must answer, and how its answer differs.

use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::hold::HoldState;
use drawdown_domain::outcome::{
    Captured, Decision, EventResult, EventStatus, LimitKind, LimitStatus, Outcome, ReasonCode, RequestError,
};
use drawdown_domain::{Credits, Key, Timestamp};

use super::balances::Parts;
use super::caps::Filled;

/// The answer that must come.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Run {
        allowed: bool,
        mode: &'static str,
        micros: i64,
        available: i64,
        burned: i64,
        held: i64,
        /// Numbers of grants with micro-credits, in burn order.
        shares: Vec<(u128, i64)>,
        reasons: Vec<(ReasonCode, Option<&'static str>)>,
        caps: Vec<Filled>,
        /// A throttle was overdrawn.
        fault: Option<String>,
    },
    Captured {
        micros: i64,
        returned: i64,
        drawn: i64,
        owed: i64,
        forgiven: i64,
    },
    Hold {
        state: HoldState,
        expires_at: i64,
    },
    Recorded(Vec<(EventStatus, Option<i64>, Option<i64>)>),
    Grant {
        state: GrantState,
        parts: Parts,
    },
    Done,
    Refused(&'static str),
    /// Nobody can say.
    Anything,
}

fn differ<T: PartialEq + std::fmt::Debug>(what: &str, engine: &T, model: &T) -> Result<(), String> {
    if engine == model {
        return Ok(());
    }
    Err(format!("{what}: the engine says {engine:?}, the model {model:?}"))
}

impl Answer {
    pub(crate) fn compare(&self, outcome: &Outcome) -> Result<(), String> {
        match (self, outcome) {
            (Self::Anything, _) | (Self::Done, Outcome::Done | Outcome::Cap(_) | Outcome::Throttle(_)) => Ok(()),
            (Self::Run { .. }, Outcome::Decision(decision)) => self.compare_run(decision),
            (Self::Captured { .. }, Outcome::Captured(captured)) => self.compare_captured(captured),
            (Self::Hold { state, expires_at }, Outcome::Hold(hold)) => {
                differ("state", &hold.state, state)?;
                differ("expiry", &hold.expires_at.micros(), expires_at)
            }
            (Self::Recorded(expected), Outcome::Recorded(results)) => {
                let figures = |result: &EventResult| {
                    let micros = |credits: Option<Credits>| credits.map(Credits::micros);
                    (result.status, micros(result.credits), micros(result.owed))
                };
                let results: Vec<_> = results.iter().map(figures).collect();
                differ("events", &results, expected)
            }
            (Self::Grant { state, parts }, Outcome::Grant(grant)) => {
                differ("state", &grant.state, state)?;
                differ("parts of the grant", &parts_of(grant), parts)
            }
            (Self::Refused(why), Outcome::Refused(error)) => differ("refused", &word(error), why),
            _ => Err(format!("the engine answers {outcome:?}, the model {self:?}")),
        }
    }

    fn compare_run(&self, decision: &Decision) -> Result<(), String> {
        let Self::Run {
            allowed,
            mode,
            micros,
            available,
            burned,
            held,
            shares,
            reasons,
            caps,
            fault,
        } = self
        else {
            return Err("no run".to_owned());
        };
        if let Some(fault) = fault {
            return Err(fault.clone());
        }
        differ("caps", &figures_of(decision), &sorted(caps.clone()))?;
        let found = decision.reasons.iter();
        let found: Vec<_> = found
            .map(|reason| (reason.code, reason.limit.as_ref().map(Key::as_str)))
            .collect();
        differ("reasons", &by_name(found), &by_name(reasons.clone()))?;
        differ("allowed", &decision.allowed, allowed)?;
        differ("mode", &decision.mode.as_str(), mode)?;
        differ("price", &decision.credits.micros(), micros)?;
        differ("available", &decision.available.micros(), available)?;
        let purse = decision.limits.iter().find(|limit| limit.kind == LimitKind::Credits);
        let purse = purse.map(|limit| (limit.used.micros(), limit.held.micros()));
        differ("burned and held", &purse, &Some((*burned, *held)))?;
        let taken = decision.hold.iter().flat_map(|held| &held.shares);
        let taken: Vec<_> = taken
            .map(|share| (share.grant.uuid().as_u128(), share.credits.micros()))
            .collect();
        differ("shares", &taken, shares)
    }

    fn compare_captured(&self, captured: &Captured) -> Result<(), String> {
        let Self::Captured {
            micros,
            returned,
            drawn,
            owed,
            forgiven,
        } = self
        else {
            return Err("no capture".to_owned());
        };
        differ("state", &captured.hold.state, &HoldState::Captured)?;
        differ("price", &captured.credits.micros(), micros)?;
        differ("returned", &captured.returned.micros(), returned)?;
        differ("drawn", &captured.drawn.micros(), drawn)?;
        differ("owed", &captured.owed.micros(), owed)?;
        differ("forgiven", &captured.forgiven.micros(), forgiven)
    }
}

/// What a grant's row says, by part.
pub(crate) fn parts_of(grant: &Grant) -> Parts {
    [grant.remaining, grant.held, grant.burned, grant.expired, grant.voided].map(Credits::micros)
}

/// How the caps stand by the engine's answer, and what it says of each.
fn figures_of(decision: &Decision) -> Vec<Filled> {
    let caps = decision.limits.iter().filter(|limit| limit.kind == LimitKind::Cap);
    sorted(caps.filter_map(filled_of).collect())
}

fn filled_of(limit: &LimitStatus) -> Option<Filled> {
    Some(Filled {
        name: crate::asks::CAP_NAMES
            .into_iter()
            .find(|name| *name == limit.name.as_str())?,
        owner: limit.owner?,
        used: limit.used.micros(),
        held: limit.held.micros(),
        limit: limit.limit.micros(),
        resets_at: limit.resets_at.map(Timestamp::micros),
        exceeded: limit.exceeded,
        blocks: limit.blocks,
    })
}

fn sorted(mut caps: Vec<Filled>) -> Vec<Filled> {
    caps.sort_by_key(|cap| (cap.name, cap.owner));
    caps
}

fn by_name(mut reasons: Vec<(ReasonCode, Option<&str>)>) -> Vec<(ReasonCode, Option<&str>)> {
    reasons.sort_by_key(|(code, limit)| (*code as u8, *limit));
    reasons
}

fn word(error: &RequestError) -> &'static str {
    match error {
        RequestError::UnknownHold => "unknown hold",
        RequestError::HoldEnded { .. } => "hold ended",
        RequestError::UnknownGrant => "unknown grant",
        RequestError::GrantEnded => "grant ended",
        RequestError::InvalidGrant(_) => "invalid grant",
        RequestError::UnknownLimit => "unknown limit",
        RequestError::VendorLimit => "vendor's limit",
        RequestError::AboveCeiling { .. } => "above the ceiling",
        _ => "for another reason",
    }
}
