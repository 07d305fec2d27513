//! What must hold whatever the rules say: the books of one organization, looked at after every commit and, as a whole,
//! now and then.

use std::collections::BTreeMap;

use drawdown_domain::Timestamp;
use drawdown_domain::account::{Account, Changes};
use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::hold::HoldState;
use drawdown_domain::id::GrantId;
use drawdown_domain::outcome::{Decision, Outcome};
use drawdown_domain::posting::{LedgerAccount, Posting, hash_of};

use crate::model::{Model, parts_of};
use crate::rows::Rows;

/// Says what is wrong unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
pub(crate) use ensure;

/// The ledger accounts of a grant, in the order of a grant's parts; the last is where credits come from.
const ACCOUNTS: [LedgerAccount; 6] = [
    LedgerAccount::Available,
    LedgerAccount::Held,
    LedgerAccount::Burned,
    LedgerAccount::Expired,
    LedgerAccount::Voided,
    LedgerAccount::Issued,
];

/// Sums of the postings of one organization so far.
#[derive(Default)]
pub(crate) struct Books {
    /// By grant and account.
    sums: BTreeMap<GrantId, [i64; 6]>,
    owed: i64,
    forgiven: i64,
    used: i64,
    rolled_up: i64,
}

impl Books {
    /// One answer by itself: nothing is let through beyond a limit.
    pub(crate) fn outcome(outcome: &Outcome) -> Result<(), String> {
        if let Outcome::Decision(decision) = outcome {
            check_decision(decision)?;
        }
        Ok(())
    }

    /// The changes of one batch, before they are written.
    pub(crate) fn changes(&mut self, rows: &Rows, account: &Account, changes: &Changes) -> Result<(), String> {
        let version = rows.organization.version;
        if *changes == Changes::default() {
            ensure!(account.organization.version == version, "the version rose for nothing");
            return Ok(());
        }
        ensure!(
            account.organization.version == version + 1,
            "the version did not rise by one"
        );
        for hold in &changes.holds {
            let before = rows.holds.get(&hold.id).map(|hold| hold.state);
            ensure!(
                before.is_none_or(|state| state == HoldState::Open),
                "a hold ends twice: {hold:?}"
            );
            let shares: i64 = hold.shares.iter().map(|share| share.credits.micros()).sum();
            ensure!(shares == hold.credits.micros(), "a hold is not its shares: {hold:?}");
        }
        for event in &changes.events {
            let charged: i64 = event.charges.iter().map(|share| share.credits.micros()).sum();
            let sum = charged + event.owed.micros() + event.forgiven.micros();
            ensure!(sum == event.credits.micros(), "an event is not its charges: {event:?}");
            self.used += event.credits.micros();
        }
        let rolled_up = changes.rollups.iter().map(|(_, delta)| delta.credits.micros());
        self.rolled_up += rolled_up.sum::<i64>();
        ensure!(
            self.used == self.rolled_up,
            "roll-ups sum to {}, events to {}",
            self.rolled_up,
            self.used
        );
        let mut previous = rows.organization.posting_hash;
        for (sequence, posting) in (rows.organization.posting_sequence + 1..).zip(&changes.postings) {
            let linked = posting.sequence == sequence && posting.previous_hash == previous;
            ensure!(linked, "the chain is broken: {posting:?}");
            ensure!(posting.credits.is_positive(), "nothing is posted: {posting:?}");
            previous = posting.hash;
            self.post(posting);
        }
        ensure!(
            previous == account.organization.posting_hash,
            "the organization's hash is not its last posting's"
        );
        for grant in &changes.grants {
            self.check_grant(grant)?;
        }
        let organization = &account.organization;
        let balances = (organization.owed.micros(), organization.forgiven.micros());
        ensure!(
            balances == (self.owed, self.forgiven),
            "owed and forgiven are {balances:?}, posted {}, {}",
            self.owed,
            self.forgiven
        );
        ensure!(balances.0 >= 0, "less than nothing is owed");
        Ok(())
    }

    fn post(&mut self, posting: &Posting) {
        let micros = posting.credits.micros();
        if let Some(grant) = posting.grant {
            let sums = self.sums.entry(grant).or_default();
            for (account, sum) in ACCOUNTS.iter().zip(sums) {
                if *account == posting.from {
                    *sum -= micros;
                }
                if *account == posting.to {
                    *sum += micros;
                }
            }
            return;
        }
        for (account, sign) in [(posting.from, 1), (posting.to, -1)] {
            match account {
                LedgerAccount::Owed => self.owed += sign * micros,
                LedgerAccount::Forgiven => self.forgiven += sign * micros,
                _ => {}
            }
        }
    }

    /// amount = remaining + held + burned + expired + voided, each zero or more, and each what was posted.
    fn check_grant(&self, grant: &Grant) -> Result<(), String> {
        let parts = parts_of(grant);
        let issued = match grant.state {
            GrantState::Pending => 0,
            _ => grant.amount.micros(),
        };
        ensure!(parts.iter().all(|part| *part >= 0), "less than nothing: {grant:?}");
        ensure!(
            parts.iter().sum::<i64>() == issued,
            "parts do not sum to the amount: {grant:?}"
        );
        let over = matches!(grant.state, GrantState::Void | GrantState::Expired);
        ensure!(!over || parts[0] == 0, "something is left of {grant:?}");
        let sums = self.sums.get(&grant.id).copied().unwrap_or_default();
        ensure!(
            sums[..5] == parts && sums[5] == -issued,
            "posted {sums:?} for {grant:?}"
        );
        Ok(())
    }

