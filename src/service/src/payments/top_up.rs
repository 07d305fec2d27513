//! Topping up: what is offered, and starting a payment with a grant that is pending until it is paid.

use std::sync::Arc;

use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::id::{GrantId, OrganizationId, PaymentId};
use drawdown_domain::plan::{PlanTerms, PlanVersion, TopUps};
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Currency, Key, Money, Timestamp, format};
use drawdown_store::{Attachments, Organization, Payment, PaymentChange};
use serde_json::json;

use super::provider::Order;
use super::{BACK_PATH, Offer, Offers, PaymentProvider as _, StartedTopUp};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::grants::PRIORITY_DEFAULT;
use crate::service::{Service, zone_of};

/// Amounts to choose from, in units of money (hundreds, where the currency has no minor unit).
const AMOUNTS: [i64; 6] = [10, 25, 50, 100, 250, 500];
/// Where even the largest amount lasts fewer usual days than this, larger ones are offered.
const LASTS_DAYS_LEAST: i64 = 7;
/// How much larger they are.
const LARGER: i64 = 10;
/// The least free amount.
const LEAST: i64 = 5;
/// The largest free amount.
const MOST: i64 = 10_000;

/// The amounts to choose from, for who burns so many credits on a usual day.
fn offered(terms: &PlanTerms, currency: Currency, usual: Option<Credits>) -> Vec<Offer> {
    let times = |times: i64| {
        let offer = move |amount: i64| {
            let money = units(amount * times, currency);
            let credits = terms.buys(money).ok()?;
            Some(Offer { money, credits })
        };
        AMOUNTS.into_iter().filter_map(offer).collect::<Vec<_>>()
    };
    let offers = times(1);
    let lasting = |offer: &Offer| usual.is_none_or(|usual| lasts_days(offer.credits, usual) >= LASTS_DAYS_LEAST);
    if offers.last().is_none_or(lasting) {
        offers
    } else {
        times(LARGER)
    }
}

/// Usual days for which credits last.
const fn lasts_days(credits: Credits, usual: Credits) -> i64 {
    credits.micros() / usual.micros()
}

fn units(units: i64, currency: Currency) -> Money {
    let scale = match currency.places() {
        0 | 2 => 100,
        places => 10_i64.pow(places),
    };
    Money::new(units * scale, currency)
}

/// When credits bought now expire.
fn expiry(plan: &PlanVersion, organization: &Organization, now: Timestamp) -> Option<Timestamp> {
    let zone = zone_of(&organization.state);
    plan.terms.top_up_valid.map(|valid| valid.ends(now, &zone))
}

impl Service {
    /// Amounts and the credits they buy.
    pub async fn offers(&self, actor: &Actor, organization: OrganizationId) -> Result<Offers, ServiceError> {
        actor.authorise(Action::Read, Some(organization))?;
        let (found, plan) = self.buying(organization).await?;
        let figures = self.figures(&found.state).await?;
        let currency = found.currency;
        let usual = figures
            .usual
            .map(|usual| usual.median)
            .filter(|usual| usual.is_positive());
        let offers = offered(&plan.terms, currency, usual);
        let lasts = usual.map(|usual| offers.iter().map(|offer| lasts_days(offer.credits, usual)).collect());
        let now = self.now();
        Ok(Offers {
            currency,
            conversion_rate: plan.terms.conversion_rate,
            conversion_tiers: plan.terms.conversion_tiers.clone(),
            offers,
            least: units(LEAST, currency),
            most: units(MOST, currency),
            valid: plan.terms.top_up_valid,
            expires: expiry(&plan, &found, now).map(|at| self.moments(&found.state).at(at)),
            left: figures.left,
            owed: figures.owed,
            lasts_days: lasts,
        })
    }

    async fn buying(&self, organization: OrganizationId) -> Result<(Organization, Arc<PlanVersion>), ServiceError> {
        let found = self.load(organization).await?;
        let plan = self.plan_of(&found.state).await?;
        let message = "without a plan there is no conversion rate; ask the vendor for one";
        let plan = plan.ok_or_else(|| ServiceError::conflict("no_plan", message))?;
        if plan.terms.top_ups == TopUps::Never {
            let message = "this plan's credits come with the plan; none can be bought beside it";
            return Err(ServiceError::conflict("no_top_ups", message));
        }
        Ok((found, plan))
    }

