//! Authorize: may a run start? Evaluates every rule first and reserves only when all pass.

use super::attempt::Attempt;
use super::{Account, explain};
use crate::catalogue::{PriceError, Rates};
use crate::credits::Credits;
use crate::hold::{CounterKey, Hold, HoldState};
use crate::id::RateCardVersionId;
use crate::key::Key;
use crate::outcome::{Decision, HeldCredits, LimitStatus, Outcome, Reason, ReasonCode, RequestError};
use crate::posting::LedgerAccount;
use crate::request::{Authorize, HOLD_TTL_SECONDS_MAX};
use crate::timestamp::Timestamp;

/// Checks the life that is asked for a hold.
pub(super) fn check_ttl(ttl_seconds: u32) -> Result<(), RequestError> {
    if (1..=HOLD_TTL_SECONDS_MAX).contains(&ttl_seconds) {
        return Ok(());
    }
    Err(RequestError::OutOfRange(format!(
        "a hold lives 1 to {HOLD_TTL_SECONDS_MAX} seconds"
    )))
}

impl Account {
    /// Decides an authorize; see the module.
    pub(super) fn authorize(&mut self, now: Timestamp, request: &Authorize) -> Result<Outcome, RequestError> {
        check_ttl(request.ttl_seconds)?;
        if self.holds.contains_key(&request.hold) {
            return Err(RequestError::OutOfRange(format!("the hold {} exists", request.hold)));
        }
        let catalogue = self.catalogue.clone();
        let card = catalogue.at(now).ok_or(RequestError::Price(PriceError::NoRateCard))?;
        let mut attempts = self.attempts(now, request, &card.rates)?;
        let granted = attempts.last().is_some_and(Attempt::passes);
        let chosen = if granted { attempts.len() - 1 } else { 0 };
        let reasons = reasons_of(&attempts);
        let hits: Vec<CounterKey> = attempts.iter().flat_map(|attempt| attempt.hits.clone()).collect();
        let retry_at = if granted { None } else { retry_at(&attempts) };
        let attempt = attempts.swap_remove(chosen);
        let next_limit = next_limit(&attempt.limits);
        let mut decision = Decision {
            allowed: granted,
            dry_run: request.dry_run,
            mode: attempt.run.mode.clone(),
            requested_mode: request.run.mode.clone(),
            credits: attempt.credits,
            hold: None,
            reasons,
            limits: attempt.limits.clone(),
            next_limit,
            retry_after_s: retry_at.map(|at| explain::seconds_until(at, now).max(1)),
            available: attempt.available,
        };
        if granted {
            // A dry run reserves as well, and `decide` takes all of it back: so both give the same answer.
            let held = self.reserve(now, request, attempt, card.id)?;
            decision.hold = (!request.dry_run).then_some(held);
        } else {
            self.mark_hits(now, &hits);
            self.count_refusal(now, &attempt, &decision.reasons)?;
        }
        Ok(Outcome::Decision(Box::new(decision)))
    }

    /// Tries the mode asked for, and the modes below it on the ladder while nothing but their lack stops the run.
    fn attempts(&mut self, now: Timestamp, request: &Authorize, rates: &Rates) -> Result<Vec<Attempt>, RequestError> {
        let mut run = request.run.clone();
        let mut attempts = Vec::new();
        loop {
            let price = rates.price(&run, &request.quantities).map_err(RequestError::Price)?;
            let use_case = rates.use_case(&run.use_case).map_err(RequestError::Price)?;
            let is_first = attempts.is_empty();
            let charged = self.charge(&run, price);
            let attempt = self.attempt(now, run.clone(), charged, &use_case.ladder, is_first)?;
            let next = use_case.next_mode(&run.mode).filter(|_| attempt.may_degrade()).cloned();
            attempts.push(attempt);
            match next {
                Some(mode) => run.mode = mode,
                None => return Ok(attempts),
            }
        }
    }

