//! Payments: credits exist only once they are paid.
//!
//! A top-up makes a payment and a pending grant, and sends the browser to the provider. What the provider says comes
//! back as a signed event through one door, [`Service::receive_payment_event`], and is taken once: forged, old,
//! unknown or repeated events credit nothing.

use drawdown_domain::id::{GrantId, OrganizationId, PaymentId};
use drawdown_domain::{Credits, Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::service::Service;

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
    /// Amounts to choose from.
    pub offers: Vec<Offer>,
    /// The least free amount.
    pub least: Money,
    /// The largest free amount.
    pub most: Money,
    /// How many days bought credits live; `None` for ever.
    pub valid_days: Option<u32>,
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
    /// Who started it.
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

/// The sandbox provider's payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxCheckout {
    /// The provider's reference: the page's address.
    pub reference: String,
    /// Who sells.
    pub vendor: String,
    /// Who buys.
    pub organization: String,
    /// How much.
    pub money: Money,
    /// The credits it buys.
    pub credits: Credits,
    /// How it stands: its buttons are there while it is pending.
    pub state: PaymentState,
    /// Where to go back to.
    pub back: String,
}

/// What the payer does on the sandbox's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxAct {
    /// Pays.
    Pay,
    /// Uses a card that is declined.
    Decline,
    /// Leaves.
    Abandon,
}

impl Service {
    /// Amounts and the credits they buy.
    pub async fn offers(&self, actor: &Actor, organization: OrganizationId) -> Result<Offers, ServiceError> {
        let _ = (actor, organization);
        Err(Self::unfinished())
    }

    /// An identifier for a payment that may be started: the form carries it, so that sending it twice starts one.
    pub fn new_payment_id(&self) -> PaymentId {
        let _ = self;
        PaymentId::from_uuid(uuid::Uuid::now_v7())
    }

    /// Starts a payment under that identifier; its credits are pending until the provider says that it is paid. The
    /// same identifier and amount again are the same payment, as it stands by now; with another amount it is a
    /// conflict, and of another organization as unknown as any.
    pub async fn start_top_up(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        payment: PaymentId,
        money: Money,
    ) -> Result<StartedTopUp, ServiceError> {
        let _ = (actor, organization, payment, money);
        Err(Self::unfinished())
    }

    /// The payment of that identifier.
    pub async fn payment(&self, actor: &Actor, payment: PaymentId) -> Result<PaymentView, ServiceError> {
        let _ = (actor, payment);
        Err(Self::unfinished())
    }

    /// Payments, the newest first, at most 50.
    pub async fn payments(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<Vec<PaymentView>, ServiceError> {
        let _ = (actor, organization);
        Err(Self::unfinished())
    }

    /// The webhook: takes a provider's event by its raw bytes and signature header. The same event again is the same
    /// answer and changes nothing.
    pub async fn receive_payment_event(
        &self,
        provider: &str,
        body: &[u8],
        signature: &str,
    ) -> Result<PaymentState, ServiceError> {
        let _ = (provider, body, signature);
        Err(Self::unfinished())
    }

    /// The sandbox's payment page, by the provider's reference. Nobody needs to be signed in, as at any provider.
    pub async fn sandbox_checkout(&self, reference: &str) -> Result<SandboxCheckout, ServiceError> {
        let _ = reference;
        Err(Self::unfinished())
    }

    /// What the payer did on it: signs an event as a provider would, delivers it through the same door, and says where
    /// the browser goes back to.
    pub async fn sandbox_act(&self, reference: &str, act: SandboxAct) -> Result<String, ServiceError> {
        let _ = (reference, act);
        Err(Self::unfinished())
    }
}
