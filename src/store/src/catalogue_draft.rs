//! Drafts of the rate card and of plans: what is being written, and how a draft of the rate card is published and taken back.
//!
//! A draft carries a revision, and whoever changes, publishes or discards it names the one they saw: two people who
//! write at once never undo each other's work unseen. It names the version that it began as too, and is not published over
//! a newer one. Published versions stay what they are.

use drawdown_domain::catalogue::{RateCard, Rates};
use drawdown_domain::id::RateCardVersionId;
use drawdown_domain::plan::{PlanTerms, PlanVersion};
use drawdown_domain::{Key, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::catalogue::{RateCardRow, next_plan_version, write_plan_version, write_rate_card};
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::hold::json;
use crate::organization::key;
use crate::plan_move::{NewPlanMove, write_move};

/// What a draft is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftOf<'a> {
    /// The rate card; there is one draft of it at most.
    RateCard,
    /// A plan, by its key; one draft a plan.
    Plan(&'a Key),
}

impl DraftOf<'_> {
    const fn noun(self) -> &'static str {
        match self {
            Self::RateCard => "rate_card",
            Self::Plan(_) => PLAN,
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::RateCard => "",
            Self::Plan(key) => key.as_str(),
        }
    }
}

const PLAN: &str = "plan";

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft<T> {
    /// Counts its changes, from 1.
    pub revision: i64,
    /// The number of the version that it began as; zero where it began empty.
    pub based_on: i64,
    /// What it says.
    pub content: T,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// By whom, by name.
    pub changed_by: String,
}

/// What became of a draft that was to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishedDraft<T> {
    /// It is this version.
    New(T),
    /// It is at another revision by now, or gone.
    Changed,
    /// Another version came, or went, than the one that it began as: publishing it would undo that.
    Behind,
}

/// A version of the rate card with what a list tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRateCard {
    /// The version.
    pub card: RateCard,
    /// The number of the scheduled version that it takes back.
    pub withdraws: Option<i64>,
    /// When it was published.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct DraftRow {
    key: String,
    revision: i64,
    based_on: i64,
    content: String,
    changed_at: i64,
    changed_by: String,
}

impl DraftRow {
    fn read<T: DeserializeOwned>(self) -> Result<Draft<T>, StoreError> {
        Ok(Draft {
            revision: self.revision,
            based_on: self.based_on,
            content: json("draft", &self.content)?,
            changed_at: Timestamp::from_micros(self.changed_at),
            changed_by: self.changed_by,
        })
    }
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    card: RateCardRow,
    withdraws: Option<i64>,
    created_at: i64,
}

const LISTED: &str = "SELECT id, number, effective_at, rates, withdraws, created_at FROM rate_card_version";

