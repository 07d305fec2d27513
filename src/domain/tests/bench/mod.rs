//! A bench for the engine: one organization with a small catalogue, driven by short calls.

#![allow(dead_code)] // Each test binary uses its own part of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use drawdown_domain::account::{Account, Changes, Journal, OrganizationState};
use drawdown_domain::catalogue::{Catalogue, Rate, RateCard, Rates, UseCase};
use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::hold::Run;
use drawdown_domain::id::{
    CapId, GrantId, HoldId, OrganizationId, PlanVersionId, RateCardVersionId, ThrottleId, UsageEventId,
};
use drawdown_domain::limit::{
    Cap, CapAction, CapLimit, LimitOwner, LimitScope, Throttle, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::outcome::{Captured, Decision, EventResult, Outcome, RequestError};
use drawdown_domain::plan::{PlanKind, PlanTerms, PlanVersion};
use drawdown_domain::request::{Authorize, Capture, Request};
use drawdown_domain::usage::NewEvent;
use drawdown_domain::{Credits, Currency, Key, Quantity, Timestamp};
use uuid::Uuid;

/// Friday, 20 November 2026, 10:00 UTC: 19:00 in Tokyo, where the organization lives.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_168_800);

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

pub(crate) fn key(text: &str) -> Key {
    text.parse().unwrap()
}

pub(crate) fn credits(text: &str) -> Credits {
    text.parse().unwrap()
}

pub(crate) fn run(mode: &str) -> Run {
    Run {
        use_case: key("render"),
        mode: key(mode),
        platform: key("web"),
        subject: None,
        api_key: None,
    }
}

/// Images of the use case `render`: one credit each in fast mode on the web, a quarter in relaxed mode.
pub(crate) fn images(number: &str) -> BTreeMap<Key, Quantity> {
    BTreeMap::from([(key("images"), number.parse().unwrap())])
}

pub(crate) fn rates() -> Rates {
    let decimal = |text: &str| text.parse().unwrap();
    let rate = |per: &str, credits: &str, unit: &str| Rate {
        unit: Some(unit.to_owned()),
        ..Rate::flat(decimal(credits), decimal(per))
    };
    let use_case = |name: &str, meters: Vec<(&str, Rate)>| UseCase {
        name: name.to_owned(),
        ladder: vec![key("fast"), key("relaxed")],
        meters: meters.into_iter().map(|(meter, rate)| (key(meter), rate)).collect(),
        ..UseCase::default()
    };
    Rates {
        modes: BTreeMap::from([(key("fast"), decimal("1")), (key("relaxed"), decimal("0.25"))]),
        platforms: BTreeMap::from([
            (key("api"), decimal("1")),
            (key("ios"), decimal("1.3")),
            (key("web"), decimal("1")),
        ]),
        use_cases: BTreeMap::from([
            (
                key("code"),
                use_case(
                    "Coding assistant",
                    vec![
                        ("context_tokens", rate("1000", "2", "token")),
                        ("generated_tokens", rate("1000", "8", "token")),
                    ],
                ),
            ),
            (
                key("render"),
                use_case("Image render", vec![("images", rate("1", "1", "image"))]),
            ),
        ]),
    }
}

pub(crate) fn terms() -> PlanTerms {
    PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, "100".parse().unwrap())
}

pub(crate) fn plan_version(number: u128, terms: PlanTerms) -> Arc<PlanVersion> {
    Arc::new(PlanVersion {
        id: PlanVersionId::from_uuid(Uuid::from_u128(number)),
        plan: key("pro"),
        number: 1,
        terms,
    })
}

/// The engine under test.
pub(crate) struct Bench {
    pub(crate) account: Account,
    pub(crate) now: Timestamp,
    next_id: u128,
}

impl Bench {
    /// An organization on a plan that includes everything, without credits or limits.
    pub(crate) fn new() -> Self {
        Self::with(terms())
    }

    /// The same on other terms.
    pub(crate) fn with(terms: PlanTerms) -> Self {
        let plan = plan_version(1, terms);
        let account = Account {
            organization: OrganizationState {
                id: OrganizationId::from_uuid(Uuid::from_u128(1)),
                name: "Kumo".to_owned(),
                status: OrganizationStatus::Active,
                time_zone: "Asia/Tokyo".to_owned(),
                period_anchor: NOW,
                plan: Some(plan.id),
                top_ups_rest: false,
                owed: Credits::ZERO,
                forgiven: Credits::ZERO,
                version: 0,
                posting_sequence: 0,
                posting_hash: [0; 32],
            },
            plan: Some(plan),
            plans: BTreeMap::new(),
            catalogue: Arc::new(Catalogue {
                versions: vec![RateCard {
                    id: RateCardVersionId::from_uuid(Uuid::from_u128(1)),
                    number: 1,
                    effective_at: NOW.plus_seconds(-DAY),
                    rates: rates(),
                }],
            }),
            grants: Vec::new(),
            caps: Vec::new(),
            throttles: Vec::new(),
            counters: BTreeMap::new(),
            throttle_states: BTreeMap::new(),
            holds: BTreeMap::new(),
            known_events: BTreeMap::new(),
            journal: Journal::default(),
        };
        Self {
            account,
            now: NOW,
            next_id: 100,
        }
    }

