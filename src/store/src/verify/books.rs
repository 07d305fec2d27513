//! Postings, usage events and grants: each posting follows from the one before it and from its events, and every
//! balance is the sum of its postings.

use std::collections::{BTreeMap, HashMap};

use drawdown_domain::Credits;
use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::id::{GrantId, UsageEventId};
use drawdown_domain::posting::{LedgerAccount, Posting, events_digest, hash_of};
use uuid::Uuid;

use super::{Check, keys};
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::event::{EventRow, KeptEvent};
use crate::grant::GrantRow;
use crate::names::Named;
use crate::posting::PostingRow;

const ROWS_A_PAGE: i64 = 1_000;

/// What goes into an account, less what leaves it, in micro-credits.
type Balances = HashMap<(Option<GrantId>, LedgerAccount), i128>;

/// What the events of one batch charged.
#[derive(Default)]
struct Charged {
    grants: BTreeMap<GrantId, Vec<(UsageEventId, Credits)>>,
    owed: Vec<(UsageEventId, Credits)>,
    forgiven: Vec<(UsageEventId, Credits)>,
}

/// The usage events of an organization in the order of their batches.
struct Events {
    page: std::vec::IntoIter<KeptEvent>,
    next: Option<KeptEvent>,
    after: (i64, Uuid),
    ended: bool,
    /// How many were read.
    count: i64,
}

impl Events {
    fn new() -> Self {
        Self {
            page: Vec::new().into_iter(),
            next: None,
            after: (0, Uuid::nil()),
            ended: false,
            count: 0,
        }
    }

    /// The next event, if its batch is not above `batch`.
    async fn until(&mut self, check: &mut Check<'_>, batch: i64) -> Result<Option<KeptEvent>, StoreError> {
        if self.next.is_none() {
            self.next = self.page.next();
        }
        if self.next.is_none() && !self.ended {
            let rows: Vec<EventRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
                select!(usage_event, "WHERE organization_id = $1 AND (batch, id) > ($2, $3)
                 ORDER BY batch, id LIMIT $4"),
            )
            .bind(check.organization.state.id.uuid())
            .bind(self.after.0)
            .bind(self.after.1)
            .bind(ROWS_A_PAGE)
            .fetch_all(c)
            .await)?;
            self.ended = rows.is_empty();
            let page = rows
                .into_iter()
                .map(KeptEvent::try_from)
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(last) = page.last() {
                self.after = (last.batch, last.event.id.uuid());
                self.count += i64::try_from(page.len()).unwrap_or(i64::MAX);
                keys::check(check, &page).await?;
            }
            self.page = page.into_iter();
            self.next = self.page.next();
        }
        Ok(self.next.take_if(|kept| kept.batch <= batch))
    }
}

pub(super) async fn check(check: &mut Check<'_>) -> Result<(), StoreError> {
    let mut balances = Balances::new();
    let mut events = Events::new();
    let mut batch: Vec<Posting> = Vec::new();
    let mut last: Option<Posting> = None;
    loop {
        let after = last.as_ref().map_or(0, |posting| posting.sequence);
        let page = postings(check, after).await?;
        if page.is_empty() {
            break;
        }
        for posting in page {
            chain(check, last.as_ref(), &posting);
            *balances.entry((posting.grant, posting.from)).or_default() -= i128::from(posting.credits.micros());
            *balances.entry((posting.grant, posting.to)).or_default() += i128::from(posting.credits.micros());
            if batch.first().is_some_and(|first| first.batch != posting.batch) {
                close_batch(check, &mut events, &std::mem::take(&mut batch)).await?;
            }
            batch.push(posting.clone());
            last = Some(posting);
        }
    }
    close_batch(check, &mut events, &batch).await?;
    // What follows the last posting can only be free of charge.
    take_events(check, &mut events, i64::MAX, i64::MAX).await?;
    keys::check_number(check, events.count).await?;
    let state = &check.organization.state;
    let (sequence, hash) = last.map_or((0, [0; 32]), |posting| (posting.sequence, posting.hash));
    let (kept_sequence, kept_hash) = (state.posting_sequence, state.posting_hash);
    check.same(
        || "the sequence of the last posting".to_owned(),
        &sequence,
        &kept_sequence,
    );
    check.same(
        || "the hash of the last posting".to_owned(),
        &hex(&hash),
        &hex(&kept_hash),
    );
    debts(check, &balances);
    grants(check, &mut balances).await
}

