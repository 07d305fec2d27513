//! How much may be given to an organization on one person's word, or a key's: what was given so within a span adds up. It is
//! counted under the organization's lock, so that of two who give at once the second one is told.

use std::collections::{BTreeMap, BTreeSet};

use drawdown_domain::id::OrganizationId;
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use super::Job;
use super::shelf::{Book, Books};
use super::writer::Failure;
use crate::Store;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::sets::{Engine, UuidSet, one_of};

/// Promotional credits and adjustments that no second person has approved. What came from another organization was given
/// there.
fn given(engine: &impl Engine) -> String {
    format!(
        "SELECT g.organization_id, CAST(SUM(g.amount) AS BIGINT) FROM credit_grant g
         WHERE g.organization_id {} AND g.created_at > $2 AND g.kind IN ('promotional', 'adjustment')
            AND NOT EXISTS (SELECT 1 FROM adjustment_request a
                WHERE a.organization_id = g.organization_id AND a.grant_id = g.id AND a.kind = 'give')
            AND NOT EXISTS (SELECT 1 FROM credit_transfer t
                WHERE t.to_organization_id = g.organization_id AND t.to_grant_id = g.id)
         GROUP BY g.organization_id",
        one_of(engine, 1)
    )
}

/// What may be given within a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GiftLimit {
    /// At most so many credits, all in all.
    pub most: Credits,
    /// Within so many seconds, the last of which is now.
    pub within_seconds: i64,
}

impl GiftLimit {
    fn since(self, now: Timestamp) -> Timestamp {
        now.plus_seconds(-self.within_seconds)
    }

    /// Whether `credits` more would go beyond it.
    pub fn is_passed_by(self, given: Credits, credits: Credits) -> bool {
        given.checked_add(credits).is_none_or(|sum| sum > self.most)
    }
}

/// Reads what was given before, where a request names a limit: by one query for all whose spans begin together, which they do
/// but for a limit that changes. The organizations are locked.
pub(super) async fn load_gifts(tx: &mut Tx, now: Timestamp, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    let mut asked: BTreeMap<Timestamp, BTreeSet<Uuid>> = BTreeMap::new();
    for job in jobs {
        if let (Some(gift), Some(book)) = (job.attachments.gift, books.get_mut(&job.organization)) {
            book.given = Credits::ZERO;
            asked
                .entry(gift.since(now))
                .or_default()
                .insert(job.organization.uuid());
        }
    }
    let sql = given(tx);
    for (since, organizations) in asked {
        let rows: Vec<(Uuid, i64)> = on!(tx: &mut *tx, |c| sqlx::query_as(&sql)
            .bind(UuidSet::new(organizations))
            .bind(since.micros())
            .fetch_all(c)
            .await)?;
        for (organization, micros) in rows {
            if let Some(book) = books.get_mut(&OrganizationId::from_uuid(organization)) {
                book.given = Credits::from_micros(micros);
            }
        }
    }
    Ok(())
}

/// What a request gives, where it names a limit.
fn gift(job: &Job) -> Option<(GiftLimit, Credits)> {
    match (&job.attachments.gift, &job.request) {
        (Some(limit), Request::AddGrant(grant)) => Some((*limit, grant.amount)),
        _ => None,
    }
}

/// Whether a request gives more than its limit allows.
pub(super) fn add_up(book: &Book, job: &Job) -> bool {
    gift(job).is_some_and(|(limit, credits)| limit.is_passed_by(book.given, credits))
}

/// Counts what a request has given, for those after it in the batch.
pub(super) fn count(book: &mut Book, job: &Job) {
    if let Some((_, credits)) = gift(job) {
        book.given = book.given.checked_add(credits).unwrap_or(Credits::MAX);
    }
}

impl Store {
    /// What was given to an organization on one person's word, or a key's, within the span of a limit that ends now.
    pub async fn given_alone(
        &self,
        organization: OrganizationId,
        limit: GiftLimit,
        now: Timestamp,
    ) -> Result<Credits, StoreError> {
        let pool = &self.db().read;
        let sql = given(pool);
        let row: Option<(Uuid, i64)> = on!(pool: pool, |c| sqlx::query_as(&sql)
            .bind(UuidSet::new([organization.uuid()]))
            .bind(limit.since(now).micros())
            .fetch_optional(c)
            .await)?;
        Ok(row.map_or(Credits::ZERO, |(_, micros)| Credits::from_micros(micros)))
    }
}
