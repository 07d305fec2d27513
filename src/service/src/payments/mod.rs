//! Payments: credits exist only once they are paid.
//!
//! A top-up makes a payment and a pending grant, and sends the browser to the provider. What the provider says comes
//! back as a signed event through one door, [`Service::receive_payment_event`], and is taken once: forged, old,
//! unknown or repeated events credit nothing.

mod provider;
mod sandbox;
mod settle;
mod top_up;

use std::collections::HashMap;

use drawdown_domain::id::{GrantId, OrganizationId, PaymentId};
use drawdown_domain::plan::{ConversionTier, Validity};
use drawdown_domain::{Credits, Currency, Money};
use drawdown_store::Payment;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::{Moment, Moments};
use crate::service::Service;

pub use provider::{Checkout, EventRefused, Order, PaymentProvider, ProviderEvent, ProviderEventKind, Starting};
pub use sandbox::{SandboxAct, SandboxCheckout, SandboxProvider};

/// Where the sandbox's payment page is: followed by the reference.
pub const SANDBOX_PATH: &str = "/sandbox/pay/";
/// Where a payment page sends the browser back to; `?payment=` and the payment's identifier follow.
pub const BACK_PATH: &str = "/credits/top-up";
/// Payments of one list.
const PAYMENTS_MAX: u32 = 50;
/// Lines of the audit log in which the starters of payments are looked for.
const AUDIT_LINES: u32 = 1_000;

/// How a payment stands. It leaves `Pending` once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Sent to the provider.
    Pending,
    /// Paid: its credits are there.
    Paid,
    /// Declined by the provider; nothing was charged. A new payment can be tried.
    Declined,
    /// Given up by the payer.
    Abandoned,
    /// Paid, and paid back.
    Refunded,
}

/// An amount and the credits it buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The amount.
    pub money: Money,
    /// What it buys at the plan's conversion rate.
    pub credits: Credits,
}

/// What `/credits/top-up` offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offers {
    /// The currency.
    pub currency: Currency,
    /// Credits for one major unit of money.
    pub conversion_rate: Decimal,
    /// Better rates for larger amounts.
    pub conversion_tiers: Vec<ConversionTier>,
    /// Amounts to choose from.
    pub offers: Vec<Offer>,
    /// The least free amount.
    pub least: Money,
    /// The largest free amount.
    pub most: Money,
    /// How long bought credits live; `None` for ever.
    pub valid: Option<Validity>,
    /// When credits bought now expire.
    pub expires: Option<Moment>,
    /// Credits that can be burned now.
    pub left: Credits,
    /// Owed: settled first by what is bought.
    pub owed: Credits,
    /// Where there is a usual burn: `lasts` days for each offer, in their order.
    pub lasts_days: Option<Vec<i64>>,
}

/// A payment, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// Its identifier.
    pub id: PaymentId,
    /// How it stands.
    pub state: PaymentState,
    /// How much.
    pub money: Money,
    /// The credits it buys.
    pub credits: Credits,
    /// The grant, pending until paid.
    pub grant: GrantId,
    /// The provider: `sandbox`.
    pub provider: String,
    /// The provider's name for it.
    pub reference: String,
    /// Who started it: a member's name, or an identifier.
    pub started_by: String,
    /// When it was started.
    pub created: Moment,
    /// When it was paid, declined or abandoned.
    pub ended: Option<Moment>,
    /// Where to go on, while it is pending.
    pub checkout: Option<String>,
}

/// A top-up that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedTopUp {
    /// The payment.
    pub payment: PaymentView,
    /// Where to send the browser.
    pub redirect: String,
}

impl From<drawdown_store::PaymentState> for PaymentState {
    fn from(state: drawdown_store::PaymentState) -> Self {
        use drawdown_store::PaymentState as Stored;
        match state {
            Stored::Pending => Self::Pending,
            Stored::Paid => Self::Paid,
            Stored::Declined => Self::Declined,
            Stored::Abandoned => Self::Abandoned,
            Stored::Refunded => Self::Refunded,
        }
    }
}

impl Service {
    /// The payment of that identifier.
    pub async fn payment(&self, actor: &Actor, payment: PaymentId) -> Result<PaymentView, ServiceError> {
        let found = self
            .store()
            .payment(payment)
            .await?
            .ok_or(ServiceError::NotFound("payment"))?;
        if !actor.may(Action::Read, Some(found.organization)) {
            return Err(ServiceError::NotFound("payment"));
        }
        actor.authorise(Action::ReadPayments, Some(found.organization))?;
        let organization = self.load(found.organization).await?;
        let starters = self.starters(found.organization).await?;
        Ok(self.payment_view(found, &starters, &self.moments(&organization.state)))
    }

    /// Payments, the newest first, at most 50.
    pub async fn payments(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<Vec<PaymentView>, ServiceError> {
        actor.authorise(Action::ReadPayments, Some(organization))?;
        let moments = self.moments(&self.load(organization).await?.state);
        let page = self.store().payments(organization, None, PAYMENTS_MAX).await?;
        let starters = self.starters(organization).await?;
        Ok(page
            .rows
            .into_iter()
            .map(|payment| self.payment_view(payment, &starters, &moments))
            .collect())
    }

    /// Who started the newest payments, by the audit log.
    async fn starters(&self, organization: OrganizationId) -> Result<HashMap<String, String>, ServiceError> {
        let lines = self.store().audit(Some(organization), None, AUDIT_LINES).await?.rows;
        let started = lines
            .into_iter()
            .filter(|line| line.noun == "payment" && line.action == "start");
        Ok(started
            .filter_map(|line| {
                let id = line.after?.get("id")?.as_str()?.to_owned();
                Some((id, line.actor_name))
            })
            .collect())
    }

    fn payment_view(&self, payment: Payment, starters: &HashMap<String, String>, moments: &Moments) -> PaymentView {
        let is_pending = payment.state == drawdown_store::PaymentState::Pending;
        let provider = self.provider(&payment.provider).filter(|_| is_pending);
        let started_by = starters.get(&payment.id.to_string()).map_or("–", String::as_str);
        PaymentView {
            id: payment.id,
            state: payment.state.into(),
            money: payment.money,
            credits: payment.credits,
            grant: payment.grant,
            checkout: provider.and_then(|provider| provider.checkout(&payment.provider_reference)),
            provider: payment.provider,
            reference: payment.provider_reference,
            started_by: started_by.to_owned(),
            created: moments.at(payment.created_at),
            ended: payment.settled_at.map(|at| moments.at(at)),
        }
    }

    /// The provider of that name, where this installation has it.
    fn provider(&self, name: &str) -> Option<&dyn PaymentProvider> {
        let provider = self.inner.provider.as_deref()?;
        (provider.name() == name).then_some(provider)
    }
}
