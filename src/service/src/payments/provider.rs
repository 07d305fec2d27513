//! What a payment provider must do: start a payment, and prove that what it says of one comes from it.

use std::future::Future;
use std::pin::Pin;

use drawdown_domain::id::PaymentId;
use drawdown_domain::{Money, Timestamp};

use crate::error::ServiceError;

/// A payment to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Ours.
    pub payment: PaymentId,
    /// How much.
    pub money: Money,
    /// For the payer: what is bought.
    pub description: String,
    /// Where the browser goes back to.
    pub back: String,
}

/// A payment that a provider has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// The provider's name for it.
    pub reference: String,
    /// Where to send the browser.
    pub redirect: String,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProviderEventKind {
    /// The money came.
    Paid,
    /// It was declined.
    Declined,
    /// The payer went away.
    Abandoned,
}

/// What a provider says of a payment, once its signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The provider's name for the payment.
    pub reference: String,
    /// What became of it.
    pub kind: ProviderEventKind,
    /// The amount it is about.
    pub money: Money,
}

/// Why an event is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventRefused {
    /// The signature is missing, malformed or wrong.
    #[error("the signature is not valid")]
    BadSignature,
    /// Signed too long ago, or in the future: perhaps replayed.
    #[error("the event is too old")]
    TooOld,
    /// Signed, but not an event that is understood.
    #[error("the event cannot be read")]
    Malformed,
}

/// The answer of a provider that has to be asked over the network.
pub type Starting<'a> = Pin<Box<dyn Future<Output = Result<Checkout, ServiceError>> + Send + 'a>>;

/// A payment provider.
pub trait PaymentProvider: std::fmt::Debug + Send + Sync {
    /// Its name: part of the webhook's address.
    fn name(&self) -> &'static str;

    /// Starts a payment.
    fn start<'a>(&'a self, order: &'a Order) -> Starting<'a>;

    /// Where to go on with a payment that is pending; `None` where that is not possible.
    fn checkout(&self, reference: &str) -> Option<String>;

    /// Believes an event only where its signature over the raw bytes is right and fresh.
    ///
    /// # Errors
    /// [`EventRefused`] says why it is not believed.
    fn verify(&self, now: Timestamp, body: &[u8], signature: &str) -> Result<ProviderEvent, EventRefused>;
}
