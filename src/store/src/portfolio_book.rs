//! What organizations' months of the portfolio are made of: their postings since they were last made, summed by day, and
//! their grants, payments and steps that have to do with money. Usage events are never read, and a dozen queries read it for
//! however many organizations.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use drawdown_domain::contract::Contract;
use drawdown_domain::grant::Grant;
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::posting::LedgerAccount;
use drawdown_domain::{Credits, Currency, Money, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::columns::select;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::grant::GrantRow;
use crate::names::Named;
use crate::portfolio_month::{BookMark, GrantBook, MonthRow, Months, columns, months_of};
use crate::schedule::read_contracts;
use crate::sets::{Engine, UuidSet, one_of};

/// Microseconds of a day of UTC.
const DAY_MICROS: i64 = 86_400_000_000;

/// Postings of one day and kind, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayPosting {
    /// The day's first instant (UTC).
    pub day: Timestamp,
    /// The grant; `None` for those of the organization.
    pub grant: Option<GrantId>,
    /// From here.
    pub from: LedgerAccount,
    /// To here.
    pub to: LedgerAccount,
    /// How much.
    pub credits: Credits,
}

/// Money that came or went by a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// When it came.
    pub at: Timestamp,
    /// When it was paid back, if it was.
    pub back_at: Option<Timestamp>,
    /// How much.
    pub money: Money,
    /// The grant that it was paid for.
    pub grant: GrantId,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct PortfolioBookSource {
    /// The organization.
    pub organization: OrganizationId,
    /// The currency in which it pays.
    pub currency: Currency,
    /// Up to where its months are made.
    pub mark: BookMark,
    /// Its version, and its last posting that is here.
    pub version: i64,
    /// See `version`.
    pub sequence: i64,
    /// Its months.
    pub months: Months,
    /// Its postings since, the oldest day first, but those between available and held.
    pub postings: Vec<DayPosting>,
    /// Its grants that were paid for, and those that are active.
    pub grants: Vec<Grant>,
    /// What had become of those that were paid for.
    pub grant_books: BTreeMap<GrantId, GrantBook>,
    /// Its payments.
    pub payments: Vec<Received>,
    /// Steps of its agreements: when they were due, the grant that came of them, the money that fell due by them.
    pub steps: Vec<(Timestamp, Option<GrantId>, Option<Money>)>,
    /// Credits that went to another organization since, by day and grant.
    pub transfers: Vec<(Timestamp, GrantId, Credits)>,
    /// Grants that came from another organization.
    pub received: BTreeSet<GrantId>,
    /// Its contracts.
    pub contracts: Vec<Contract>,
}

fn currency(code: &str) -> Result<Currency, StoreError> {
    code.parse().map_err(|error| StoreError::corrupt("currency", error))
}

fn money(minor: i64, code: &str) -> Result<Money, StoreError> {
    Ok(Money::new(minor, currency(code)?))
}

/// What belongs to each organization.
type ByOrganization<T> = HashMap<Uuid, Vec<T>>;

fn by_organization<T>(
    rows: impl IntoIterator<Item = Result<(Uuid, T), StoreError>>,
) -> Result<ByOrganization<T>, StoreError> {
    let mut found = ByOrganization::new();
    for row in rows {
        let (id, of_it) = row?;
        found.entry(id).or_default().push(of_it);
    }
    Ok(found)
}

impl Store {
    /// What the months of these organizations are made of, as of one instant. One that does not exist is left out.
    pub async fn portfolio_books(&self, ids: &[OrganizationId]) -> Result<Vec<PortfolioBookSource>, StoreError> {
        let mut tx = self.db().read.begin_snapshot().await?;
        let reader = Reader {
            ids: UuidSet::new(ids.iter().map(|id| id.uuid())),
            is_one: one_of(&tx, 1),
        };
        let organizations = reader.organizations(&mut tx).await?;
        let mut months = reader.months(&mut tx).await?;
        let mut postings = reader.postings(&mut tx).await?;
        let mut grants = reader.grants(&mut tx).await?;
        let mut grant_books = reader.grant_books(&mut tx).await?;
        let mut payments = reader.payments(&mut tx).await?;
        let mut steps = reader.steps(&mut tx).await?;
        let mut transfers = reader.transfers(&mut tx).await?;
        let mut received = reader.received(&mut tx).await?;
        let mut contracts = read_contracts(&mut tx, &reader.ids).await?;
        let source = |row: OrganizationRow| {
            let id = row.id;
            Ok(PortfolioBookSource {
                organization: OrganizationId::from_uuid(id),
                currency: currency(&row.currency)?,
                mark: BookMark {
                    sequence: row.mark_sequence,
                    version: row.mark_version,
                    made_at: row.made_at,
                    due_at: row.due_at,
                },
                version: row.version,
                sequence: row.posting_sequence,
                months: months_of(months.remove(&id).unwrap_or_default())?,
                postings: postings.remove(&id).unwrap_or_default(),
                grants: grants.remove(&id).unwrap_or_default(),
                grant_books: grant_books.remove(&id).unwrap_or_default().into_iter().collect(),
                payments: payments.remove(&id).unwrap_or_default(),
                steps: steps.remove(&id).unwrap_or_default(),
                transfers: transfers.remove(&id).unwrap_or_default(),
                received: received.remove(&id).unwrap_or_default().into_iter().collect(),
                contracts: contracts.remove(&id).map(|found| found.agreed).unwrap_or_default(),
            })
        };
        organizations.into_iter().map(source).collect()
    }
}

