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
use drawdown_domain::request::Request;
use drawdown_domain::usage::UsageEvent;
use drawdown_domain::{Credits, Timestamp};

use crate::bench::DAY;

pub(crate) struct Rows {
    pub(crate) organization: OrganizationState,
    pub(crate) grants: BTreeMap<GrantId, Grant>,
    pub(crate) holds: BTreeMap<HoldId, Hold>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) throttles: Vec<Throttle>,
    pub(crate) counters: BTreeMap<CounterKey, Counter>,
    pub(crate) throttle_states: BTreeMap<ThrottleKey, i64>,
    pub(crate) events: BTreeMap<String, UsageEvent>,
    pub(crate) postings: Vec<Posting>,
    pub(crate) rollups: BTreeMap<RollupKey, RollupDelta>,
    /// What does not change, to load accounts from.
    template: Account,
}

impl Rows {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            organization: account.organization.clone(),
            grants: BTreeMap::new(),
            holds: BTreeMap::new(),
            caps: Vec::new(),
            throttles: Vec::new(),
            counters: BTreeMap::new(),
            throttle_states: BTreeMap::new(),
            events: BTreeMap::new(),
            postings: Vec::new(),
            rollups: BTreeMap::new(),
            template: account.clone(),
        }
    }

    /// Loads what a batch needs and nothing else.
    pub(crate) fn load(&self, now: Timestamp, batch: &[Request]) -> Account {
        let live = |grant: &&Grant| {
            matches!(grant.state, GrantState::Pending | GrantState::Active)
                || grant.remaining.is_positive()
                || grant.held.is_positive()
                || grant.expires_at.is_some_and(|end| end > now.plus_seconds(-35 * DAY))
        };
        let named_grants = named_grants(batch);
        let loaded = |grant: &&Grant| live(grant) || named_grants.contains(&grant.id);
        let named = named_holds(batch);
        let wanted =
            |hold: &&Hold| named.contains(&hold.id) || (hold.state == HoldState::Open && hold.expires_at <= now);
        let mut account = Account {
            organization: self.organization.clone(),
            grants: self.grants.values().filter(loaded).cloned().collect(),
            caps: self.caps.clone(),
            throttles: self.throttles.clone(),
            holds: self
                .holds
                .values()
                .filter(wanted)
                .map(|hold| (hold.id, hold.clone()))
                .collect(),
            counters: BTreeMap::new(),
            throttle_states: BTreeMap::new(),
            known_events: event_keys(batch)
                .into_iter()
                .filter_map(|key| {
                    self.events
                        .get(&key)
                        .map(|event| (key, (event.content_hash, event.credits)))
                })
                .collect(),
            plan: self
                .organization
                .plan
                .and_then(|plan| self.template.plans.get(&plan))
                .cloned(),
            journal: Journal::default(),
            ..self.template.clone()
        };
        let references: Vec<&Request> = batch.iter().collect();
        if !account.needs(now, &references).backfills.is_empty() {
            let open = self.holds.values().filter(|hold| hold.state == HoldState::Open);
            account.holds.extend(open.map(|hold| (hold.id, hold.clone())));
        }
        let needs = account.needs(now, &references);
        let counters = needs.counters.iter().filter_map(|key| self.counters.get_key_value(key));
        account.counters = counters.map(|(key, counter)| (key.clone(), *counter)).collect();
        let states = needs
            .throttles
            .iter()
            .filter_map(|key| self.throttle_states.get_key_value(key));
        account.throttle_states = states.map(|(key, state)| (key.clone(), *state)).collect();
        self.backfill(&mut account, now, batch);
        account
    }

    /// Gives an account what the caps that a batch sets must count.
    pub(crate) fn backfill(&self, account: &mut Account, now: Timestamp, batch: &[Request]) {
        let references: Vec<&Request> = batch.iter().collect();
        for backfill in account.needs(now, &references).backfills {
            let since = self.events.values().filter(|event| event.occurred_at >= backfill.since);
            let lines: Vec<UsageLine> = since
                .map(|event| UsageLine {
                    at: event.occurred_at,
                    run: event.run.clone(),
                    credits: event.credits,
                })
                .collect();
            account.backfill(&backfill, &lines);
        }
    }

    /// Writes what a batch changed.
    pub(crate) fn apply(&mut self, account: &Account, changes: Changes) {
        self.organization = account.organization.clone();
        self.grants
            .extend(changes.grants.into_iter().map(|grant| (grant.id, grant)));
        self.holds.extend(changes.holds.into_iter().map(|hold| (hold.id, hold)));
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
        }
        for put in changes.throttles_put {
            self.throttles.retain(|throttle| throttle.id != put.id);
            self.throttles.push(put);
        }
        // The order of the rows is the database's: here the engine's own, so that answers compare.
        self.caps
            .sort_by_key(|cap| account.caps.iter().position(|known| known.id == cap.id));
        self.counters.extend(changes.counters);
        self.throttle_states.extend(changes.throttle_states);
        for event in changes.events {
            let key = event.key.clone();
            assert!(
                self.events.insert(key, event).is_none(),
                "an event's identifier is unique"
            );
        }
        self.postings.extend(changes.postings);
        for (key, delta) in changes.rollups {
            let sum = self.rollups.entry(key).or_default();
            *sum = sum.checked_add(delta).unwrap();
        }
    }

    /// What all events cost.
    pub(crate) fn cost(&self) -> Credits {
        Credits::checked_sum(self.events.values().map(|event| event.credits)).unwrap()
    }
}

fn named_holds(batch: &[Request]) -> BTreeSet<HoldId> {
    let name = |request: &Request| match request {
        Request::Authorize(authorize) => Some(authorize.hold),
        Request::Capture(capture) => Some(capture.hold),
        Request::Release { hold, .. } | Request::Extend { hold, .. } => Some(*hold),
        _ => None,
    };
    batch.iter().filter_map(name).collect()
}

fn named_grants(batch: &[Request]) -> BTreeSet<GrantId> {
    let name = |request: &Request| match request {
        Request::AddGrant(grant) => Some(grant.id),
        Request::ActivateGrant { grant } | Request::VoidGrant { grant, .. } => Some(*grant),
        _ => None,
    };
    batch.iter().filter_map(name).collect()
}

fn event_keys(batch: &[Request]) -> BTreeSet<String> {
    let keys = |request: &Request| match request {
        Request::Record(events) => events.iter().map(|event| event.key.clone()).collect(),
        Request::Capture(capture) => vec![capture.hold.to_string()],
        _ => Vec::new(),
    };
    batch.iter().flat_map(keys).collect()
}
