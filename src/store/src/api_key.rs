//! Keys for the HTTP API. Only the SHA-256 of a secret is stored.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{ApiKeyId, OrganizationId};
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::names::Named;

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiKeyScope {
    /// Authorize, holds, usage, quote and reads.
    Metering,
    /// Everything.
    Admin,
    /// Reads.
    Read,
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its identifier.
    pub id: ApiKeyId,
    /// The organization whose key it is; `None` for the vendor's, which speak for every organization.
    pub organization: Option<OrganizationId>,
    /// What people call it.
    pub name: String,
    /// What it opens.
    pub scope: ApiKeyScope,
    /// The first characters of the secret, to tell it by.
    pub shown_prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// A new key with the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
}

#[derive(sqlx::FromRow)]
struct ApiKeyRow {
    id: Uuid,
    organization_id: Option<Uuid>,
    name: String,
    scope: String,
    shown_prefix: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: ApiKeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ApiKeyId::from_uuid(row.id),
            organization: row.organization_id.map(OrganizationId::from_uuid),
            name: row.name,
            scope: ApiKeyScope::from_name(&row.scope)?,
            shown_prefix: row.shown_prefix,
            created_at: Timestamp::from_micros(row.created_at),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
        })
    }
}

impl Store {
    /// Adds a key.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where the secret or identifier is taken.
    pub async fn create_api_key(&self, new: &NewApiKey, audit: &[AuditLine]) -> Result<(), StoreError> {
        let key = &new.key;
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query(
                "INSERT INTO api_key (id, organization_id, name, scope, secret_hash, shown_prefix, created_at, revoked_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(key.id.uuid())
            .bind(key.organization.map(OrganizationId::uuid))
            .bind(&key.name)
            .bind(key.scope.name())
            .bind(new.secret_hash.as_slice())
            .bind(&key.shown_prefix)
            .bind(key.created_at.micros())
            .bind(key.revoked_at.map(Timestamp::micros))
            .execute(c)
            .await
            .map(|_| ()))
            .map_err(|error| StoreError::or_exists(error, "API key"))?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }

    /// The key whose secret has this SHA-256, revoked or not.
    pub async fn api_key_by_secret(&self, secret_hash: &[u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        let row: Option<ApiKeyRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(api_key, "WHERE secret_hash = $1"),
        )
        .bind(secret_hash.as_slice())
        .fetch_optional(c)
        .await)?;
        row.map(ApiKey::try_from).transpose()
    }

    /// The keys of an organization, or the vendor's own, oldest first; 1000 at most.
    pub async fn api_keys(&self, organization: Option<OrganizationId>) -> Result<Vec<ApiKey>, StoreError> {
        let rows: Vec<ApiKeyRow> = match organization {
            Some(organization) => on!(pool: &self.db().read, |c| sqlx::query_as(
                select!(api_key, "WHERE organization_id = $1 ORDER BY id LIMIT 1000"),
            )
            .bind(organization.uuid())
            .fetch_all(c)
            .await)?,
            None => on!(pool: &self.db().read, |c| sqlx::query_as(
                select!(api_key, "WHERE organization_id IS NULL ORDER BY id LIMIT 1000"),
            )
            .fetch_all(c)
            .await)?,
        };
        rows.into_iter().map(ApiKey::try_from).collect()
    }

    /// Revokes a key; one that was revoked before keeps its first instant.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such key.
    pub async fn revoke_api_key(&self, id: ApiKeyId, now: Timestamp, audit: &[AuditLine]) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let changed = on!(tx: &mut tx, |c| sqlx::query(
                "UPDATE api_key SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1",
            )
            .bind(id.uuid())
            .bind(now.micros())
            .execute(c)
            .await?
            .rows_affected());
            if changed == 0 {
                return Err(StoreError::NotFound("API key"));
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }
}
