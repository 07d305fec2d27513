//! One run priced by the version in force and by the draft, side by side, line by line.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::{PriceError, Pricing, Rates};
use drawdown_domain::hold::Run;
use drawdown_domain::{Key, Quantity};

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::service::Service;

/// A run to be priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparisonInput {
    /// The use case.
    pub use_case: Key,
    /// The mode.
    pub mode: Key,
    /// The platform.
    pub platform: Key,
    /// How much of each meter.
    pub quantities: BTreeMap<Key, Quantity>,
}

/// A price by one of the two, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The version's number; `None` for the draft.
    pub version: Option<i64>,
    /// The price with its lines.
    pub pricing: Result<Pricing, PriceError>,
}

/// The prices that there are: of the version in force, and of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// By the version in force.
    pub published: Option<Side>,
    /// By the draft.
    pub draft: Option<Side>,
}

fn price(rates: &Rates, input: &ComparisonInput) -> Result<Pricing, PriceError> {
    let run = Run {
        use_case: input.use_case.clone(),
        mode: input.mode.clone(),
        platform: input.platform.clone(),
        subject: None,
        api_key: None,
    };
    // Each side counts what it knows: a meter that the other one adds is no reason to have no price.
    let use_case = rates.use_case(&input.use_case)?;
    let known = |(meter, _): &(&Key, &Quantity)| use_case.meters.contains_key(*meter);
    let quantities: BTreeMap<Key, Quantity> = input
        .quantities
        .iter()
        .filter(known)
        .map(|(meter, quantity)| (meter.clone(), *quantity))
        .collect();
    rates.explain(&run, &quantities)
}

impl Service {
    /// By what a run can be priced: the draft, for whoever may write it, and then the version in force.
    pub async fn rates_to_compare(&self, actor: &Actor) -> Result<Vec<Rates>, ServiceError> {
        actor.authorise(Action::ReadCatalogue, None)?;
        let draft = self.draft_to_compare(actor).await?;
        let in_force = self.card_in_force().await?.map(|card| card.rates);
        Ok(draft.into_iter().chain(in_force).collect())
    }

    /// The draft's rates; nothing for whoever only reads what is published.
    async fn draft_to_compare(&self, actor: &Actor) -> Result<Option<Rates>, ServiceError> {
        if !actor.may(Action::ManageCatalogue, None) {
            return Ok(None);
        }
        Ok(self.rates_draft(actor).await?.map(|draft| draft.rates))
    }

    /// Prices a run by the version in force and, for whoever may write it, by the draft. Reserves nothing.
    pub async fn compare_prices(&self, actor: &Actor, input: &ComparisonInput) -> Result<Comparison, ServiceError> {
        actor.authorise(Action::ReadCatalogue, None)?;
        let published = self.card_in_force().await?.map(|card| Side {
            version: Some(card.number),
            pricing: price(&card.rates, input),
        });
        let draft = self.draft_to_compare(actor).await?.map(|rates| Side {
            version: None,
            pricing: price(&rates, input),
        });
        Ok(Comparison { published, draft })
    }
}
