//! How much may be given to an organization on one person's word, or a key's: what was given so within a span adds up. It is
//! counted under the organization's lock, so that of two who give at once the second one is told.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Timestamp};

use super::Job;
use super::shelf::{Book, Books};
use super::writer::Failure;
use crate::Store;
use crate::database::on;
use crate::error::StoreError;

/// Promotional credits and adjustments that no second person has approved. What came from another organization was given
/// there.
const GIVEN: &str = "SELECT CAST(COALESCE(SUM(g.amount), 0) AS BIGINT) FROM credit_grant g
     WHERE g.organization_id = $1 AND g.created_at > $2 AND g.kind IN ('promotional', 'adjustment')
        AND NOT EXISTS (SELECT 1 FROM adjustment_request a
            WHERE a.organization_id = g.organization_id AND a.grant_id = g.id AND a.kind = 'give')
        AND NOT EXISTS (SELECT 1 FROM credit_transfer t
            WHERE t.to_organization_id = g.organization_id AND t.to_grant_id = g.id)";

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

/// Reads what was given before, where a request names a limit. The organizations are locked.
pub(super) async fn load_gifts(
    tx: &mut crate::database::Tx,
    now: Timestamp,
    jobs: &[Job],
    books: &mut Books,
) -> Result<(), Failure> {
    for job in jobs {
        if let (Some(gift), Some(book)) = (job.attachments.gift, books.get_mut(&job.organization)) {
            let micros: i64 = on!(tx: &mut *tx, |c| sqlx::query_scalar(GIVEN)
                .bind(job.organization.uuid())
                .bind(gift.since(now).micros())
                .fetch_one(c)
                .await)?;
            book.given = Credits::from_micros(micros);
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
        let micros: i64 = on!(pool: &self.db().read, |c| sqlx::query_scalar(GIVEN)
            .bind(organization.uuid())
            .bind(limit.since(now).micros())
            .fetch_one(c)
            .await)?;
        Ok(Credits::from_micros(micros))
    }
}
