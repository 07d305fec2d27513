//! Writes the portfolio's months as they were made, and keeps the sums of all organizations with them: some statements,
//! however many organizations.

use std::collections::{BTreeSet, HashMap};

use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::{Currency, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::bulk::{Kind, Rows, Target, Value, Verb};
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::portfolio_month::{BookMark, COLUMNS, GrantBook, MonthFigures, Months, PortfolioBook};
use crate::sets::{UuidSet, one_of};

impl Store {
    /// Writes months that were made, and adds what is new in them to the sums; each unless somebody has made them meanwhile.
    /// Says how many were written.
    pub async fn put_portfolio_books(&self, books: &[PortfolioBook]) -> Result<u64, StoreError> {
        let mut books: Vec<&PortfolioBook> = books.iter().collect();
        // In one order everywhere: processes that write the same rows at once wait for each other in turn.
        books.sort_by_key(|book| book.organization);
        let mut tx = self.db().write.begin().await?;
        let marks = locked_marks(&mut tx, &books).await?;
        books.retain(|book| {
            let mark = marks.get(&book.organization.uuid());
            mark.is_some_and(|mark| book.before.is_where(mark))
        });
        let mut marks = Rows::new(&MARKS);
        let mut months = Rows::new(&MONTHS);
        let mut grants = Rows::new(&GRANTS);
        let mut sums = Months::new();
        for book in &books {
            marks.push(book.after.values(book.organization));
            for (place, figures, more) in changed(book) {
                let key = [Value::from(book.organization.uuid())].into_iter();
                months.push(key.chain(place_values(place)).chain(figures.values().map(Value::from)));
                let sum = sums.entry(place).or_default();
                *sum = sum.less(&MonthFigures::default().less(&more));
            }
            for (grant, state) in &book.grants {
                grants.push(state.values(book.organization, *grant));
            }
        }
        let mut totals = Rows::new(&TOTALS);
        for (place, sum) in sums {
            totals.push(place_values(place).chain(sum.values().map(Value::from)));
        }
        marks.write(&mut tx).await?;
        months.write(&mut tx).await?;
        grants.write(&mut tx).await?;
        totals.write(&mut tx).await?;
        tx.commit().await?;
        Ok(books.len() as u64)
    }
}

impl BookMark {
    /// Whether nobody has moved it since.
    fn is_where(&self, now: &Self) -> bool {
        (self.sequence, self.version, self.made_at) == (now.sequence, now.version, now.made_at)
    }

    /// In the order of the columns of [`MARKS`].
    fn values(&self, organization: OrganizationId) -> [Value; 5] {
        [
            organization.uuid().into(),
            self.sequence.into(),
            self.version.into(),
            self.made_at.into(),
            self.due_at.into(),
        ]
    }
}

impl GrantBook {
    /// In the order of the columns of [`GRANTS`].
    fn values(&self, organization: OrganizationId, grant: GrantId) -> [Value; 6] {
        [
            organization.uuid().into(),
            grant.uuid().into(),
            self.issued_at.into(),
            self.burned.into(),
            self.broken.into(),
            self.moved.into(),
        ]
    }
}

/// A month's key, in the order of the columns.
fn place_values((month, currency): (Timestamp, Currency)) -> impl Iterator<Item = Value> {
    [Value::from(month), Value::from(currency.as_str())].into_iter()
}

/// The months that changed: which, what they say, and what is more in them.
fn changed(book: &PortfolioBook) -> impl Iterator<Item = ((Timestamp, Currency), MonthFigures, MonthFigures)> {
    let places: BTreeSet<_> = book.months_before.keys().chain(book.months.keys()).collect();
    places.into_iter().filter_map(|place| {
        let before = book.months_before.get(place).copied().unwrap_or_default();
        let figures = book.months.get(place).copied().unwrap_or_default();
        let more = figures.less(&before);
        (more != MonthFigures::default()).then_some((*place, figures, more))
    })
}

/// The marks of these organizations, which nobody else moves until this ends; those that had none have one at the start.
async fn locked_marks(tx: &mut Tx, books: &[&PortfolioBook]) -> Result<HashMap<Uuid, BookMark>, StoreError> {
    let mut new = Rows::new(&NEW_MARKS);
    for book in books {
        new.push(BookMark::default().values(book.organization));
    }
    new.write(tx).await?;
    let ids = UuidSet::new(books.iter().map(|book| book.organization.uuid()));
    let lock = match tx {
        Tx::Postgres(_) => "FOR UPDATE",
        Tx::Sqlite(_) => "",
    };
    let sql = format!(
        "SELECT organization_id, sequence, version, made_at, due_at FROM portfolio_book
         WHERE organization_id {} ORDER BY organization_id {lock}",
        one_of(tx, 1)
    );
    let rows: Vec<(Uuid, i64, i64, i64, i64)> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(&ids).fetch_all(c).await)?;
    let mark = |(id, sequence, version, made_at, due_at)| {
        let mark = BookMark {
            sequence,
            version,
            made_at,
            due_at,
        };
        (id, mark)
    };
    Ok(rows.into_iter().map(mark).collect())
}

const MARK_COLUMNS: [(&str, Kind); 5] = [
    ("organization_id", Kind::Uuid),
    ("sequence", Kind::Int),
    ("version", Kind::Int),
    ("made_at", Kind::Int),
    ("due_at", Kind::Int),
];

static NEW_MARKS: Target<5> = Target {
    table: "portfolio_book",
    columns: MARK_COLUMNS,
    verb: Verb::InsertMissing,
    whole: false,
};

static MARKS: Target<5> = Target {
    table: "portfolio_book",
    columns: MARK_COLUMNS,
    verb: Verb::Replace { key: 1 },
    whole: true,
};

/// A key, and after it the figures of a month.
const fn with_figures<const K: usize, const N: usize>(key: [(&'static str, Kind); K]) -> [(&'static str, Kind); N] {
    assert!(N == K + COLUMNS.len());
    let mut all = [("", Kind::Int); N];
    let mut place = 0;
    while place < N {
        all[place] = if place < K {
            key[place]
        } else {
            (COLUMNS[place - K], Kind::Int)
        };
        place += 1;
    }
    all
}

static MONTHS: Target<13> = Target {
    table: "portfolio_month",
    columns: with_figures([
        ("organization_id", Kind::Uuid),
        ("month", Kind::Int),
        ("currency", Kind::Text),
    ]),
    verb: Verb::Replace { key: 3 },
    whole: true,
};

/// What is more is added to the sums.
static TOTALS: Target<12> = Target {
    table: "portfolio_month_total",
    columns: with_figures([("month", Kind::Int), ("currency", Kind::Text)]),
    verb: Verb::Add { key: 2 },
    whole: true,
};

static GRANTS: Target<6> = Target {
    table: "portfolio_grant",
    columns: [
        ("organization_id", Kind::Uuid),
        ("grant_id", Kind::Uuid),
        ("issued_at", Kind::Int),
        ("burned", Kind::Int),
        ("broken", Kind::Int),
        ("moved", Kind::Int),
    ],
    verb: Verb::Replace { key: 2 },
    whole: true,
};
