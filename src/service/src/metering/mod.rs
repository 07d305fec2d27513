//! Metering: ask before a run, report after it. The input is already typed; the ledger decides.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::{Catalogue, PriceError, Rates};
use drawdown_domain::hold::{Hold, Run};
use drawdown_domain::id::{HoldId, OrganizationId, UsageEventId};
use drawdown_domain::key::Key;
use drawdown_domain::outcome::{Captured, Decision, Outcome};
use drawdown_domain::request::{Authorize, Capture, HOLD_TTL_SECONDS_DEFAULT, Request};
use drawdown_domain::{Quantity, Timestamp};
use drawdown_store::Attachments;
use rust_decimal::Decimal;

use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::service::{Service, unexpected};

mod quote;
mod record;

pub use quote::{Quote, QuoteInput};
pub use record::{EVENTS_PER_CALL_MAX, EventAnswer, EventInput};

/// The platform of a run that names none.
pub const DEFAULT_PLATFORM: &str = "api";

/// How much was or will be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantities {
    /// Of the use case's only meter.
    Single(Quantity),
    /// By meter.
    ByMeter(BTreeMap<Key, Quantity>),
}

/// What makes a retry the same: the caller's key, and SHA-256 of method, path and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// `Idempotency-Key`, 1 to 255 visible ASCII characters.
    pub key: String,
    /// Tells the same request from another one.
    pub request_hash: [u8; 32],
}

/// What runs: the dimensions as the caller gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInput {
    /// The use case.
    pub use_case: Key,
    /// The mode; the first of the use case's ladder (or the only mode there is) where absent.
    pub mode: Option<Key>,
    /// The platform; the only one, or `api`, where absent.
    pub platform: Option<Key>,
    /// Who or which agent runs.
    pub subject: Option<Key>,
}

/// `POST /v1/authorize`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizeInput {
    /// The customer's key.
    pub customer: Key,
    /// What will run.
    pub run: RunInput,
    /// What it is expected to use.
    pub quantities: Quantities,
    /// Seconds until the hold ends by itself; 600 where absent.
    pub ttl_s: Option<u32>,
    /// Only tell.
    pub dry_run: bool,
}

impl Idempotency {
    /// As the ledger takes it: unique within the actor's scope.
    pub(crate) fn of(self, actor: &Actor) -> drawdown_store::Idempotency {
        drawdown_store::Idempotency {
            key: format!("{}:{}", actor.idempotency_scope(), self.key),
            request_hash: self.request_hash,
        }
    }
}

impl Service {
    /// May a run start? Reserves credits for it. A refused run is an answer, not an error.
    pub async fn authorize(
        &self,
        actor: &Actor,
        input: AuthorizeInput,
        idempotency: Option<Idempotency>,
    ) -> Result<Decision, ServiceError> {
        let organization = self.organization_of(actor, &input.customer).await?;
        actor.authorise(Action::Meter, Some(organization))?;
        let now = self.now();
        let (run, quantities) = self.resolve(actor, now, input.run, input.quantities).await?;
        let request = Request::Authorize(Authorize {
            hold: HoldId::from_uuid(self.random().uuid(now)),
            run,
            quantities,
            ttl_seconds: input.ttl_s.unwrap_or(HOLD_TTL_SECONDS_DEFAULT),
            dry_run: input.dry_run,
        });
        let idempotency = idempotency.map(|given| given.of(actor));
        match self
            .submit(organization, request, idempotency, Attachments::default())
            .await?
        {
            Outcome::Decision(decision) => Ok(*decision),
            outcome => Err(unexpected(&outcome)),
        }
    }

    /// Ends a hold by what was really used. Without quantities the run failed and costs nothing.
    pub async fn capture(
        &self,
        actor: &Actor,
        hold: HoldId,
        quantities: Option<Quantities>,
        reason: Option<String>,
        idempotency: Option<Idempotency>,
    ) -> Result<Captured, ServiceError> {
        let (organization, found) = self.hold_for(actor, Action::Meter, hold).await?;
        let quantities = match quantities {
            None => BTreeMap::new(),
            Some(Quantities::ByMeter(quantities)) => quantities,
            Some(Quantities::Single(quantity)) => {
                let catalogue = self.store().catalogue().await?;
                let rates = rates_at(&catalogue, found.authorized_at)?;
                rates.single_quantity(&found.run.use_case, quantity)?
            }
        };
        let request = Request::Capture(Capture {
            hold,
            event: UsageEventId::from_uuid(self.random().uuid(self.now())),
            quantities,
            reason,
        });
        let idempotency = idempotency.map(|given| given.of(actor));
        match self
            .submit(organization, request, idempotency, Attachments::default())
            .await?
        {
            Outcome::Captured(captured) => Ok(*captured),
            outcome => Err(unexpected(&outcome)),
        }
    }

