//! What a batch has changed so far, and how to take it back.
//!
//! Every change of an account goes through the setters here. Each notes what was there before, so that a request that
//! fails half-way leaves nothing behind, and a dry run nothing at all, without ever copying the account. What a request
//! kept is remembered until [`Account::finish`] hands it out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::calendar::Calendar;
use super::{Account, Counter, OrganizationState, RollupDelta, RollupKey, ThrottleKey};
use crate::credits::Credits;
use crate::grant::{Grant, GrantState};
use crate::hold::{CounterKey, Hold};
use crate::id::{GrantId, HoldId};
use crate::limit::{Cap, Throttle};
use crate::outcome::RequestError;
use crate::plan::PlanVersion;
use crate::posting::LedgerAccount;
use crate::timestamp::Timestamp;
use crate::usage::UsageEvent;

/// What names a posting in a batch.
pub(super) type TransferKey = (Option<GrantId>, LedgerAccount, LedgerAccount);

/// What changed since the account was loaded or last handed out its changes.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// The organization's calendar.
    pub(super) calendar: Calendar,
    /// Caps that were counted beforehand and wait to be set, each with the calendar by which it will count.
    pub(super) awaiting: Vec<(Cap, Calendar)>,
    /// Places and identifiers of `grants` in burn order.
    pub(super) burn_order: Vec<(usize, GrantId)>,
    /// No hold and no grant is due before this instant; `None` where that is not known.
    pub(super) nothing_due_before: Option<Timestamp>,
    pub(super) organization_changed: bool,
    pub(super) grants: BTreeSet<GrantId>,
    pub(super) holds: BTreeSet<HoldId>,
    pub(super) counters: BTreeSet<CounterKey>,
    pub(super) throttle_states: BTreeSet<ThrottleKey>,
    pub(super) events: Vec<UsageEvent>,
    pub(super) transfers: BTreeMap<TransferKey, Credits>,
    pub(super) rollups: BTreeMap<RollupKey, RollupDelta>,
    /// The caps and throttles as they were before the first change.
    pub(super) caps_before: Option<Vec<Cap>>,
    pub(super) throttles_before: Option<Vec<Throttle>>,
    undo: Vec<Undo>,
}

/// The parts of a grant that change.
#[derive(Clone, Copy, Debug)]
struct GrantParts {
    state: GrantState,
    remaining: Credits,
    held: Credits,
    burned: Credits,
    expired: Credits,
    voided: Credits,
}

/// What was there before a change.
#[derive(Clone, Debug)]
enum Undo {
    Grant(usize, GrantParts),
    GrantAdded(GrantId),
    Hold(Box<Hold>),
    HoldAdded(HoldId),
    Counter(CounterKey, Option<Counter>),
    ThrottleState(ThrottleKey, Option<i64>),
    Transfer(TransferKey, Option<Credits>),
    EventAdded,
    Rollup(RollupKey, Option<RollupDelta>),
    Balances { owed: Credits, forgiven: Credits },
    Organization(Box<OrganizationState>, Option<Arc<PlanVersion>>),
    Caps(Vec<Cap>),
    Throttles(Vec<Throttle>),
}

/// The part of a grant that is a ledger account; `None` for accounts that are no part of a grant.
fn part(grant: &mut Grant, account: LedgerAccount) -> Option<&mut Credits> {
    match account {
        LedgerAccount::Available => Some(&mut grant.remaining),
        LedgerAccount::Held => Some(&mut grant.held),
        LedgerAccount::Burned => Some(&mut grant.burned),
        LedgerAccount::Expired => Some(&mut grant.expired),
        LedgerAccount::Voided => Some(&mut grant.voided),
        LedgerAccount::Issued | LedgerAccount::Owed | LedgerAccount::Forgiven => None,
    }
}

impl Account {
    /// A point to which [`Account::roll_back`] can return.
    pub(super) fn mark(&self) -> usize {
        self.journal.undo.len()
    }

    /// Takes back every change since `mark`.
    pub(super) fn roll_back(&mut self, mark: usize) {
        while self.journal.undo.len() > mark {
            if let Some(undo) = self.journal.undo.pop() {
                self.take_back(undo);
            }
        }
    }

