//! Metering: ask before a run, report after it. The input is already typed; the ledger decides.

use std::collections::BTreeMap;

use drawdown_domain::hold::Hold;
use drawdown_domain::id::HoldId;
use drawdown_domain::key::Key;
use drawdown_domain::outcome::{Captured, Decision, EventResult};
use drawdown_domain::{Credits, Money, Quantity, Timestamp};
use rust_decimal::Decimal;

use crate::actor::Actor;
use crate::error::ServiceError;
use crate::service::Service;

/// The most events of one call.
pub const EVENTS_PER_CALL_MAX: usize = 1_000;

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

/// One event of `POST /v1/usage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInput {
    /// The reporter's identifier, 1 to 128 characters.
    pub id: String,
    /// The customer's key.
    pub customer: Key,
    /// What ran.
    pub run: RunInput,
    /// How much.
    pub quantities: Quantities,
    /// When; now, where absent.
    pub occurred_at: Option<Timestamp>,
}

/// How one event fared: as the ledger says, or rejected before it came there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventAnswer {
    /// What the ledger said. Of an unknown customer: rejected.
    pub result: EventResult,
    /// Stable code of the rejection.
    pub code: Option<&'static str>,
    /// For people: why it was rejected.
    pub message: Option<String>,
}

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
    /// Another version of the rate card than the one in force.
    pub version: Option<i64>,
}

/// What one meter adds to a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    /// The meter.
    pub meter: Key,
    /// How much.
    pub quantity: Quantity,
    /// Units that `credits` buy.
    pub per: Decimal,
    /// Credits for `per` units.
    pub credits: Decimal,
    /// Before the multipliers, exact.
    pub exact: Decimal,
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
    /// By meter.
    pub lines: Vec<QuoteLine>,
    /// The version of the rate card.
    pub rate_card_version: i64,
}

impl Service {
    /// May a run start? Reserves credits for it. A refused run is an answer, not an error.
    pub async fn authorize(
        &self,
        actor: &Actor,
        input: AuthorizeInput,
        idempotency: Option<Idempotency>,
    ) -> Result<Decision, ServiceError> {
        let _ = (actor, input, idempotency);
        Err(Self::unfinished())
    }

    /// Ends a hold by what was really used. Empty quantities: the run failed and costs nothing.
    pub async fn capture(
        &self,
        actor: &Actor,
        hold: HoldId,
        quantities: Option<Quantities>,
        reason: Option<String>,
        idempotency: Option<Idempotency>,
    ) -> Result<Captured, ServiceError> {
        let _ = (actor, hold, quantities, reason, idempotency);
        Err(Self::unfinished())
    }

    /// Ends a hold without use.
    pub async fn release(
        &self,
        actor: &Actor,
        hold: HoldId,
        reason: Option<String>,
        idempotency: Option<Idempotency>,
    ) -> Result<Hold, ServiceError> {
        let _ = (actor, hold, reason, idempotency);
        Err(Self::unfinished())
    }

    /// Lets a hold live until `ttl_s` seconds from now.
    pub async fn extend(
        &self,
        actor: &Actor,
        hold: HoldId,
        ttl_s: u32,
        idempotency: Option<Idempotency>,
    ) -> Result<Hold, ServiceError> {
        let _ = (actor, hold, ttl_s, idempotency);
        Err(Self::unfinished())
    }

    /// A hold as it stands.
    pub async fn hold(&self, actor: &Actor, hold: HoldId) -> Result<Hold, ServiceError> {
        let _ = (actor, hold);
        Err(Self::unfinished())
    }

    /// Takes in usage without holds: 1 to 1000 events of any customers, answered in their order. One bad event does
    /// not harm the others.
    pub async fn record(
        &self,
        actor: &Actor,
        events: Vec<EventInput>,
        idempotency: Option<Idempotency>,
    ) -> Result<Vec<EventAnswer>, ServiceError> {
        let _ = (actor, events, idempotency);
        Err(Self::unfinished())
    }

    /// The price of a run before it runs. Reserves nothing.
    pub async fn quote(&self, actor: &Actor, input: QuoteInput) -> Result<Quote, ServiceError> {
        let _ = (actor, input);
        Err(Self::unfinished())
    }
}
