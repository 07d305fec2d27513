//! The rows of one organization, as a database would keep them, and loading them as the store does.

use std::collections::{BTreeMap, BTreeSet};

use drawdown_domain::account::{
    Account, Changes, Counter, Journal, OrganizationState, RollupDelta, RollupKey, ThrottleKey, UsageLine,
};
use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::hold::{CounterKey, Hold, HoldState};
use drawdown_domain::id::{GrantId, HoldId};
use drawdown_domain::limit::{Cap, Throttle};
use drawdown_domain::posting::Posting;
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::usage::UsageEvent;
use drawdown_domain::{Credits, Timestamp};

use crate::market::{CATALOGUE, PLAN_VERSIONS};

/// Grants that expired within so many seconds are loaded for late events.
const LATE_SECONDS: i64 = 35 * 86_400;

pub(crate) struct Rows {
    pub(crate) organization: OrganizationState,
    pub(crate) grants: BTreeMap<GrantId, Grant>,
    pub(crate) holds: BTreeMap<HoldId, Hold>,
    open: BTreeSet<HoldId>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) throttles: Vec<Throttle>,
    pub(crate) counters: BTreeMap<CounterKey, Counter>,
    throttle_states: BTreeMap<ThrottleKey, i64>,
    events: Vec<UsageEvent>,
    by_key: BTreeMap<String, ([u8; 16], Credits)>,
    pub(crate) postings: Vec<Posting>,
    pub(crate) rollups: BTreeMap<RollupKey, RollupDelta>,
}

impl Rows {
    pub(crate) fn new(organization: OrganizationState) -> Self {
        Self {
            organization,
            grants: BTreeMap::new(),
            holds: BTreeMap::new(),
            open: BTreeSet::new(),
            caps: Vec::new(),
            throttles: Vec::new(),
            counters: BTreeMap::new(),
            throttle_states: BTreeMap::new(),
            events: Vec::new(),
            by_key: BTreeMap::new(),
            postings: Vec::new(),
            rollups: BTreeMap::new(),
        }
    }

    pub(crate) fn events(&self) -> &[UsageEvent] {
        &self.events
    }

    /// Gives what a batch needs and nothing else: from what the process remembers, where that is what is there now, and
    /// from the rows.
    pub(crate) fn load(&self, view: Option<Account>, now: Timestamp, batch: &[&Request]) -> Account {
        let view = view.filter(|view| view.organization.version == self.organization.version);
        let mut account = view.unwrap_or_else(|| self.account());
        let late = now.plus_seconds(-LATE_SECONDS);
        account.grants.retain(|grant| is_loaded(grant, late));
        for request in batch {
            self.load_named(&mut account, request);
        }
        for id in &self.open {
            let hold = &self.holds[id];
            if hold.expires_at <= now {
                account.holds.insert(*id, hold.clone());
            }
        }
        let mut needs = account.needs(now, batch);
        if !needs.backfills.is_empty() {
            let open = self.open.iter().map(|id| (*id, self.holds[id].clone()));
            account.holds.extend(open);
            needs = account.needs(now, batch);
        }
        for key in needs.counters {
            if let Some(counter) = self.counters.get(&key) {
                account.counters.insert(key, *counter);
            }
        }
        for key in needs.throttles {
            if let Some(state) = self.throttle_states.get(&key) {
                account.throttle_states.insert(key, *state);
            }
        }
        for backfill in needs.backfills {
            let since = self.events.iter().filter(|event| event.occurred_at >= backfill.since);
            let lines: Vec<UsageLine> = since
                .map(|event| UsageLine {
                    at: event.occurred_at,
                    run: event.run.clone(),
                    credits: event.credits,
                })
                .collect();
            account.backfill(&backfill, &lines);
        }
        account
    }

    fn account(&self) -> Account {
        let plan = self.organization.plan.and_then(|plan| PLAN_VERSIONS.get(&plan));
        Account {
            organization: self.organization.clone(),
            plan: plan.cloned(),
            plans: BTreeMap::new(),
            catalogue: CATALOGUE.clone(),
            grants: self.grants.values().cloned().collect(),
            caps: self.caps.clone(),
            throttles: self.throttles.clone(),
            counters: BTreeMap::new(),
            throttle_states: BTreeMap::new(),
            holds: BTreeMap::new(),
            known_events: BTreeMap::new(),
            journal: Journal::default(),
        }
    }

    fn load_named(&self, account: &mut Account, request: &Request) {
        match request {
            Request::Capture(capture) => self.load_hold(account, capture.hold),
            Request::Release { hold, .. } | Request::Extend { hold, .. } => self.load_hold(account, *hold),
            Request::ActivateGrant { grant } | Request::VoidGrant { grant, .. } => {
                let is_there = account.grants.iter().any(|known| known.id == *grant);
                if let (false, Some(grant)) = (is_there, self.grants.get(grant)) {
                    account.grants.push(grant.clone());
                }
            }
            Request::Record(events) => {
                for event in events {
                    if let Some(known) = self.by_key.get(&event.key) {
                        account.known_events.insert(event.key.clone(), *known);
                    }
                }
            }
            Request::Organization(OrganizationChange::Plan { version, .. }) => {
                account.plans.insert(*version, PLAN_VERSIONS[version].clone());
            }
            _ => {}
        }
    }

    fn load_hold(&self, account: &mut Account, id: HoldId) {
        if let Some(hold) = self.holds.get(&id) {
            account.holds.insert(id, hold.clone());
        }
    }

    /// Writes what a batch changed.
    pub(crate) fn apply(&mut self, account: &Account, changes: Changes) {
        self.organization = account.organization.clone();
        self.grants
            .extend(changes.grants.into_iter().map(|grant| (grant.id, grant)));
        for hold in changes.holds {
            if hold.state == HoldState::Open {
                self.open.insert(hold.id);
            } else {
                self.open.remove(&hold.id);
            }
            self.holds.insert(hold.id, hold);
        }
        for gone in changes.caps_deleted {
            self.caps.retain(|cap| cap.id != gone.id);
            self.counters.retain(|key, _| key.cap != gone.id);
        }
        for put in changes.caps_put {
            self.caps.retain(|cap| cap.id != put.id);
            self.caps.push(put);
        }
        for gone in changes.throttles_deleted {
            self.throttles.retain(|throttle| throttle.id != gone.id);
            self.throttle_states.retain(|(throttle, _), _| *throttle != gone.id);
        }
        for put in changes.throttles_put {
            self.throttles.retain(|throttle| throttle.id != put.id);
            self.throttles.push(put);
        }
        self.counters.extend(changes.counters);
        self.throttle_states.extend(changes.throttle_states);
        for event in changes.events {
            let known = (event.content_hash, event.credits);
            self.by_key.insert(event.key.clone(), known);
            self.events.push(event);
        }
        self.postings.extend(changes.postings);
        for (key, delta) in changes.rollups {
            let sum = self.rollups.entry(key).or_default();
            *sum = sum.checked_add(delta).unwrap();
        }
    }

    /// The holds that are open.
    pub(crate) fn open_holds(&self) -> impl Iterator<Item = &Hold> {
        self.open.iter().map(|id| &self.holds[id])
    }
}

/// True where a batch needs the grant, named or not.
fn is_loaded(grant: &Grant, late: Timestamp) -> bool {
    matches!(grant.state, GrantState::Pending | GrantState::Active)
        || grant.held.is_positive()
        || (grant.expired.is_positive() && grant.expires_at.is_some_and(|end| end > late))
}
