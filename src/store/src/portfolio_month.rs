//! The portfolio's figures by month: of each organization and, as sums that are kept with them, of all.
//!
//! What organizations' months are made of is read by [`Store::portfolio_books`]; whoever has made them hands both sides to
//! [`Store::put_portfolio_books`], which writes nothing where somebody else was first. What the figures mean is the
//! service's affair.

use std::collections::{BTreeMap, BTreeSet};

use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::{Currency, Timestamp};

use crate::Store;
use crate::database::on;
use crate::error::StoreError;
use crate::sets::{UuidSet, one_of};

/// How many figures a month has.
const FIGURES: usize = 10;
/// The columns of the figures, in the order of [`MonthFigures::values`].
pub(crate) const COLUMNS: [&str; FIGURES] = [
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
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
    /// In the order of the columns.
    pub(crate) const fn values(&self) -> [i64; FIGURES] {
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
    #[sqlx(flatten)]
    figures: MonthFigures,
}

pub(crate) fn months_of(rows: Vec<MonthRow>) -> Result<Months, StoreError> {
    let month = |row: MonthRow| {
        let currency: Currency = (row.currency.parse()).map_err(|error| StoreError::corrupt("currency", error))?;
        Ok(((Timestamp::from_micros(row.month), currency), row.figures))
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
}
