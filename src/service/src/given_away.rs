//! Credits that an organization gave to another of its parent, as its own pages tell of them. The ledger knows them as voided;
//! to whom they went is told by name to whoever may see the other organization, and to members as one of their parent's.

use std::ops::RangeInclusive;

use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::posting::{LedgerAccount, Posting};
use drawdown_domain::{Credits, format};
use drawdown_store::GivenAway;

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::service::Service;

/// Credits of one grant that went to another organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenView {
    /// To whom, as whoever looks may know it: `Atlas Robotics`, `another organization of Atlas`.
    pub to: String,
    /// How many.
    pub credits: Credits,
}

/// What an organization gave away, as an actor may know it.
pub(crate) struct Given {
    entries: Vec<(GivenAway, String)>,
}

impl Service {
    /// What an organization gave away in a range of its batches: one read.
    pub(crate) async fn given_away(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        batches: RangeInclusive<i64>,
    ) -> Result<Given, ServiceError> {
        let found = self.store().given_away(organization, batches).await?;
        let named = |given: GivenAway| {
            let to = if actor.may(Action::Read, Some(given.to)) {
                given.to_name.clone()
            } else {
                format!("another organization of {}", given.parent_name)
            };
            (given, to)
        };
        Ok(Given {
            entries: found.into_iter().map(named).collect(),
        })
    }

    /// The same, of the batches of some postings; nothing is read where none of them can be a transfer.
    pub(crate) async fn given_in(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        postings: &[Posting],
    ) -> Result<Given, ServiceError> {
        let batches = || postings.iter().filter(|one| gives(one)).map(|one| one.batch);
        match (batches().min(), batches().max()) {
            (Some(first), Some(last)) => self.given_away(actor, organization, first..=last).await,
            _ => Ok(Given { entries: Vec::new() }),
        }
    }
}

/// Whether a posting can be a transfer to another organization.
fn gives(posting: &Posting) -> bool {
    posting.from == LedgerAccount::Available && posting.to == LedgerAccount::Voided
}

impl Given {
    /// What went of a grant to whom; what went to one of them in several transfers is summed.
    pub(crate) fn of_grant(&self, grant: GrantId) -> Vec<GivenView> {
        self.summed(|given| given.grant == grant)
    }

    /// What a posting says in words, where it was a transfer: `Transferred to Atlas Robotics`. A void of the same grant in
    /// the same batch is told apart.
    pub(crate) fn words(&self, posting: &Posting) -> Option<String> {
        let is_of = |given: &GivenAway| Some(given.grant) == posting.grant && given.batch == posting.batch;
        let views = if gives(posting) { self.summed(is_of) } else { Vec::new() };
        let whole = Credits::checked_sum(views.iter().map(|view| view.credits))?;
        let to: Vec<&str> = views.iter().map(|view| view.to.as_str()).collect();
        let to = to.join(" and ");
        if whole.is_zero() {
            None
        } else if whole == posting.credits {
            Some(format!("Transferred to {to}"))
        } else {
            let part = format::credits(whole);
            Some(format!("{part} transferred to {to}, the rest voided"))
        }
    }

    fn summed(&self, is_meant: impl Fn(&GivenAway) -> bool) -> Vec<GivenView> {
        let mut views: Vec<GivenView> = Vec::new();
        for (given, to) in self.entries.iter().filter(|(given, _)| is_meant(given)) {
            match views.iter_mut().find(|view| view.to == *to) {
                Some(view) => view.credits = view.credits.checked_add(given.credits).unwrap_or(Credits::MAX),
                None => views.push(GivenView {
                    to: to.clone(),
                    credits: given.credits,
                }),
            }
        }
        views
    }
}
