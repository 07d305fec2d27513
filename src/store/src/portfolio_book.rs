//! What an organization's months of the portfolio are made of: its postings since they were last made, summed by day, and
//! its grants, payments and steps that have to do with money. Usage events are never read.

use std::collections::{BTreeMap, BTreeSet};

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
use crate::portfolio_month::{BookMark, GrantBook, Months, columns, months_of};
use crate::schedule::read_contracts;

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

fn money(minor: i64, currency: &str) -> Result<Money, StoreError> {
    let currency = currency
        .parse()
        .map_err(|error| StoreError::corrupt("currency", error))?;
    Ok(Money::new(minor, currency))
}

impl Store {
    /// What an organization's months are made of, as of one instant.
    pub async fn portfolio_book(&self, id: OrganizationId) -> Result<Option<PortfolioBookSource>, StoreError> {
        let mut tx = self.db().read.begin_snapshot().await?;
        let organization: Option<(String, i64, i64)> = on!(tx: &mut tx, |c| sqlx::query_as(
            "SELECT currency, version, posting_sequence FROM organization WHERE id = $1",
        )
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        let Some((currency, version, sequence)) = organization else {
            return Ok(None);
        };
        let mark = read_mark(&mut tx, id).await?;
        let sql = format!(
            "SELECT month, currency, {} FROM portfolio_month WHERE organization_id = $1",
            columns()
        );
        let months = on!(tx: &mut tx, |c| sqlx::query_as(&sql).bind(id.uuid()).fetch_all(c).await)?;
        let grants: Vec<GrantRow> = on!(tx: &mut tx, |c| sqlx::query_as(
            select!(credit_grant, "WHERE organization_id = $1 AND (paid_minor > 0 OR state = 'active')"),
        )
        .bind(id.uuid())
        .fetch_all(c)
        .await)?;
        Ok(Some(PortfolioBookSource {
            organization: id,
            currency: currency
                .parse()
                .map_err(|error| StoreError::corrupt("currency", error))?,
            mark,
            version,
            sequence,
            months: months_of(months)?,
            postings: read_postings(&mut tx, id, mark.sequence).await?,
            grants: grants.into_iter().map(Grant::try_from).collect::<Result<_, _>>()?,
            grant_books: read_grant_books(&mut tx, id).await?,
            payments: read_payments(&mut tx, id).await?,
            steps: read_steps(&mut tx, id).await?,
            transfers: read_transfers(&mut tx, id, mark.version, version).await?,
            received: read_received(&mut tx, id).await?,
            contracts: read_contracts(&mut tx, id.uuid()).await?.0,
        }))
    }
}

async fn read_mark(tx: &mut Tx, id: OrganizationId) -> Result<BookMark, StoreError> {
    let mark: Option<(i64, i64, i64, i64)> = on!(tx: tx, |c| sqlx::query_as(
        "SELECT sequence, version, made_at, due_at FROM portfolio_book WHERE organization_id = $1",
    )
    .bind(id.uuid())
    .fetch_optional(c)
    .await)?;
    let (sequence, version, made_at, due_at) = mark.unwrap_or_default();
    Ok(BookMark {
        sequence,
        version,
        made_at,
        due_at,
    })
}

async fn read_postings(tx: &mut Tx, id: OrganizationId, after: i64) -> Result<Vec<DayPosting>, StoreError> {
    let rows: Vec<(i64, Option<Uuid>, String, String, i64)> = on!(tx: tx, |c| sqlx::query_as(
        "SELECT at / 86400000000 AS day, grant_id, from_account, to_account, CAST(SUM(credits) AS BIGINT) FROM posting
         WHERE organization_id = $1 AND sequence > $2
            AND NOT (from_account IN ('available', 'held') AND to_account IN ('available', 'held'))
         GROUP BY at / 86400000000, grant_id, from_account, to_account ORDER BY at / 86400000000",
    )
    .bind(id.uuid())
    .bind(after)
    .fetch_all(c)
    .await)?;
    let posting = |(day, grant, from, to, credits): (i64, Option<Uuid>, String, String, i64)| {
        Ok(DayPosting {
            day: Timestamp::from_micros(day.saturating_mul(DAY_MICROS)),
            grant: grant.map(GrantId::from_uuid),
            from: LedgerAccount::from_name(&from)?,
            to: LedgerAccount::from_name(&to)?,
            credits: Credits::from_micros(credits),
        })
    };
    rows.into_iter().map(posting).collect()
}

async fn read_grant_books(tx: &mut Tx, id: OrganizationId) -> Result<BTreeMap<GrantId, GrantBook>, StoreError> {
    let rows: Vec<(Uuid, Option<i64>, i64, i64, i64)> = on!(tx: tx, |c| sqlx::query_as(
        "SELECT grant_id, issued_at, burned, broken, moved FROM portfolio_grant WHERE organization_id = $1",
    )
    .bind(id.uuid())
    .fetch_all(c)
    .await)?;
    let book = |(grant, issued_at, burned, broken, moved): (Uuid, Option<i64>, i64, i64, i64)| {
        let book = GrantBook {
            issued_at: issued_at.map(Timestamp::from_micros),
            burned,
            broken,
            moved,
        };
        (GrantId::from_uuid(grant), book)
    };
    Ok(rows.into_iter().map(book).collect())
}

async fn read_payments(tx: &mut Tx, id: OrganizationId) -> Result<Vec<Received>, StoreError> {
    let rows: Vec<(String, i64, String, Uuid, i64, i64)> = on!(tx: tx, |c| sqlx::query_as(
        "SELECT state, minor, currency, grant_id, created_at, settled_at FROM payment
         WHERE organization_id = $1 AND state IN ('paid', 'refunded')",
    )
    .bind(id.uuid())
    .fetch_all(c)
    .await)?;
    let payment = |(state, minor, currency, grant, created_at, settled_at): (String, i64, String, Uuid, i64, i64)| {
        let settled_at = Timestamp::from_micros(settled_at);
        // Of one that was paid back only that instant is kept: it came when it was begun.
        let is_back = state == "refunded";
        let at = if is_back {
            Timestamp::from_micros(created_at)
        } else {
            settled_at
        };
        Ok(Received {
            at,
            back_at: is_back.then_some(settled_at),
            money: money(minor, &currency)?,
            grant: GrantId::from_uuid(grant),
        })
    };
    rows.into_iter().map(payment).collect()
}

type StepRow = (i64, Option<Uuid>, Option<i64>, Option<String>);

async fn read_steps(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<Vec<(Timestamp, Option<GrantId>, Option<Money>)>, StoreError> {
    let rows: Vec<StepRow> = on!(tx: tx, |c| sqlx::query_as(
        "SELECT at, grant_id, money_minor, money_currency FROM step
         WHERE organization_id = $1 AND (grant_id IS NOT NULL OR money_minor IS NOT NULL)",
    )
    .bind(id.uuid())
    .fetch_all(c)
    .await)?;
    let step = |(at, grant, minor, currency): StepRow| {
        let money = minor.zip(currency).map(|(minor, currency)| money(minor, &currency));
        Ok((
            Timestamp::from_micros(at),
            grant.map(GrantId::from_uuid),
            money.transpose()?,
        ))
    };
    rows.into_iter().map(step).collect()
}

async fn read_transfers(
    tx: &mut Tx,
    id: OrganizationId,
    after: i64,
    until: i64,
) -> Result<Vec<(Timestamp, GrantId, Credits)>, StoreError> {
    let rows: Vec<(i64, Uuid, i64)> = on!(tx: tx, |c| sqlx::query_as(
        "SELECT at, from_grant_id, credits FROM credit_transfer
         WHERE from_organization_id = $1 AND from_batch > $2 AND from_batch <= $3",
    )
    .bind(id.uuid())
    .bind(after)
    .bind(until)
    .fetch_all(c)
    .await)?;
    let transfer = |(at, grant, credits): (i64, Uuid, i64)| {
        let day = Timestamp::from_micros(at - at.rem_euclid(DAY_MICROS));
        (day, GrantId::from_uuid(grant), Credits::from_micros(credits))
    };
    Ok(rows.into_iter().map(transfer).collect())
}

async fn read_received(tx: &mut Tx, id: OrganizationId) -> Result<BTreeSet<GrantId>, StoreError> {
    let rows: Vec<(Uuid,)> = on!(tx: tx, |c| sqlx::query_as(
        "SELECT to_grant_id FROM credit_transfer WHERE to_organization_id = $1",
    )
    .bind(id.uuid())
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(grant,)| GrantId::from_uuid(grant)).collect())
}
