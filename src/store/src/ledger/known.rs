//! Which of the events that a batch reports were reported before.

use std::collections::HashMap;

use drawdown_domain::Credits;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::request::Request;
use uuid::Uuid;

use super::Job;
use super::pairs::Pairs;
use super::shelf::Books;
use super::writer::Failure;
use crate::database::Tx;
use crate::event_key::key_hash;

/// Tells the books what is known of the events that the batch reports.
pub(super) async fn load_known_events(tx: &mut Tx, jobs: &[Job], books: &mut Books) -> Result<(), Failure> {
    let mut reported: HashMap<(Uuid, Uuid), &str> = HashMap::new();
    for job in jobs {
        if let Request::Record(events) = &job.request {
            let keys = events.iter().map(|event| event.key.as_str());
            reported.extend(keys.map(|key| ((job.organization.uuid(), key_hash(key)), key)));
        }
    }
    if reported.is_empty() {
        return Ok(());
    }
    let pairs = Pairs::of_uuids(reported.keys().copied());
    let sql = format!(
        "SELECT e.organization_id, e.key_hash, e.content_hash, e.credits FROM {}",
        pairs.joined(tx, "usage_event_key e", "e.organization_id", "e.key_hash")
    );
    let rows: Vec<(Uuid, Uuid, Uuid, i64)> = pairs.fetch(tx, &sql).await?;
    for (organization, key_hash, content_hash, credits) in rows {
        if let Some(book) = books.get_mut(&OrganizationId::from_uuid(organization))
            && let Some(key) = reported.get(&(organization, key_hash))
        {
            let known = (content_hash.into_bytes(), Credits::from_micros(credits));
            book.account.known_events.insert((*key).to_owned(), known);
        }
    }
    Ok(())
}