    /// An identifier for a payment that may be started: the form carries it, so that sending it twice starts one.
    pub fn new_payment_id(&self) -> PaymentId {
        PaymentId::from_uuid(self.random().uuid(self.now()))
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
        actor.authorise(Action::TopUp, Some(organization))?;
        if let Some(known) = self.store().payment(payment).await? {
            return self.started_before(actor, organization, known, money).await;
        }
        let (found, plan) = self.buying(organization).await?;
        check_amount(money, found.currency)?;
        let message = "this installation has no payment provider";
        let provider = self.inner.provider.as_deref();
        let provider = provider.ok_or_else(|| ServiceError::conflict("no_payment_provider", message))?;
        let credits = plan
            .terms
            .buys(money)
            .map_err(|error| ServiceError::field("amount", "too_large", error.to_string()))?;
        let now = self.now();
        let order = Order {
            payment,
            money,
            description: format!("{} credits", format::credits(credits)),
            back: format!("{}{BACK_PATH}?payment={payment}", self.settings().public_url),
        };
        let checkout = provider.start(&order).await?;
        let scope = plan.terms.top_up_use_cases.clone();
        let grant = self.pending_grant(credits, money, expiry(&plan, &found, now), scope);
        let opened = Payment {
            id: payment,
            organization,
            state: drawdown_store::PaymentState::Pending,
            money,
            credits,
            grant: grant.id,
            provider: provider.name().to_owned(),
            provider_reference: checkout.reference,
            created_at: now,
            settled_at: None,
        };
        let after = json!({ "id": payment, "money": money, "credits": credits });
        let attachments = Attachments {
            audit: vec![self.audit_line(actor, Some(organization), "start", "payment", Some(after))],
            payment: Some(PaymentChange::Open(opened)),
            ..Attachments::default()
        };
        let request = Request::AddGrant(Box::new(grant));
        if let Err(error) = self.submit(organization, request, None, attachments).await
            && error.code() != "payment_exists"
        {
            return Err(error);
        }
        // Where the same form came twice at once, the other one started it.
        let known = self
            .store()
            .payment(payment)
            .await?
            .ok_or(ServiceError::NotFound("payment"))?;
        self.started_before(actor, organization, known, money).await
    }

    /// A payment that is there, for a form that asks to start it.
    async fn started_before(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        known: Payment,
        money: Money,
    ) -> Result<StartedTopUp, ServiceError> {
        if known.organization != organization {
            return Err(ServiceError::NotFound("payment"));
        }
        if known.money != money {
            let message = format!(
                "this payment was started with {}; open the page again",
                format::money(known.money)
            );
            return Err(ServiceError::conflict("payment_amount_differs", message));
        }
        let payment = self.payment(actor, known.id).await?;
        let back = || format!("{BACK_PATH}?payment={}", payment.id);
        let redirect = payment.checkout.clone().unwrap_or_else(back);
        Ok(StartedTopUp { payment, redirect })
    }

    fn pending_grant(
        &self,
        credits: Credits,
        money: Money,
        expires_at: Option<Timestamp>,
        scope: Option<Vec<Key>>,
    ) -> Grant {
        let now = self.now();
        Grant {
            id: GrantId::from_uuid(self.random().uuid(now)),
            kind: GrantKind::Purchase,
            state: GrantState::Pending,
            amount: credits,
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            priority: PRIORITY_DEFAULT,
            effective_at: now,
            expires_at,
            paid: Some(money),
            scope,
            created_at: now,
            note: None,
        }
    }
}

fn check_amount(money: Money, currency: Currency) -> Result<(), ServiceError> {
    if money.currency != currency {
        let message = format!("this customer pays in {currency}");
        return Err(ServiceError::field("amount", "wrong_currency", message));
    }
    let (least, most) = (units(LEAST, currency), units(MOST, currency));
    if money.minor < least.minor || money.minor > most.minor {
        let message = format!("from {} to {}", format::money(least), format::money(most));
        return Err(ServiceError::field("amount", "out_of_range", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use drawdown_domain::plan::PlanKind;
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn who_burns_much_is_offered_larger_amounts() {
        let whole = |credits| Credits::from_whole(credits).unwrap();
        let terms = PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, Decimal::from(100));
        let largest = |usual| offered(&terms, Currency::USD, usual).pop().unwrap().money;
        assert_eq!(largest(None), units(500, Currency::USD));
        assert_eq!(largest(Some(whole(7_142))), units(500, Currency::USD), "7 days");
        assert_eq!(largest(Some(whole(7_143))), units(5_000, Currency::USD), "less");
    }
}
