//! The two forms of a top-up: the choice, which starts nothing, and the start of one payment.

use drawdown_domain::Money;
use drawdown_domain::id::PaymentId;
use drawdown_service::ServiceError;
use drawdown_service::payments::{PaymentState, StartedTopUp};
use leptos::prelude::*;

use super::{FORM, PATH, chosen, own_address};
use crate::address::with_query;
use crate::answer::{Answer, lead_to, refused};
use crate::error::PageError;
use crate::visit::Visit;

/// Reads the choice and leads to its confirmation. Starts nothing.
#[server(prefix = "/actions", endpoint = "check-top-up")]
pub(super) async fn check_top_up(#[server(default)] offer: String, #[server(default)] amount: String) -> Answer {
    let visit = Visit::current();
    match checked(&visit, &offer, &amount).await {
        Ok((money, payment)) => lead_to(&with_query(
            PATH,
            &[("amount", &money.minor.to_string()), ("pay", &payment.to_string())],
        )),
        Err(error) => refused(&visit, PATH, FORM, &[("offer", &offer), ("amount", &amount)], error),
    }
}

async fn checked(visit: &Visit, offer: &str, amount: &str) -> Result<(Money, PaymentId), PageError> {
    let organization = visit.member()?.organization;
    let offers = visit.service().offers(&visit.actor()?, organization).await?;
    let money = chosen(offer, amount, &offers).map_err(|words| ServiceError::field("amount", "amount", words))?;
    Ok((money, visit.service().new_payment_id()))
}

/// Starts the payment, once, and leads to the provider; where it has ended already, to how it ended.
#[server(prefix = "/actions", endpoint = "start-top-up")]
pub(super) async fn start_top_up(payment: String, amount: String) -> Answer {
    let visit = Visit::current();
    match started(&visit, &payment, &amount).await {
        Ok(StartedTopUp { payment, redirect }) => match payment.state {
            PaymentState::Pending => lead_to(&own_address(visit.service(), &redirect)),
            _ => lead_to(&format!("{PATH}?payment={}", payment.id)),
        },
        Err(error) => refused(&visit, PATH, FORM, &[("offer", &amount)], error),
    }
}

async fn started(visit: &Visit, payment: &str, amount: &str) -> Result<StartedTopUp, PageError> {
    let organization = visit.member()?.organization;
    let actor = visit.actor()?;
    let payment: PaymentId = payment.parse().map_err(|_| PageError::NotFound("payment"))?;
    let minor = amount
        .parse()
        .map_err(|_| ServiceError::field("amount", "amount", "choose an amount"))?;
    let currency = visit.service().offers(&actor, organization).await?.currency;
    let money = Money::new(minor, currency);
    Ok(visit
        .service()
        .start_top_up(&actor, organization, payment, money)
        .await?)
}
