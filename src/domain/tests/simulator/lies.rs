//! Engines that do wrong, to see that the checks find them: each tells one lie around a sound decision.

use drawdown_domain::account::Account;
use drawdown_domain::hold::HoldState;
use drawdown_domain::id::GrantId;
use drawdown_domain::limit::{Cap, CapLimit};
use drawdown_domain::outcome::{LimitKind, LimitStatus, Outcome};
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Timestamp};

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Caps let a credit too much through.
    CapOverspent,
    /// A hold that was captured can be captured again.
    CapturedTwice,
    /// A release is acknowledged and not carried out.
    ReleaseLost,
    /// What should burn last burns first (see [`invert`]).
    BurnOrder,
    /// Throttles let one run too many through at once.
    OneRunTooMany,
    /// A late event counts as one of now.
    LateIsNow,
    /// Answers to idempotency keys are not kept.
    KeyForgotten,
    /// Commits do not look whether another process has written meanwhile.
    VersionIgnored,
    /// A process goes on with what it failed to commit.
    FailureKept,
}

impl Lie {
    /// Decides, and lies where it can.
    pub(crate) fn decide(self, account: &mut Account, now: Timestamp, request: &Request) -> Outcome {
        match (self, request) {
            (Self::CapOverspent, Request::Authorize(_)) => {
                shift_caps(account, 1_000_000);
                let mut outcome = account.decide(now, request);
                shift_caps(account, -1_000_000);
                if let Outcome::Decision(decision) = &mut outcome {
                    // Nobody is told.
                    for limit in decision.limits.iter_mut().filter(|limit| is_shifted(account, limit)) {
                        limit.limit = Credits::from_micros(limit.limit.micros() - 1_000_000);
                    }
                }
                outcome
            }
            (Self::CapturedTwice, Request::Capture(capture)) => {
                if let Some(hold) = account.holds.get_mut(&capture.hold) {
                    hold.state = HoldState::Open;
                }
                account.decide(now, request)
            }
            (Self::ReleaseLost, Request::Release { hold, .. }) => match account.holds.get(hold) {
                Some(known) if known.state == HoldState::Open => {
                    let mut released = known.clone();
                    released.state = HoldState::Released;
                    Outcome::Hold(Box::new(released))
                }
                _ => account.decide(now, request),
            },
            (Self::OneRunTooMany, Request::Authorize(_)) => {
                let bursts: Vec<_> = account.throttles.iter().map(|throttle| throttle.burst).collect();
                for throttle in &mut account.throttles {
                    throttle.burst = throttle.burst.map(|burst| burst + 1);
                }
                let outcome = account.decide(now, request);
                for (throttle, burst) in account.throttles.iter_mut().zip(bursts) {
                    throttle.burst = burst;
                }
                outcome
            }
            (Self::LateIsNow, Request::Record(events)) => {
                let mut events = events.clone();
                for event in &mut events {
                    event.occurred_at = event.occurred_at.max(now);
                }
                account.decide(now, &Request::Record(events))
            }
            _ => account.decide(now, request),
        }
    }
}

/// Turns the priorities of these grants round.
pub(crate) fn invert(account: &mut Account, grants: &[GrantId]) {
    for grant in &mut account.grants {
        if grants.contains(&grant.id) {
            grant.priority = -grant.priority;
        }
    }
}

fn shift_caps(account: &mut Account, micros: i64) {
    for cap in &mut account.caps {
        if let CapLimit::Credits(limit) = cap.limit {
            cap.limit = CapLimit::Credits(Credits::from_micros(limit.micros() + micros));
        }
    }
}

fn is_shifted(account: &Account, limit: &LimitStatus) -> bool {
    let same = |cap: &Cap| cap.name == limit.name && Some(cap.owner) == limit.owner;
    let mut caps = account.caps.iter().filter(|cap| same(cap));
    limit.kind == LimitKind::Cap && caps.any(|cap| matches!(cap.limit, CapLimit::Credits(_)))
}
