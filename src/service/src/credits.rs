//! All of `/credits`: what is left, every grant, the newest postings, the payments.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::{Credits, Money};

use crate::actor::{Action, Actor};
use crate::customers::Page;
use crate::error::ServiceError;
use crate::figures::worth;
use crate::grants::GrantView;
use crate::payments::PaymentView;
use crate::postings::PostingView;
use crate::service::Service;

/// Postings of one page.
const POSTINGS_A_PAGE: u32 = 50;

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
        actor.authorise(Action::Read, Some(organization))?;
        let found = self.load(organization).await?;
        let payments = async {
            if actor.may(Action::ReadPayments, Some(organization)) {
                self.payments(actor, organization).await.map(Some)
            } else {
                Ok(None)
            }
        };
        let (plan, figures, grants, postings, payments) = tokio::join!(
            self.plan_of(&found.state),
            self.figures(&found.state),
            self.grants(actor, organization),
            self.postings(actor, organization, before, POSTINGS_A_PAGE),
            payments
        );
        let (figures, mut grants) = (figures?, grants?);
        // A stable sort: those without a place keep the newest first.
        grants.sort_by_key(|grant| grant.burn_position.unwrap_or(u32::MAX));
        Ok(CreditsView {
            left: figures.left,
            worth: worth(figures.left, plan?.as_deref()),
            held: figures.held,
            owed: figures.owed,
            pending: figures.pending,
            grants,
            postings: postings?,
            payments: payments?,
            may_top_up: actor.may(Action::TopUp, Some(organization)),
        })
    }
}
