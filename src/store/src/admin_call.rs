//! Calls of `/v1/admin` that carry an idempotency key: the identifier of what each makes, and what it was answered. Whose key
//! it is and what makes two requests the same is the service's affair.

use drawdown_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::database::on;
use crate::error::StoreError;

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminCall {
    /// SHA-256 of whose key it is, and of the key.
    pub key_hash: [u8; 32],
    /// SHA-256 of the request.
    pub request_hash: [u8; 32],
    /// What it makes has this identifier.
    pub identifier: Uuid,
    /// Its answer: the HTTP status, 200 to 299, and the body as it was sent. `None` until it is carried out.
    pub answer: Option<(u16, String)>,
}

impl Store {
    /// Begins a call. Where one of that key was begun before, that one stays, and is given back.
    pub async fn begin_admin_call(&self, call: &AdminCall, now: Timestamp) -> Result<AdminCall, StoreError> {
        type Row = (Vec<u8>, Uuid, Option<i64>, Option<String>);
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query(
                "INSERT INTO admin_call (key_hash, request_hash, identifier, created_at)
                 VALUES ($1, $2, $3, $4) ON CONFLICT (key_hash) DO NOTHING",
            )
            .bind(call.key_hash.to_vec())
            .bind(call.request_hash.to_vec())
            .bind(call.identifier)
            .bind(now.micros())
            .execute(c)
            .await
            .map(|_| ()))?;
            let (request_hash, identifier, status, body): Row = on!(tx: &mut tx, |c| sqlx::query_as(
                "SELECT request_hash, identifier, status, body FROM admin_call WHERE key_hash = $1",
            )
            .bind(call.key_hash.to_vec())
            .fetch_one(c)
            .await)?;
            tx.commit().await?;
            Ok(AdminCall {
                key_hash: call.key_hash,
                // The table's CHECK keeps the length.
                request_hash: request_hash.try_into().unwrap_or_default(),
                identifier,
                answer: status.and_then(|status| u16::try_from(status).ok()).zip(body),
            })
        })
        .await
    }

    /// Keeps what a call was answered. The first answer stays.
    pub async fn end_admin_call(&self, key_hash: [u8; 32], status: u16, body: &str) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query(
                "UPDATE admin_call SET status = $2, body = $3 WHERE key_hash = $1 AND status IS NULL",
            )
            .bind(key_hash.to_vec())
            .bind(i64::from(status))
            .bind(body)
            .execute(c)
            .await
            .map(|_| ()))?;
            tx.commit().await
        })
        .await
    }

    /// Forgets a call that was refused: its key may be used for a corrected one.
    pub async fn forget_admin_call(&self, key_hash: [u8; 32]) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query("DELETE FROM admin_call WHERE key_hash = $1 AND status IS NULL")
                .bind(key_hash.to_vec())
                .execute(c)
                .await
                .map(|_| ()))?;
            tx.commit().await
        })
        .await
    }
}
