//! Grants: how credits come to be, and how they are given up.

use super::Account;
use super::journal::add;
use crate::credits::Credits;
use crate::format;
use crate::grant::{Grant, GrantState};
use crate::id::GrantId;
use crate::money::Money;
use crate::outcome::{Outcome, RequestError};
use crate::posting::LedgerAccount;
use crate::timestamp::Timestamp;

fn invalid(why: &str) -> RequestError {
    RequestError::InvalidGrant(why.to_owned())
}

/// Checks a new grant, but for whether its life is over.
fn check(grant: &Grant) -> Result<(), RequestError> {
    if !grant.amount.is_positive() {
        return Err(invalid("a grant has more than zero credits"));
    }
    if !matches!(grant.state, GrantState::Pending | GrantState::Active) {
        return Err(invalid("a new grant is pending or active"));
    }
    if grant.expires_at.is_some_and(|end| end <= grant.effective_at) {
        return Err(invalid("a grant expires after it becomes effective"));
    }
    if grant.scope.as_ref().is_some_and(Vec::is_empty) {
        return Err(invalid("a scope names at least one use case"));
    }
    if grant.paid.is_some_and(|paid| paid.minor < 0) {
        return Err(invalid("what was paid is never negative"));
    }
    Ok(())
}

impl Account {
    /// Adds a grant: its credits exist at once where it is active, and once paid where it is pending.
    pub(super) fn new_grant(&mut self, now: Timestamp, grant: &Grant) -> Result<Outcome, RequestError> {
        if grant.expires_at.is_some_and(|end| end <= now) {
            return Err(invalid("a grant expires in the future"));
        }
        self.due_grant(now, grant)
    }

    /// The same for a grant that was due at its own beginning: where its life is over by now, what it had is expired.
    pub(super) fn due_grant(&mut self, now: Timestamp, grant: &Grant) -> Result<Outcome, RequestError> {
        check(grant)?;
        if self.grants.iter().any(|known| known.id == grant.id) {
            return Err(invalid("a grant of this identifier exists"));
        }
        let amounts = self.grants.iter().map(|known| known.amount);
        Credits::checked_sum(amounts.chain([grant.amount])).ok_or(RequestError::Overflow)?;
        let is_active = grant.state == GrantState::Active;
        let index = self.add_grant(Grant {
            state: GrantState::Pending,
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            ..grant.clone()
        });
        if is_active {
            self.issue(index, now)?;
            self.expire_if_over(index, now)?;
        }
        Ok(self.grant_outcome(index))
    }

    /// Carries over what expired; see [`crate::request::Request::RollOver`]. Nothing left is no grant.
    pub(super) fn roll_over(
        &mut self,
        now: Timestamp,
        from: &[GrantId],
        most: Option<Credits>,
        grant: &Grant,
    ) -> Result<Outcome, RequestError> {
        let most = most.unwrap_or(Credits::MAX);
        let (mut carried, mut paid) = (Credits::ZERO, None::<Money>);
        for id in from {
            let index = self.find_grant(*id)?;
            let old = &self.grants[index];
            let part = old.expired.min(most.saturating_sub(carried));
            if old.state != GrantState::Expired || !part.is_positive() {
                continue;
            }
            if let Some(basis) = old.paid_share_of(part) {
                let minor = paid.map_or(0, |paid| paid.minor).checked_add(basis.minor);
                paid = Some(Money::new(minor.ok_or(RequestError::Overflow)?, basis.currency));
            }
            carried = add(carried, part)?;
            self.transfer(index, LedgerAccount::Expired, LedgerAccount::Voided, part)?;
        }
        if carried.is_zero() {
            return Ok(Outcome::Done);
        }
        let grant = Grant {
            amount: carried,
            paid,
            ..grant.clone()
        };
        self.due_grant(now, &grant)
    }

    /// Gives unspent credits away; see [`crate::request::Request::TransferOut`].
    pub(super) fn transfer_out(
        &mut self,
        now: Timestamp,
        id: GrantId,
        credits: Credits,
        to: GrantId,
        note: &str,
    ) -> Result<Outcome, RequestError> {
        let index = self.find_grant(id)?;
        let grant = &self.grants[index];
        if grant.state != GrantState::Active {
            return Err(RequestError::GrantEnded);
        }
        if !credits.is_positive() || credits > grant.remaining {
            let unspent = format::credits_exact(grant.remaining);
            let words = format!("at most the {unspent} credits of the grant that are unspent and not held");
            return Err(RequestError::OutOfRange(words));
        }
        let given = Grant {
            id: to,
            amount: credits,
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            effective_at: grant.effective_at.max(now),
            paid: grant.paid_share_of(credits),
            created_at: now,
            note: Some(note.to_owned()),
            ..grant.clone()
        };
        self.transfer(index, LedgerAccount::Available, LedgerAccount::Voided, credits)?;
        Ok(Outcome::Grant(Box::new(given)))
    }

    /// A pending grant was paid. Paid again is the same answer.
    pub(super) fn activate_grant(&mut self, now: Timestamp, id: GrantId) -> Result<Outcome, RequestError> {
        let index = self.find_grant(id)?;
        let grant = &self.grants[index];
        let is_over = grant.expires_at.is_some_and(|end| end <= now);
        match grant.state {
            GrantState::Active => {}
            GrantState::Pending if !is_over => self.issue(index, now)?,
            GrantState::Pending | GrantState::Void | GrantState::Expired => return Err(RequestError::GrantEnded),
        }
        Ok(self.grant_outcome(index))
    }

    /// Voids what is unspent. What is reserved stays so until its hold ends; what that returns is voided then. Voided
    /// again is the same answer.
    pub(super) fn void_grant(&mut self, id: GrantId) -> Result<Outcome, RequestError> {
        let index = self.find_grant(id)?;
        let grant = &self.grants[index];
        match grant.state {
            GrantState::Void => {}
            GrantState::Expired => return Err(RequestError::GrantEnded),
            GrantState::Pending => {
                let amount = grant.amount;
                self.set_grant_state(index, GrantState::Void);
                self.transfer(index, LedgerAccount::Issued, LedgerAccount::Voided, amount)?;
            }
            GrantState::Active => {
                let remaining = grant.remaining;
                self.set_grant_state(index, GrantState::Void);
                self.transfer(index, LedgerAccount::Available, LedgerAccount::Voided, remaining)?;
            }
        }
        Ok(self.grant_outcome(index))
    }

    /// Makes the credits of a pending grant, and pays what is owed from them.
    fn issue(&mut self, index: usize, now: Timestamp) -> Result<(), RequestError> {
        let grant = &self.grants[index];
        let amount = grant.amount;
        if let (Some(due), Some(end)) = (&mut self.journal.nothing_due_before, grant.expires_at) {
            *due = (*due).min(end);
        }
        self.set_grant_state(index, GrantState::Active);
        self.transfer(index, LedgerAccount::Issued, LedgerAccount::Available, amount)?;
        self.settle_owed(now)
    }

    fn find_grant(&self, id: GrantId) -> Result<usize, RequestError> {
        let place = self.grants.iter().position(|grant| grant.id == id);
        place.ok_or(RequestError::UnknownGrant)
    }

    fn grant_outcome(&self, index: usize) -> Outcome {
        Outcome::Grant(Box::new(self.grants[index].clone()))
    }
}