/// Organizations with the marks up to which their months are made.
const MARKED: &str = "SELECT o.id, o.currency, o.version, o.posting_sequence, COALESCE(b.sequence, 0) AS mark_sequence,
    COALESCE(b.version, 0) AS mark_version, COALESCE(b.made_at, 0) AS made_at, COALESCE(b.due_at, 0) AS due_at
    FROM organization o LEFT JOIN portfolio_book b ON b.organization_id = o.id WHERE o.id ";

#[derive(sqlx::FromRow)]
struct OrganizationRow {
    id: Uuid,
    currency: String,
    version: i64,
    posting_sequence: i64,
    mark_sequence: i64,
    mark_version: i64,
    made_at: i64,
    due_at: i64,
}

#[derive(sqlx::FromRow)]
struct MonthOf {
    organization_id: Uuid,
    #[sqlx(flatten)]
    month: MonthRow,
}

/// A step that has to do with credits or money: when it was due, the grant that came of it, the money that fell due by it.
type Step = (Timestamp, Option<GrantId>, Option<Money>);

/// The postings of organizations since their marks, summed by day and kind.
pub(crate) fn postings_since_marks(engine: &impl Engine) -> String {
    let marked = format!("({MARKED}{}) o", one_of(engine, 1));
    let days = format!("p.at / {DAY_MICROS} AS day, p.grant_id, p.from_account, p.to_account");
    let sum = "CAST(SUM(p.credits) AS BIGINT)";
    // In the words of the index `posting_lasting`.
    let since = "p.organization_id = o.id AND p.sequence > o.mark_sequence
        AND NOT (p.from_account IN ('available', 'held') AND p.to_account IN ('available', 'held'))";
    if engine.is_sqlite() {
        return format!(
            "SELECT o.id, {days}, {sum} FROM {marked} JOIN posting p ON {since} GROUP BY 1, 2, 3, 4, 5 ORDER BY 2"
        );
    }
    // PostgreSQL does not know how few postings are newer than a mark: joined, it would read all that there are.
    format!(
        "SELECT o.id, p.* FROM {marked}
         CROSS JOIN LATERAL (SELECT {days}, {sum} FROM posting p WHERE {since} GROUP BY 1, 2, 3, 4) p ORDER BY 2"
    )
}

/// Reads of some organizations.
struct Reader {
    ids: UuidSet,
    /// The condition that says so.
    is_one: String,
}

impl Reader {
    async fn organizations(&self, tx: &mut Tx) -> Result<Vec<OrganizationRow>, StoreError> {
        let sql = format!("{MARKED}{} ORDER BY o.id", self.is_one);
        Ok(on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?)
    }

    async fn months(&self, tx: &mut Tx) -> Result<ByOrganization<MonthRow>, StoreError> {
        let (columns, is_one) = (columns(), &self.is_one);
        let sql = format!(
            "SELECT organization_id, month, currency, {columns} FROM portfolio_month WHERE organization_id {is_one}"
        );
        let rows: Vec<MonthOf> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?;
        by_organization(rows.into_iter().map(|row| Ok((row.organization_id, row.month))))
    }

    async fn grants(&self, tx: &mut Tx) -> Result<ByOrganization<Grant>, StoreError> {
        let sql = format!(
            "{}{} AND (paid_minor > 0 OR state = 'active')",
            select!(credit_grant, "WHERE organization_id "),
            self.is_one
        );
        let rows: Vec<GrantRow> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?;
        by_organization(rows.into_iter().map(|row| Ok((row.organization_id, row.try_into()?))))
    }

    /// The postings since the mark, the oldest day first.
    async fn postings(&self, tx: &mut Tx) -> Result<ByOrganization<DayPosting>, StoreError> {
        let sql = postings_since_marks(tx);
        let rows: Vec<PostingRow> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?;
        let posting = |(id, day, grant, from, to, credits): PostingRow| {
            let posting = DayPosting {
                day: Timestamp::from_micros(day.saturating_mul(DAY_MICROS)),
                grant: grant.map(GrantId::from_uuid),
                from: LedgerAccount::from_name(&from)?,
                to: LedgerAccount::from_name(&to)?,
                credits: Credits::from_micros(credits),
            };
            Ok((id, posting))
        };
        by_organization(rows.into_iter().map(posting))
    }

