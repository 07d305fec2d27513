//! A small world to test in: a fresh database, a clock that tests step, a catalogue, a customer with members.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::{MemberId, OrganizationId, StaffId};
use drawdown_domain::organization::Role;
use drawdown_domain::outcome::EventStatus;
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Credits, Key, Quantity, Timestamp};
use drawdown_store::{Clock, Store, StoreOptions};
use tempfile::TempDir;
use uuid::Uuid;

use super::fresh_postgres::fresh_postgres;
use crate::actor::{Actor, KeyScope, Member};
use crate::adjustments::ADJUSTMENT_LIMIT_CREDITS_DEFAULT;
use crate::customers::PutCustomer;
use crate::grants::GrantInput;
use crate::metering::{EventInput, Quantities, RunInput};
use crate::randomness::Randomness;
use crate::service::{Service, ServiceSettings};
use crate::staff::{Reach, Staff};

/// 2026-03-02T09:00:00Z, a Monday.
pub(super) const START: Timestamp = Timestamp::from_seconds(1_772_442_000);

pub(super) const CATALOGUE: &str = r#"
[modes]
fast = "1"
relaxed = "0.25"
[platforms]
api = "1"
ios = "1.3"
[use_cases.code]
name = "Coding assistant"
ladder = ["fast", "relaxed"]
[use_cases.code.meters.context_tokens]
per = 1000
credits = "2"
[use_cases.code.meters.generated_tokens]
per = 1000
credits = "8"
[use_cases.render]
name = "Image render"
[use_cases.render.meters.images]
credits = "4"
[plans.tier]
name = "Tier"
kind = "tier"
currency = "USD"
conversion_rate = "100"
overage = "owe"
top_up_valid_days = 365
[plans.tier.caps.daily]
credits = "1000"
window = "day"
[plans.monthly]
name = "Monthly"
kind = "tier"
currency = "USD"
conversion_rate = "100"
allotment = "500"
overage = "owe"
"#;

pub(super) struct World {
    pub(super) service: Service,
    pub(super) vendor: Actor,
    micros: Arc<AtomicI64>,
    url: String,
    _folder: Option<TempDir>,
}

pub(super) fn key(text: &str) -> Key {
    text.parse().unwrap()
}

pub(super) fn whole(credits: i64) -> Credits {
    Credits::from_whole(credits).unwrap()
}

/// So many credits from now on, for ever and for everything.
pub(super) fn given(kind: GrantKind, credits: i64) -> GrantInput {
    GrantInput {
        kind,
        credits: whole(credits),
        priority: None,
        effective_at: None,
        expires_at: None,
        paid: None,
        scope: None,
        note: None,
    }
}

/// A fast run that renders.
pub(super) fn renders() -> RunInput {
    RunInput {
        use_case: key("render"),
        mode: Some(key("fast")),
        platform: None,
        subject: None,
    }
}

pub(super) fn settings() -> ServiceSettings {
    ServiceSettings {
        vendor: "Test Vendor".to_owned(),
        public_url: "http://localhost".to_owned(),
        sandbox_secret: Some("sandbox secret of the tests".to_owned().into()),
        adjustment_limit_credits: ADJUSTMENT_LIMIT_CREDITS_DEFAULT,
    }
}

/// The addresses of fresh databases: SQLite always, PostgreSQL unless it is left out on purpose.
pub(super) async fn databases() -> Vec<(String, Option<TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("test.db").display());
    let mut databases = vec![(sqlite, Some(folder))];
    databases.extend(fresh_postgres().await.map(|url| (url, None)));
    databases
}

/// A process on a database, by a clock that tests step.
async fn process(url: &str, micros: &Arc<AtomicI64>, seed: u64) -> Service {
    let read = micros.clone();
    let clock = Clock::new(move || Timestamp::from_micros(read.load(Ordering::SeqCst)));
    let options = StoreOptions {
        clock: clock.clone(),
        ..StoreOptions::default()
    };
    let store = Store::connect(url, options).await.unwrap();
    store.migrate().await.unwrap();
    Service::new(store, settings(), clock, Randomness::seeded(seed))
}

