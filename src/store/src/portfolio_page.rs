//! Pages of the portfolio: searched by words, filtered, sorted, keyset-paged. Every statement reads the portfolio's rows
//! and their indexes only; `tests/portfolio.rs` reads the plans of both engines.

use std::collections::BTreeSet;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::{Credits, Key, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::database::on;
use crate::error::StoreError;
use crate::names::Named;
use crate::organization::key;
use crate::page::{Page, rows_to_fetch};
use crate::portfolio::{PortfolioRow, split_words};
use crate::sets::{Engine, UuidSet, one_of};

/// The most words of a search; further ones are left out.
const WORDS_MAX: usize = 5;
/// Customers up to which a word is rare: the list is made from them. Where every word is more common, the list is
/// walked in its order instead, and a page is full soon.
const RARE: i64 = 1_000;

/// Whether statements are planned once for all values. How many customers have a word is what a plan depends on, and after
/// five times PostgreSQL would take one for rare and common words alike.
const KEEPS_PLANS: bool = false;

/// By what customers are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PortfolioSort {
    /// Name.
    #[default]
    Name,
    /// Credits left.
    Available,
    /// Burn of thirty days.
    Burned,
    /// When the credits run out.
    Depletes,
    /// Health, the worst first.
    Health,
    /// Last seen.
    Seen,
    /// When the plan or the credits renew.
    Renews,
}

impl PortfolioSort {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::Available,
        Self::Burned,
        Self::Depletes,
        Self::Health,
        Self::Seen,
        Self::Renews,
    ];

    const fn column(self) -> &'static str {
        match self {
            Self::Name => "sort_name",
            Self::Available => "available",
            Self::Burned => "burned",
            Self::Depletes => "depletes_at",
            Self::Health => "health",
            Self::Seen => "seen_at",
            Self::Renews => "renews_at",
        }
    }
}

/// Which customers, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortfolioQuery {
    /// Words of names and keys, or their beginnings; all must be there.
    pub search: String,
    /// On this plan.
    pub plan: Option<Key>,
    /// Of a health between these two, both included.
    pub health: Option<(i64, i64)>,
    /// Active or suspended.
    pub status: Option<OrganizationStatus>,
    /// These only.
    pub only: Option<BTreeSet<OrganizationId>>,
    /// By what.
    pub sort: PortfolioSort,
    /// The largest first.
    pub descending: bool,
    /// Where the page begins.
    pub after: Option<PortfolioCursor>,
}

/// Where a page of customers begins: after this value of the sorted column, and this organization among equals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioCursor {
    /// The organization.
    pub organization: OrganizationId,
    /// The value: a number, or a name in lower case.
    pub value: String,
}

/// A value to bind.
enum Value {
    Text(String),
    Number(i64),
    Id(Uuid),
    Set(UuidSet),
}