    fn take_back(&mut self, undo: Undo) {
        let journal = &mut self.journal;
        match undo {
            Undo::Grant(index, before) => {
                let grant = &mut self.grants[index];
                if grant.state != before.state {
                    // It may be due again.
                    journal.nothing_due_before = None;
                }
                grant.state = before.state;
                grant.remaining = before.remaining;
                grant.held = before.held;
                grant.burned = before.burned;
                grant.expired = before.expired;
                grant.voided = before.voided;
            }
            Undo::GrantAdded(_) => {
                self.grants.pop();
                journal.burn_order.clear();
            }
            Undo::Hold(before) => {
                self.holds.insert(before.id, *before);
                journal.nothing_due_before = None;
            }
            Undo::HoldAdded(id) => {
                self.holds.remove(&id);
            }
            Undo::Counter(key, before) => put_back(&mut self.counters, key, before),
            Undo::ThrottleState(key, before) => put_back(&mut self.throttle_states, key, before),
            Undo::Transfer(key, before) => put_back(&mut journal.transfers, key, before),
            Undo::EventAdded => {
                if let Some(event) = journal.events.pop() {
                    self.known_events.remove(&event.key);
                }
            }
            Undo::Rollup(key, before) => put_back(&mut journal.rollups, key, before),
            Undo::Balances { owed, forgiven } => {
                self.organization.owed = owed;
                self.organization.forgiven = forgiven;
            }
            Undo::Organization(before, plan) => {
                self.organization = *before;
                self.plan = plan;
            }
            Undo::Caps(before) => self.caps = before,
            Undo::Throttles(before) => self.throttles = before,
        }
    }

    /// Keeps every change so far: it will be handed out.
    pub(super) fn keep(&mut self) {
        let journal = &mut self.journal;
        for undo in journal.undo.drain(..) {
            match undo {
                Undo::Grant(index, _) => {
                    journal.grants.insert(self.grants[index].id);
                }
                Undo::GrantAdded(id) => {
                    journal.grants.insert(id);
                }
                Undo::Hold(before) => {
                    journal.holds.insert(before.id);
                }
                Undo::HoldAdded(id) => {
                    journal.holds.insert(id);
                }
                Undo::Counter(key, _) => {
                    journal.counters.insert(key);
                }
                Undo::ThrottleState(key, _) => {
                    journal.throttle_states.insert(key);
                }
                Undo::Balances { .. } | Undo::Organization(..) => journal.organization_changed = true,
                Undo::Caps(before) => {
                    journal.caps_before.get_or_insert(before);
                }
                Undo::Throttles(before) => {
                    journal.throttles_before.get_or_insert(before);
                }
                Undo::Transfer(..) | Undo::EventAdded | Undo::Rollup(..) => {}
            }
        }
    }

    /// Moves credits of a grant from one of its accounts to another, to be posted.
    pub(super) fn transfer(
        &mut self,
        index: usize,
        from: LedgerAccount,
        to: LedgerAccount,
        credits: Credits,
    ) -> Result<(), RequestError> {
        assert!(!credits.is_negative(), "credits only move forward");
        if credits.is_zero() {
            return Ok(());
        }
        self.note_grant(index);
        let grant = &mut self.grants[index];
        let id = grant.id;
        if let Some(source) = part(grant, from) {
            *source = source.checked_sub(credits).ok_or(RequestError::Overflow)?;
            assert!(!source.is_negative(), "a grant never gives more than it has");
        }
        if let Some(target) = part(grant, to) {
            *target = target.checked_add(credits).ok_or(RequestError::Overflow)?;
        }
        self.post((Some(id), from, to), credits)
    }

    /// Usage beyond the credits: it is burned, and owed or forgiven.
    pub(super) fn overrun(&mut self, owed: Credits, forgiven: Credits) -> Result<(), RequestError> {
        self.note_balances();
        let organization = &mut self.organization;
        organization.owed = add(organization.owed, owed)?;
        organization.forgiven = add(organization.forgiven, forgiven)?;
        self.post((None, LedgerAccount::Owed, LedgerAccount::Burned), owed)?;
        self.post((None, LedgerAccount::Forgiven, LedgerAccount::Burned), forgiven)
    }

    /// What was owed is paid by credits that a grant just burned.
    pub(super) fn settle(&mut self, credits: Credits) -> Result<(), RequestError> {
        self.note_balances();
        let owed = self.organization.owed.checked_sub(credits);
        self.organization.owed = owed.ok_or(RequestError::Overflow)?;
        assert!(!self.organization.owed.is_negative(), "no more is settled than is owed");
        self.post((None, LedgerAccount::Burned, LedgerAccount::Owed), credits)
    }

    fn post(&mut self, key: TransferKey, credits: Credits) -> Result<(), RequestError> {
        if credits.is_zero() {
            return Ok(());
        }
        let before = self.journal.transfers.get(&key).copied();
        let sum = add(before.unwrap_or_default(), credits)?;
        self.journal.transfers.insert(key, sum);
        self.journal.undo.push(Undo::Transfer(key, before));
        Ok(())
    }

