//! All of `/credits`: what is left, every grant, the newest postings, the payments.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::{Credits, Money};

use crate::actor::Actor;
use crate::customers::Page;
use crate::error::ServiceError;
use crate::grants::GrantView;
use crate::payments::PaymentView;
use crate::postings::PostingView;
use crate::service::Service;

/// All of `/credits`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditsView {
    /// Credits that can be burned now.
    pub left: Credits,
    /// The same in money.
    pub worth: Option<Money>,
    /// Reserved.
    pub held: Credits,
    /// Owed.
    pub owed: Credits,
    /// Paid for, but not yet confirmed by the provider.
    pub pending: Credits,
    /// Grants in burn order, then those that cannot be burned now, the newest first.
    pub grants: Vec<GrantView>,
    /// Postings, the newest first.
    pub postings: Page<PostingView>,
    /// Payments, the newest first, at most 50; `None` where the actor may not see them.
    pub payments: Option<Vec<PaymentView>>,
    /// True where the actor may top up.
    pub may_top_up: bool,
}

impl Service {
    /// All of `/credits`; `before` pages the postings.
    pub async fn credits(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        before: Option<i64>,
    ) -> Result<CreditsView, ServiceError> {
        let _ = (actor, organization, before);
        Err(Self::unfinished())
    }
}