    /// Reserves credits, counts the run in its caps and throttles, and makes the hold. The roll-ups count it once it ends.
    fn reserve(
        &mut self,
        now: Timestamp,
        request: &Authorize,
        attempt: Attempt,
        card: RateCardVersionId,
    ) -> Result<HeldCredits, RequestError> {
        for share in &attempt.shares {
            let index = self.grant_index(share.grant);
            self.transfer(index, LedgerAccount::Available, LedgerAccount::Held, share.credits)?;
        }
        let mut counters = self.counter_keys(&attempt.run, now);
        for key in &counters {
            self.count(key, Credits::ZERO, attempt.credits.micros())?;
        }
        if let Some(key) = attempt.fair_use {
            self.count(&key, Credits::ZERO, attempt.list.micros())?;
            counters.push(key);
        }
        for (key, state) in attempt.arrivals {
            self.set_throttle_state(key, state);
        }
        let expires_at = now.plus_seconds(i64::from(request.ttl_seconds));
        let held = HeldCredits {
            id: request.hold,
            credits: attempt.credits,
            expires_at,
            shares: attempt.shares.clone(),
        };
        self.add_hold(Hold {
            id: request.hold,
            state: HoldState::Open,
            requested_mode: (attempt.run.mode != request.run.mode).then(|| request.run.mode.clone()),
            run: attempt.run,
            quantities: request.quantities.clone(),
            credits: attempt.credits,
            shares: attempt.shares,
            counters,
            authorized_at: now,
            rate_card_version: Some(card),
            expires_at,
            ended_at: None,
            captured: None,
            end_reason: None,
        });
        Ok(held)
    }

    /// Marks the caps that stopped a run for the first time in their window.
    fn mark_hits(&mut self, now: Timestamp, hits: &[CounterKey]) {
        for key in hits {
            let mut counter = self.counters.get(key).copied().unwrap_or_default();
            if counter.hit_at.is_none() {
                counter.hit_at = Some(now);
                self.set_counter(key.clone(), counter);
            }
        }
    }

    /// Counts a refusal under the first rule that failed.
    fn count_refusal(&mut self, now: Timestamp, attempt: &Attempt, reasons: &[Reason]) -> Result<(), RequestError> {
        let first = reasons.first().map(|reason| reason.code);
        self.roll_up(&attempt.run, now, |delta| match first {
            Some(ReasonCode::ThrottleExceeded | ReasonCode::FairUse) => delta.throttled = 1,
            Some(ReasonCode::CapExceeded) => delta.capped = 1,
            _ => delta.refused = 1,
        })
    }
}

/// Every rule that failed, in the order of the attempts; each limit once.
fn reasons_of(attempts: &[Attempt]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for finding in attempts.iter().flat_map(|attempt| &attempt.findings) {
        let is_known = |known: &Reason| known.code == finding.reason.code && known.limit == finding.reason.limit;
        if !reasons.iter().any(is_known) {
            reasons.push(finding.reason.clone());
        }
    }
    reasons
}

/// When a retry can succeed, if nothing but time passes: in the mode that opens first.
fn retry_at(attempts: &[Attempt]) -> Option<Timestamp> {
    attempts.iter().filter_map(Attempt::unblocks_at).min()
}

/// The limit with the least room after the run, measured in runs like it.
fn next_limit(limits: &[LimitStatus]) -> Option<Key> {
    let room = |status: &LimitStatus| {
        let taken = [status.used, status.held, status.requested]
            .iter()
            .map(|part| i128::from(part.micros()))
            .sum::<i128>();
        i128::from(status.limit.micros()) - taken
    };
    let mut least: Option<(i128, i128, &LimitStatus)> = None;
    for status in limits.iter().filter(|status| status.blocks) {
        let requested = i128::from(status.requested.micros());
        if requested == 0 {
            continue;
        }
        let left = room(status);
        // left / requested, compared without dividing; both fit into 66 bits.
        if least.is_none_or(|(best, unit, _)| left * unit < best * requested) {
            least = Some((left, requested, status));
        }
    }
    least.map(|(_, _, status)| status.name.clone())
}