    /// Changes the state of a grant.
    pub(super) fn set_grant_state(&mut self, index: usize, state: GrantState) {
        self.note_grant(index);
        self.grants[index].state = state;
    }

    fn note_grant(&mut self, index: usize) {
        let grant = &self.grants[index];
        let before = GrantParts {
            state: grant.state,
            remaining: grant.remaining,
            held: grant.held,
            burned: grant.burned,
            expired: grant.expired,
            voided: grant.voided,
        };
        self.journal.undo.push(Undo::Grant(index, before));
    }

    fn note_balances(&mut self) {
        self.journal.undo.push(Undo::Balances {
            owed: self.organization.owed,
            forgiven: self.organization.forgiven,
        });
    }

    /// Adds a grant and gives its index.
    pub(super) fn add_grant(&mut self, grant: Grant) -> usize {
        self.journal.undo.push(Undo::GrantAdded(grant.id));
        self.journal.burn_order.clear();
        self.grants.push(grant);
        self.grants.len() - 1
    }

    /// Adds a hold.
    pub(super) fn add_hold(&mut self, hold: Hold) {
        if let Some(due) = &mut self.journal.nothing_due_before {
            *due = (*due).min(hold.expires_at);
        }
        self.journal.undo.push(Undo::HoldAdded(hold.id));
        self.holds.insert(hold.id, hold);
    }

    /// Replaces a hold that is there.
    pub(super) fn set_hold(&mut self, hold: Hold) {
        if let Some(before) = self.holds.insert(hold.id, hold) {
            self.journal.undo.push(Undo::Hold(Box::new(before)));
        }
    }

    /// Sets a cap counter.
    pub(super) fn set_counter(&mut self, key: CounterKey, counter: Counter) {
        let before = self.counters.insert(key.clone(), counter);
        self.journal.undo.push(Undo::Counter(key, before));
    }

    /// Sets the state of a throttle.
    pub(super) fn set_throttle_state(&mut self, key: ThrottleKey, state: i64) {
        let before = self.throttle_states.insert(key.clone(), state);
        self.journal.undo.push(Undo::ThrottleState(key, before));
    }

    /// Adds a usage event; its key is known from now on.
    pub(super) fn add_event(&mut self, event: UsageEvent) {
        self.known_events
            .insert(event.key.clone(), (event.content_hash, event.credits));
        self.journal.events.push(event);
        self.journal.undo.push(Undo::EventAdded);
    }

    /// Adds to a roll-up.
    pub(super) fn add_rollup(&mut self, key: RollupKey, delta: RollupDelta) -> Result<(), RequestError> {
        let before = self.journal.rollups.get(&key).copied();
        let sum = match before {
            Some(before) => before.checked_add(delta).ok_or(RequestError::Overflow)?,
            None => delta,
        };
        self.journal.rollups.insert(key.clone(), sum);
        self.journal.undo.push(Undo::Rollup(key, before));
        Ok(())
    }

    /// Gives the organization's row and plan, to be changed.
    pub(super) fn change_organization(&mut self) -> (&mut OrganizationState, &mut Option<Arc<PlanVersion>>) {
        let before = Undo::Organization(Box::new(self.organization.clone()), self.plan.clone());
        self.journal.undo.push(before);
        (&mut self.organization, &mut self.plan)
    }

    /// Gives the caps, to be changed.
    pub(super) fn change_caps(&mut self) -> &mut Vec<Cap> {
        self.journal.undo.push(Undo::Caps(self.caps.clone()));
        &mut self.caps
    }

    /// Gives the throttles, to be changed.
    pub(super) fn change_throttles(&mut self) -> &mut Vec<Throttle> {
        self.journal.undo.push(Undo::Throttles(self.throttles.clone()));
        &mut self.throttles
    }
}

impl RollupDelta {
    /// The sum of two; `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            credits: self.credits.checked_add(other.credits)?,
            events: self.events.checked_add(other.events)?,
            authorized: self.authorized.checked_add(other.authorized)?,
            degraded: self.degraded.checked_add(other.degraded)?,
            throttled: self.throttled.checked_add(other.throttled)?,
            capped: self.capped.checked_add(other.capped)?,
            refused: self.refused.checked_add(other.refused)?,
        })
    }
}

/// The sum; [`RequestError::Overflow`] where it does not fit.
pub(super) fn add(left: Credits, right: Credits) -> Result<Credits, RequestError> {
    left.checked_add(right).ok_or(RequestError::Overflow)
}

fn put_back<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(before) => map.insert(key, before),
        None => map.remove(&key),
    };
}