async fn postings(check: &mut Check<'_>, after: i64) -> Result<Vec<Posting>, StoreError> {
    let rows: Vec<PostingRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        select!(posting, "WHERE organization_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"),
    )
    .bind(check.organization.state.id.uuid())
    .bind(after)
    .bind(ROWS_A_PAGE)
    .fetch_all(c)
    .await)?;
    check.result.postings += rows.len() as u64;
    rows.into_iter().map(Posting::try_from).collect()
}

fn chain(check: &mut Check<'_>, last: Option<&Posting>, posting: &Posting) {
    let (sequence, batch, hash) = last.map_or((0, 0, [0; 32]), |last| (last.sequence, last.batch, last.hash));
    let name = |what: &str| format!("posting {}: {what}", posting.sequence);
    check.same(|| name("its sequence"), &(sequence + 1), &posting.sequence);
    if posting.batch < batch {
        check.find(
            name("its batch"),
            format!("{batch} or later"),
            posting.batch.to_string(),
        );
    }
    check.same(|| name("the hash before it"), &hex(&hash), &hex(&posting.previous_hash));
    check.same(|| name("its hash"), &hex(&hash_of(posting)), &hex(&posting.hash));
}

/// Holds the postings of one batch against its events.
async fn close_batch(check: &mut Check<'_>, events: &mut Events, postings: &[Posting]) -> Result<(), StoreError> {
    let Some(number) = postings.first().map(|posting| posting.batch) else {
        return Ok(());
    };
    let charged = take_events(check, events, number - 1, number).await?;
    let none = Vec::new();
    let mut settled = 0;
    let mut burned = BTreeMap::<GrantId, i128>::new();
    let mut overage = [0_i128; 2];
    for posting in postings {
        let credits = i128::from(posting.credits.micros());
        let behind = match (posting.grant, posting.from, posting.to) {
            (Some(grant), _, LedgerAccount::Burned) => {
                *burned.entry(grant).or_default() += credits;
                charged.grants.get(&grant).unwrap_or(&none)
            }
            (None, LedgerAccount::Owed, _) => {
                overage[0] += credits;
                &charged.owed
            }
            (None, LedgerAccount::Forgiven, _) => {
                overage[1] += credits;
                &charged.forgiven
            }
            (None, LedgerAccount::Burned, LedgerAccount::Owed) => {
                settled += credits;
                &none
            }
            _ => &none,
        };
        let name = |what: &str| format!("posting {}: {what}", posting.sequence);
        let count = i64::try_from(behind.len()).unwrap_or(i64::MAX);
        check.same(|| name("the number of its events"), &count, &posting.events);
        let digest = events_digest(behind.iter().copied());
        check.same(
            || name("the digest of its events"),
            &hex(&digest),
            &hex(&posting.events_digest),
        );
    }
    // What settles a debt is burned without an event.
    let spent: i128 = charged.grants.values().map(|events| sum(events)).sum();
    let name = |what: &str| format!("batch {number}: {what}");
    check.same(|| name("burned"), &(spent + settled), &burned.values().sum());
    for (grant, events) in &charged.grants {
        let least = sum(events);
        let found = burned.get(grant).copied().unwrap_or(0);
        if found < least {
            check.find(
                name(&format!("burned of {grant}")),
                format!("{least} or more"),
                found.to_string(),
            );
        }
    }
    check.same(|| name("owed"), &sum(&charged.owed), &overage[0]);
    check.same(|| name("forgiven"), &sum(&charged.forgiven), &overage[1]);
    Ok(())
}

