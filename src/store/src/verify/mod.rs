//! The proof that the books are right: recomputes from postings and usage events, which are append-only, everything
//! that is kept beside them, and the chain of hashes that binds the postings.
//!
//! Each organization is checked in one unchanging state of the database, so a running server does not disturb it. Rows
//! are read a page at a time: memory grows with an organization's grants and days, never with its events.

mod books;
mod counters;
mod fair_use;
mod keys;
mod rollups;

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::window::Zone;
use uuid::Uuid;

use crate::Store;
use crate::columns::select;
use crate::connection::End;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::organization::{Organization, OrganizationRow};

/// The most findings that are collected: by then nobody needs more.
const FINDINGS_MAX: usize = 1_000;
/// Organizations looked up at once.
const ORGANIZATIONS_A_PAGE: i64 = 500;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whose books.
    pub organization: OrganizationId,
    /// What is wrong, with the row that it is about.
    pub what: String,
    /// What it must be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

/// What was checked and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Organizations checked.
    pub organizations: u64,
    /// Postings checked.
    pub postings: u64,
    /// Usage events checked.
    pub events: u64,
    /// What is wrong, the first 1000 findings; empty where all is right.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// True where all is right.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    fn is_full(&self) -> bool {
        self.findings.len() >= FINDINGS_MAX
    }
}

/// The check of one organization.
struct Check<'a> {
    tx: &'a mut Tx,
    organization: &'a Organization,
    result: &'a mut Verification,
}

impl Check<'_> {
    fn id(&self) -> OrganizationId {
        self.organization.state.id
    }

    /// The organization's present zone.
    fn zone(&self) -> Zone {
        Zone::parse(&self.organization.state.time_zone).unwrap_or_else(|_| Zone::utc())
    }

    /// Notes a finding unless both are the same.
    fn same<T: PartialEq + ToString>(&mut self, what: impl FnOnce() -> String, expected: &T, found: &T) {
        if expected != found {
            self.find(what(), expected.to_string(), found.to_string());
        }
    }

    fn find(&mut self, what: String, expected: impl Into<String>, found: impl Into<String>) {
        if !self.result.is_full() {
            self.result.findings.push(Finding {
                organization: self.id(),
                what,
                expected: expected.into(),
                found: found.into(),
            });
        }
    }
}

impl Store {
    /// Checks the books of every organization: hash chain, sequence and digests of the postings, grants and debts
    /// against postings, events against what they charge, roll-ups and the counters of caps and of fair use against events,
    /// open holds against what is held. The store's clock tells which windows of caps are running.
    ///
    /// # Errors
    /// Where the database fails. What is wrong in the books is no error but a [`Finding`].
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        let now = self.inner.clock.now();
        let mut result = Verification::default();
        let mut after = Uuid::nil();
        loop {
            let ids: Vec<(Uuid,)> = on!(pool: &self.db().read, |c| sqlx::query_as(
                "SELECT id FROM organization WHERE id > $1 ORDER BY id LIMIT $2",
            )
            .bind(after)
            .bind(ORGANIZATIONS_A_PAGE)
            .fetch_all(c)
            .await)?;
            for (id,) in &ids {
                if result.is_full() {
                    return Ok(result);
                }
                self.verify_one(OrganizationId::from_uuid(*id), now, &mut result)
                    .await?;
            }
            match ids.last() {
                Some((last,)) => after = *last,
                None => return Ok(result),
            }
        }
    }

    async fn verify_one(
        &self,
        id: OrganizationId,
        now: Timestamp,
        result: &mut Verification,
    ) -> Result<(), StoreError> {
        let mut tx = self.db().read.begin_snapshot().await?;
        let row: OrganizationRow = on!(tx: &mut tx, |c| sqlx::query_as(select!(organization, "WHERE id = $1"))
            .bind(id.uuid())
            .fetch_one(c)
            .await)?;
        let organization = match Organization::try_from(row) {
            Ok(organization) => organization,
            Err(error) => {
                unreadable(id, result, &error);
                return Ok(());
            }
        };
        result.organizations += 1;
        let plan = match organization.state.plan {
            Some(plan) => self.plan_version(plan).await?,
            None => None,
        };
        let catalogue = self.catalogue().await?;
        let mut check = Check {
            tx: &mut tx,
            organization: &organization,
            result,
        };
        let checked = async {
            books::check(&mut check).await?;
            rollups::check(&mut check).await?;
            counters::check(&mut check, now).await?;
            match &plan {
                Some(plan) => fair_use::check(&mut check, &plan.terms, &catalogue, now).await,
                None => Ok(()),
            }
        };
        match checked.await {
            Err(error @ StoreError::Corrupt { .. }) => unreadable(id, result, &error),
            other => other?,
        }
        tx.end(End::RollBack).await?;
        Ok(())
    }
}

/// A value that cannot be read is a finding too.
fn unreadable(id: OrganizationId, result: &mut Verification, error: &StoreError) {
    result.findings.push(Finding {
        organization: id,
        what: "a stored value".to_owned(),
        expected: "what its column promises".to_owned(),
        found: error.to_string(),
    });
}