/// A statement under construction.
struct Statement {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Statement {
    /// Binds a value; gives its placeholder.
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn require(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// The condition that a word of the table `words` begins with a text.
    fn begins(&mut self, words: &str, text: String) -> String {
        let end = self.bind(Value::Text(end_of(&text)));
        let start = self.bind(Value::Text(text));
        format!("{words}.word >= {start} AND {words}.word < {end}")
    }

    /// What customers are looked for in: all of them, or those with the rare word.
    fn found_from(&mut self, search: &Search) -> String {
        for word in &search.common {
            let begins = self.begins("w", word.clone());
            self.require(format!(
                "EXISTS (SELECT 1 FROM portfolio_word w WHERE w.organization_id = p.organization_id AND {begins})"
            ));
        }
        let Some(word) = &search.rare else {
            return "portfolio p".to_owned();
        };
        let begins = self.begins("w", word.clone());
        self.require("p.organization_id = f.organization_id".to_owned());
        // SQLite keeps the order of a cross join; PostgreSQL chooses by its statistics.
        format!("(SELECT DISTINCT organization_id FROM portfolio_word w WHERE {begins}) f CROSS JOIN portfolio p")
    }

    /// The filters.
    fn filter(&mut self, query: &PortfolioQuery, engine: &impl Engine) {
        if let Some(plan) = &query.plan {
            let plan = self.bind(Value::Text(plan.as_str().to_owned()));
            self.require(format!("p.plan = {plan}"));
        }
        if let Some((first, last)) = query.health {
            let (first, last) = (self.bind(Value::Number(first)), self.bind(Value::Number(last)));
            self.require(format!("p.health BETWEEN {first} AND {last}"));
        }
        if let Some(status) = query.status {
            self.require(format!("p.status = '{}'", status.name()));
        }
        if let Some(only) = &query.only {
            self.values
                .push(Value::Set(UuidSet::new(only.iter().map(|id| id.uuid()))));
            let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            self.require(format!("p.organization_id {}", one_of(engine, number)));
        }
    }
}

impl Store {
    /// A page of customers. Rows may be behind their organizations: those say so by the second value.
    pub async fn portfolio(
        &self,
        query: &PortfolioQuery,
        limit: u32,
    ) -> Result<Page<(PortfolioRow, bool), PortfolioCursor>, StoreError> {
        let charts = &self.db().charts;
        let search = self.search(&query.search).await?;
        let Some((sql, values)) = statement(query, &search, charts, limit) else {
            return Ok(Page {
                rows: Vec::new(),
                next: None,
            });
        };
        let rows: Vec<Row> = on!(pool: charts, |c| {
            let mut bound = sqlx::query_as(&sql).persistent(KEEPS_PLANS);
            for value in &values {
                bound = match value {
                    Value::Text(text) => bound.bind(text),
                    Value::Number(number) => bound.bind(number),
                    Value::Id(id) => bound.bind(id),
                    Value::Set(set) => bound.bind(set),
                };
            }
            bound.fetch_all(c).await
        })?;
        let rows = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(rows, limit, |(row, _)| PortfolioCursor {
            organization: row.organization,
            value: value_of(row, query.sort),
        }))
    }

    /// The words of a search, and which of them is so rare that the list is made from it.
    async fn search(&self, text: &str) -> Result<Search, StoreError> {
        let charts = &self.db().charts;
        let mut common = split_words(text);
        common.truncate(WORDS_MAX);
        let mut rarest: Option<(i64, usize)> = None;
        for (place, word) in common.iter().enumerate() {
            let (count,): (i64,) = on!(pool: charts, |c| sqlx::query_as(
                "SELECT COUNT(*) FROM (SELECT 1 FROM portfolio_word WHERE word >= $1 AND word < $2 LIMIT $3) found",
            )
            .persistent(KEEPS_PLANS)
            .bind(word)
            .bind(end_of(word))
            .bind(RARE)
            .fetch_one(c)
            .await)?;
            if count < RARE && rarest.is_none_or(|(fewest, _)| count < fewest) {
                rarest = Some((count, place));
            }
        }
        Ok(Search {
            rare: rarest.map(|(_, place)| common.remove(place)),
            common,
        })
    }
}

/// A search's words: one that few customers have, where there is one, and the others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) rare: Option<String>,
    pub(crate) common: Vec<String>,
}

/// Beyond every word that begins with `text`.
fn end_of(text: &str) -> String {
    format!("{text}\u{10ffff}")
}