/// Checks the events up to a batch, and gives what those of the last one charged. Events of batches up to `free`, which
/// have no posting, must be free of charge.
async fn take_events(check: &mut Check<'_>, events: &mut Events, free: i64, last: i64) -> Result<Charged, StoreError> {
    let mut charged = Charged::default();
    while let Some(KeptEvent { batch, event }) = events.until(check, last).await? {
        check.result.events += 1;
        let name = |what: &str| format!("event {}: {what}", event.key);
        let rounded = Credits::round(event.exact).unwrap_or(Credits::MAX);
        // A run that the plan includes without limit costs nothing, and keeps its price.
        if !event.credits.is_zero() {
            check.same(|| name("its price, rounded"), &rounded, &event.credits);
        }
        let parts = event.charges.iter().map(|share| share.credits);
        let paid = Credits::checked_sum(parts.chain([event.owed, event.forgiven])).unwrap_or(Credits::MAX);
        check.same(|| name("what was charged, owed and forgiven"), &event.credits, &paid);
        if batch <= free && event.credits.is_positive() {
            check.find(name("its posting"), format!("one of batch {batch}"), "none");
        }
        if batch != last {
            continue;
        }
        for share in &event.charges {
            let of_grant = charged.grants.entry(share.grant).or_default();
            of_grant.push((event.id, share.credits));
        }
        if event.owed.is_positive() {
            charged.owed.push((event.id, event.owed));
        }
        if event.forgiven.is_positive() {
            charged.forgiven.push((event.id, event.forgiven));
        }
    }
    Ok(charged)
}

/// What the organization owes and was forgiven, against its postings.
fn debts(check: &mut Check<'_>, balances: &Balances) {
    let of = |account| -balances.get(&(None, account)).copied().unwrap_or(0);
    let state = &check.organization.state;
    let (owed, forgiven) = (i128::from(state.owed.micros()), i128::from(state.forgiven.micros()));
    check.same(|| "owed, in micro-credits".to_owned(), &of(LedgerAccount::Owed), &owed);
    let expected = of(LedgerAccount::Forgiven);
    check.same(|| "forgiven, in micro-credits".to_owned(), &expected, &forgiven);
}

/// Every grant against its postings, and the other way round.
async fn grants(check: &mut Check<'_>, balances: &mut Balances) -> Result<(), StoreError> {
    let rows: Vec<GrantRow> = on!(tx: &mut *check.tx, |c| sqlx::query_as(
        select!(credit_grant, "WHERE organization_id = $1 ORDER BY id"),
    )
    .bind(check.organization.state.id.uuid())
    .fetch_all(c)
    .await)?;
    for row in rows {
        let grant = Grant::try_from(row)?;
        let issued = if grant.state == GrantState::Pending {
            Credits::ZERO
        } else {
            grant.amount
        };
        let parts = [
            (LedgerAccount::Issued, -i128::from(issued.micros())),
            (LedgerAccount::Available, i128::from(grant.remaining.micros())),
            (LedgerAccount::Held, i128::from(grant.held.micros())),
            (LedgerAccount::Burned, i128::from(grant.burned.micros())),
            (LedgerAccount::Expired, i128::from(grant.expired.micros())),
            (LedgerAccount::Voided, i128::from(grant.voided.micros())),
        ];
        for (account, kept) in parts {
            let posted = balances.remove(&(Some(grant.id), account)).unwrap_or(0);
            let name = || format!("{}: {}, in micro-credits", grant.id, account.name());
            check.same(name, &posted, &kept);
        }
        if !grant.is_balanced() {
            check.find(
                format!("{}: its parts", grant.id),
                grant.amount.to_string(),
                "another sum",
            );
        }
    }
    let mut orphans: Vec<GrantId> = balances.keys().filter_map(|(grant, _)| *grant).collect();
    orphans.sort_unstable();
    orphans.dedup();
    for grant in orphans {
        check.find(format!("{grant}: its row"), "a grant for its postings", "none");
    }
    Ok(())
}

fn sum(events: &[(UsageEventId, Credits)]) -> i128 {
    events.iter().map(|(_, credits)| i128::from(credits.micros())).sum()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes whatever is written");
        text
    })
}