impl Store {
    /// The draft.
    pub async fn draft<T: DeserializeOwned>(&self, of: DraftOf<'_>) -> Result<Option<Draft<T>>, StoreError> {
        let row: Option<DraftRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT key, revision, based_on, content, changed_at, changed_by FROM catalogue_draft
             WHERE noun = $1 AND key = $2",
        )
        .bind(of.noun())
        .bind(of.key())
        .fetch_optional(c)
        .await)?;
        row.map(DraftRow::read).transpose()
    }

    /// The drafts of all plans, in the order of their keys; 1000 at most.
    pub async fn plan_drafts<T: DeserializeOwned>(&self) -> Result<Vec<(Key, Draft<T>)>, StoreError> {
        let rows: Vec<DraftRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT key, revision, based_on, content, changed_at, changed_by FROM catalogue_draft
             WHERE noun = $1 ORDER BY key LIMIT 1000",
        )
        .bind(PLAN)
        .fetch_all(c)
        .await)?;
        rows.into_iter()
            .map(|row| Ok((key("plan key", &row.key)?, row.read()?)))
            .collect()
    }

    /// Writes a draft: a new one at revision 1, and a changed one at the revision after the one that was seen. False
    /// where somebody else was faster; nothing was written then.
    pub async fn put_draft<T: Serialize + Sync>(
        &self,
        of: DraftOf<'_>,
        draft: &Draft<T>,
        audit: &[AuditLine],
    ) -> Result<bool, StoreError> {
        let content = &serde_json::to_string(&draft.content).map_err(|error| StoreError::corrupt("draft", error))?;
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let statement = if draft.revision == 1 {
                "INSERT INTO catalogue_draft (noun, key, revision, based_on, content, changed_at, changed_by)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (noun, key) DO NOTHING"
            } else {
                "UPDATE catalogue_draft SET revision = $3, based_on = $4, content = $5, changed_at = $6, changed_by = $7
                 WHERE noun = $1 AND key = $2 AND revision = $3 - 1"
            };
            let written = on!(tx: &mut tx, |c| sqlx::query(statement)
                .bind(of.noun())
                .bind(of.key())
                .bind(draft.revision)
                .bind(draft.based_on)
                .bind(content)
                .bind(draft.changed_at.micros())
                .bind(&draft.changed_by)
                .execute(c)
                .await
                .map(|done| done.rows_affected()))?;
            if written == 0 {
                return Ok(false);
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Throws a draft away, where it still is at the revision that was seen.
    pub async fn discard_draft(&self, of: DraftOf<'_>, revision: i64, audit: &[AuditLine]) -> Result<bool, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            if take_draft(&mut tx, of, revision).await?.is_none() {
                return Ok(false);
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Publishes the rate card's draft, where it still is at the revision that was seen and a draft would still begin as the same
    /// version: `rates` become a version in force from `effective_at` on, and the draft is gone.
    pub async fn publish_rates_draft(
        &self,
        revision: i64,
        rates: &Rates,
        effective_at: Timestamp,
        now: Timestamp,
        audit: &[AuditLine],
    ) -> Result<PublishedDraft<RateCard>, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let Some(based_on) = take_draft(&mut tx, DraftOf::RateCard, revision).await? else {
                return Ok(PublishedDraft::Changed);
            };
            let rows = on!(tx: &mut tx, |c| sqlx::query_as(LISTED).fetch_all(c).await)?;
            if based_on != begins_as(&listed(rows)?).map_or(0, |card| card.number) {
                return Ok(PublishedDraft::Behind);
            }
            let card = RateCard {
                id: RateCardVersionId::from_uuid(Uuid::now_v7()),
                number: highest(&mut tx).await? + 1,
                effective_at,
                rates: rates.clone(),
            };
            write_rate_card(&mut tx, &card, None, now).await?;
            renew_withdrawals(&mut tx, now).await?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(PublishedDraft::New(card))
        })
        .await
    }

    /// Takes a scheduled version back before `now` reaches it: a version follows that says, from the same instant on, what
    /// would be in force without it. False where there is no such version, it is in force already, it is taken back
    /// already or nothing comes before it.
    pub async fn withdraw_rates(&self, number: i64, now: Timestamp, audit: &[AuditLine]) -> Result<bool, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            // The instant may have been reached while the lock was waited for.
            let now = now.max(self.inner.clock.now());
            let listed = listed(on!(tx: &mut tx, |c| sqlx::query_as(LISTED).fetch_all(c).await)?)?;
            let Some(effective_at) = can_be_taken_back(&listed, number, now) else {
                return Ok(false);
            };
            let others: Vec<ListedRateCard> = listed.into_iter().filter(|one| one.card.number != number).collect();
            let Some(rates) = stays_at(&others, effective_at) else {
                return Ok(false);
            };
            let card = RateCard {
                id: RateCardVersionId::from_uuid(Uuid::now_v7()),
                number: highest(&mut tx).await? + 1,
                effective_at,
                rates: rates.clone(),
            };
            write_rate_card(&mut tx, &card, Some(number), now).await?;
            renew_withdrawals(&mut tx, now).await?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// All versions of the rate card, the newest first.
    pub async fn rate_cards(&self) -> Result<Vec<ListedRateCard>, StoreError> {
        let rows = on!(pool: &self.db().read, |c| sqlx::query_as(LISTED).fetch_all(c).await)?;
        let mut cards = listed(rows)?;
        cards.sort_by_key(|listed| std::cmp::Reverse(listed.card.number));
        Ok(cards)
    }
}

fn listed(rows: Vec<ListedRow>) -> Result<Vec<ListedRateCard>, StoreError> {
    rows.into_iter()
        .map(|row| {
            Ok(ListedRateCard {
                card: row.card.try_into()?,
                withdraws: row.withdraws,
                created_at: Timestamp::from_micros(row.created_at),
            })
        })
        .collect()
}

/// The version that comes into force last of those that meet `which`, without any withdrawal and what they take back.
fn last_of(listed: &[ListedRateCard], which: impl Fn(&RateCard) -> bool) -> Option<&RateCard> {
    let is_taken_back = |number: i64| listed.iter().any(|one| one.withdraws == Some(number));
    let stays = listed
        .iter()
        .filter(|one| one.withdraws.is_none() && which(&one.card) && !is_taken_back(one.card.number));
    let last = stays.max_by_key(|one| (one.card.effective_at, one.card.number));
    last.map(|one| &one.card)
}

