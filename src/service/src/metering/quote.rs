//! The price of a run before it runs: the same arithmetic as the ledger's, shown line by line. Reserves nothing.

use drawdown_domain::catalogue::{PriceError, PriceLine, RateCard};
use drawdown_domain::key::Key;
use drawdown_domain::{Credits, Money, Timestamp};
use rust_decimal::Decimal;

use super::{Quantities, RunInput, resolve};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::figures::worth;
use crate::service::Service;

/// `POST /v1/quote`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteInput {
    /// The customer's key, where the price in money is wanted too.
    pub customer: Option<Key>,
    /// What would run.
    pub run: RunInput,
    /// What it would use.
    pub quantities: Quantities,
    /// When it would run; now, where absent.
    pub at: Option<Timestamp>,
    /// Another version of the rate card than the one in force then.
    pub version: Option<i64>,
}

/// The price of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Rounded half-even at the micro-credit.
    pub credits: Credits,
    /// Before rounding.
    pub exact: Decimal,
    /// In money, where the customer is known and has a plan.
    pub money: Option<Money>,
    /// The mode that was priced.
    pub mode: Key,
    /// Its multiplier.
    pub mode_multiplier: Decimal,
    /// The platform that was priced.
    pub platform: Key,
    /// Its multiplier.
    pub platform_multiplier: Decimal,
    /// Meter by meter, tier by tier; together they are `exact`, unless the minimum lifts it.
    pub lines: Vec<PriceLine>,
    /// The least that a run costs, where it lifted the price.
    pub minimum: Option<Decimal>,
    /// The version of the rate card.
    pub rate_card_version: i64,
}

impl Service {
    /// The price of a run before it runs. Reserves nothing.
    pub async fn quote(&self, actor: &Actor, input: QuoteInput) -> Result<Quote, ServiceError> {
        let customer = match &input.customer {
            Some(key) => Some(self.by_key(key).await?),
            None => None,
        };
        actor.authorise(Action::Quote, customer.as_ref().map(|found| found.state.id))?;
        let plan = match &customer {
            Some(found) => self.plan_of(&found.state).await?,
            None => None,
        };
        let catalogue = self.store().catalogue().await?;
        let card = match input.version {
            Some(number) => catalogue
                .versions
                .iter()
                .find(|card| card.number == number)
                .ok_or(ServiceError::NotFound("version of the rate card"))?,
            None => catalogue
                .at(input.at.unwrap_or_else(|| self.now()))
                .ok_or(PriceError::NoRateCard)?,
        };
        let mut quote = quote(card, actor, input.run, input.quantities)?;
        quote.money = worth(quote.credits, plan.as_deref());
        Ok(quote)
    }
}

fn quote(card: &RateCard, actor: &Actor, run: RunInput, quantities: Quantities) -> Result<Quote, PriceError> {
    let rates = &card.rates;
    let (run, quantities) = resolve(rates, actor, run, quantities)?;
    let pricing = rates.explain(&run, &quantities)?;
    let use_case = rates.use_case(&run.use_case)?;
    Ok(Quote {
        credits: pricing.price.credits,
        exact: pricing.price.exact,
        money: None,
        mode_multiplier: rates.mode(use_case, &run.mode)?,
        platform_multiplier: rates.platforms.get(&run.platform).copied().unwrap_or(Decimal::ONE),
        mode: run.mode,
        platform: run.platform,
        lines: pricing.lines,
        minimum: pricing.minimum,
        rate_card_version: card.number,
    })
}
