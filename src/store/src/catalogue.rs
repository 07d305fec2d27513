//! Rate card and plan versions: written once, never edited, and so kept in the process once they are read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use drawdown_domain::catalogue::{Catalogue, RateCard, Rates};
use drawdown_domain::id::{PlanVersionId, RateCardVersionId};
use drawdown_domain::plan::{PlanTerms, PlanVersion};
use drawdown_domain::{Key, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::catalogue_draft::renew_withdrawals;
use crate::database::{Pool, Tx, on};
use crate::error::StoreError;
use crate::hold::json;
use crate::organization::key;

/// Whether publishing made something new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published<T> {
    /// A new version.
    New(T),
    /// The current version says the same: nothing was made.
    Same(T),
}

/// A plan with its current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSummary {
    /// The current version.
    pub current: Arc<PlanVersion>,
    /// How many organizations are on any version of it.
    pub organizations: i64,
}

/// How long the catalogue is taken for the newest without asking, where that is good enough.
const TRUST: Duration = Duration::from_secs(1);

/// What was read of the immutable versions so far.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    catalogue: RwLock<Arc<Catalogue>>,
    /// When newer versions were last asked for.
    asked_at: Mutex<Option<Instant>>,
    plans: RwLock<HashMap<PlanVersionId, Arc<PlanVersion>>>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct RateCardRow {
    id: Uuid,
    number: i64,
    effective_at: i64,
    rates: String,
}

impl TryFrom<RateCardRow> for RateCard {
    type Error = StoreError;

    fn try_from(row: RateCardRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RateCardVersionId::from_uuid(row.id),
            number: row.number,
            effective_at: Timestamp::from_micros(row.effective_at),
            rates: json("rates", &row.rates)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct PlanVersionRow {
    id: Uuid,
    plan: String,
    number: i64,
    terms: String,
}

impl TryFrom<PlanVersionRow> for PlanVersion {
    type Error = StoreError;

    fn try_from(row: PlanVersionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: PlanVersionId::from_uuid(row.id),
            plan: key("plan key", &row.plan)?,
            number: row.number,
            terms: json("plan terms", &row.terms)?,
        })
    }
}

/// The order in which versions come into force.
fn in_force(card: &RateCard) -> (Timestamp, i64) {
    (card.effective_at, card.number)
}

impl Cache {
    /// The catalogue as it is known here.
    pub(crate) fn known(&self) -> Arc<Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, cards: Vec<RateCard>) -> Arc<Catalogue> {
        let mut known = self.catalogue.write().unwrap_or_else(PoisonError::into_inner);
        let mut versions = known.versions.clone();
        versions.extend(
            cards
                .into_iter()
                .filter(|card| known.versions.iter().all(|old| old.id != card.id)),
        );
        versions.sort_by_key(in_force);
        *known = Arc::new(Catalogue { versions });
        known.clone()
    }

    /// The number of its newest version; zero where there is none.
    pub(crate) fn highest(catalogue: &Catalogue) -> i64 {
        catalogue.versions.iter().map(|card| card.number).max().unwrap_or(0)
    }

    /// True, and from now on false for a second, where it is time to ask for newer versions.
    fn is_time_to_ask(&self) -> bool {
        let mut asked_at = self.asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_time = asked_at.is_none_or(|asked_at| now.duration_since(asked_at) >= TRUST);
        if is_time {
            *asked_at = Some(now);
        }
        is_time
    }

    /// The catalogue with every committed version: asks only for versions newer than those known.
    pub(crate) async fn catalogue(&self, pool: &Pool) -> Result<Arc<Catalogue>, StoreError> {
        let known = self.known();
        let rows: Vec<RateCardRow> = on!(pool: pool, |c| sqlx::query_as(NEWER_RATE_CARDS)
            .bind(Self::highest(&known))
            .fetch_all(c)
            .await)?;
        self.take(known, rows)
    }

    /// The same within a transaction, where the newest committed version is known to have this number.
    pub(crate) async fn catalogue_of(&self, tx: &mut Tx, newest: i64) -> Result<Arc<Catalogue>, StoreError> {
        let known = self.known();
        if newest <= Self::highest(&known) {
            return Ok(known);
        }
        let rows: Vec<RateCardRow> = on!(tx: tx, |c| sqlx::query_as(NEWER_RATE_CARDS)
            .bind(Self::highest(&known))
            .fetch_all(c)
            .await)?;
        self.take(known, rows)
    }

    fn take(&self, known: Arc<Catalogue>, rows: Vec<RateCardRow>) -> Result<Arc<Catalogue>, StoreError> {
        if rows.is_empty() {
            return Ok(known);
        }
        let cards = rows
            .into_iter()
            .map(RateCard::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.learn(cards))
    }

    fn plan(&self, id: PlanVersionId) -> Option<Arc<PlanVersion>> {
        let plans = self.plans.read().unwrap_or_else(PoisonError::into_inner);
        plans.get(&id).cloned()
    }

    fn learn_plan(&self, row: Option<PlanVersionRow>) -> Result<Option<Arc<PlanVersion>>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let version = Arc::new(PlanVersion::try_from(row)?);
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(plans.entry(version.id).or_insert(version).clone()))
    }

    /// A plan version, from memory where it was read before.
    pub(crate) async fn plan_in(&self, tx: &mut Tx, id: PlanVersionId) -> Result<Option<Arc<PlanVersion>>, StoreError> {
        if let Some(version) = self.plan(id) {
            return Ok(Some(version));
        }
        let row = on!(tx: tx, |c| sqlx::query_as(PLAN_VERSION).bind(id.uuid()).fetch_optional(c).await)?;
        self.learn_plan(row)
    }
}

