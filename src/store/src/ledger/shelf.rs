//! The books of organizations, kept in memory between batches: what this process wrote last need not be read again.
//!
//! A book is as good as its organization's version. Whoever uses one proves, in the transaction that relies on it, that
//! the row still has that version; every change of an organization raises it, whichever process makes it. A book is
//! taken off the shelf for a batch and put back once the batch is committed, so that one of a failed batch is never seen
//! again. The shelf is bounded: books that were not used for longest are dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use drawdown_domain::account::{Account, Changes, LATE_DAYS, ThrottleKey};
use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::hold::{CounterKey, HoldState};
use drawdown_domain::id::{GrantId, HoldId, OrganizationId, PaymentId};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::posting::Hash;
use drawdown_domain::{Credits, Timestamp};
use lru::LruCache;

use super::decide::Changed;
use crate::payment::PaymentState;

/// The most cap counters, and throttle states, that a book remembers: a cap for each subject has as many as subjects.
const LIMIT_STATES_MAX: usize = 256;

/// What metering changes in an organization's own row.
pub(super) struct Head {
    pub(super) version: i64,
    pub(super) settings: i64,
    pub(super) owed: Credits,
    pub(super) forgiven: Credits,
    pub(super) posting_sequence: i64,
    pub(super) posting_hash: Hash,
    /// As in [`Book`].
    pub(super) no_hold_due_before: Option<Timestamp>,
}

/// The state of one organization, as far as a batch needs it.
pub(super) struct Book {
    /// What is decided on.
    pub(super) account: Account,
    /// Raised whenever somebody does more than meter.
    pub(super) settings: i64,
    /// No open hold ends before this instant; `None` where that is not known.
    pub(super) no_hold_due_before: Option<Timestamp>,
    /// True where the batch may change more of the organization's row than every batch does.
    pub(super) profile: bool,
    /// True where the batch only meters: then the book is as good after it as before.
    pub(super) stays: bool,
    /// The holds that are there already.
    pub(super) known_holds: BTreeSet<HoldId>,
    /// The grants that are there already.
    pub(super) known_grants: BTreeSet<GrantId>,
    /// Counters that were looked for and are not there: they are remembered as zero.
    pub(super) absent_counters: BTreeSet<CounterKey>,
    /// Throttle states that were looked for and are not there.
    pub(super) absent_throttle_states: BTreeSet<ThrottleKey>,
    /// Answers given to idempotency keys: the request's hash and the outcome.
    pub(super) answered: HashMap<[u8; 32], ([u8; 32], Outcome)>,
    /// Payments that the batch settles.
    pub(super) payments: HashMap<PaymentId, PaymentState>,
    /// The revision of its agreements, where the batch changes them.
    pub(super) revision: i64,
    /// What was given to it on one person's word, where the batch gives more.
    pub(super) given: Credits,
}

pub(super) type Books = BTreeMap<OrganizationId, Book>;

impl Book {
    pub(super) fn new(account: Account, settings: i64) -> Self {
        Self {
            account,
            settings,
            no_hold_due_before: None,
            profile: false,
            stays: true,
            known_holds: BTreeSet::new(),
            known_grants: BTreeSet::new(),
            absent_counters: BTreeSet::new(),
            absent_throttle_states: BTreeSet::new(),
            answered: HashMap::new(),
            payments: HashMap::new(),
            revision: 0,
            given: Credits::ZERO,
        }
    }

    /// Takes over what locking told of an organization in which another process has metered since, and forgets what
    /// metering changes; limits, plan and standing are as they were.
    pub(super) fn outdate(&mut self, head: &Head) {
        let account = &mut self.account;
        let state = &mut account.organization;
        state.version = head.version;
        state.owed = head.owed;
        state.forgiven = head.forgiven;
        state.posting_sequence = head.posting_sequence;
        state.posting_hash = head.posting_hash;
        account.grants = Vec::new();
        account.counters = BTreeMap::new();
        account.throttle_states = BTreeMap::new();
        self.absent_counters = BTreeSet::new();
        self.absent_throttle_states = BTreeSet::new();
        self.no_hold_due_before = head.no_hold_due_before;
    }

    /// The version of the settings once the batch is written.
    pub(super) fn settings_after(&self) -> i64 {
        self.settings + i64::from(!self.stays)
    }

    /// Before which no open hold ends once the batch is written; `None` where that is not known.
    pub(super) fn hold_due_after(&self) -> Option<Timestamp> {
        let holds = self.account.holds.values();
        let open = holds.filter(|hold| hold.state == HoldState::Open);
        let due = self.no_hold_due_before?;
        Some(open.map(|hold| hold.expires_at).min().map_or(due, |end| end.min(due)))
    }

