//! The portfolio: one small row an organization, by which lists of customers are searched, filtered and sorted without
//! reading what they are made of. Whoever finds a row behind its organization makes it anew; what a row says is the
//! service's affair.

use std::collections::HashMap;

use drawdown_domain::grant::Grant;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::schedule::Outlook;
use drawdown_domain::{Credits, Key, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::bulk::{Kind, Rows, Target, Value, Verb};
use crate::columns::select;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::grant::GrantRow;
use crate::names::Named;
use crate::organization::Organization;
use crate::sets::{UuidSet, one_of};

/// A customer's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioRow {
    /// The organization.
    pub organization: OrganizationId,
    /// Its version that the row was made from.
    pub version: i64,
    /// When it was made.
    pub made_at: Timestamp,
    /// When the row is stale even if nothing happens.
    pub due_at: Timestamp,
    /// The vendor's own key for it.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// Its plan's key.
    pub plan: Option<Key>,
    /// Whether it may run.
    pub status: OrganizationStatus,
    /// Credits that can be burned now.
    pub available: Credits,
    /// Burned in thirty days.
    pub burned: Credits,
    /// What would have been burned in them at the pace that uses up the credits just when they end; zero where none sets one.
    pub pace: Credits,
    /// When the credits run out; `None`: not in sight.
    pub depletes_at: Option<Timestamp>,
    /// How well it goes, the worst first: a rank that the service gives a meaning.
    pub health: i64,
    /// When one of its members or runs was last seen.
    pub seen_at: Option<Timestamp>,
    /// When its plan or its credits renew.
    pub renews_at: Option<Timestamp>,
}

/// What a row is made of.
#[derive(Clone, Debug)]
pub struct PortfolioSource {
    /// The organization.
    pub organization: Organization,
    /// Its grants that are open or were so since the instant that was asked for, in burn order.
    pub grants: Vec<Grant>,
    /// Burn by day since then.
    pub days: Vec<(Timestamp, Credits)>,
    /// When one of its members or runs was last seen.
    pub seen_at: Option<Timestamp>,
    /// What comes next by its agreements.
    pub outlook: Outlook,
}

