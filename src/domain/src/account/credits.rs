//! Credits: which grants pay for a run, in which order, and where unused credits return to.

use super::Account;
use crate::credits::Credits;
use crate::grant::{Grant, GrantKind, GrantState};
use crate::hold::Share;
use crate::id::GrantId;
use crate::key::Key;
use crate::outcome::RequestError;
use crate::plan::OveragePolicy;
use crate::posting::LedgerAccount;
use crate::timestamp::Timestamp;

/// True where the grant may pay for the use case now.
fn pays(grant: &Grant, use_case: &Key, now: Timestamp) -> bool {
    grant.state == GrantState::Active && grant.is_valid_at(now) && grant.covers(use_case)
}

/// The grants that may pay for a run, taken together; sums too large for 64 bits are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Purse {
    pub(super) available: Credits,
    pub(super) held: Credits,
    pub(super) burned: Credits,
}

impl Account {
    /// True for bought credits of an organization that has left a plan which they need: they rest until it is on one.
    pub(super) fn rests(&self, grant: &Grant) -> bool {
        self.organization.top_ups_rest && grant.kind == GrantKind::Purchase
    }

    /// What rests.
    pub(super) fn resting(&self, now: Timestamp) -> Credits {
        let rests = |grant: &&Grant| grant.state == GrantState::Active && grant.is_valid_at(now) && self.rests(grant);
        let left = self.grants.iter().filter(rests).map(|grant| grant.remaining);
        Credits::checked_sum(left).unwrap_or(Credits::MAX)
    }

    /// Makes sure that the burn order knows every grant, also where others were loaded since it was made.
    pub(super) fn order_grants(&mut self) {
        let is_there = |(index, id): &(usize, GrantId)| self.grants.get(*index).is_some_and(|grant| grant.id == *id);
        let order = &self.journal.burn_order;
        if order.len() == self.grants.len() && order.iter().all(is_there) {
            return;
        }
        let mut order: Vec<(usize, GrantId)> = self.grants.iter().map(|grant| grant.id).enumerate().collect();
        order.sort_by_key(|(index, _)| self.grants[*index].burn_order());
        self.journal.burn_order = order;
    }

    /// What the grants that may pay for the use case now hold together.
    pub(super) fn purse(&self, use_case: &Key, now: Timestamp) -> Purse {
        let sum = |left: Credits, right| left.checked_add(right).unwrap_or(Credits::MAX);
        let mut purse = Purse::default();
        for grant in self
            .grants
            .iter()
            .filter(|grant| pays(grant, use_case, now) && !self.rests(grant))
        {
            purse.available = sum(purse.available, grant.remaining);
            purse.held = sum(purse.held, grant.held);
            purse.burned = sum(purse.burned, grant.burned);
        }
        purse
    }

    /// The first instant at which grants that are there already will cover `credits` for the use case.
    pub(super) fn credits_arrive(&self, use_case: &Key, credits: Credits, now: Timestamp) -> Option<Timestamp> {
        let future =
            |grant: &&Grant| grant.state == GrantState::Active && grant.effective_at > now && grant.covers(use_case);
        let mut starts: Vec<Timestamp> = self
            .grants
            .iter()
            .filter(future)
            .map(|grant| grant.effective_at)
            .collect();
        starts.sort_unstable();
        starts
            .into_iter()
            .find(|start| self.purse(use_case, *start).available >= credits)
    }

    /// What each grant would reserve for `credits`, in burn order; less than asked where they do not suffice.
    pub(super) fn shares(&self, use_case: &Key, credits: Credits, now: Timestamp) -> Vec<Share> {
        let mut missing = credits;
        let mut shares = Vec::new();
        for (index, _) in &self.journal.burn_order {
            let grant = &self.grants[*index];
            if !missing.is_positive() {
                break;
            }
            if grant.remaining.is_positive() && pays(grant, use_case, now) && !self.rests(grant) {
                let credits = grant.remaining.min(missing);
                missing = missing.saturating_sub(credits);
                shares.push(Share {
                    grant: grant.id,
                    credits,
                });
            }
        }
        shares
    }