    pub(crate) fn id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(self.next_id)
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now = self.now.plus_seconds(seconds);
    }

    pub(crate) fn decide(&mut self, request: &Request) -> Outcome {
        self.account.decide(self.now, request)
    }

    pub(crate) fn refused(&mut self, request: &Request) -> RequestError {
        match self.decide(request) {
            Outcome::Refused(error) => error,
            outcome => panic!("not refused: {outcome:?}"),
        }
    }

    pub(crate) fn finish(&mut self) -> Changes {
        self.account.finish(self.now)
    }

    /// A grant of so many credits, valid from now on for ever, ready to be changed and added.
    pub(crate) fn grant_of(&mut self, amount: &str) -> Grant {
        Grant {
            id: GrantId::from_uuid(self.id()),
            kind: GrantKind::Purchase,
            state: GrantState::Active,
            amount: credits(amount),
            remaining: Credits::ZERO,
            held: Credits::ZERO,
            burned: Credits::ZERO,
            expired: Credits::ZERO,
            voided: Credits::ZERO,
            priority: 0,
            effective_at: self.now,
            expires_at: None,
            paid: None,
            scope: None,
            created_at: self.now,
            note: None,
        }
    }

    pub(crate) fn add(&mut self, grant: Grant) -> GrantId {
        let id = grant.id;
        let outcome = self.decide(&Request::AddGrant(Box::new(grant)));
        assert!(matches!(outcome, Outcome::Grant(_)), "{outcome:?}");
        id
    }

    /// Publishes a second version of the rate card, effective at [`NOW`]: `multiplier` times as much in fast mode.
    pub(crate) fn publish(&mut self, multiplier: &str) {
        let mut catalogue = (*self.account.catalogue).clone();
        let mut rates = rates();
        rates.modes.insert(key("fast"), multiplier.parse().unwrap());
        catalogue.versions.push(RateCard {
            id: RateCardVersionId::from_uuid(Uuid::from_u128(2)),
            number: 2,
            effective_at: NOW,
            rates,
        });
        self.account.catalogue = Arc::new(catalogue);
    }

    pub(crate) fn give(&mut self, amount: &str) -> GrantId {
        let grant = self.grant_of(amount);
        self.add(grant)
    }

    pub(crate) fn grant(&self, id: GrantId) -> &Grant {
        self.account.grants.iter().find(|grant| grant.id == id).unwrap()
    }

    pub(crate) fn cap_of(&mut self, name: &str, window: Window, limit: &str) -> Cap {
        Cap {
            id: CapId::from_uuid(self.id()),
            name: key(name),
            owner: LimitOwner::Customer,
            scope: LimitScope::default(),
            window,
            limit: CapLimit::Credits(credits(limit)),
            action: CapAction::Block,
            thresholds: Vec::new(),
        }
    }

    /// Sets a cap as the store does: with what its window already holds.
    pub(crate) fn put_cap(&mut self, cap: Cap) -> Cap {
        match self.decide(&Request::PutCap(Box::new(cap))) {
            Outcome::Cap(cap) => *cap,
            outcome => panic!("not set: {outcome:?}"),
        }
    }

    pub(crate) fn cap(&mut self, name: &str, window: Window, limit: &str) -> Cap {
        let cap = self.cap_of(name, window, limit);
        self.put_cap(cap)
    }

    pub(crate) fn throttle_of(&mut self, name: &str, runs: u32, per: ThrottlePeriod) -> Throttle {
        Throttle {
            id: ThrottleId::from_uuid(self.id()),
            name: key(name),
            owner: LimitOwner::Customer,
            scope: LimitScope::default(),
            limit: ThrottleLimit::Requests(runs),
            per,
            burst: None,
            then: ThrottleThen::Reject,
        }
    }

    pub(crate) fn put_throttle(&mut self, throttle: Throttle) -> Throttle {
        match self.decide(&Request::PutThrottle(Box::new(throttle))) {
            Outcome::Throttle(throttle) => *throttle,
            outcome => panic!("not set: {outcome:?}"),
        }
    }

    pub(crate) fn authorize_of(&mut self, number: &str) -> Authorize {
        Authorize {
            hold: HoldId::from_uuid(self.id()),
            run: run("fast"),
            quantities: images(number),
            ttl_seconds: 600,
            dry_run: false,
        }
    }

    pub(crate) fn ask(&mut self, authorize: Authorize) -> Decision {
        match self.decide(&Request::Authorize(authorize)) {
            Outcome::Decision(decision) => *decision,
            outcome => panic!("no decision: {outcome:?}"),
        }
    }

    /// Asks for a fast render of so many images.
    pub(crate) fn authorize(&mut self, number: &str) -> Decision {
        let authorize = self.authorize_of(number);
        self.ask(authorize)
    }

    /// The same, and it is allowed.
    pub(crate) fn hold(&mut self, number: &str) -> HoldId {
        let decision = self.authorize(number);
        assert!(decision.allowed, "{decision:?}");
        decision.hold.unwrap().id
    }

    pub(crate) fn capture_of(&mut self, hold: HoldId, number: &str) -> Request {
        Request::Capture(Capture {
            hold,
            event: UsageEventId::from_uuid(self.id()),
            quantities: images(number),
            reason: None,
        })
    }

    pub(crate) fn capture(&mut self, hold: HoldId, number: &str) -> Captured {
        let request = self.capture_of(hold, number);
        match self.decide(&request) {
            Outcome::Captured(captured) => *captured,
            outcome => panic!("not captured: {outcome:?}"),
        }
    }

    pub(crate) fn event_of(&mut self, name: &str, number: &str) -> NewEvent {
        NewEvent {
            id: UsageEventId::from_uuid(self.id()),
            key: name.to_owned(),
            run: run("fast"),
            quantities: images(number),
            occurred_at: self.now,
        }
    }

    pub(crate) fn record(&mut self, events: Vec<NewEvent>) -> Vec<EventResult> {
        match self.decide(&Request::Record(events)) {
            Outcome::Recorded(results) => results,
            outcome => panic!("not recorded: {outcome:?}"),
        }
    }
}