const NEWER_RATE_CARDS: &str =
    "SELECT id, number, effective_at, rates FROM rate_card_version WHERE number > $1 ORDER BY number";
/// A contract's own terms bear the name and number of the plan version that they build on.
const PLAN_VERSION: &str =
    "SELECT v.id, COALESCE(b.plan, v.plan) AS plan, COALESCE(b.number, v.number) AS number, v.terms
    FROM plan_version v LEFT JOIN plan_version b ON b.id = v.base_id WHERE v.id = $1";
const CURRENT_PLAN: &str =
    "SELECT id, plan, number, terms FROM plan_version WHERE plan = $1 ORDER BY number DESC LIMIT 1";

impl Store {
    /// All versions of the rate card.
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>, StoreError> {
        self.inner.catalogue.catalogue(&self.db().read).await
    }

    /// The same as of a second ago at most: what busy callers ask, who need not hear of new prices before the ledger.
    pub async fn catalogue_lately(&self) -> Result<Arc<Catalogue>, StoreError> {
        let cache = &self.inner.catalogue;
        let known = cache.known();
        if !known.versions.is_empty() && !cache.is_time_to_ask() {
            return Ok(known);
        }
        cache.catalogue(&self.db().read).await
    }

    /// Publishes rates as a new version, unless the one in force by then says the same.
    pub async fn publish_rates(
        &self,
        rates: &Rates,
        effective_at: Timestamp,
        now: Timestamp,
        audit: &[AuditLine],
    ) -> Result<Published<RateCard>, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let rows: Vec<RateCardRow> =
                on!(tx: &mut tx, |c| sqlx::query_as(NEWER_RATE_CARDS).bind(0).fetch_all(c).await)?;
            let mut versions = rows
                .into_iter()
                .map(RateCard::try_from)
                .collect::<Result<Vec<_>, _>>()?;
            let number = versions.last().map_or(1, |last| last.number + 1);
            versions.sort_by_key(in_force);
            let before = versions.into_iter().rfind(|card| card.effective_at <= effective_at);
            if let Some(before) = before.filter(|before| before.rates == *rates) {
                return Ok(Published::Same(before));
            }
            let card = RateCard {
                id: RateCardVersionId::from_uuid(Uuid::now_v7()),
                number,
                effective_at,
                rates: rates.clone(),
            };
            write_rate_card(&mut tx, &card, None, now).await?;
            renew_withdrawals(&mut tx, now).await?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(Published::New(card))
        })
        .await
    }

    /// The plan version of an identifier.
    pub async fn plan_version(&self, id: PlanVersionId) -> Result<Option<Arc<PlanVersion>>, StoreError> {
        if let Some(version) = self.inner.catalogue.plan(id) {
            return Ok(Some(version));
        }
        let row = on!(pool: &self.db().read, |c| sqlx::query_as(PLAN_VERSION)
            .bind(id.uuid())
            .fetch_optional(c)
            .await)?;
        self.inner.catalogue.learn_plan(row)
    }

    /// The current version of a plan.
    pub async fn current_plan(&self, plan: &Key) -> Result<Option<Arc<PlanVersion>>, StoreError> {
        let row = on!(pool: &self.db().read, |c| sqlx::query_as(CURRENT_PLAN)
            .bind(plan.as_str())
            .fetch_optional(c)
            .await)?;
        self.inner.catalogue.learn_plan(row)
    }

    /// Every plan with its current version, in the order of their keys; 1000 at most.
    pub async fn plans(&self) -> Result<Vec<PlanSummary>, StoreError> {
        let current = self.current_plans().await?;
        let counts: Vec<(String, i64)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT COALESCE(b.plan, v.plan), COUNT(*) FROM organization o JOIN plan_version v ON v.id = o.plan_version_id
                LEFT JOIN plan_version b ON b.id = v.base_id GROUP BY COALESCE(b.plan, v.plan)",
        )
        .fetch_all(c)
        .await)?;
        let counts: HashMap<_, _> = counts.into_iter().collect();
        let summary = |current: Arc<PlanVersion>| {
            let organizations = counts.get(current.plan.as_str()).copied().unwrap_or(0);
            PlanSummary { current, organizations }
        };
        Ok(current.into_iter().map(summary).collect())
    }

    /// The current version of every plan, in the order of their keys; 1000 at most. Counts nothing.
    pub async fn current_plans(&self) -> Result<Vec<Arc<PlanVersion>>, StoreError> {
        let rows: Vec<PlanVersionRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT v.id, v.plan, v.number, v.terms FROM plan_version v
             WHERE v.base_id IS NULL AND v.number = (SELECT MAX(number) FROM plan_version WHERE plan = v.plan)
             ORDER BY v.plan LIMIT 1000",
        )
        .fetch_all(c)
        .await)?;
        rows.into_iter()
            .map(|row| Ok(Arc::new(PlanVersion::try_from(row)?)))
            .collect()
    }

    /// Publishes a plan's terms as a new version, unless its current one says the same.
    pub async fn publish_plan(
        &self,
        plan: &Key,
        terms: &PlanTerms,
        now: Timestamp,
        audit: &[AuditLine],
    ) -> Result<Published<PlanVersion>, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let current = current_in(&mut tx, plan).await?;
            if let Some(current) = current.filter(|current| current.terms == *terms) {
                return Ok(Published::Same(current));
            }
            let version = next_plan_version(&mut tx, plan, terms).await?;
            write_plan_version(&mut tx, &version, now).await?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(Published::New(version))
        })
        .await
    }
}

