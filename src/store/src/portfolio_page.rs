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
}

impl PortfolioSort {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Available,
        Self::Burned,
        Self::Depletes,
        Self::Health,
        Self::Seen,
    ];

    const fn column(self) -> &'static str {
        match self {
            Self::Name => "sort_name",
            Self::Available => "available",
            Self::Burned => "burned",
            Self::Depletes => "depletes_at",
            Self::Health => "health",
            Self::Seen => "seen_at",
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
    /// Of this health.
    pub health: Option<i64>,
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
        let end = self.bind(Value::Text(format!("{text}\u{10ffff}")));
        let start = self.bind(Value::Text(text));
        format!("{words}.word >= {start} AND {words}.word < {end}")
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
        let Some((sql, values)) = statement(query, charts, limit) else {
            return Ok(Page {
                rows: Vec::new(),
                next: None,
            });
        };
        let rows: Vec<Row> = on!(pool: charts, |c| {
            let mut bound = sqlx::query_as(&sql);
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
}

/// The statement of a page and what is bound to it; `None` where the cursor is none.
fn statement(query: &PortfolioQuery, engine: &impl Engine, limit: u32) -> Option<(String, Vec<Value>)> {
    let mut made = Statement {
        conditions: Vec::new(),
        values: Vec::new(),
    };
    let mut words = split_words(&query.search);
    // The longest word finds the fewest customers: the join begins there.
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.truncate(WORDS_MAX);
    let mut from = "portfolio p".to_owned();
    for (place, word) in words.into_iter().enumerate() {
        let begins = made.begins("w", word);
        if place == 0 {
            // SQLite keeps the order of a cross join; PostgreSQL chooses by its statistics.
            from = format!(
                "(SELECT DISTINCT organization_id FROM portfolio_word w WHERE {begins}) f CROSS JOIN portfolio p"
            );
            made.require("p.organization_id = f.organization_id".to_owned());
        } else {
            made.require(format!(
                "EXISTS (SELECT 1 FROM portfolio_word w WHERE w.organization_id = p.organization_id AND {begins})"
            ));
        }
    }
    if let Some(plan) = &query.plan {
        let plan = made.bind(Value::Text(plan.as_str().to_owned()));
        made.require(format!("p.plan = {plan}"));
    }
    if let Some(health) = query.health {
        let health = made.bind(Value::Number(health));
        made.require(format!("p.health = {health}"));
    }
    if let Some(status) = query.status {
        made.require(format!("p.status = '{}'", status.name()));
    }
    if let Some(only) = &query.only {
        made.values.push(Value::Set(UuidSet::new(only.iter().map(|id| id.uuid()))));
        let number = u32::try_from(made.values.len()).unwrap_or(u32::MAX);
        made.require(format!("p.organization_id {}", one_of(engine, number)));
    }
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
        "SELECT p.organization_id, p.version, p.due_at, p.plan, p.available, p.burned, p.pace, p.depletes_at, p.health,
            p.seen_at, o.key, o.name, o.status, o.version AS current
         FROM (SELECT p.* FROM {from} {conditions}
               ORDER BY p.{column} {order}, p.organization_id {order} LIMIT {limit}) p
         JOIN organization o ON o.id = p.organization_id
         ORDER BY p.{column} {order}, p.organization_id {order}"
    );
    Some((sql, made.values))
}

/// The statement of a query with its values written in, for `EXPLAIN`.
#[cfg(test)]
pub(crate) fn statement_for_plan(query: &PortfolioQuery, store: &Store) -> String {
    let (mut sql, values) = statement(query, &store.db().charts, 50).expect("the cursor is one");
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
    };
    number.to_string()
}

#[derive(sqlx::FromRow)]
struct Row {
    organization_id: Uuid,
    version: i64,
    due_at: i64,
    plan: String,
    available: i64,
    burned: i64,
    pace: i64,
    depletes_at: i64,
    health: i64,
    seen_at: i64,
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
            due_at: Timestamp::from_micros(self.due_at),
            key: key("organization key", &self.key)?,
            name: self.name,
            plan: plan.map(|plan| key("plan key", &plan)).transpose()?,
            status: OrganizationStatus::from_name(&self.status)?,
            available: Credits::from_micros(self.available),
            burned: Credits::from_micros(self.burned),
            pace: Credits::from_micros(self.pace),
            depletes_at: Some(self.depletes_at)
                .filter(|at| *at != i64::MAX)
                .map(Timestamp::from_micros),
            health: self.health,
            seen_at: Some(self.seen_at).filter(|at| *at != 0).map(Timestamp::from_micros),
        };
        Ok((row, self.version != self.current))
    }
}
