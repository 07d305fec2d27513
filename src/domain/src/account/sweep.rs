//! What the clock ends: expired holds return their credits, expired grants lose what is unspent.

use super::Account;
use crate::grant::{Grant, GrantState};
use crate::hold::HoldState;
use crate::id::HoldId;
use crate::outcome::RequestError;
use crate::posting::LedgerAccount;
use crate::timestamp::Timestamp;

/// When an active grant expires.
fn grant_due(grant: &Grant) -> Option<Timestamp> {
    (grant.state == GrantState::Active)
        .then_some(grant.expires_at)
        .flatten()
}

impl Account {
    /// Ends what is due at `now`: first holds, so that their credits expire with their grants, then grants. Then pays
    /// what is owed, in case a grant has become valid.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Result<(), RequestError> {
        if self.journal.nothing_due_before.is_none_or(|due| due <= now) {
            self.expire_holds(now)?;
            self.expire_grants(now)?;
            self.journal.nothing_due_before = Some(self.next_due());
        }
        self.settle_owed(now)
    }

    fn expire_holds(&mut self, now: Timestamp) -> Result<(), RequestError> {
        let due: Vec<HoldId> = self
            .holds
            .values()
            .filter(|hold| hold.state == HoldState::Open && hold.expires_at <= now)
            .map(|hold| hold.id)
            .collect();
        for id in due {
            self.end_unused(id, HoldState::Expired, None, now)?;
        }
        Ok(())
    }

    fn expire_grants(&mut self, now: Timestamp) -> Result<(), RequestError> {
        for index in 0..self.grants.len() {
            self.expire_if_over(index, now)?;
        }
        Ok(())
    }

    /// Ends an active grant whose life is over.
    pub(super) fn expire_if_over(&mut self, index: usize, now: Timestamp) -> Result<(), RequestError> {
        let grant = &self.grants[index];
        if grant_due(grant).is_some_and(|end| end <= now) {
            let remaining = grant.remaining;
            self.set_grant_state(index, GrantState::Expired);
            self.transfer(index, LedgerAccount::Available, LedgerAccount::Expired, remaining)?;
        }
        Ok(())
    }

    fn next_due(&self) -> Timestamp {
        let open = |hold: &&crate::hold::Hold| hold.state == HoldState::Open;
        let holds = self.holds.values().filter(open).map(|hold| hold.expires_at);
        let grants = self.grants.iter().filter_map(grant_due);
        holds.chain(grants).min().unwrap_or(Timestamp::MAX)
    }
}
