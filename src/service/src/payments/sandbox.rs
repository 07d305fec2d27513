//! The built-in provider for trying: nothing is charged. Its events are signed like those of a real provider
//! (HMAC-SHA256 over the time and the raw bytes) and come in by the same door.

use drawdown_domain::{Credits, Money, Timestamp};
use hmac::{Hmac, Mac as _};
use rust_decimal::Decimal;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::provider::{Checkout, EventRefused, Order, PaymentProvider, ProviderEvent, ProviderEventKind, Starting};
use super::{BACK_PATH, PaymentState, SANDBOX_PATH};
use crate::error::ServiceError;
use crate::randomness::{Randomness, hex};
use crate::service::Service;

/// The provider's name.
pub(crate) const SANDBOX: &str = "sandbox";
/// How old a signed event may be, and how far ahead, in seconds.
const AGE_SECONDS_MAX: i64 = 300;

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

/// An event as it is on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEvent {
    reference: String,
    act: SandboxAct,
    amount: Decimal,
    currency: String,
}

/// The sandbox.
#[derive(Clone, Debug)]
pub struct SandboxProvider {
    secret: SecretString,
    public_url: String,
    random: Randomness,
}

impl SandboxProvider {
    /// A sandbox that signs with this secret and sends browsers to its page below `public_url`.
    pub fn new(secret: SecretString, public_url: String, random: Randomness) -> Self {
        Self {
            secret,
            public_url,
            random,
        }
    }

    /// The raw bytes of an event and the header that signs them at `now`.
    pub fn event(&self, now: Timestamp, reference: &str, act: SandboxAct, money: Money) -> (Vec<u8>, String) {
        let event = WireEvent {
            reference: reference.to_owned(),
            act,
            amount: money.to_decimal(),
            currency: money.currency.to_string(),
        };
        let body = serde_json::to_vec(&event).unwrap_or_default();
        let seconds = now.micros().div_euclid(1_000_000);
        let mac = self.mac(seconds, &body).finalize().into_bytes();
        let signature = format!("t={seconds},v1={}", hex(&mac));
        (body, signature)
    }

    fn mac(&self, seconds: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body);
        mac
    }
}

/// The parts of a signature header.
fn parts(signature: &str) -> Option<(i64, Vec<u8>)> {
    let (time, mac) = signature.split_once(',')?;
    let seconds = time.strip_prefix("t=")?.parse().ok()?;
    let digits = mac.strip_prefix("v1=")?;
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let bytes = (0..32).map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok());
    Some((seconds, bytes.collect::<Option<_>>()?))
}

impl PaymentProvider for SandboxProvider {
    fn name(&self) -> &'static str {
        SANDBOX
    }

    fn start<'a>(&'a self, _order: &'a Order) -> Starting<'a> {
        Box::pin(async {
            let reference = hex(&self.random.bytes::<16>());
            let redirect = format!("{}{SANDBOX_PATH}{reference}", self.public_url);
            Ok(Checkout { reference, redirect })
        })
    }

    fn checkout(&self, reference: &str) -> Option<String> {
        Some(format!("{}{SANDBOX_PATH}{reference}", self.public_url))
    }

    fn verify(&self, now: Timestamp, body: &[u8], signature: &str) -> Result<ProviderEvent, EventRefused> {
        let (seconds, mac) = parts(signature).ok_or(EventRefused::BadSignature)?;
        self.mac(seconds, body)
            .verify_slice(&mac)
            .map_err(|_| EventRefused::BadSignature)?;
        let age = now.micros().div_euclid(1_000_000).saturating_sub(seconds);
        if age.saturating_abs() > AGE_SECONDS_MAX {
            return Err(EventRefused::TooOld);
        }
        let event: WireEvent = serde_json::from_slice(body).map_err(|_| EventRefused::Malformed)?;
        let money = event
            .currency
            .parse()
            .ok()
            .and_then(|currency| Money::from_decimal(event.amount, currency))
            .ok_or(EventRefused::Malformed)?;
        let kind = match event.act {
            SandboxAct::Pay => ProviderEventKind::Paid,
            SandboxAct::Decline => ProviderEventKind::Declined,
            SandboxAct::Abandon => ProviderEventKind::Abandoned,
        };
        Ok(ProviderEvent {
            reference: event.reference,
            kind,
            money,
        })
    }
}