/// Writes a version of the rate card; `withdraws` is the scheduled one that it takes back.
pub(crate) async fn write_rate_card(
    tx: &mut Tx,
    card: &RateCard,
    withdraws: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(&card.rates).map_err(|error| StoreError::corrupt("rates", error))?;
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO rate_card_version (id, number, effective_at, rates, withdraws, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(card.id.uuid())
    .bind(card.number)
    .bind(card.effective_at.micros())
    .bind(text)
    .bind(withdraws)
    .bind(now.micros())
    .execute(c)
    .await
    .map(|_| ()))
    .map_err(|error| StoreError::or_exists(error, "rate card version"))
}

async fn current_in(tx: &mut Tx, plan: &Key) -> Result<Option<PlanVersion>, StoreError> {
    let row: Option<PlanVersionRow> = on!(tx: tx, |c| sqlx::query_as(CURRENT_PLAN)
        .bind(plan.as_str())
        .fetch_optional(c)
        .await)?;
    row.map(PlanVersion::try_from).transpose()
}

/// The version that follows a plan's current one with these terms; not written yet.
pub(crate) async fn next_plan_version(tx: &mut Tx, plan: &Key, terms: &PlanTerms) -> Result<PlanVersion, StoreError> {
    let current = current_in(tx, plan).await?;
    Ok(PlanVersion {
        id: PlanVersionId::from_uuid(Uuid::now_v7()),
        plan: plan.clone(),
        number: current.map_or(1, |current| current.number + 1),
        terms: terms.clone(),
    })
}

pub(crate) async fn write_plan_version(tx: &mut Tx, version: &PlanVersion, now: Timestamp) -> Result<(), StoreError> {
    let terms = serde_json::to_string(&version.terms).map_err(|error| StoreError::corrupt("plan terms", error))?;
    on!(tx: &mut *tx, |c| sqlx::query(
        "INSERT INTO plan (key, created_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
    )
    .bind(version.plan.as_str())
    .bind(now.micros())
    .execute(c)
    .await
    .map(|_| ()))?;
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO plan_version (id, plan, number, terms, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(version.id.uuid())
    .bind(version.plan.as_str())
    .bind(version.number)
    .bind(terms)
    .bind(now.micros())
    .execute(c)
    .await
    .map(|_| ()))
    .map_err(|error| StoreError::or_exists(error, "plan version"))
}
