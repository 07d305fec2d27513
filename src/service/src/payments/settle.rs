//! The one door for what providers say of payments. Believed only if signed and fresh; taken once; in one transaction
//! with the credits.

use drawdown_domain::request::Request;
use drawdown_store::{Attachments, Payment, PaymentChange};
use serde_json::json;

use super::PaymentState;
use super::provider::{ProviderEvent, ProviderEventKind};
use crate::actor::Actor;
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// The webhook: takes a provider's event by its raw bytes and signature header. The same event again is the same
    /// answer and changes nothing.
    pub async fn receive_payment_event(
        &self,
        provider: &str,
        body: &[u8],
        signature: &str,
    ) -> Result<PaymentState, ServiceError> {
        let found = self
            .provider(provider)
            .ok_or(ServiceError::NotFound("payment provider"))?;
        let event = found
            .verify(self.now(), body, signature)
            .map_err(|refused| ServiceError::conflict("event_refused", refused.to_string()))?;
        self.settle(provider, event).await
    }

    /// Settles a payment by an event that is believed.
    async fn settle(&self, provider: &str, event: ProviderEvent) -> Result<PaymentState, ServiceError> {
        let payment = self
            .store()
            .payment_by_reference(provider, &event.reference)
            .await?
            .ok_or(ServiceError::NotFound("payment"))?;
        if payment.money != event.money {
            let message = format!(
                "the payment is about {}, the event about {}",
                payment.money, event.money
            );
            return self.refuse_event(&payment, "payment_amount_differs", message).await;
        }
        let state = match event.kind {
            ProviderEventKind::Paid => PaymentState::Paid,
            ProviderEventKind::Declined => PaymentState::Declined,
            ProviderEventKind::Abandoned => PaymentState::Abandoned,
        };
        let current = PaymentState::from(payment.state);
        if current == state {
            return Ok(state);
        }
        if current != PaymentState::Pending {
            let message = "the payment has ended in another way; nothing was changed".to_owned();
            return self.refuse_event(&payment, "payment_ended", message).await;
        }
        self.end(payment, event.kind).await?;
        Ok(state)
    }

    /// Credits or gives up the grant, and ends the payment, in one transaction.
    async fn end(&self, payment: Payment, kind: ProviderEventKind) -> Result<(), ServiceError> {
        let grant = payment.grant;
        let void = |reason: &str| Request::VoidGrant {
            grant,
            reason: reason.to_owned(),
        };
        let (state, action, request) = match kind {
            ProviderEventKind::Paid => (
                drawdown_store::PaymentState::Paid,
                "pay",
                Request::ActivateGrant { grant },
            ),
            ProviderEventKind::Declined => (
                drawdown_store::PaymentState::Declined,
                "decline",
                void("the payment was declined"),
            ),
            ProviderEventKind::Abandoned => (
                drawdown_store::PaymentState::Abandoned,
                "abandon",
                void("the payment was abandoned"),
            ),
        };
        let actor = Actor::System("payments");
        let told = |state: drawdown_store::PaymentState| {
            let state = PaymentState::from(state);
            json!({ "id": payment.id, "state": state, "money": payment.money, "credits": payment.credits })
        };
        let organization = payment.organization;
        let mut line = self.audit_line(&actor, Some(organization), action, "payment", Some(told(state)));
        line.before = Some(told(payment.state));
        let attachments = Attachments {
            audit: vec![line],
            payment: Some(PaymentChange::Settle {
                payment: payment.id,
                state,
                at: self.now(),
            }),
            ..Attachments::default()
        };
        self.submit(organization, request, None, attachments).await?;
        Ok(())
    }

    /// Leaves a trace of a signed event that does not fit.
    async fn refuse_event(
        &self,
        payment: &Payment,
        code: &'static str,
        message: String,
    ) -> Result<PaymentState, ServiceError> {
        let actor = Actor::System("payments");
        let after = json!({ "id": payment.id, "code": code, "message": message });
        let line = self.audit_line(
            &actor,
            Some(payment.organization),
            "refuse_event",
            "payment",
            Some(after),
        );
        self.store().write_audit(&[line]).await?;
        Err(ServiceError::conflict(code, message))
    }
}