impl Service {
    /// The sandbox's payment page, by the provider's reference. Nobody needs to be signed in, as at any provider: the
    /// reference cannot be guessed.
    pub async fn sandbox_checkout(&self, reference: &str) -> Result<SandboxCheckout, ServiceError> {
        self.sandbox()?;
        let payment = self.sandbox_payment(reference).await?;
        let organization = self.load(payment.organization).await?;
        Ok(SandboxCheckout {
            reference: payment.provider_reference,
            vendor: self.vendor().await?,
            organization: organization.state.name,
            money: payment.money,
            credits: payment.credits,
            state: payment.state.into(),
            back: format!("{BACK_PATH}?payment={}", payment.id),
        })
    }

    /// What the payer did on it: signs an event as a provider would, delivers it through the same door, and says where
    /// the browser goes back to.
    pub async fn sandbox_act(&self, reference: &str, act: SandboxAct) -> Result<String, ServiceError> {
        let sandbox = self.sandbox()?;
        let payment = self.sandbox_payment(reference).await?;
        let (body, signature) = sandbox.event(self.now(), reference, act, payment.money);
        self.receive_payment_event(SANDBOX, &body, &signature).await?;
        Ok(format!("{BACK_PATH}?payment={}", payment.id))
    }

    fn sandbox(&self) -> Result<&SandboxProvider, ServiceError> {
        self.inner
            .provider
            .as_deref()
            .ok_or(ServiceError::NotFound("payment provider"))
    }

    async fn sandbox_payment(&self, reference: &str) -> Result<drawdown_store::Payment, ServiceError> {
        self.store()
            .payment_by_reference(SANDBOX, reference)
            .await?
            .ok_or(ServiceError::NotFound("payment"))
    }
}

#[cfg(test)]
mod tests {
    use drawdown_domain::Currency;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn sandbox(secret: &str) -> SandboxProvider {
        SandboxProvider::new(secret.to_owned().into(), String::new(), Randomness::seeded(1))
    }

    #[test]
    fn believes_its_own_events_only_while_they_are_fresh() {
        let money = Money::new(2_500, Currency::USD);
        let sandbox = sandbox("right");
        let (body, signature) = sandbox.event(NOW, "abc", SandboxAct::Pay, money);
        let event = sandbox.verify(NOW.plus_seconds(300), &body, &signature).unwrap();
        assert_eq!((event.reference.as_str(), event.money), ("abc", money));
        assert_eq!(event.kind, ProviderEventKind::Paid);
        let late = sandbox.verify(NOW.plus_seconds(301), &body, &signature);
        assert_eq!(late, Err(EventRefused::TooOld));
        let early = sandbox.verify(NOW.plus_seconds(-301), &body, &signature);
        assert_eq!(early, Err(EventRefused::TooOld));
    }

    #[test]
    fn believes_no_forged_event() {
        let ours = sandbox("right");
        let (body, signature) = ours.event(NOW, "abc", SandboxAct::Pay, Money::new(2_500, Currency::USD));
        let (dearer, _) = ours.event(NOW, "abc", SandboxAct::Pay, Money::new(9_900, Currency::USD));
        let forged = sandbox("wrong").event(NOW, "abc", SandboxAct::Pay, Money::new(2_500, Currency::USD));
        let moved = signature.replacen("t=1800000000", "t=1800000001", 1);
        for (body, signature) in [
            (&body, ""),
            (&body, "t=1800000000,v1="),
            (&body, moved.as_str()),
            (&dearer, signature.as_str()),
            (&forged.0, forged.1.as_str()),
        ] {
            assert_eq!(ours.verify(NOW, body, signature), Err(EventRefused::BadSignature));
        }
    }
}