    /// Notes what a batch has committed.
    fn wrote(&mut self, changes: &Changes) {
        if !self.absent_counters.is_empty() {
            for (key, _) in &changes.counters {
                self.absent_counters.remove(key);
            }
        }
        if !self.absent_throttle_states.is_empty() {
            for (key, _) in &changes.throttle_states {
                self.absent_throttle_states.remove(key);
            }
        }
    }

    /// Forgets what belonged to the batch, and keeps what the next one would read again.
    fn close(&mut self) {
        self.no_hold_due_before = self.hold_due_after();
        let account = &mut self.account;
        account.holds = BTreeMap::new();
        account.known_events = BTreeMap::new();
        account.plans = BTreeMap::new();
        if account.counters.len() > LIMIT_STATES_MAX {
            account.counters = BTreeMap::new();
            self.absent_counters = BTreeSet::new();
        }
        if account.throttle_states.len() > LIMIT_STATES_MAX {
            account.throttle_states = BTreeMap::new();
            self.absent_throttle_states = BTreeSet::new();
        }
        self.known_holds = BTreeSet::new();
        self.known_grants = BTreeSet::new();
        self.answered = HashMap::new();
        self.payments = HashMap::new();
    }

    /// Drops the grants that would not be loaded any more.
    pub(super) fn drop_old_grants(&mut self, now: Timestamp) {
        let late = now.plus_seconds(-LATE_DAYS * 86_400);
        self.account.grants.retain(|grant| is_loaded(grant, late));
    }
}

/// True where a batch at `late` plus [`LATE_DAYS`] needs the grant: the same as the condition of the statement that loads
/// them.
fn is_loaded(grant: &Grant, late: Timestamp) -> bool {
    matches!(grant.state, GrantState::Pending | GrantState::Active)
        || grant.held.is_positive()
        || (grant.expired.is_positive() && grant.expires_at.is_some_and(|end| end > late))
}

/// Books between batches.
pub(super) struct Shelf {
    books: LruCache<OrganizationId, Book>,
    most: usize,
}

impl Shelf {
    /// A shelf for so many books at most.
    pub(super) fn new(books_max: usize) -> Self {
        Self {
            // Its room grows with what is in it.
            books: LruCache::unbounded(),
            most: books_max.max(1),
        }
    }

    /// Takes the book of an organization off.
    pub(super) fn take(&mut self, organization: OrganizationId) -> Option<Book> {
        self.books.pop(&organization)
    }

    /// Puts back the books of a batch that is committed.
    pub(super) fn put_back(&mut self, changed: Vec<Changed>) {
        for Changed { changes, mut book } in changed {
            if !book.stays {
                continue;
            }
            book.wrote(&changes);
            book.close();
            if self.books.len() >= self.most {
                self.books.pop_lru();
            }
            self.books.put(book.account.organization.id, book);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use drawdown_domain::account::{Journal, OrganizationState};
    use drawdown_domain::organization::OrganizationStatus;
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(number))
    }

    fn changed(number: u128) -> Changed {
        let account = Account {
            organization: OrganizationState {
                id: id(number),
                name: "Acme".to_owned(),
                status: OrganizationStatus::Active,
                time_zone: "UTC".to_owned(),
                period_anchor: Timestamp::from_micros(0),
                plan: None,
                top_ups_rest: false,
                owed: Credits::ZERO,
                forgiven: Credits::ZERO,
                version: 1,
                posting_sequence: 0,
                posting_hash: [0; 32],
            },
            plan: None,
            plans: BTreeMap::new(),
            catalogue: Arc::default(),
            grants: Vec::new(),
            caps: Vec::new(),
            throttles: Vec::new(),
            counters: BTreeMap::new(),
            throttle_states: BTreeMap::new(),
            holds: BTreeMap::new(),
            known_events: BTreeMap::new(),
            journal: Journal::default(),
        };
        Changed {
            changes: Changes::default(),
            book: Book::new(account, 0),
        }
    }

    #[test]
    fn whoever_was_not_used_for_longest_is_forgotten_where_there_is_no_room() {
        let mut shelf = Shelf::new(3);
        shelf.put_back((1..=3).map(changed).collect());
        assert!(shelf.take(id(1)).is_some());
        shelf.put_back(vec![changed(1), changed(4)]);
        let known = [1, 2, 3, 4].map(|number| shelf.take(id(number)).is_some());
        assert_eq!(known, [true, false, true, true]);
    }
}
