//! How much the ledger carries on this machine: authorises, captures and records through as many callers as asked for,
//! and prints what came through a second. A tool to compare with, not a test.
//!
//! `cargo run --release -p drawdown-store --example throughput -- sqlite:/tmp/throughput.db 64 10 limits`: 64 callers, 10
//! organizations, each with two caps and a throttle. A further word, such as `authorize`, leaves out what is called
//! otherwise.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use drawdown_domain::catalogue::Rates;
use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::hold::Run;
use drawdown_domain::id::{CapId, GrantId, HoldId, OrganizationId, PlanVersionId, ThrottleId, UsageEventId};
use drawdown_domain::limit::{
    Cap, CapAction, CapLimit, LimitOwner, LimitScope, Throttle, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::plan::PlanTerms;
use drawdown_domain::request::{Authorize, Capture, OrganizationChange, Request};
use drawdown_domain::usage::NewEvent;
use drawdown_domain::{Credits, Currency, Quantity, Timestamp};
use drawdown_store::{Clock, Ledger, NewOrganization, Published, Store, StoreOptions};
use tokio::task::JoinSet;
use uuid::Uuid;

type Failure = Box<dyn Error + Send + Sync>;

const EVENTS_A_REQUEST: usize = 100;

#[derive(Clone, Copy)]
enum Kind {
    Authorize,
    Capture,
    Record,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("name a database: sqlite:PATH or postgres:…")?;
    let callers: usize = arguments.next().as_deref().unwrap_or("64").parse()?;
    let organizations: usize = arguments.next().as_deref().unwrap_or("10").parse()?;
    let store = Store::connect(&url, StoreOptions::default()).await?;
    store.migrate().await?;
    let limited = arguments.next().as_deref() == Some("limits");
    let only = arguments.next().unwrap_or_default();
    let organizations = set_up(&store, organizations, limited).await?;
    println!(
        "{} with {callers} callers, {} organizations",
        store.engine(),
        organizations.len()
    );
    for (name, kind, each) in [
        ("authorize", Kind::Authorize, 1),
        ("authorize and capture", Kind::Capture, 1),
        ("record, 100 events a request", Kind::Record, EVENTS_A_REQUEST),
    ] {
        if !name.starts_with(only.as_str()) {
            continue;
        }
        let (requests, longest) = measure(&store.ledger(), &organizations, callers, kind).await?;
        println!(
            "{name}: {} a second, the slowest took {longest:?}",
            requests * each as u64 / 5
        );
    }
    let verification = store.verify().await?;
    println!(
        "{} postings, {} events, {} findings",
        verification.postings,
        verification.events,
        verification.findings.len()
    );
    store.close().await;
    Ok(())
}

async fn set_up(store: &Store, count: usize, limited: bool) -> Result<Vec<OrganizationId>, Failure> {
    let now = Clock::system().now();
    let rates: Rates = serde_json::from_str(
        r#"{"modes": {"fast": "1"}, "platforms": {"api": "1"},
            "use_cases": {"image": {"name": "Images", "meters": {"images": {"credits": "1"}}}}}"#,
    )?;
    store.publish_rates(&rates, now, now, &[]).await?;
    let terms: PlanTerms = serde_json::from_str(
        r#"{"name": "Tier", "kind": "tier", "currency": "USD", "conversion_rate": "100", "overage": "owe"}"#,
    )?;
    let (Published::New(plan) | Published::Same(plan)) = store.publish_plan(&"tier".parse()?, &terms, now, &[]).await?;
    let (mut tasks, mut organizations) = (JoinSet::new(), Vec::new());
    for _ in 0..count {
        let (store, plan) = (store.clone(), plan.id);
        if tasks.len() >= 128
            && let Some(done) = tasks.join_next().await
        {
            organizations.push(done??);
        }
        tasks.spawn(async move { organization(&store, plan, now, limited).await });
    }
    for done in tasks.join_all().await {
        organizations.push(done?);
    }
    Ok(organizations)
}