    /// Burns up to `credits` from grants valid now, in burn order; adds to `charges` and gives what is still missing.
    pub(super) fn draw(
        &mut self,
        use_case: &Key,
        credits: Credits,
        now: Timestamp,
        charges: &mut Vec<Share>,
    ) -> Result<Credits, RequestError> {
        let mut missing = credits;
        for share in self.shares(use_case, credits, now) {
            let index = self.grant_index(share.grant);
            self.transfer(index, LedgerAccount::Available, LedgerAccount::Burned, share.credits)?;
            missing = missing.saturating_sub(share.credits);
            charge(charges, share);
        }
        Ok(missing)
    }

    /// The place of a grant that a hold or an event names.
    pub(super) fn grant_index(&self, id: GrantId) -> usize {
        self.grants
            .iter()
            .position(|grant| grant.id == id)
            .expect("a grant with held credits is always loaded")
    }

    /// Returns reserved credits to their grant; where it has ended meanwhile they go on to where its rest went.
    pub(super) fn give_back(&mut self, share: Share, now: Timestamp) -> Result<(), RequestError> {
        let index = self.grant_index(share.grant);
        self.transfer(index, LedgerAccount::Held, LedgerAccount::Available, share.credits)?;
        let grant = &self.grants[index];
        let end = match grant.state {
            GrantState::Void => Some(LedgerAccount::Voided),
            GrantState::Expired => Some(LedgerAccount::Expired),
            GrantState::Active | GrantState::Pending if grant.expires_at.is_some_and(|end| end <= now) => {
                Some(LedgerAccount::Expired)
            }
            GrantState::Active | GrantState::Pending => None,
        };
        match end {
            Some(end) => self.transfer(index, LedgerAccount::Available, end, share.credits),
            None => Ok(()),
        }
    }

    /// Usage that no credits cover, under the plan's policy: what is owed and what is forgiven.
    pub(super) fn overage(&mut self, credits: Credits) -> Result<(Credits, Credits), RequestError> {
        if credits.is_zero() {
            return Ok((Credits::ZERO, Credits::ZERO));
        }
        let forgiven = match self.plan.as_ref().map(|plan| plan.terms.overage) {
            Some(OveragePolicy::Forgive(most)) => most.min(credits).max(Credits::ZERO),
            Some(OveragePolicy::Owe | OveragePolicy::Block) | None => Credits::ZERO,
        };
        let owed = credits.saturating_sub(forgiven);
        self.overrun(owed, forgiven)?;
        Ok((owed, forgiven))
    }

    /// Pays what is owed from the grants that are valid now, in burn order. Grants with a scope are left alone: nobody
    /// can say any more whether what is owed was used within it.
    pub(super) fn settle_owed(&mut self, now: Timestamp) -> Result<(), RequestError> {
        if self.organization.owed.is_zero() {
            return Ok(());
        }
        self.order_grants();
        for (index, _) in self.journal.burn_order.clone() {
            let grant = &self.grants[index];
            let may = grant.state == GrantState::Active && grant.is_valid_at(now) && grant.scope.is_none();
            let may = may && !self.rests(grant);
            let credits = grant.remaining.min(self.organization.owed);
            if may && credits.is_positive() {
                self.transfer(index, LedgerAccount::Available, LedgerAccount::Burned, credits)?;
                self.settle(credits)?;
            }
        }
        Ok(())
    }
}

/// Adds a share to the charges, to the one of the same grant where there is one.
pub(super) fn charge(charges: &mut Vec<Share>, share: Share) {
    match charges.iter_mut().find(|known| known.grant == share.grant) {
        Some(known) => {
            let sum = known.credits.checked_add(share.credits);
            known.credits = sum.expect("the charges of one event sum to its price");
        }
        None => charges.push(share),
    }
}