impl World {
    /// One world for each engine.
    pub(super) async fn all() -> Vec<Self> {
        let mut worlds = Vec::new();
        for (url, folder) in databases().await {
            worlds.push(Self::open(&url, folder).await);
        }
        worlds
    }

    /// A world on SQLite.
    pub(super) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        Self::open(&url, Some(folder)).await
    }

    async fn open(url: &str, folder: Option<TempDir>) -> Self {
        let micros = Arc::new(AtomicI64::new(START.micros()));
        let service = process(url, &micros, 1).await;
        let vendor = Actor::System("tests");
        service.apply_catalogue(&vendor, CATALOGUE).await.unwrap();
        Self {
            service,
            vendor,
            micros,
            url: url.to_owned(),
            _folder: folder,
        }
    }

    /// Another process on the same database; on SQLite, where there is none, this one.
    pub(super) async fn other_process(&self) -> Service {
        if self.url.starts_with("sqlite") {
            return self.service.clone();
        }
        process(&self.url, &self.micros, 2).await
    }

    pub(super) fn step_seconds(&self, seconds: i64) {
        self.micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// A customer on a plan, with so many credits.
    pub(super) async fn customer(&self, name: &str, plan: &str, credits: i64) -> OrganizationId {
        let put = PutCustomer {
            name: Some(name.to_owned()),
            plan: Some(key(plan)),
            ..PutCustomer::default()
        };
        let view = self.service.put_customer(&self.vendor, &key(name), put).await.unwrap();
        if credits > 0 {
            let grant = given(GrantKind::Promotional, credits);
            self.service
                .add_grant(&self.vendor, view.id, grant, None)
                .await
                .unwrap();
        }
        view.id
    }

    /// Records renders of four credits each.
    pub(super) async fn burn(&self, customer: &str, images: u32) {
        let event = EventInput {
            id: format!("{customer}-{}", self.service.now().micros()),
            customer: key(customer),
            run: renders(),
            quantities: Quantities::Single(Quantity::from(images)),
            occurred_at: None,
        };
        let answers = self.service.record(&self.vendor, vec![event], None).await.unwrap();
        assert_eq!(answers[0].result.status, EventStatus::Recorded, "{answers:?}");
    }

    pub(super) async fn left(&self, customer: &str) -> Credits {
        let view = self.service.customer(&self.vendor, &key(customer)).await.unwrap();
        view.balance
    }

    /// What the books say is wrong; nothing, where all is well.
    pub(super) async fn findings(&self) -> Vec<String> {
        let verification = self.service.store().verify().await.unwrap();
        verification
            .findings
            .iter()
            .map(|finding| format!("{finding:?}"))
            .collect()
    }
}

pub(super) fn member(organization: OrganizationId, role: Role) -> Actor {
    Actor::Member(Member {
        id: MemberId::from_uuid(Uuid::from_u128(7)),
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        role,
        organization,
        organization_key: key("any"),
        organization_name: "Any".to_owned(),
        time_zone: "UTC".to_owned(),
    })
}

pub(super) fn staff(roles: &[StaffRole], reach: Reach) -> Actor {
    Actor::Staff(Staff {
        id: StaffId::from_uuid(Uuid::from_u128(8)),
        email: "grace@vendor.example".to_owned(),
        name: "Grace".to_owned(),
        roles: roles.to_vec(),
        reach,
    })
}

pub(super) fn api_key(scope: KeyScope) -> Actor {
    Actor::ApiKey {
        id: drawdown_domain::id::ApiKeyId::from_uuid(Uuid::from_u128(9)),
        organization: None,
        scope,
        name: "key".to_owned(),
    }
}
