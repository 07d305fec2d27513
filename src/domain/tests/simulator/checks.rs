//! What must hold after every batch, worked out from the rows by the plainest means.

use std::collections::BTreeMap;

use drawdown_domain::account::{Account, Changes, Counter};
use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::hold::{CounterKey, Hold, HoldState};
use drawdown_domain::id::HoldId;
use drawdown_domain::limit::{Cap, CapLimit, ThrottleLimit, Window};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::posting::{LedgerAccount, hash_of};
use drawdown_domain::request::Request;
use drawdown_domain::window::{Zone, rolling_step_start};
use drawdown_domain::{Credits, Timestamp};

use crate::rows::Rows;

/// What is remembered from batch to batch.
pub(crate) struct Checks {
    is_tame: bool,
    ended: BTreeMap<HoldId, HoldState>,
    /// Runs that the throttle let through: when, how many micro-credits, and whether it counts runs or credits.
    admitted: Vec<(Timestamp, i64)>,
}

impl Checks {
    pub(crate) fn new(is_tame: bool) -> Self {
        Self {
            is_tame,
            ended: BTreeMap::new(),
            admitted: Vec::new(),
        }
    }

    /// One answer by itself.
    pub(crate) fn outcome(&mut self, now: Timestamp, request: &Request, outcome: &Outcome) {
        match outcome {
            Outcome::Decision(decision) => {
                let exceeded = decision.limits.iter().any(|limit| limit.exceeded && limit.blocks);
                assert!(!(decision.allowed && exceeded), "allowed beyond a limit: {decision:?}");
                assert_eq!(decision.allowed, decision.hold.is_some());
                assert!(
                    decision.allowed || !decision.reasons.is_empty(),
                    "refused without a reason"
                );
                let counted = decision.limits.iter().any(|limit| limit.name.as_str() == "rate");
                if decision.allowed && counted {
                    self.admitted.push((now, decision.credits.micros()));
                }
            }
            Outcome::Captured(captured) => {
                self.end(captured.hold.id, captured.hold.state);
                let paid = [captured.drawn, captured.owed, captured.forgiven].into_iter();
                let more = Credits::checked_sum(paid).unwrap();
                let balance = captured
                    .hold
                    .credits
                    .checked_add(more)
                    .unwrap()
                    .checked_sub(captured.returned);
                assert_eq!(balance, Some(captured.credits), "{captured:?}");
            }
            Outcome::Hold(hold) if matches!(request, Request::Release { .. }) => self.end(hold.id, hold.state),
            _ => {}
        }
    }

    fn end(&mut self, hold: HoldId, state: HoldState) {
        let before = self.ended.insert(hold, state);
        assert_eq!(before, None, "a hold ends once");
    }

    /// The changes of one batch, before they are written.
    pub(crate) fn changes(rows: &Rows, changes: &Changes, account: &Account) {
        let version = rows.organization.version;
        if *changes == Changes::default() {
            assert_eq!(account.organization.version, version, "nothing changed");
            return;
        }
        assert_eq!(account.organization.version, version + 1);
        for hold in &changes.holds {
            let before = rows.holds.get(&hold.id).map(|hold| hold.state);
            assert!(before.is_none_or(|state| state == HoldState::Open), "a hold ends once");
            let shares = Credits::checked_sum(hold.shares.iter().map(|share| share.credits));
            assert_eq!(shares, Some(hold.credits));
        }
        let mut previous = rows.organization.posting_hash;
        for (sequence, posting) in (rows.organization.posting_sequence + 1..).zip(&changes.postings) {
            assert_eq!((posting.sequence, posting.previous_hash), (sequence, previous));
            assert_eq!(posting.hash, hash_of(posting));
            assert!(posting.credits.is_positive());
            previous = posting.hash;
        }
    }

    /// All rows, after a batch.
    pub(crate) fn rows(&self, now: Timestamp, rows: &Rows) {
        check_grants(rows);
        check_overage(rows);
        check_rollups(rows);
        check_counters(now, rows);
        self.check_throttle(rows);
        if self.is_tame {
            check_caps_hold(now, rows);
        }
    }

    /// No interval between two admitted runs holds more than burst + rate × time.
    fn check_throttle(&self, rows: &Rows) {
        let Some(throttle) = rows.throttles.first() else {
            return;
        };
        let (rate, unit, counts_runs) = match throttle.limit {
            ThrottleLimit::Requests(runs) => (i128::from(runs), 1, true),
            ThrottleLimit::Credits(credits) => (i128::from(credits.micros()), 1_000_000, false),
        };
        let burst = throttle.burst.map_or(rate, |burst| i128::from(burst) * unit);
        let period = i128::from(throttle.per.seconds()) * 1_000_000;
        let Some((last, _)) = self.admitted.last() else {
            return;
        };
        let mut units = 0;
        for (at, micros) in self.admitted.iter().rev() {
            units += if counts_runs { 1 } else { i128::from(*micros) };
            let time = i128::from(last.micros_since(*at));
            assert!(units * period <= burst * period + rate * time, "{units} since {at:?}");
        }
    }
}

