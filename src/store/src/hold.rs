//! Holds as they are stored.

use drawdown_domain::hold::{Hold, HoldState, Run};
use drawdown_domain::id::{ApiKeyId, HoldId, OrganizationId, RateCardVersionId};
use drawdown_domain::{Credits, Timestamp};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Store;
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::names::Named;
use crate::organization::key;

#[derive(sqlx::FromRow)]
pub(crate) struct HoldRow {
    pub(crate) organization_id: Uuid,
    id: Uuid,
    state: String,
    #[sqlx(flatten)]
    run: RunRow,
    quantities: String,
    credits: i64,
    shares: String,
    counters: String,
    authorized_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
    captured: Option<i64>,
    end_reason: Option<String>,
    requested_mode: Option<String>,
    rate_card_version_id: Option<Uuid>,
}

/// The dimensions of a run, as holds and events store them.
#[derive(sqlx::FromRow)]
pub(crate) struct RunRow {
    use_case: String,
    mode: String,
    platform: String,
    subject: Option<String>,
    api_key_id: Option<Uuid>,
}

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        Ok(Self {
            use_case: key("use case", &row.use_case)?,
            mode: key("mode", &row.mode)?,
            platform: key("platform", &row.platform)?,
            subject: row.subject.map(|text| key("subject", &text)).transpose()?,
            api_key: row.api_key_id.map(ApiKeyId::from_uuid),
        })
    }
}

/// Reads a column that is stored as JSON.
pub(crate) fn json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(what, error))
}

impl TryFrom<HoldRow> for Hold {
    type Error = StoreError;

    fn try_from(row: HoldRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: HoldId::from_uuid(row.id),
            state: HoldState::from_name(&row.state)?,
            run: row.run.try_into()?,
            requested_mode: row.requested_mode.map(|text| key("mode", &text)).transpose()?,
            quantities: json("quantities", &row.quantities)?,
            credits: Credits::from_micros(row.credits),
            shares: json("shares", &row.shares)?,
            counters: json("counters", &row.counters)?,
            authorized_at: Timestamp::from_micros(row.authorized_at),
            rate_card_version: row.rate_card_version_id.map(RateCardVersionId::from_uuid),
            expires_at: Timestamp::from_micros(row.expires_at),
            ended_at: row.ended_at.map(Timestamp::from_micros),
            captured: row.captured.map(Credits::from_micros),
            end_reason: row.end_reason,
        })
    }
}

impl Store {
    /// The hold of an identifier, with the organization that it belongs to.
    pub async fn hold(&self, id: HoldId) -> Result<Option<(OrganizationId, Hold)>, StoreError> {
        let row: Option<HoldRow> = on!(pool: &self.db().read, |c| sqlx::query_as(select!(hold, "WHERE id = $1"))
            .bind(id.uuid())
            .fetch_optional(c)
            .await)?;
        row.map(|row| Ok((OrganizationId::from_uuid(row.organization_id), row.try_into()?)))
            .transpose()
    }
}