    async fn grant_books(&self, tx: &mut Tx) -> Result<ByOrganization<(GrantId, GrantBook)>, StoreError> {
        let sql = format!(
            "SELECT organization_id, grant_id, issued_at, burned, broken, moved FROM portfolio_grant
             WHERE organization_id {}",
            self.is_one
        );
        let rows: Vec<(Uuid, Uuid, Option<i64>, i64, i64, i64)> =
            on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?;
        by_organization(rows.into_iter().map(|(id, grant, issued_at, burned, broken, moved)| {
            let book = GrantBook {
                issued_at: issued_at.map(Timestamp::from_micros),
                burned,
                broken,
                moved,
            };
            Ok((id, (GrantId::from_uuid(grant), book)))
        }))
    }

    async fn payments(&self, tx: &mut Tx) -> Result<ByOrganization<Received>, StoreError> {
        let sql = format!(
            "SELECT organization_id, state, minor, currency, grant_id, created_at, settled_at FROM payment
             WHERE organization_id {} AND state IN ('paid', 'refunded')",
            self.is_one
        );
        let rows: Vec<PaymentRow> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?;
        by_organization(rows.into_iter().map(|row| Ok((row.organization_id, row.try_into()?))))
    }

    async fn steps(&self, tx: &mut Tx) -> Result<ByOrganization<Step>, StoreError> {
        let sql = format!(
            "SELECT organization_id, at, grant_id, money_minor, money_currency FROM step
             WHERE organization_id {} AND (grant_id IS NOT NULL OR money_minor IS NOT NULL)",
            self.is_one
        );
        let rows: Vec<StepRow> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?;
        by_organization(rows.into_iter().map(|(id, at, grant, minor, currency)| {
            let money = minor.zip(currency).map(|(minor, currency)| money(minor, &currency));
            let step = (
                Timestamp::from_micros(at),
                grant.map(GrantId::from_uuid),
                money.transpose()?,
            );
            Ok((id, step))
        }))
    }

    /// What went to other organizations since the mark.
    async fn transfers(&self, tx: &mut Tx) -> Result<ByOrganization<(Timestamp, GrantId, Credits)>, StoreError> {
        let sql = format!(
            "SELECT o.id, t.at, t.from_grant_id, t.credits FROM ({MARKED}{}) o
             JOIN credit_transfer t ON t.from_organization_id = o.id
                AND t.from_batch > o.mark_version AND t.from_batch <= o.version",
            self.is_one
        );
        let rows: Vec<(Uuid, i64, Uuid, i64)> =
            on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?;
        by_organization(rows.into_iter().map(|(id, at, grant, credits)| {
            let day = Timestamp::from_micros(at - at.rem_euclid(DAY_MICROS));
            Ok((id, (day, GrantId::from_uuid(grant), Credits::from_micros(credits))))
        }))
    }

    /// Grants that came from other organizations.
    async fn received(&self, tx: &mut Tx) -> Result<ByOrganization<GrantId>, StoreError> {
        let sql = format!(
            "SELECT to_organization_id, to_grant_id FROM credit_transfer WHERE to_organization_id {}",
            self.is_one
        );
        let rows: Vec<(Uuid, Uuid)> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(&self.ids).fetch_all(c).await)?;
        by_organization(rows.into_iter().map(|(id, grant)| Ok((id, GrantId::from_uuid(grant)))))
    }
}

/// Organization, instant, grant, minor units, currency.
type StepRow = (Uuid, i64, Option<Uuid>, Option<i64>, Option<String>);

/// Organization, day, grant, from, to, credits.
type PostingRow = (Uuid, i64, Option<Uuid>, String, String, i64);

#[derive(sqlx::FromRow)]
struct PaymentRow {
    organization_id: Uuid,
    state: String,
    minor: i64,
    currency: String,
    grant_id: Uuid,
    created_at: i64,
    settled_at: i64,
}

impl TryFrom<PaymentRow> for Received {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Self, StoreError> {
        let settled_at = Timestamp::from_micros(row.settled_at);
        // Of one that was paid back only that instant is kept: it came when it was begun.
        let is_back = row.state == "refunded";
        let at = if is_back {
            Timestamp::from_micros(row.created_at)
        } else {
            settled_at
        };
        Ok(Self {
            at,
            back_at: is_back.then_some(settled_at),
            money: money(row.minor, &row.currency)?,
            grant: GrantId::from_uuid(row.grant_id),
        })
    }
}