/// Balances are what the postings say, and what open holds reserve is what they name.
fn check_grants(rows: &Rows) {
    let mut sums: BTreeMap<_, i64> = BTreeMap::new();
    for posting in &rows.postings {
        if let Some(grant) = posting.grant {
            *sums.entry((grant, posting.from)).or_default() -= posting.credits.micros();
            *sums.entry((grant, posting.to)).or_default() += posting.credits.micros();
        }
    }
    let mut held: BTreeMap<_, i64> = BTreeMap::new();
    for share in open_holds(rows).flat_map(|hold| &hold.shares) {
        *held.entry(share.grant).or_default() += share.credits.micros();
    }
    for grant in rows.grants.values() {
        assert!(grant.is_balanced(), "{grant:?}");
        let is_over = matches!(grant.state, GrantState::Void | GrantState::Expired);
        assert!(!is_over || grant.remaining.is_zero(), "nothing is left of {grant:?}");
        let sum = |account| sums.get(&(grant.id, account)).copied().unwrap_or_default();
        for (account, part) in parts(grant) {
            assert_eq!(sum(account), part.micros(), "{account:?} of {grant:?}");
        }
        let issued = if grant.state == GrantState::Pending {
            0
        } else {
            grant.amount.micros()
        };
        assert_eq!(-sum(LedgerAccount::Issued), issued);
        assert_eq!(held.get(&grant.id).copied().unwrap_or_default(), grant.held.micros());
    }
}

fn parts(grant: &Grant) -> [(LedgerAccount, Credits); 5] {
    [
        (LedgerAccount::Available, grant.remaining),
        (LedgerAccount::Held, grant.held),
        (LedgerAccount::Burned, grant.burned),
        (LedgerAccount::Expired, grant.expired),
        (LedgerAccount::Voided, grant.voided),
    ]
}

fn open_holds(rows: &Rows) -> impl Iterator<Item = &Hold> {
    rows.holds.values().filter(|hold| hold.state == HoldState::Open)
}

/// What events cost was burned by grants, is owed, or was forgiven; every event's charges sum to its price.
fn check_overage(rows: &Rows) {
    for event in rows.events.values() {
        let charges = event.charges.iter().map(|share| share.credits);
        let sum = Credits::checked_sum(charges.chain([event.owed, event.forgiven]));
        assert_eq!(sum, Some(event.credits), "{event:?}");
    }
    let burned = Credits::checked_sum(rows.grants.values().map(|grant| grant.burned)).unwrap();
    let organization = &rows.organization;
    let covered = Credits::checked_sum([burned, organization.owed, organization.forgiven]);
    assert_eq!(covered, Some(rows.cost()));
    let forgiven = Credits::checked_sum(rows.events.values().map(|event| event.forgiven));
    assert_eq!(forgiven, Some(organization.forgiven));
    assert!(!organization.owed.is_negative());
}

fn check_rollups(rows: &Rows) {
    let credits = Credits::checked_sum(rows.rollups.values().map(|delta| delta.credits));
    assert_eq!(credits, Some(rows.cost()));
    let events: i64 = rows.rollups.values().map(|delta| delta.events).sum();
    assert_eq!(events, i64::try_from(rows.events.len()).unwrap());
    let authorized: i64 = rows.rollups.values().map(|delta| delta.authorized).sum();
    assert_eq!(authorized, i64::try_from(rows.holds.len()).unwrap());
}

/// The counters of a cap that count now, worked out anew from all events and open holds.
fn recount(now: Timestamp, rows: &Rows, cap: &Cap) -> BTreeMap<CounterKey, Counter> {
    let zone = Zone::parse(&rows.organization.time_zone).unwrap();
    let current = zone.window(cap.window, now, rows.organization.period_anchor);
    let mut counters: BTreeMap<CounterKey, Counter> = BTreeMap::new();
    let mut count = |run: &drawdown_domain::hold::Run, at: Timestamp, used: Credits, held: Credits| {
        if !cap.scope.matches(run) || !(current.contains(at) || cap.window == Window::Lifetime) {
            return;
        }
        let window_start = match cap.window {
            Window::RollingHours(hours) => rolling_step_start(hours, at),
            _ => current.start,
        };
        let each = cap.scope.each_value(run);
        let counter = counters
            .entry(CounterKey {
                cap: cap.id,
                each,
                window_start,
            })
            .or_default();
        counter.used = counter.used.checked_add(used).unwrap();
        counter.held = counter.held.checked_add(held).unwrap();
    };
    for event in rows.events.values() {
        count(&event.run, event.occurred_at, event.credits, Credits::ZERO);
    }
    for hold in open_holds(rows) {
        count(&hold.run, hold.authorized_at, Credits::ZERO, hold.credits);
    }
    counters
}

fn check_counters(now: Timestamp, rows: &Rows) {
    for cap in &rows.caps {
        for (key, expected) in recount(now, rows, cap) {
            let counter = rows.counters.get(&key).copied().unwrap_or_default();
            assert_eq!(
                (counter.used, counter.held),
                (expected.used, expected.held),
                "{cap:?} {key:?}"
            );
        }
    }
}

/// Where nothing but authorised runs ever counted, no blocking cap holds more than its limit.
fn check_caps_hold(now: Timestamp, rows: &Rows) {
    for cap in rows.caps.iter().filter(|cap| cap.blocks()) {
        let CapLimit::Credits(limit) = cap.limit else {
            continue;
        };
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for (key, counter) in recount(now, rows, cap) {
            *sums.entry(key.each).or_default() += i128::from(counter.used.micros() + counter.held.micros());
        }
        for (each, sum) in sums {
            assert!(sum <= i128::from(limit.micros()), "{cap:?} {each} holds {sum}");
        }
    }
}