    /// What was changed must be what the model says it is now.
    pub(crate) fn agree(model: &Model, account: &Account, changes: &Changes) -> Result<(), String> {
        let organization = &account.organization;
        ensure!(
            (organization.owed.micros(), organization.forgiven.micros()) == (model.owed, model.forgiven),
            "owed and forgiven: the model says {}, {}; {organization:?}",
            model.owed,
            model.forgiven
        );
        if !changes.grants.is_empty() {
            let parts = model.parts();
            for grant in &changes.grants {
                agree_on_grant(model, &parts, grant)?;
            }
        }
        for hold in &changes.holds {
            let known = model
                .holds
                .iter()
                .find(|known| known.number == hold.id.uuid().as_u128());
            let agree = known.is_some_and(|known| {
                (known.state, known.micros, known.expires_at)
                    == (hold.state, hold.credits.micros(), hold.expires_at.micros())
            });
            ensure!(agree, "the model knows {known:?}, the engine wrote {hold:?}");
        }
        Ok(())
    }

    /// Everything, from the rows alone and against the model.
    pub(crate) fn whole(rows: &Rows, model: &Model) -> Result<(), String> {
        let mut again = Self::default();
        let mut previous = [0; 32];
        for posting in &rows.postings {
            ensure!(posting.hash == hash_of(posting), "a hash is wrong: {posting:?}");
            ensure!(posting.previous_hash == previous, "the chain is broken: {posting:?}");
            previous = posting.hash;
            again.post(posting);
        }
        let parts = model.parts();
        ensure!(
            rows.grants.len() == model.grants.len(),
            "{} grants, the model has {}",
            rows.grants.len(),
            model.grants.len()
        );
        for grant in rows.grants.values() {
            again.check_grant(grant)?;
            agree_on_grant(model, &parts, grant)?;
        }
        check_held(rows)?;
        let open = model.holds.iter().filter(|hold| hold.state == HoldState::Open).count();
        ensure!(open == rows.open_holds().count(), "{open} holds are open in the model");
        ensure!(
            rows.holds.len() == model.holds.len(),
            "{} holds, the model has {}",
            rows.holds.len(),
            model.holds.len()
        );
        ensure!(
            rows.events().len() == model.uses.len(),
            "{} events, the model has {}",
            rows.events().len(),
            model.uses.len()
        );
        check_rollups(rows, model)
    }
}

fn check_decision(decision: &Decision) -> Result<(), String> {
    let over = decision.limits.iter().find(|limit| limit.exceeded && limit.blocks);
    ensure!(!decision.allowed || over.is_none(), "let through beyond {over:?}");
    for limit in decision.limits.iter().filter(|limit| limit.blocks && decision.allowed) {
        let sum = limit.used.micros() + limit.held.micros() + limit.requested.micros();
        let free = limit.requested.is_zero();
        ensure!(free || sum <= limit.limit.micros(), "let through beyond {limit:?}");
    }
    ensure!(
        decision.allowed == decision.hold.is_some(),
        "a hold for nothing: {decision:?}"
    );
    let silent = !decision.allowed && decision.reasons.is_empty();
    ensure!(!silent, "refused without a reason: {decision:?}");
    Ok(())
}

fn agree_on_grant(model: &Model, parts: &[[i64; 5]], grant: &Grant) -> Result<(), String> {
    let number = grant.id.uuid().as_u128();
    let Some(place) = model.grants.iter().position(|known| known.number == number) else {
        return Err(format!("the model knows nothing of {grant:?}"));
    };
    let known = &model.grants[place];
    ensure!(
        (known.state, known.micros, parts[place]) == (grant.state, grant.amount.micros(), parts_of(grant)),
        "the model says {:?} {:?}, the engine wrote {grant:?}",
        known.state,
        parts[place]
    );
    Ok(())
}

/// What grants hold is what open holds name.
fn check_held(rows: &Rows) -> Result<(), String> {
    let mut held: BTreeMap<GrantId, i64> = BTreeMap::new();
    for share in rows.open_holds().flat_map(|hold| &hold.shares) {
        *held.entry(share.grant).or_default() += share.credits.micros();
    }
    for grant in rows.grants.values() {
        let named = held.get(&grant.id).copied().unwrap_or_default();
        ensure!(named == grant.held.micros(), "open holds name {named} of {grant:?}");
    }
    Ok(())
}

/// Days are what was used in them, by the zone in which it was taken in.
fn check_rollups(rows: &Rows, model: &Model) -> Result<(), String> {
    let mut days: BTreeMap<Timestamp, (i64, i64)> = BTreeMap::new();
    for fact in &model.uses {
        let day = days.entry(Timestamp::from_micros(fact.day)).or_default();
        *day = (day.0 + fact.micros, day.1 + 1);
    }
    for (key, delta) in &rows.rollups {
        ensure!(key.day <= key.hour, "an hour before its day: {key:?}");
        let day = days.entry(key.day).or_default();
        *day = (day.0 - delta.credits.micros(), day.1 - delta.events);
    }
    let wrong = days.iter().find(|(_, rest)| **rest != (0, 0));
    ensure!(wrong.is_none(), "a day's roll-ups are not its events: {wrong:?}");
    let authorized: i64 = rows.rollups.values().map(|delta| delta.authorized).sum();
    let ended = rows.holds.values().filter(|hold| hold.state != HoldState::Open);
    let holds = i64::try_from(ended.count()).unwrap();
    ensure!(
        authorized == holds,
        "{authorized} runs are rolled up, {holds} have ended"
    );
    Ok(())
}