/// The statement of a page and what is bound to it; `None` where the cursor is none.
fn statement(
    query: &PortfolioQuery,
    search: &Search,
    engine: &impl Engine,
    limit: u32,
) -> Option<(String, Vec<Value>)> {
    let mut made = Statement {
        conditions: Vec::new(),
        values: Vec::new(),
    };
    let from = made.found_from(search);
    made.filter(query, engine);
    let column = query.sort.column();
    let (sign, order) = if query.descending { ("<", "DESC") } else { (">", "ASC") };
    if let Some(after) = &query.after {
        let value = match query.sort {
            PortfolioSort::Name => Value::Text(after.value.clone()),
            _ => Value::Number(after.value.parse().ok()?),
        };
        let (value, id) = (made.bind(value), made.bind(Value::Id(after.organization.uuid())));
        made.require(format!("(p.{column}, p.organization_id) {sign} ({value}, {id})"));
    }
    let limit = made.bind(Value::Number(rows_to_fetch(limit)));
    let conditions = if made.conditions.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", made.conditions.join(" AND "))
    };
    let sql = format!(
        "SELECT page.organization_id, page.version, page.made_at, page.due_at, page.plan, page.available, page.burned,
            page.pace, page.depletes_at, page.health, page.seen_at, page.renews_at, o.key, o.name, o.status, o.version AS current
         FROM (SELECT p.* FROM {from} {conditions}
               ORDER BY p.{column} {order}, p.organization_id {order} LIMIT {limit}) page
         JOIN organization o ON o.id = page.organization_id
         ORDER BY page.{column} {order}, page.organization_id {order}"
    );
    Some((sql, made.values))
}

/// The statement of a query with its values written in, for `EXPLAIN`.
#[cfg(test)]
pub(crate) fn statement_for_plan(query: &PortfolioQuery, search: &Search, store: &Store) -> String {
    let (mut sql, values) = statement(query, search, &store.db().charts, 50).expect("the cursor is one");
    for (place, value) in values.iter().enumerate().rev() {
        let text = match value {
            Value::Text(text) => format!("'{text}'"),
            Value::Number(number) => number.to_string(),
            Value::Id(_) | Value::Set(_) => continue,
        };
        sql = sql.replace(&format!("${}", place + 1), &text);
    }
    sql
}

/// The value by which a row is sorted, as its cursor carries it.
fn value_of(row: &PortfolioRow, sort: PortfolioSort) -> String {
    let number = match sort {
        PortfolioSort::Name => return row.name.to_lowercase(),
        PortfolioSort::Available => row.available.micros(),
        PortfolioSort::Burned => row.burned.micros(),
        PortfolioSort::Depletes => row.depletes_at.map_or(i64::MAX, Timestamp::micros),
        PortfolioSort::Health => row.health,
        PortfolioSort::Seen => row.seen_at.map_or(0, Timestamp::micros),
        PortfolioSort::Renews => row.renews_at.map_or(i64::MAX, Timestamp::micros),
    };
    number.to_string()
}

#[derive(sqlx::FromRow)]
struct Row {
    organization_id: Uuid,
    version: i64,
    made_at: i64,
    due_at: i64,
    plan: String,
    available: i64,
    burned: i64,
    pace: i64,
    depletes_at: i64,
    health: i64,
    seen_at: i64,
    renews_at: i64,
    key: String,
    name: String,
    status: String,
    current: i64,
}

impl Row {
    /// The row, and whether its organization has gone on since.
    fn read(self) -> Result<(PortfolioRow, bool), StoreError> {
        let plan = Some(self.plan).filter(|plan| !plan.is_empty());
        let row = PortfolioRow {
            organization: OrganizationId::from_uuid(self.organization_id),
            version: self.version,
            made_at: Timestamp::from_micros(self.made_at),
            due_at: Timestamp::from_micros(self.due_at),
            key: key("organization key", &self.key)?,
            name: self.name,
            plan: plan.map(|plan| key("plan key", &plan)).transpose()?,
            status: OrganizationStatus::from_name(&self.status)?,
            available: Credits::from_micros(self.available),
            burned: Credits::from_micros(self.burned),
            pace: Credits::from_micros(self.pace),
            depletes_at: known(self.depletes_at, i64::MAX),
            health: self.health,
            seen_at: known(self.seen_at, 0),
            renews_at: known(self.renews_at, i64::MAX),
        };
        Ok((row, self.version != self.current))
    }
}

/// An instant, unless it is the one that stands for none: columns that are sorted by have no nulls.
fn known(micros: i64, none: i64) -> Option<Timestamp> {
    Some(micros).filter(|at| *at != none).map(Timestamp::from_micros)
}