async fn organization(
    store: &Store,
    plan: PlanVersionId,
    now: Timestamp,
    limited: bool,
) -> Result<OrganizationId, Failure> {
    let id = OrganizationId::from_uuid(Uuid::now_v7());
    let new = NewOrganization {
        id,
        key: id.to_string().parse()?,
        name: "Acme".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: Currency::USD,
        period_anchor: now,
        created_at: now,
    };
    store.create_organization(&new, &[]).await?;
    let change = OrganizationChange::Plan {
        version: plan,
        caps: Vec::new(),
        throttles: Vec::new(),
    };
    let mut requests = vec![Request::Organization(change), Request::AddGrant(Box::new(grant(now)))];
    if limited {
        requests.push(Request::PutCap(Box::new(cap("daily", Window::Day)?)));
        requests.push(Request::PutCap(Box::new(cap("monthly", Window::Month)?)));
        requests.push(Request::PutThrottle(Box::new(Throttle {
            id: ThrottleId::from_uuid(Uuid::now_v7()),
            name: "rate".parse()?,
            owner: LimitOwner::Customer,
            scope: LimitScope::default(),
            limit: ThrottleLimit::Requests(1_000_000),
            per: ThrottlePeriod::Second,
            burst: None,
            then: ThrottleThen::Reject,
        })));
    }
    for request in requests {
        store.ledger().submit(id, request, None).await?;
    }
    Ok(id)
}

fn cap(name: &str, window: Window) -> Result<Cap, Failure> {
    Ok(Cap {
        id: CapId::from_uuid(Uuid::now_v7()),
        name: name.parse()?,
        owner: LimitOwner::Customer,
        scope: LimitScope::default(),
        window,
        limit: CapLimit::Credits(Credits::from_micros(500_000_000_000_000)),
        action: CapAction::Block,
        thresholds: Vec::new(),
    })
}

fn grant(now: Timestamp) -> Grant {
    Grant {
        id: GrantId::from_uuid(Uuid::now_v7()),
        kind: GrantKind::Purchase,
        state: GrantState::Active,
        amount: Credits::from_micros(1_000_000_000_000_000),
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

/// Requests answered in five seconds, and the longest that one took.
async fn measure(
    ledger: &Ledger,
    organizations: &[OrganizationId],
    callers: usize,
    kind: Kind,
) -> Result<(u64, Duration), Failure> {
    let done = Arc::new(AtomicU64::new(0));
    let organizations: Arc<[OrganizationId]> = organizations.into();
    let end = Instant::now() + Duration::from_secs(5);
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let (ledger, done) = (ledger.clone(), done.clone());
        let organizations = organizations.clone();
        tasks.spawn(async move {
            let mut longest = Duration::ZERO;
            let mut place = caller * 7_919;
            while Instant::now() < end {
                place = place
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let organization = organizations[(place >> 33) % organizations.len()];
                let began = Instant::now();
                ask(&ledger, organization, kind).await?;
                longest = longest.max(began.elapsed());
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, Failure>(longest)
        });
    }
    let mut longest = Duration::ZERO;
    for slowest in tasks.join_all().await {
        longest = longest.max(slowest?);
    }
    Ok((done.load(Ordering::Relaxed), longest))
}

async fn ask(ledger: &Ledger, organization: OrganizationId, kind: Kind) -> Result<(), Failure> {
    let run = Run {
        use_case: "image".parse()?,
        mode: "fast".parse()?,
        platform: "api".parse()?,
        subject: None,
        api_key: None,
    };
    let quantities = [("images".parse()?, Quantity::from(1))];
    if matches!(kind, Kind::Record) {
        let occurred_at = Clock::system().now();
        let events = (0..EVENTS_A_REQUEST).map(|_| {
            let id = Uuid::now_v7();
            NewEvent {
                id: UsageEventId::from_uuid(id),
                key: id.to_string(),
                run: run.clone(),
                quantities: quantities.clone().into(),
                occurred_at,
            }
        });
        ledger
            .submit(organization, Request::Record(events.collect()), None)
            .await?;
        return Ok(());
    }
    let authorize = Request::Authorize(Authorize {
        hold: HoldId::from_uuid(Uuid::now_v7()),
        run,
        quantities: quantities.clone().into(),
        ttl_seconds: 600,
        dry_run: false,
    });
    let outcome = ledger.submit(organization, authorize, None).await?;
    if matches!(kind, Kind::Capture)
        && let Outcome::Decision(decision) = outcome
        && let Some(hold) = decision.hold
    {
        let capture = Request::Capture(Capture {
            hold: hold.id,
            event: UsageEventId::from_uuid(Uuid::now_v7()),
            quantities: quantities.into(),
            reason: None,
        });
        ledger.submit(organization, capture, None).await?;
    }
    Ok(())
}
