//! A message under way to a process: what is asked, in the simulator's words and as the engine takes it.

use std::collections::BTreeMap;

use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::hold::Run;
use drawdown_domain::id::{ApiKeyId, CapId, GrantId, HoldId, ThrottleId, UsageEventId};
use drawdown_domain::limit::{Cap, CapLimit, LimitScope, Throttle, ThrottleLimit};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::request::{Authorize, Capture, OrganizationChange, Request};
use drawdown_domain::usage::NewEvent;
use drawdown_domain::{Credits, Currency, Key, Money, Quantity, Timestamp};
use uuid::Uuid;

use crate::market::{UseCase, key, plan_id};
use crate::operation::{Amount, Ask, CapAsk, Ceiling, GrantAsk, Kind, RateAsk, Report, Scope, ThrottleAsk, Used};

#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    /// The message; its idempotency key, too, where it has one.
    pub(crate) message: u32,
    pub(crate) organization: usize,
    pub(crate) keyed: bool,
    /// The number of which the identifiers are made: another one whenever the message is sent.
    pub(crate) number: u128,
    /// The number of the run or grant that it is about; 0 where the caller never heard of one.
    pub(crate) target: u128,
    /// When the message was first sent.
    pub(crate) sent_at: i64,
    pub(crate) ask: Ask,
    pub(crate) request: Request,
}

/// Identifiers of one envelope lie so far apart that each can make several.
pub(crate) const NUMBERS_APART: u128 = 100;

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn quantities(use_case: UseCase, amount: Amount) -> BTreeMap<Key, Quantity> {
    let quantity = |nanos: i64| -> Quantity {
        let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
        text.parse().unwrap()
    };
    if use_case == UseCase::Render {
        return BTreeMap::from([(key("images"), quantity(amount.first))]);
    }
    BTreeMap::from([
        (key("context_tokens"), quantity(amount.first)),
        (key("generated_tokens"), quantity(amount.second)),
    ])
}

fn api_key(number: u8) -> ApiKeyId {
    ApiKeyId::from_uuid(uuid(number.into()))
}

fn run(kind: &Kind) -> Run {
    Run {
        use_case: key(kind.use_case.as_str()),
        mode: key(kind.mode.as_str()),
        platform: key(kind.platform.as_str()),
        subject: kind.subject.map(|subject| key(subject.as_str())),
        api_key: kind.key.map(api_key),
    }
}

fn scope(scope: &Scope) -> LimitScope {
    LimitScope {
        use_case: scope.use_case.map(|use_case| key(use_case.as_str())),
        mode: scope.mode.map(|mode| key(mode.as_str())),
        subject: scope.subject.map(|subject| key(subject.as_str())),
        each: scope.each,
        ..LimitScope::default()
    }
}

fn cap(ask: &CapAsk, number: u128) -> Cap {
    Cap {
        id: CapId::from_uuid(uuid(number)),
        name: key(ask.name),
        owner: ask.owner,
        scope: scope(&ask.scope),
        window: ask.window,
        limit: match ask.limit {
            Ceiling::Micros(micros) => CapLimit::Credits(Credits::from_micros(micros)),
            Ceiling::Cents(cents) => CapLimit::Money(Money::new(cents, Currency::USD)),
        },
        action: ask.action,
        thresholds: Vec::new(),
    }
}

fn throttle(ask: &ThrottleAsk, number: u128) -> Throttle {
    Throttle {
        id: ThrottleId::from_uuid(uuid(number)),
        name: key(ask.name),
        owner: ask.owner,
        scope: scope(&ask.scope),
        limit: match ask.rate {
            RateAsk::Runs(runs) => ThrottleLimit::Requests(runs),
            RateAsk::Micros(micros) => ThrottleLimit::Credits(Credits::from_micros(micros)),
        },
        per: ask.per,
        burst: ask.burst,
        then: ask.then,
    }
}

fn grant(ask: &GrantAsk, number: u128, sent_at: i64) -> Grant {
    let (created_at, effective_at, expires_at) = ask.times(sent_at);
    Grant {
        id: GrantId::from_uuid(uuid(number)),
        kind: GrantKind::Purchase,
        state: if ask.pending {
            GrantState::Pending
        } else {
            GrantState::Active
        },
        amount: Credits::from_micros(ask.micros),
        remaining: Credits::ZERO,
        held: Credits::ZERO,
        burned: Credits::ZERO,
        expired: Credits::ZERO,
        voided: Credits::ZERO,
        priority: ask.priority,
        effective_at: Timestamp::from_micros(effective_at),
        expires_at: expires_at.map(Timestamp::from_micros),
        paid: ask.paid.then(|| Money::new(100, Currency::USD)),
        scope: ask.scope.map(|use_case| vec![key(use_case.as_str())]),
        created_at: Timestamp::from_micros(created_at),
        note: None,
    }
}

