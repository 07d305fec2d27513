//! Payments: money for a grant. A payment is opened pending and settled once; both go along with the ledger's change of
//! the grant in one transaction (see [`crate::Attachments`]).

use drawdown_domain::id::{GrantId, OrganizationId, PaymentId};
use drawdown_domain::money::Money;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::columns::select;
use crate::database::{Tx, on};
use crate::error::{LedgerError, StoreError};
use crate::names::Named;
use crate::page::{Page, rows_to_fetch};

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// Begun.
    Pending,
    /// The money came.
    Paid,
    /// The provider declined it.
    Declined,
    /// The customer went away.
    Abandoned,
    /// The money went back.
    Refunded,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its identifier.
    pub id: PaymentId,
    /// Who pays.
    pub organization: OrganizationId,
    /// How it stands.
    pub state: PaymentState,
    /// How much.
    pub money: Money,
    /// The credits that it buys.
    pub credits: Credits,
    /// The grant that it pays for.
    pub grant: GrantId,
    /// Through whom: `sandbox`, …
    pub provider: String,
    /// The provider's name for it, unique there.
    pub provider_reference: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it left `Pending`.
    pub settled_at: Option<Timestamp>,
}

/// A change of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentChange {
    /// A new, pending payment.
    Open(Payment),
    /// A pending payment is settled, or a paid one refunded. To a state that it has already: nothing happens.
    Settle {
        /// The payment.
        payment: PaymentId,
        /// How it stands from now.
        state: PaymentState,
        /// When.
        at: Timestamp,
    },
}

/// Where a page of payments goes on: after the payment of this time and identifier.
pub type PaymentCursor = (Timestamp, PaymentId);

#[derive(sqlx::FromRow)]
struct PaymentRow {
    organization_id: Uuid,
    id: Uuid,
    state: String,
    minor: i64,
    currency: String,
    credits: i64,
    grant_id: Uuid,
    provider: String,
    provider_reference: String,
    created_at: i64,
    settled_at: Option<i64>,
}

impl TryFrom<PaymentRow> for Payment {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Self, StoreError> {
        let currency = row
            .currency
            .parse()
            .map_err(|error| StoreError::corrupt("currency", error))?;
        Ok(Self {
            id: PaymentId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            state: PaymentState::from_name(&row.state)?,
            money: Money::new(row.minor, currency),
            credits: Credits::from_micros(row.credits),
            grant: GrantId::from_uuid(row.grant_id),
            provider: row.provider,
            provider_reference: row.provider_reference,
            created_at: Timestamp::from_micros(row.created_at),
            settled_at: row.settled_at.map(Timestamp::from_micros),
        })
    }
}

/// What stands in the way of moving a payment from one state to another, if anything does. `Ok(false)`: it is there
/// already.
pub(crate) fn may_settle(from: PaymentState, to: PaymentState) -> Result<bool, LedgerError> {
    match (from, to) {
        (PaymentState::Pending, PaymentState::Paid | PaymentState::Declined | PaymentState::Abandoned)
        | (PaymentState::Paid, PaymentState::Refunded) => Ok(true),
        (from, to) if from == to => Ok(false),
        (from, _) => Err(LedgerError::PaymentSettled(from)),
    }
}

