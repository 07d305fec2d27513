//! A small world to test in: a fresh database, a clock that tests step, a rate card, a plan and organizations on it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use drawdown_domain::catalogue::{Rate, Rates, UseCase};
use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::hold::Run;
use drawdown_domain::id::{AuditId, CapId, GrantId, HoldId, OrganizationId, ThrottleId, UsageEventId};
use drawdown_domain::limit::{
    Cap, CapAction, CapLimit, LimitOwner, LimitScope, Throttle, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::outcome::{Decision, Outcome};
use drawdown_domain::plan::{PlanKind, PlanTerms, PlanVersion};
use drawdown_domain::request::{Authorize, Capture, OrganizationChange, Request};
use drawdown_domain::usage::NewEvent;
use drawdown_domain::{Credits, Currency, Key, Quantity, Timestamp};
use rust_decimal::Decimal;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

use super::fresh_postgres::{POSTGRES_URL, fresh_postgres};
use crate::{ActorKind, AuditLine, Clock, NewOrganization, Published, Store, StoreOptions};

/// 2026-03-02T09:00:00Z, a Monday.
pub(super) const START: Timestamp = Timestamp::from_seconds(1_772_442_000);

#[derive(Clone, Debug)]
pub(super) struct StepClock(Arc<AtomicI64>);

impl StepClock {
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    pub(super) fn step_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

pub(super) struct World {
    pub(super) store: Store,
    pub(super) url: String,
    pub(super) clock: StepClock,
    pub(super) plan: PlanVersion,
    pub(super) _folder: Option<TempDir>,
}

pub(super) fn key(text: &str) -> Key {
    text.parse().unwrap()
}

pub(super) fn credits(text: &str) -> Credits {
    text.parse().unwrap()
}

pub(super) fn id() -> Uuid {
    Uuid::now_v7()
}

/// An identifier made at that time: `verify` reads from it since when a cap has counted.
pub(super) fn id_at(at: Timestamp) -> Uuid {
    let seconds = at.micros().unsigned_abs() / 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0))
}

fn rates() -> Rates {
    let rate = |per: i64, credits: i64| Rate::flat(Decimal::from(credits), Decimal::from(per));
    let use_case = |name: &str, meters: &[(&str, Rate)]| UseCase {
        name: name.to_owned(),
        meters: meters.iter().map(|(meter, rate)| (key(meter), rate.clone())).collect(),
        ..UseCase::default()
    };
    Rates {
        modes: [(key("fast"), Decimal::ONE), (key("relaxed"), Decimal::new(25, 2))].into(),
        platforms: [(key("api"), Decimal::ONE), (key("web"), Decimal::ONE)].into(),
        use_cases: [
            (
                key("code"),
                use_case(
                    "Coding assistant",
                    &[("context_tokens", rate(1000, 2)), ("generated_tokens", rate(1000, 8))],
                ),
            ),
            (key("image"), use_case("Images", &[("images", rate(1, 1))])),
        ]
        .into(),
    }
}

fn terms() -> PlanTerms {
    PlanTerms::new("Tier", PlanKind::Tier, Currency::USD, Decimal::from(100))
}

impl World {
    pub(super) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("drawdown.db").display());
        Self::open(url, Some(folder)).await
    }

    /// A world in a database of its own; `None` where PostgreSQL is left out on purpose.
    pub(super) async fn postgres() -> Option<Self> {
        Some(Self::open(fresh_postgres().await?, None).await)
    }

    async fn open(url: String, folder: Option<TempDir>) -> Self {
        let clock = StepClock(Arc::new(AtomicI64::new(START.micros())));
        let store = open_store(&url, &clock).await;
        store.migrate().await.unwrap();
        store.publish_rates(&rates(), START, START, &[]).await.unwrap();
        let Published::New(plan) = store.publish_plan(&key("tier"), &terms(), START, &[]).await.unwrap() else {
            panic!("a fresh database has no plan");
        };
        Self {
            store,
            url,
            clock,
            plan,
            _folder: folder,
        }
    }

    /// Another process on the same database, as far as PostgreSQL can tell.
    pub(super) async fn another_store(&self) -> Store {
        open_store(&self.url, &self.clock).await
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.store.engine() == "sqlite"
    }

    /// An organization on the plan, in Berlin.
    pub(super) async fn organization(&self, name: &str) -> OrganizationId {
        let organization = OrganizationId::from_uuid(id());
        let new = NewOrganization {
            id: organization,
            key: key(name),
            name: name.to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            currency: Currency::USD,
            period_anchor: START,
            created_at: self.clock.now(),
        };
        self.store.create_organization(&new, &[]).await.unwrap();
        let change = OrganizationChange::Plan {
            version: self.plan.id,
            caps: Vec::new(),
            throttles: Vec::new(),
        };
        let outcome = self.submit(organization, Request::Organization(change)).await;
        assert_eq!(outcome, Outcome::Done);
        organization
    }

    pub(super) async fn submit(&self, organization: OrganizationId, request: Request) -> Outcome {
        self.store.ledger().submit(organization, request, None).await.unwrap()
    }

    pub(super) async fn grant(&self, organization: OrganizationId, amount: &str) -> Grant {
        let request = Request::AddGrant(Box::new(new_grant(amount, self.clock.now())));
        match self.submit(organization, request).await {
            Outcome::Grant(grant) => *grant,
            other => panic!("a grant was to be added: {other:?}"),
        }
    }

    /// What `verify` says must be nothing.
    pub(super) async fn assert_clean(&self) {
        let verification = self.store.verify().await.unwrap();
        assert_eq!(verification.findings, []);
    }

    /// A line for the audit log.
    pub(super) fn line(&self, organization: OrganizationId, action: &str, noun: &str) -> AuditLine {
        AuditLine {
            id: AuditId::from_uuid(id()),
            at: self.clock.now(),
            actor_kind: ActorKind::Member,
            actor_id: Some(id()),
            actor_name: "Ada".to_owned(),
            organization: Some(organization),
            action: action.to_owned(),
            noun: noun.to_owned(),
            before: None,
            after: Some(json!({"why": "test"})),
        }
    }

    pub(super) async fn authorize(&self, organization: OrganizationId, images: u32) -> Decision {
        decision(self.submit(organization, authorize(images)).await)
    }
}

