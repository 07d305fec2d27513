//! The portfolio's figures by month: of each organization and, as sums that are kept with them, of all.
//!
//! What an organization's months are made of is read by [`Store::portfolio_book`]; whoever has made them hands both sides to
//! [`Store::put_portfolio_books`], which writes nothing where somebody else was first. What the figures mean is the
//! service's affair.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::{Currency, Timestamp};

use crate::Store;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::sets::{UuidSet, one_of};

/// How many figures a month has.
const FIGURES: usize = 10;
/// The columns of the figures, in the order of [`MonthFigures::values`].
const COLUMNS: [&str; FIGURES] = [
    "committed",
    "burned",
    "broken",
    "earned_minor",
    "broken_minor",
    "deferred",
    "paid",
    "fell_due",
    "expected",
    "expected_minor",
];

/// The figures of a month. Money in minor units, credits in micro-credits; a difference of two months is one, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonthFigures {
    /// How much more is committed by contracts at its end than before it.
    pub committed: i64,
    /// Credits burned.
    pub burned: i64,
    /// Credits that expired or were voided unburned.
    pub broken: i64,
    /// Revenue earned by burning.
    pub earned_minor: i64,
    /// Revenue earned by credits that went unburned.
    pub broken_minor: i64,
    /// How much more revenue is deferred at its end than before it.
    pub deferred: i64,
    /// Money received for credits.
    pub paid: i64,
    /// Money that agreements made due.
    pub fell_due: i64,
    /// Credits that will expire unburned in it.
    pub expected: i64,
    /// What was paid for them.
    pub expected_minor: i64,
}

impl MonthFigures {
    const fn values(&self) -> [i64; FIGURES] {
        [
            self.committed,
            self.burned,
            self.broken,
            self.earned_minor,
            self.broken_minor,
            self.deferred,
            self.paid,
            self.fell_due,
            self.expected,
            self.expected_minor,
        ]
    }

    /// What is more here than in `before`.
    #[must_use]
    pub fn less(&self, before: &Self) -> Self {
        Self {
            committed: self.committed.saturating_sub(before.committed),
            burned: self.burned.saturating_sub(before.burned),
            broken: self.broken.saturating_sub(before.broken),
            earned_minor: self.earned_minor.saturating_sub(before.earned_minor),
            broken_minor: self.broken_minor.saturating_sub(before.broken_minor),
            deferred: self.deferred.saturating_sub(before.deferred),
            paid: self.paid.saturating_sub(before.paid),
            fell_due: self.fell_due.saturating_sub(before.fell_due),
            expected: self.expected.saturating_sub(before.expected),
            expected_minor: self.expected_minor.saturating_sub(before.expected_minor),
        }
    }
}

/// Figures by the month's first instant (UTC) and currency.
pub type Months = BTreeMap<(Timestamp, Currency), MonthFigures>;

/// Up to where an organization's months are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BookMark {
    /// The last posting that is in them.
    pub sequence: i64,
    /// The version of the organization.
    pub version: i64,
    /// When.
    pub made_at: i64,
    /// When they are stale even if nothing happens.
    pub due_at: i64,
}

/// What became of the credits of a grant that was paid for, up to a posting, in micro-credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantBook {
    /// When its credits came to be.
    pub issued_at: Option<Timestamp>,
    /// Burned.
    pub burned: i64,
    /// Expired or voided.
    pub broken: i64,
    /// Gone to another grant, with their share of what was paid.
    pub moved: i64,
}

/// An organization's months as they are made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioBook {
    /// The organization.
    pub organization: OrganizationId,
    /// From where they were made; the default where there were none.
    pub before: BookMark,
    /// To where.
    pub after: BookMark,
    /// The months as they were.
    pub months_before: Months,
    /// The months as they are.
    pub months: Months,
    /// Grants that have moved on.
    pub grants: BTreeMap<GrantId, GrantBook>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct MonthRow {
    month: i64,
    currency: String,
    committed: i64,
    burned: i64,
    broken: i64,
    earned_minor: i64,
    broken_minor: i64,
    deferred: i64,
    paid: i64,
    fell_due: i64,
    expected: i64,
    expected_minor: i64,
}

pub(crate) fn months_of(rows: Vec<MonthRow>) -> Result<Months, StoreError> {
    let month = |row: MonthRow| {
        let currency: Currency = (row.currency.parse()).map_err(|error| StoreError::corrupt("currency", error))?;
        let figures = MonthFigures {
            committed: row.committed,
            burned: row.burned,
            broken: row.broken,
            earned_minor: row.earned_minor,
            broken_minor: row.broken_minor,
            deferred: row.deferred,
            paid: row.paid,
            fell_due: row.fell_due,
            expected: row.expected,
            expected_minor: row.expected_minor,
        };
        Ok(((Timestamp::from_micros(row.month), currency), figures))
    };
    rows.into_iter().map(month).collect()
}

/// `committed, burned, …`.
pub(crate) fn columns() -> String {
    COLUMNS.join(", ")
}

impl Store {
    /// The months of all customers, or of `only` these.
    pub async fn portfolio_months(&self, only: Option<&BTreeSet<OrganizationId>>) -> Result<Months, StoreError> {
        let charts = &self.db().charts;
        let rows: Vec<MonthRow> = match only {
            None => {
                let sql = format!("SELECT month, currency, {} FROM portfolio_month_total", columns());
                on!(pool: charts, |c| sqlx::query_as(&sql).fetch_all(c).await)?
            }
            Some(only) => {
                let ids = UuidSet::new(only.iter().map(|id| id.uuid()));
                let sums = COLUMNS
                    .map(|column| format!("CAST(SUM({column}) AS BIGINT) AS {column}"))
                    .join(", ");
                let is_one = one_of(charts, 1);
                let sql = format!(
                    "SELECT month, currency, {sums} FROM portfolio_month WHERE organization_id {is_one}
                     GROUP BY month, currency"
                );
                on!(pool: charts, |c| sqlx::query_as(&sql).bind(&ids).fetch_all(c).await)?
            }
        };
        months_of(rows)
    }