impl Store {
    /// Walks on through the organizations, `limit` at most: those whose rows are missing, due at `now`, or behind and
    /// made `before`; and where the next walk begins (`None`: at the start again).
    pub async fn portfolio_behind(
        &self,
        after: Option<OrganizationId>,
        now: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<(Vec<OrganizationId>, Option<OrganizationId>), StoreError> {
        self.behind("portfolio", after, now, before, limit).await
    }

    /// Such a walk by the rows of `table`, which say from which version they were made, when, and when they are due.
    pub(crate) async fn behind(
        &self,
        table: &str,
        after: Option<OrganizationId>,
        now: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<(Vec<OrganizationId>, Option<OrganizationId>), StoreError> {
        let sql = format!(
            "SELECT o.id, CAST(CASE WHEN (p.version = o.version OR p.made_at > $4) AND p.due_at > $2 THEN 0 ELSE 1 END AS BIGINT)
             FROM organization o LEFT JOIN {table} p ON p.organization_id = o.id
             WHERE o.id > $1 ORDER BY o.id LIMIT $3"
        );
        let rows: Vec<(Uuid, i64)> = on!(pool: &self.db().read, |c| sqlx::query_as(&sql)
            .bind(after.map_or(Uuid::nil(), OrganizationId::uuid))
            .bind(now.micros())
            .bind(i64::from(limit))
            .bind(before.micros())
            .fetch_all(c)
            .await)?;
        let id = |row: &(Uuid, i64)| OrganizationId::from_uuid(row.0);
        let next = rows.last().filter(|_| rows.len() >= limit as usize).map(id);
        Ok((rows.iter().filter(|row| row.1 == 1).map(id).collect(), next))
    }

    /// What rows are made of, with burn and grants since `since`: four queries, however many organizations.
    pub async fn portfolio_sources(
        &self,
        organizations: &[OrganizationId],
        since: Timestamp,
    ) -> Result<Vec<PortfolioSource>, StoreError> {
        let read = &self.db().read;
        let ids = UuidSet::new(organizations.iter().map(|id| id.uuid()));
        let is_one = one_of(read, 1);
        let found = self.organizations_of(organizations).await?;
        let sql = format!(
            "{}{is_one} AND (state = 'pending' OR remaining > 0 OR held > 0 OR expires_at > $2)",
            select!(credit_grant, "WHERE organization_id ")
        );
        let grants: Vec<GrantRow> = on!(pool: read, |c| sqlx::query_as(&sql)
            .bind(&ids)
            .bind(since.micros())
            .fetch_all(c)
            .await)?;
        let sql = format!(
            "SELECT organization_id, day, CAST(SUM(credits) AS BIGINT) FROM rollup_day
             WHERE organization_id {is_one} AND day >= $2 GROUP BY organization_id, day ORDER BY day"
        );
        let days: Vec<(Uuid, i64, i64)> = on!(pool: read, |c| sqlx::query_as(&sql)
            .bind(&ids)
            .bind(since.micros())
            .fetch_all(c)
            .await)?;
        let sql = format!(
            "SELECT o.id, (SELECT MAX(hour) FROM rollup_hour r WHERE r.organization_id = o.id),
                (SELECT MAX(s.last_seen_at) FROM member m JOIN member_session s ON s.member_id = m.id
                 WHERE m.organization_id = o.id)
             FROM organization o WHERE o.id {is_one}"
        );
        let seen: Vec<(Uuid, Option<i64>, Option<i64>)> =
            on!(pool: read, |c| sqlx::query_as(&sql).bind(&ids).fetch_all(c).await)?;
        let outlooks = self.outlooks(organizations).await?;
        sources(found, grants, days, seen, &outlooks)
    }

    /// Writes rows, and the words by which they are found where a name is new.
    pub async fn put_portfolio(&self, rows: &[PortfolioRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<&PortfolioRow> = rows.iter().collect();
        // In one order everywhere: processes that write the same rows at once wait for each other in turn.
        rows.sort_by_key(|row| row.organization);
        let mut tx = self.db().write.begin().await?;
        let ids = UuidSet::new(rows.iter().map(|row| row.organization.uuid()));
        let sql = format!(
            "SELECT organization_id, sort_name FROM portfolio WHERE organization_id {}",
            one_of(&tx, 1)
        );
        let known: Vec<(Uuid, String)> = on!(tx: &mut tx, |c| sqlx::query_as(&sql).bind(&ids).fetch_all(c).await)?;
        let known: HashMap<Uuid, String> = known.into_iter().collect();
        let mut written = Rows::new(&PORTFOLIO);
        for row in &rows {
            written.push(values(row));
        }
        written.write(&mut tx).await?;
        rows.retain(|row| known.get(&row.organization.uuid()) != Some(&row.name.to_lowercase()));
        put_words(&mut tx, &rows).await?;
        tx.commit().await
    }
}

static PORTFOLIO: Target<14> = Target {
    table: "portfolio",
    columns: [
        ("organization_id", Kind::Uuid),
        ("version", Kind::Int),
        ("made_at", Kind::Int),
        ("due_at", Kind::Int),
        ("sort_name", Kind::Text),
        ("plan", Kind::Text),
        ("status", Kind::Text),
        ("available", Kind::Int),
        ("burned", Kind::Int),
        ("pace", Kind::Int),
        ("depletes_at", Kind::Int),
        ("health", Kind::Int),
        ("seen_at", Kind::Int),
        ("renews_at", Kind::Int),
    ],
    verb: Verb::Replace { key: 1 },
    whole: false,
};

static WORDS: Target<2> = Target {
    table: "portfolio_word",
    columns: [("organization_id", Kind::Uuid), ("word", Kind::Text)],
    verb: Verb::InsertMissing,
    whole: false,
};

/// In the order of [`PORTFOLIO`]'s columns. What is not in sight sorts last.
fn values(row: &PortfolioRow) -> [Value; 14] {
    [
        row.organization.uuid().into(),
        row.version.into(),
        row.made_at.into(),
        row.due_at.into(),
        row.name.to_lowercase().into(),
        row.plan.as_ref().map_or("", Key::as_str).into(),
        row.status.name().into(),
        row.available.into(),
        row.burned.into(),
        row.pace.into(),
        row.depletes_at.map_or(i64::MAX, Timestamp::micros).into(),
        row.health.into(),
        row.seen_at.map_or(0, Timestamp::micros).into(),
        row.renews_at.map_or(i64::MAX, Timestamp::micros).into(),
    ]
}

/// Puts the words by which these are found in place of those that were.
async fn put_words(tx: &mut Tx, rows: &[&PortfolioRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let ids = UuidSet::new(rows.iter().map(|row| row.organization.uuid()));
    let sql = format!("DELETE FROM portfolio_word WHERE organization_id {}", one_of(tx, 1));
    on!(tx: tx, |c| sqlx::query(&sql).bind(&ids).execute(c).await.map(|_| ()))?;
    let mut words = Rows::new(&WORDS);
    for row in rows {
        for word in words_of(row) {
            words.push([row.organization.uuid().into(), word.into()]);
        }
    }
    Ok(words.write(tx).await?)
}

fn sources(
    found: Vec<Organization>,
    grants: Vec<GrantRow>,
    days: Vec<(Uuid, i64, i64)>,
    seen: Vec<(Uuid, Option<i64>, Option<i64>)>,
    outlooks: &HashMap<OrganizationId, Outlook>,
) -> Result<Vec<PortfolioSource>, StoreError> {
    let mut grants_of: HashMap<Uuid, Vec<Grant>> = HashMap::new();
    for row in grants {
        grants_of.entry(row.organization_id).or_default().push(row.try_into()?);
    }
    let mut days_of: HashMap<Uuid, Vec<(Timestamp, Credits)>> = HashMap::new();
    for (id, day, credits) in days {
        let day = (Timestamp::from_micros(day), Credits::from_micros(credits));
        days_of.entry(id).or_default().push(day);
    }
    let seen_of: HashMap<Uuid, Option<i64>> = seen
        .into_iter()
        .map(|(id, run, member)| (id, run.max(member)))
        .collect();
    Ok(found
        .into_iter()
        .map(|organization| {
            let id = organization.state.id.uuid();
            let mut grants = grants_of.remove(&id).unwrap_or_default();
            grants.sort_by_key(Grant::burn_order);
            PortfolioSource {
                organization,
                grants,
                days: days_of.remove(&id).unwrap_or_default(),
                seen_at: seen_of.get(&id).copied().flatten().map(Timestamp::from_micros),
                outlook: outlooks
                    .get(&OrganizationId::from_uuid(id))
                    .copied()
                    .unwrap_or_default(),
            }
        })
        .collect())
}

/// The words of a name and a key: letters and digits in lower case; the key also as a whole.
fn words_of(row: &PortfolioRow) -> Vec<String> {
    let mut words = split_words(&row.name);
    words.extend(split_words(row.key.as_str()));
    words.push(row.key.as_str().to_lowercase());
    words.sort_unstable();
    words.dedup();
    words
}

/// Words in lower case.
pub(crate) fn split_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