pub(super) async fn open_store(url: &str, clock: &StepClock) -> Store {
    let clock = clock.clone();
    let options = StoreOptions {
        clock: Clock::new(move || clock.now()),
        connections_max: 4,
        ..StoreOptions::default()
    };
    Store::connect(url, options).await.unwrap()
}

/// Removes the database that a test has made on PostgreSQL.
pub(super) async fn drop_database(url: &str) {
    let (_, name) = url.split('?').next().unwrap().rsplit_once('/').unwrap();
    let mut connection = PgConnection::connect(&std::env::var(POSTGRES_URL).unwrap())
        .await
        .unwrap();
    let sql = format!("DROP DATABASE {name} WITH (FORCE)");
    connection.execute(sql.as_str()).await.unwrap();
}

pub(super) fn decision(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::Decision(decision) => *decision,
        other => panic!("a decision was asked for: {other:?}"),
    }
}

pub(super) fn new_grant(amount: &str, now: Timestamp) -> Grant {
    Grant {
        id: GrantId::from_uuid(id()),
        kind: GrantKind::Purchase,
        state: GrantState::Active,
        amount: credits(amount),
        remaining: Credits::ZERO,
        held: Credits::ZERO,
        burned: Credits::ZERO,
        expired: Credits::ZERO,
        voided: Credits::ZERO,
        priority: 0,
        effective_at: now,
        expires_at: None,
        paid: None,
        scope: None,
        created_at: now,
        note: None,
    }
}

pub(super) fn run(use_case: &str) -> Run {
    Run {
        use_case: key(use_case),
        mode: key("fast"),
        platform: key("api"),
        subject: None,
        api_key: None,
    }
}

fn images(count: u32) -> BTreeMap<Key, Quantity> {
    [(key("images"), Quantity::from(count))].into()
}

pub(super) fn authorize(count: u32) -> Request {
    Request::Authorize(Authorize {
        hold: HoldId::from_uuid(id()),
        run: run("image"),
        quantities: images(count),
        ttl_seconds: 600,
        dry_run: false,
    })
}

pub(super) fn capture(hold: HoldId, count: u32) -> Request {
    Request::Capture(Capture {
        hold,
        event: UsageEventId::from_uuid(id()),
        quantities: images(count),
        reason: None,
    })
}

pub(super) fn event(name: &str, count: u32, occurred_at: Timestamp) -> NewEvent {
    NewEvent {
        id: UsageEventId::from_uuid(id()),
        key: name.to_owned(),
        run: run("image"),
        quantities: images(count),
        occurred_at,
    }
}

pub(super) fn cap(name: &str, window: Window, limit: &str) -> Cap {
    Cap {
        id: CapId::from_uuid(id_at(START)),
        name: key(name),
        owner: LimitOwner::Customer,
        scope: LimitScope::default(),
        window,
        limit: CapLimit::Credits(credits(limit)),
        action: CapAction::Block,
        thresholds: vec![50, 80, 100],
    }
}

pub(super) fn throttle(name: &str, requests: u32, per: ThrottlePeriod) -> Throttle {
    Throttle {
        id: ThrottleId::from_uuid(id()),
        name: key(name),
        owner: LimitOwner::Customer,
        scope: LimitScope::default(),
        limit: ThrottleLimit::Requests(requests),
        per,
        burst: None,
        then: ThrottleThen::Reject,
    }
}