    /// Walks on through the organizations, `limit` at most: those whose months are missing, due at `now`, or behind and made
    /// `before`; and where the next walk begins (`None`: at the start again).
    pub async fn portfolio_books_behind(
        &self,
        after: Option<OrganizationId>,
        now: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<(Vec<OrganizationId>, Option<OrganizationId>), StoreError> {
        self.behind("portfolio_book", after, now, before, limit).await
    }

    /// Writes months that were made, and adds what is new in them to the sums; each unless somebody has made them meanwhile.
    /// Says how many were written.
    pub async fn put_portfolio_books(&self, books: &[PortfolioBook]) -> Result<u64, StoreError> {
        let mut books: Vec<&PortfolioBook> = books.iter().collect();
        // In one order everywhere: processes that write the same rows at once wait for each other in turn.
        books.sort_by_key(|book| book.organization);
        let mut tx = self.db().write.begin().await?;
        let mut totals = Months::new();
        let mut written = 0;
        for book in books {
            if move_mark(&mut tx, book).await? {
                put_book(&mut tx, book, &mut totals).await?;
                written += 1;
            }
        }
        let sets = COLUMNS.map(|column| format!("{column} = portfolio_month_total.{column} + excluded.{column}"));
        for ((month, currency), figures) in &totals {
            put_month(&mut tx, None, (*month, *currency), figures, &sets.join(", ")).await?;
        }
        tx.commit().await?;
        Ok(written)
    }
}

/// False where the months were made by somebody else since.
async fn move_mark(tx: &mut Tx, book: &PortfolioBook) -> Result<bool, StoreError> {
    let id = book.organization.uuid();
    on!(tx: &mut *tx, |c| sqlx::query(
        "INSERT INTO portfolio_book (organization_id, sequence, version, made_at, due_at) VALUES ($1, 0, 0, 0, 0)
         ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .execute(c)
    .await
    .map(|_| ()))?;
    let (before, after) = (book.before, book.after);
    let moved = on!(tx: tx, |c| sqlx::query(
        "UPDATE portfolio_book SET sequence = $2, version = $3, made_at = $4, due_at = $5
         WHERE organization_id = $1 AND sequence = $6 AND version = $7 AND made_at = $8",
    )
    .bind(id)
    .bind(after.sequence)
    .bind(after.version)
    .bind(after.made_at)
    .bind(after.due_at)
    .bind(before.sequence)
    .bind(before.version)
    .bind(before.made_at)
    .execute(c)
    .await?
    .rows_affected());
    Ok(moved > 0)
}

async fn put_book(tx: &mut Tx, book: &PortfolioBook, totals: &mut Months) -> Result<(), StoreError> {
    let sets = COLUMNS.map(|column| format!("{column} = excluded.{column}")).join(", ");
    let places: BTreeSet<_> = book.months_before.keys().chain(book.months.keys()).collect();
    for place in places {
        let before = book.months_before.get(place).copied().unwrap_or_default();
        let figures = book.months.get(place).copied().unwrap_or_default();
        let more = figures.less(&before);
        if more == MonthFigures::default() {
            continue;
        }
        put_month(tx, Some(book.organization), *place, &figures, &sets).await?;
        let total = totals.entry(*place).or_default();
        *total = total.less(&MonthFigures::default().less(&more));
    }
    for (grant, state) in &book.grants {
        on!(tx: &mut *tx, |c| sqlx::query(
            "INSERT INTO portfolio_grant (organization_id, grant_id, issued_at, burned, broken, moved)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (organization_id, grant_id) DO UPDATE SET issued_at = excluded.issued_at,
                burned = excluded.burned, broken = excluded.broken, moved = excluded.moved",
        )
        .bind(book.organization.uuid())
        .bind(grant.uuid())
        .bind(state.issued_at.map(Timestamp::micros))
        .bind(state.burned)
        .bind(state.broken)
        .bind(state.moved)
        .execute(c)
        .await
        .map(|_| ()))?;
    }
    Ok(())
}

/// Writes a month of an organization, or of the sums.
async fn put_month(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    (month, currency): (Timestamp, Currency),
    figures: &MonthFigures,
    sets: &str,
) -> Result<(), StoreError> {
    let (table, key) = match organization {
        Some(_) => ("portfolio_month", "organization_id, month, currency"),
        None => ("portfolio_month_total", "month, currency"),
    };
    let keys = if organization.is_some() { 3 } else { 2 };
    let mut places = String::new();
    for place in 1..=keys + FIGURES {
        let comma = if place == 1 { "" } else { ", " };
        // Writing to a String never fails.
        let _ = write!(places, "{comma}${place}");
    }
    let sql = format!(
        "INSERT INTO {table} ({key}, {}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {sets}",
        columns()
    );
    on!(tx: tx, |c| {
        let mut query = sqlx::query(&sql);
        if let Some(organization) = organization {
            query = query.bind(organization.uuid());
        }
        query = query.bind(month.micros()).bind(currency.as_str().to_owned());
        for value in figures.values() {
            query = query.bind(value);
        }
        query.execute(c).await.map(|_| ())
    })?;
    Ok(())
}
