//! Handing out what a batch changed: whole rows, and postings that are summed, numbered and chained.

use std::collections::BTreeMap;
use std::mem;

use super::fair_use::is_fair_use;
use super::journal::{Journal, TransferKey};
use super::{Account, Changes};
use crate::credits::Credits;
use crate::grant::Grant;
use crate::id::{GrantId, UsageEventId};
use crate::posting::{LedgerAccount, Posting, events_digest, hash_of};
use crate::timestamp::Timestamp;
use crate::usage::UsageEvent;

/// What events charge, by grant.
type Charges = BTreeMap<GrantId, Vec<(UsageEventId, Credits)>>;

impl Account {
    /// Hands out everything changed since the last call, with postings summed, numbered and chained. Its batch is the
    /// organization's new version.
    pub fn finish(&mut self, now: Timestamp) -> Changes {
        let journal = self.take_journal();
        if journal.is_empty() {
            return Changes::default();
        }
        self.organization.version += 1;
        let postings = self.postings(now, &journal);
        let changed = |grant: &&Grant| journal.grants.contains(&grant.id);
        let grants: Vec<Grant> = self.grants.iter().filter(changed).cloned().collect();
        for grant in &grants {
            assert!(grant.is_balanced(), "the parts of a grant sum to its amount: {grant:?}");
        }
        let is_there = |cap| self.caps.iter().any(|known| known.id == cap);
        let (caps_put, caps_deleted) = differences(journal.caps_before, &self.caps, |cap| cap.id);
        let (throttles_put, throttles_deleted) =
            differences(journal.throttles_before, &self.throttles, |throttle| throttle.id);
        Changes {
            organization: true,
            grants,
            holds: journal
                .holds
                .iter()
                .filter_map(|id| self.holds.get(id).cloned())
                .collect(),
            counters: journal
                .counters
                .into_iter()
                .filter(|key| is_fair_use(key) || is_there(key.cap))
                .filter_map(|key| self.counters.get(&key).map(|counter| (key.clone(), *counter)))
                .collect(),
            throttle_states: journal
                .throttle_states
                .into_iter()
                .filter_map(|key| self.throttle_states.get(&key).map(|state| (key.clone(), *state)))
                .collect(),
            events: journal.events,
            postings,
            rollups: journal.rollups.into_iter().collect(),
            caps_put,
            caps_deleted,
            throttles_put,
            throttles_deleted,
        }
    }

    /// Takes the journal and leaves a new one that keeps what was looked up.
    fn take_journal(&mut self) -> Journal {
        let calendar = mem::take(&mut self.journal.calendar);
        let burn_order = mem::take(&mut self.journal.burn_order);
        let mut fresh = Journal::default();
        fresh.calendar = calendar;
        fresh.burn_order = burn_order;
        mem::replace(&mut self.journal, fresh)
    }

    fn postings(&mut self, now: Timestamp, journal: &Journal) -> Vec<Posting> {
        let charges = charges_of(&journal.events);
        let mut postings = Vec::with_capacity(journal.transfers.len());
        for (key, credits) in &journal.transfers {
            let events = events_behind(key, &journal.events, &charges);
            let organization = &mut self.organization;
            organization.posting_sequence += 1;
            let mut posting = Posting {
                organization: organization.id,
                sequence: organization.posting_sequence,
                batch: organization.version,
                at: now,
                grant: key.0,
                from: key.1,
                to: key.2,
                credits: *credits,
                events: i64::try_from(events.len()).expect("a batch has fewer events than 2^63"),
                events_digest: events_digest(events),
                previous_hash: organization.posting_hash,
                hash: [0; 32],
            };
            posting.hash = hash_of(&posting);
            organization.posting_hash = posting.hash;
            postings.push(posting);
        }
        postings
    }
}

impl Journal {
    fn is_empty(&self) -> bool {
        !self.organization_changed
            && self.grants.is_empty()
            && self.holds.is_empty()
            && self.counters.is_empty()
            && self.throttle_states.is_empty()
            && self.events.is_empty()
            && self.transfers.is_empty()
            && self.rollups.is_empty()
            && self.caps_before.is_none()
            && self.throttles_before.is_none()
    }
}

fn charges_of(events: &[UsageEvent]) -> Charges {
    let mut charges = Charges::new();
    for event in events {
        for share in &event.charges {
            charges.entry(share.grant).or_default().push((event.id, share.credits));
        }
    }
    charges
}

/// The events behind a transfer, each with what it moved (see [`events_digest`]).
fn events_behind(key: &TransferKey, events: &[UsageEvent], charges: &Charges) -> Vec<(UsageEventId, Credits)> {
    let with = |part: fn(&UsageEvent) -> Credits| {
        let parts = events.iter().map(|event| (event.id, part(event)));
        parts.filter(|(_, credits)| credits.is_positive()).collect()
    };
    match key {
        (Some(grant), _, LedgerAccount::Burned) => charges.get(grant).cloned().unwrap_or_default(),
        (None, LedgerAccount::Owed, _) => with(|event| event.owed),
        (None, LedgerAccount::Forgiven, _) => with(|event| event.forgiven),
        _ => Vec::new(),
    }
}

/// What was set and what was removed between two lists of limits.
fn differences<T: Clone + PartialEq, I: PartialEq>(
    before: Option<Vec<T>>,
    now: &[T],
    id: impl Fn(&T) -> I,
) -> (Vec<T>, Vec<T>) {
    let Some(before) = before else {
        return (Vec::new(), Vec::new());
    };
    let put = now.iter().filter(|limit| !before.contains(limit)).cloned().collect();
    let is_gone = |old: &T| now.iter().all(|limit| id(limit) != id(old));
    let deleted = before.into_iter().filter(is_gone).collect();
    (put, deleted)
}