fn event(report: &Report, number: u128, sent_at: i64) -> NewEvent {
    NewEvent {
        id: UsageEventId::from_uuid(uuid(number)),
        key: format!("event-{}", report.event),
        run: run(&report.kind),
        quantities: quantities(report.kind.use_case, report.amount),
        occurred_at: Timestamp::from_micros(sent_at - report.ago),
    }
}

/// The run that a message asked for, so that its capture can name what was used.
pub(crate) type AskedRun<'a> = Option<(&'a Kind, Amount)>;

/// A message as the engine takes it.
pub(crate) fn request(ask: &Ask, number: u128, target: u128, sent_at: i64, asked: AskedRun) -> Request {
    let number_of = |place: usize| number + place as u128;
    match ask {
        Ask::Authorize {
            kind, amount, ttl_s, ..
        } => Request::Authorize(Authorize {
            hold: HoldId::from_uuid(uuid(number)),
            run: run(kind),
            quantities: quantities(kind.use_case, *amount),
            ttl_seconds: *ttl_s,
            dry_run: false,
        }),
        Ask::Capture { used, .. } => {
            let amount = match (used, asked) {
                (Used::Nothing, _) | (_, None) => None,
                (Used::AsAsked, Some((kind, amount))) => Some((kind, amount)),
                (Used::Other(amount), Some((kind, _))) => Some((kind, *amount)),
            };
            Request::Capture(Capture {
                hold: HoldId::from_uuid(uuid(target)),
                event: UsageEventId::from_uuid(uuid(number)),
                quantities: amount.map_or_else(BTreeMap::new, |(kind, amount)| quantities(kind.use_case, amount)),
                reason: None,
            })
        }
        Ask::Release { .. } => Request::Release {
            hold: HoldId::from_uuid(uuid(target)),
            reason: None,
        },
        Ask::Extend { ttl_s, .. } => Request::Extend {
            hold: HoldId::from_uuid(uuid(target)),
            ttl_seconds: *ttl_s,
        },
        Ask::Record(reports) => {
            let events = reports.iter().enumerate();
            Request::Record(
                events
                    .map(|(place, report)| event(report, number_of(place), sent_at))
                    .collect(),
            )
        }
        Ask::Grant(ask) => Request::AddGrant(Box::new(grant(ask, number, sent_at))),
        Ask::Activate { .. } => Request::ActivateGrant {
            grant: GrantId::from_uuid(uuid(target)),
        },
        Ask::Void { .. } => Request::VoidGrant {
            grant: GrantId::from_uuid(uuid(target)),
            reason: "refunded".to_owned(),
        },
        Ask::Sweep => Request::Sweep,
        _ => change(ask, number),
    }
}

/// Requests that change limits or the organization.
fn change(ask: &Ask, number: u128) -> Request {
    let number_of = |place: usize| number + place as u128;
    match ask {
        Ask::PutCap(ask) => Request::PutCap(Box::new(cap(ask, number))),
        Ask::DropCap { name, owner } => Request::DeleteCap {
            name: key(name),
            owner: *owner,
        },
        Ask::PutThrottle(ask) => Request::PutThrottle(Box::new(throttle(ask, number))),
        Ask::DropThrottle { name, owner } => Request::DeleteThrottle {
            name: key(name),
            owner: *owner,
        },
        Ask::Suspend(suspended) => Request::Organization(OrganizationChange::Status(if *suspended {
            OrganizationStatus::Suspended
        } else {
            OrganizationStatus::Active
        })),
        Ask::Plan {
            number: plan,
            caps,
            throttles,
        } => Request::Organization(OrganizationChange::Plan {
            version: plan_id(*plan),
            caps: caps
                .iter()
                .enumerate()
                .map(|(place, ask)| cap(ask, number_of(place)))
                .collect(),
            throttles: throttles
                .iter()
                .enumerate()
                .map(|(place, ask)| throttle(ask, number_of(place)))
                .collect(),
        }),
        Ask::Move { zone } => Request::Organization(OrganizationChange::Profile {
            name: "Kumo".to_owned(),
            time_zone: (*zone).to_owned(),
        }),
        _ => Request::Sweep,
    }
}
