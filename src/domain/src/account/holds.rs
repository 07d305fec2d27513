//! How holds end and live on: release, expiry and extension. What they do not use returns to the very grants it came from.

use super::authorize::check_ttl;
use super::{Account, RollupDelta, credits::charge};
use crate::credits::Credits;
use crate::hold::{Hold, HoldState, Share};
use crate::id::HoldId;
use crate::outcome::{Outcome, RequestError};
use crate::posting::LedgerAccount;
use crate::timestamp::Timestamp;

impl Hold {
    /// Counts its run in the roll-ups, which is done when it ends: until then it writes none of them.
    pub(super) fn count(&self, delta: &mut RollupDelta) {
        delta.authorized = 1;
        delta.degraded = i64::from(self.requested_mode.is_some());
    }
}

impl Account {
    /// The hold of that identifier, still open.
    pub(super) fn open_hold(&self, id: HoldId) -> Result<Hold, RequestError> {
        let hold = self.holds.get(&id).ok_or(RequestError::UnknownHold)?;
        match hold.state {
            HoldState::Open => Ok(hold.clone()),
            state => Err(RequestError::HoldEnded { state }),
        }
    }

    /// Ends a hold without use, by request or by the clock.
    pub(super) fn end_unused(
        &mut self,
        id: HoldId,
        state: HoldState,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Hold, RequestError> {
        let mut hold = self.open_hold(id)?;
        self.divide(&hold, Credits::ZERO, now, &mut Vec::new())?;
        self.uncount(&hold, Credits::ZERO)?;
        self.uncount_fair_use(&hold, Credits::ZERO)?;
        self.roll_up(&hold.run, hold.authorized_at, |delta| hold.count(delta))?;
        hold.state = state;
        hold.ended_at = Some(now);
        hold.end_reason = reason;
        self.set_hold(hold.clone());
        Ok(hold)
    }

    /// Lets a hold live until `ttl_seconds` from now.
    pub(super) fn extend(&mut self, id: HoldId, ttl_seconds: u32, now: Timestamp) -> Result<Outcome, RequestError> {
        check_ttl(ttl_seconds)?;
        let mut hold = self.open_hold(id)?;
        hold.expires_at = now.plus_seconds(i64::from(ttl_seconds));
        // It may end sooner than it would have.
        if let Some(due) = &mut self.journal.nothing_due_before {
            *due = (*due).min(hold.expires_at);
        }
        self.set_hold(hold.clone());
        Ok(Outcome::Hold(Box::new(hold)))
    }

    /// Burns `used` of what a hold reserved, first from the grant that burns first, and returns the rest; adds to
    /// `charges`. `used` is at most what the hold reserved.
    pub(super) fn divide(
        &mut self,
        hold: &Hold,
        used: Credits,
        now: Timestamp,
        charges: &mut Vec<Share>,
    ) -> Result<(), RequestError> {
        let mut left = used;
        for share in &hold.shares {
            let burned = share.credits.min(left);
            left = left.saturating_sub(burned);
            if burned.is_positive() {
                let index = self.grant_index(share.grant);
                self.transfer(index, LedgerAccount::Held, LedgerAccount::Burned, burned)?;
                charge(
                    charges,
                    Share {
                        credits: burned,
                        ..*share
                    },
                );
            }
            let unused = share.credits.saturating_sub(burned);
            self.give_back(
                Share {
                    credits: unused,
                    ..*share
                },
                now,
            )?;
        }
        Ok(())
    }

    /// Takes a hold out of its caps' counters, where `used` takes its place.
    pub(super) fn uncount(&mut self, hold: &Hold, used: Credits) -> Result<(), RequestError> {
        for key in &hold.counters {
            if self.is_counted(key) {
                self.count(key, used, -hold.credits.micros())?;
            }
        }
        Ok(())
    }
}