/// The version of the rate card that a draft begins as: the one that comes into force last, of those that are not taken back.
pub fn begins_as(listed: &[ListedRateCard]) -> Option<&RateCard> {
    last_of(listed, |_| true)
}

/// What would be in force at `at` without any withdrawal and what they take back.
fn stays_at(listed: &[ListedRateCard], at: Timestamp) -> Option<&Rates> {
    last_of(listed, |card| card.effective_at <= at).map(|card| &card.rates)
}

/// Whether a version can be taken back at `now`.
fn can_be_taken_back(listed: &[ListedRateCard], number: i64, now: Timestamp) -> Option<Timestamp> {
    let scheduled = listed.iter().find(|one| one.card.number == number)?;
    let is_taken_back = listed.iter().any(|one| one.withdraws == Some(number));
    let can = scheduled.card.effective_at > now && scheduled.withdraws.is_none() && !is_taken_back;
    let first = listed.iter().map(|one| one.card.effective_at).min()?;
    // Before the first version there is nothing to go back to.
    (can && first < scheduled.card.effective_at).then_some(scheduled.card.effective_at)
}

/// Withdrawals to come that say something else than what stays by then: another version came between, or went. Each with
/// the number that it takes back and what it has to say.
fn stale_withdrawals(listed: &[ListedRateCard], now: Timestamp) -> Vec<(Timestamp, i64, Rates)> {
    let is_last = |one: &ListedRateCard| {
        listed
            .iter()
            .all(|other| other.card.effective_at != one.card.effective_at || other.card.number <= one.card.number)
    };
    let to_come = listed.iter().filter(|one| one.card.effective_at > now && is_last(one));
    let stale = to_come.filter_map(|one| {
        let rates = stays_at(listed, one.card.effective_at)?;
        (*rates != one.card.rates).then(|| Some((one.card.effective_at, one.withdraws?, rates.clone())))?
    });
    stale.collect()
}

/// Makes the withdrawals to come say what stays, after a version came or went.
pub(crate) async fn renew_withdrawals(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    let rows = on!(tx: &mut *tx, |c| sqlx::query_as(LISTED).fetch_all(c).await)?;
    for (effective_at, withdraws, rates) in stale_withdrawals(&listed(rows)?, now) {
        let card = RateCard {
            id: RateCardVersionId::from_uuid(Uuid::now_v7()),
            number: highest(tx).await? + 1,
            effective_at,
            rates,
        };
        write_rate_card(tx, &card, Some(withdraws), now).await?;
    }
    Ok(())
}

/// Removes the draft at that revision and gives the version that it began as; `None` where it is another by now.
async fn take_draft(tx: &mut Tx, of: DraftOf<'_>, revision: i64) -> Result<Option<i64>, StoreError> {
    let taken: Option<(i64,)> = on!(tx: tx, |c| sqlx::query_as(
        "DELETE FROM catalogue_draft WHERE noun = $1 AND key = $2 AND revision = $3 RETURNING based_on",
    )
    .bind(of.noun())
    .bind(of.key())
    .bind(revision)
    .fetch_optional(c)
    .await)?;
    Ok(taken.map(|(based_on,)| based_on))
}

async fn highest(tx: &mut Tx) -> Result<i64, StoreError> {
    let number: (i64,) = on!(tx: &mut *tx, |c| sqlx::query_as("SELECT COALESCE(MAX(number), 0) FROM rate_card_version")
        .fetch_one(c)
        .await)?;
    Ok(number.0)
}

impl Store {
    /// Publishes a plan's draft as a new version, where it still is at the revision that was seen and the plan's current version is
    /// the one that it began as, and writes down the groups that are to be moved to it.
    pub async fn publish_plan_draft(
        &self,
        plan: &Key,
        revision: i64,
        terms: &PlanTerms,
        moves: &[NewPlanMove],
        now: Timestamp,
        audit: &[AuditLine],
    ) -> Result<PublishedDraft<PlanVersion>, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let Some(based_on) = take_draft(&mut tx, DraftOf::Plan(plan), revision).await? else {
                return Ok(PublishedDraft::Changed);
            };
            let version = next_plan_version(&mut tx, plan, terms).await?;
            if version.number != based_on + 1 {
                return Ok(PublishedDraft::Behind);
            }
            write_plan_version(&mut tx, &version, now).await?;
            for new in moves {
                write_move(&mut tx, version.id, new).await?;
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(PublishedDraft::New(version))
        })
        .await
    }
}