    /// Ends a hold without use.
    pub async fn release(
        &self,
        actor: &Actor,
        hold: HoldId,
        reason: Option<String>,
        idempotency: Option<Idempotency>,
    ) -> Result<Hold, ServiceError> {
        self.change_hold(actor, hold, Request::Release { hold, reason }, idempotency)
            .await
    }

    /// Lets a hold live until `ttl_s` seconds from now.
    pub async fn extend(
        &self,
        actor: &Actor,
        hold: HoldId,
        ttl_s: u32,
        idempotency: Option<Idempotency>,
    ) -> Result<Hold, ServiceError> {
        let request = Request::Extend {
            hold,
            ttl_seconds: ttl_s,
        };
        self.change_hold(actor, hold, request, idempotency).await
    }

    async fn change_hold(
        &self,
        actor: &Actor,
        hold: HoldId,
        request: Request,
        idempotency: Option<Idempotency>,
    ) -> Result<Hold, ServiceError> {
        let (organization, _) = self.hold_for(actor, Action::Meter, hold).await?;
        let idempotency = idempotency.map(|given| given.of(actor));
        match self
            .submit(organization, request, idempotency, Attachments::default())
            .await?
        {
            Outcome::Hold(hold) => Ok(*hold),
            outcome => Err(unexpected(&outcome)),
        }
    }

    /// A hold as it stands.
    pub async fn hold(&self, actor: &Actor, hold: HoldId) -> Result<Hold, ServiceError> {
        Ok(self.hold_for(actor, Action::Read, hold).await?.1)
    }

    /// A hold with its organization. To who may not see it, it does not exist.
    async fn hold_for(
        &self,
        actor: &Actor,
        action: Action,
        hold: HoldId,
    ) -> Result<(OrganizationId, Hold), ServiceError> {
        let (organization, found) = self.store().hold(hold).await?.ok_or(ServiceError::NotFound("hold"))?;
        if !actor.may(Action::Read, Some(organization)) {
            return Err(ServiceError::NotFound("hold"));
        }
        actor.authorise(action, Some(organization))?;
        Ok((organization, found))
    }

    /// What a caller left out, filled in by the prices in force at `at`: the first mode of the use case's ladder, the
    /// platform `api`, the only meter.
    pub(crate) async fn resolve(
        &self,
        actor: &Actor,
        at: Timestamp,
        input: RunInput,
        quantities: Quantities,
    ) -> Result<(Run, BTreeMap<Key, Quantity>), ServiceError> {
        let lately = self.store().catalogue_lately().await?;
        if let Ok(rates) = rates_at(&lately, at)
            && let Ok(resolved) = resolve(rates, actor, input.clone(), quantities.clone())
        {
            return Ok(resolved);
        }
        // What is not priced may have been published a moment ago.
        let catalogue = self.store().catalogue().await?;
        resolve(rates_at(&catalogue, at)?, actor, input, quantities).map_err(ServiceError::from)
    }
}

/// The prices in force at an instant.
pub(crate) fn rates_at(catalogue: &Catalogue, at: Timestamp) -> Result<&Rates, ServiceError> {
    let card = catalogue.at(at).ok_or(PriceError::NoRateCard)?;
    Ok(&card.rates)
}

/// See [`Service::resolve`].
pub(crate) fn resolve(
    rates: &Rates,
    actor: &Actor,
    input: RunInput,
    quantities: Quantities,
) -> Result<(Run, BTreeMap<Key, Quantity>), PriceError> {
    let use_case = rates.use_case(&input.use_case)?;
    let only = |multipliers: &BTreeMap<Key, Decimal>| match multipliers.len() {
        1 => multipliers.keys().next().cloned(),
        _ => None,
    };
    let first = use_case.ladder.first().cloned();
    let mode = input.mode.or(first).or_else(|| only(&rates.modes));
    let mode = mode.ok_or_else(|| PriceError::UnknownMode(unnamed()))?;
    let platform = input.platform.or_else(|| only(&rates.platforms));
    let platform = platform.unwrap_or_else(default_platform);
    let quantities = match quantities {
        Quantities::ByMeter(quantities) => quantities,
        Quantities::Single(quantity) => rates.single_quantity(&input.use_case, quantity)?,
    };
    let run = Run {
        use_case: input.use_case,
        mode,
        platform,
        subject: input.subject,
        api_key: actor.api_key(),
    };
    Ok((run, quantities))
}

/// What a mode is called that was not named, where there is no first one.
fn unnamed() -> Key {
    "unnamed".parse().expect("a valid key")
}

/// The platform of a run that names none, where there are several.
fn default_platform() -> Key {
    DEFAULT_PLATFORM.parse().expect("a valid key")
}