/// Writes a change within a transaction that holds the lock of the payment's organization, or is the only writer.
pub(crate) async fn write_change(tx: &mut Tx, change: &PaymentChange) -> Result<(), sqlx::Error> {
    match change {
        PaymentChange::Open(payment) => on!(tx: tx, |c| sqlx::query(
            "INSERT INTO payment (organization_id, id, state, minor, currency, credits, grant_id, provider,
                provider_reference, created_at, settled_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(payment.organization.uuid())
        .bind(payment.id.uuid())
        .bind(payment.state.name())
        .bind(payment.money.minor)
        .bind(payment.money.currency.as_str())
        .bind(payment.credits.micros())
        .bind(payment.grant.uuid())
        .bind(&payment.provider)
        .bind(&payment.provider_reference)
        .bind(payment.created_at.micros())
        .bind(payment.settled_at.map(Timestamp::micros))
        .execute(c)
        .await
        .map(|_| ())),
        PaymentChange::Settle { payment, state, at } => on!(tx: tx, |c| sqlx::query(
            "UPDATE payment SET state = $2, settled_at = $3 WHERE id = $1",
        )
        .bind(payment.uuid())
        .bind(state.name())
        .bind(at.micros())
        .execute(c)
        .await
        .map(|_| ())),
    }
}

/// The organization and state of a payment within a transaction, its row locked until the end.
pub(crate) async fn lock_state(
    tx: &mut Tx,
    payment: PaymentId,
) -> Result<Option<(OrganizationId, PaymentState)>, StoreError> {
    let sql = match tx {
        Tx::Sqlite(_) => "SELECT organization_id, state FROM payment WHERE id = $1",
        Tx::Postgres(_) => "SELECT organization_id, state FROM payment WHERE id = $1 FOR UPDATE",
    };
    let row: Option<(Uuid, String)> = on!(tx: tx, |c| sqlx::query_as(sql)
        .bind(payment.uuid())
        .fetch_optional(c)
        .await)?;
    row.map(|(organization, name)| Ok((OrganizationId::from_uuid(organization), PaymentState::from_name(&name)?)))
        .transpose()
}

/// The state of the payment that bears the identifier or the provider's reference of `new`, if there is one.
pub(crate) async fn reference_is_taken(tx: &mut Tx, new: &Payment) -> Result<Option<PaymentState>, StoreError> {
    let name: Option<String> = on!(tx: tx, |c| sqlx::query_scalar(
        "SELECT state FROM payment WHERE id = $1 OR (provider = $2 AND provider_reference = $3)",
    )
    .bind(new.id.uuid())
    .bind(&new.provider)
    .bind(&new.provider_reference)
    .fetch_optional(c)
    .await)?;
    name.map(|name| PaymentState::from_name(&name)).transpose()
}

impl Store {
    /// Settles a payment that moves no credits (declined, abandoned). What moves credits goes through the ledger, with
    /// the change attached.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such payment; `Ok(Some(state))` where it is settled in another way.
    pub async fn settle_payment(
        &self,
        payment: PaymentId,
        state: PaymentState,
        at: Timestamp,
        audit: &[AuditLine],
    ) -> Result<Option<PaymentState>, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let (_, from) = lock_state(&mut tx, payment)
                .await?
                .ok_or(StoreError::NotFound("payment"))?;
            match may_settle(from, state) {
                Ok(true) => {
                    write_change(&mut tx, &PaymentChange::Settle { payment, state, at }).await?;
                    write_lines(&mut tx, audit).await?;
                    tx.commit().await?;
                    Ok(None)
                }
                Ok(false) => Ok(None),
                Err(_) => Ok(Some(from)),
            }
        })
        .await
    }

    /// The payment of an identifier.
    pub async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        let row: Option<PaymentRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(payment, "WHERE id = $1"),
        )
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        row.map(Payment::try_from).transpose()
    }

    /// The payment that a provider knows by a reference.
    pub async fn payment_by_reference(&self, provider: &str, reference: &str) -> Result<Option<Payment>, StoreError> {
        let row: Option<PaymentRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(payment, "WHERE provider = $1 AND provider_reference = $2"),
        )
        .bind(provider)
        .bind(reference)
        .fetch_optional(c)
        .await)?;
        row.map(Payment::try_from).transpose()
    }

    /// The payments of an organization, newest first, from after a cursor on.
    pub async fn payments(
        &self,
        organization: OrganizationId,
        after: Option<PaymentCursor>,
        limit: u32,
    ) -> Result<Page<Payment, PaymentCursor>, StoreError> {
        let (created_at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.micros(), id.uuid()));
        let rows: Vec<PaymentRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(payment, "WHERE organization_id = $1 AND (created_at, id) < ($2, $3)
             ORDER BY created_at DESC, id DESC LIMIT $4"),
        )
        .bind(organization.uuid())
        .bind(created_at)
        .bind(id)
        .bind(rows_to_fetch(limit))
        .fetch_all(c)
        .await)?;
        let payments = rows.into_iter().map(Payment::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(payments, limit, |payment| (payment.created_at, payment.id)))
    }
}
