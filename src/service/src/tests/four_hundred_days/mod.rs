//! Four hundred days in five time zones, with daylight saving time that begins at midnight in two of them, by half an hour
//! in one: two processes, random downtime, work that is cut off half-way. Every allotment, carry-over, expiry, renewal, charge,
//! and release and payment of a contract happens once, at local midnight, as a simple model of calendars and sums says (`model`).

mod model;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use drawdown_domain::contract::{ContractTerms, Overrides, Renewal, Spread};
use drawdown_domain::id::{OrganizationId, PlanVersionId};
use drawdown_domain::plan::{Allotment, Every, Interval, PlanKind, PlanTerms, Rollover, Validity};
use drawdown_domain::{Currency, Money, Quantity, Timestamp};
use drawdown_store::{Clock, Published, Store, StoreOptions};
use rust_decimal::Decimal;

use super::world::{CATALOGUE, databases, key, settings, whole};
use crate::actor::Actor;
use crate::customers::PutCustomer;
use crate::metering::{EventInput, Quantities, RunInput};
use crate::randomness::Randomness;
use crate::schedule::PlanWhen;
use crate::service::Service;
use model::{Calendar, Expected, Plan};

/// 2026-01-31T15:00:00Z: within the 31st in each of the zones but one, where it is the 1st.
const START: Timestamp = Timestamp::from_seconds(1_769_871_600);
const DAYS: i64 = 400;
const HOUR_MICROS: i64 = 3_600_000_000;
const ZONES: [&str; 5] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
];
const VENDOR: Actor = Actor::System("four hundred days");

/// The generator `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

/// The processes on one database, and their clock.
struct Processes {
    url: String,
    micros: Arc<AtomicI64>,
    services: Vec<Service>,
}

impl Processes {
    async fn start(url: &str) -> Self {
        let mut processes = Self {
            url: url.to_owned(),
            micros: Arc::new(AtomicI64::new(START.micros())),
            services: Vec::new(),
        };
        let count = if url.starts_with("sqlite") { 1 } else { 2 };
        for number in 0..count {
            let service = processes.open(number).await;
            processes.services.push(service);
        }
        processes
    }

    async fn open(&self, number: u64) -> Service {
        let read = self.micros.clone();
        let clock = Clock::new(move || Timestamp::from_micros(read.load(Ordering::SeqCst)));
        let options = StoreOptions {
            clock: clock.clone(),
            ..StoreOptions::default()
        };
        let store = Store::connect(&self.url, options).await.unwrap();
        store.migrate().await.unwrap();
        let seed = number + u64::try_from(self.now().micros()).unwrap();
        Service::new(store, settings(), clock, Randomness::seeded(seed))
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }

    /// One of them works, or all at once, with or without claims; or one is cut off in the middle.
    async fn work(&mut self, dice: &mut Dice, customers: &[Customer]) {
        let first = self.services[0].clone();
        let last = self.services[self.services.len() - 1].clone();
        match dice.roll(8) {
            0 => {
                let patience = Duration::from_micros(dice.roll(4_000));
                // Cut off: what was under way in the ledger is whole or not there.
                let _ = tokio::time::timeout(patience, first.run_schedule()).await;
            }
            1 => {
                let id = customers[usize::try_from(dice.roll(customers.len() as u64)).unwrap()].id;
                let (one, other) = tokio::join!(first.carry_out(id), last.carry_out(id));
                one.unwrap();
                other.unwrap();
            }
            2 | 3 => {
                let (one, other) = tokio::join!(first.run_schedule(), last.run_schedule());
                one.unwrap();
                other.unwrap();
            }
            4 => {
                let place = usize::try_from(dice.roll(self.services.len() as u64)).unwrap();
                drop((first, last));
                let old = self.services.remove(place);
                old.store().close().await;
                drop(old);
                let new = self.open(7).await;
                self.services.insert(place, new);
            }
            5 => drop(last.run_schedule().await.unwrap()),
            _ => drop(first.run_schedule().await.unwrap()),
        }
    }
}

struct Customer {
    id: OrganizationId,
    name: String,
    expected: Expected,
}

fn plans() -> Vec<(&'static str, PlanTerms)> {
    let base = |name, kind| PlanTerms::new(name, kind, Currency::USD, Decimal::ONE_HUNDRED);
    let bonus = Allotment {
        every: Every::Quarter,
        lasts: 2,
        ..Allotment::plain(whole(30))
    };
    let rolling = Allotment {
        rollover: Rollover::UpTo(Decimal::TWO),
        ..Allotment::plain(whole(100))
    };
    let gift = Allotment {
        every: Every::Once,
        ..Allotment::plain(whole(40))
    };
    let plain = Allotment::plain(whole(100));
    let tier = PlanKind::Tier;
    vec![
        (
            "two-meters",
            PlanTerms {
                allotments: [(key("fast"), plain.clone()), (key("bonus"), bonus)].into(),
                ..base("Two meters", tier)
            },
        ),
        (
            "rolling",
            PlanTerms {
                price: Some(dollars(10)),
                allotments: [(key("credits"), rolling)].into(),
                ..base("Rolling", tier)
            },
        ),
        (
            "paid",
            PlanTerms {
                allotments: [(key("credits"), plain)].into(),
                ..base("Paid", tier)
            },
        ),
        (
            "trial",
            PlanTerms {
                lasts: Some(Validity::Days(14)),
                allotments: [(key("gift"), gift)].into(),
                ..base("Trial", PlanKind::Trial)
            },
        ),
        ("committed", base("Committed", PlanKind::Commitment)),
    ]
}

const fn dollars(amount: i64) -> Money {
    Money::new(amount * 100, Currency::USD)
}

/// 120 dollars a year for 12 000 credits, released by the month, paid by the half-year, renewed for the same again.
async fn sign(service: &Service, organization: OrganizationId, plan: PlanVersionId) {
    let terms = ContractTerms {
        plan,
        overrides: Overrides::default(),
        committed: dollars(120),
        conversion_rate: Decimal::ONE_HUNDRED,
        starts_at: START,
        months: 12,
        release: Spread::Every(Interval::Month),
        payments: Spread::Every(Interval::HalfYear),
        renewal: Renewal::SameTerms,
        note: None,
    };
    let id = service.new_contract_id();
    service.sign_contract(&VENDOR, organization, id, terms).await.unwrap();
}

/// Four customers in each zone: two meters, one that rolls over and pays by the month, a trial that becomes a paid plan, and
/// one under a contract.
async fn settle(service: &Service) -> Vec<Customer> {
    service.apply_catalogue(&VENDOR, CATALOGUE).await.unwrap();
    let mut versions = BTreeMap::new();
    for (name, terms) in plans() {
        let published = service.store().publish_plan(&key(name), &terms, START, &[]).await;
        let (Published::New(version) | Published::Same(version)) = published.unwrap();
        versions.insert(name, version.id);
    }
    let mut customers = Vec::new();
    for (number, zone) in ZONES.into_iter().enumerate() {
        let calendar = Arc::new(Calendar::new(zone, START, DAYS + 400));
        for (name, plan) in [
            ("two-meters", Plan::TwoMeters),
            ("rolling", Plan::Rolling),
            ("trial", Plan::TrialThenPaid),
            ("committed", Plan::Committed),
        ] {
            let customer = format!("{name}-{number}");
            let put = PutCustomer {
                name: Some(customer.clone()),
                time_zone: Some(zone.to_owned()),
                plan: Some(key(name)),
                ..PutCustomer::default()
            };
            let view = service.put_customer(&VENDOR, &key(&customer), put).await.unwrap();
            match plan {
                Plan::TrialThenPaid => {
                    let change = service.change_plan(&VENDOR, view.id, versions["paid"], PlanWhen::AtRenewal);
                    change.await.unwrap();
                }
                Plan::Committed => sign(service, view.id, versions["committed"]).await,
                Plan::TwoMeters | Plan::Rolling => {}
            }
            customers.push(Customer {
                id: view.id,
                name: customer,
                expected: Expected::new(plan, calendar.clone(), START),
            });
        }
    }
    customers
}

/// Customers that roll over use some of what they have, each time that nothing is due.
async fn burn(processes: &Processes, customers: &mut [Customer], dice: &mut Dice, number: u64) {
    let service = &processes.services[0];
    let mut events = Vec::new();
    for customer in customers.iter_mut() {
        let left = customer.expected.left_at(processes.now());
        let images = dice.roll(12);
        let credits = i64::try_from(images * 4).unwrap();
        if images == 0 || left.is_none_or(|left| left < credits) {
            continue;
        }
        customer.expected.burn(credits);
        events.push(EventInput {
            id: format!("{}-{number}", customer.name),
            customer: key(&customer.name),
            run: RunInput {
                use_case: key("render"),
                mode: Some(key("fast")),
                platform: None,
                subject: None,
            },
            quantities: Quantities::Single(Quantity::from(u32::try_from(images).unwrap())),
            occurred_at: None,
        });
    }
    if !events.is_empty() {
        service.record(&VENDOR, events, None).await.unwrap();
    }
}

async fn is_as_expected(service: &Service, customer: &mut Customer, now: Timestamp, seed: u64) {
    let context = format!("{} with DRAWDOWN_TEST_SEED={seed}", customer.name);
    let page = service.store().grants(customer.id, None, 200).await.unwrap();
    assert!(page.next.is_none(), "{context}");
    let mut grants: Vec<_> = page
        .rows
        .iter()
        .map(|grant| {
            let micros = grant.amount.micros();
            assert_eq!(micros % 1_000_000, 0, "{context}");
            (grant.effective_at, grant.kind, micros / 1_000_000, grant.expires_at)
        })
        .collect();
    grants.sort_by_key(|grant| (grant.0, format!("{:?}", grant.1), grant.2));
    let expected = customer.expected.grants(now);
    assert_eq!(grants, expected, "{context}");
    let steps = service
        .store()
        .done_steps(customer.id, Timestamp::MAX, 1_000)
        .await
        .unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for step in &steps {
        *counts.entry(step.kind).or_default() += 1;
        assert!(step.done_at >= step.at, "{context}");
    }
    let of_kind = |kind: &str| {
        let of_kind = steps.iter().filter(|step| step.kind == kind);
        let mut of_kind: Vec<_> = of_kind.map(|step| (step.at, step.money)).collect();
        of_kind.sort_unstable_by_key(|(at, _)| *at);
        of_kind
    };
    let expected = &mut customer.expected;
    let nothing_due = |at: Vec<Timestamp>| at.into_iter().map(|at| (at, None)).collect::<Vec<_>>();
    let due = |at: Vec<Timestamp>, dollars_due| {
        let due = at.into_iter().map(|at| (at, Some(dollars(dollars_due))));
        due.collect::<Vec<_>>()
    };
    assert_eq!(of_kind("renewal"), nothing_due(expected.renewals(now)), "{context}");
    assert_eq!(
        of_kind("contract_renewal"),
        nothing_due(expected.contract_renewals(now)),
        "{context}"
    );
    assert_eq!(of_kind("charge"), due(expected.charges(now), 10), "{context}");
    assert_eq!(of_kind("payment"), due(expected.payments(now), 60), "{context}");
    assert_eq!(
        counts.get("expire").copied().unwrap_or(0),
        customer.expected.expiries(now),
        "{context}"
    );
    let view = service.customer(&VENDOR, &key(&customer.name)).await.unwrap();
    if let Some(left) = customer.expected.balance(now) {
        assert_eq!(view.balance, whole(left), "{context}");
    }
}

/// Says by which seed it can be played again.
#[expect(clippy::print_stdout, reason = "a test that fails says how to repeat it")]
fn tell(seed: u64, engine: &str) {
    println!("DRAWDOWN_TEST_SEED={seed} {engine}");
}

#[tokio::test]
async fn everything_happens_once_at_local_midnight() {
    let seed = std::env::var("DRAWDOWN_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| uuid::Uuid::now_v7().as_u64_pair().1 & 0xffff_ffff);
    for (url, _folder) in databases().await {
        tell(seed, &url[..8]);
        let mut dice = Dice(seed);
        let mut processes = Processes::start(&url).await;
        let mut customers = settle(&processes.services[0]).await;
        let end = START.plus_seconds(DAYS * 86_400);
        let mut number = 0;
        while processes.now() < end {
            let hours = if dice.roll(12) == 0 {
                24 * (1 + dice.roll(20))
            } else {
                1 + dice.roll(40)
            };
            let step =
                i64::try_from(hours).unwrap() * HOUR_MICROS + i64::try_from(dice.roll(3_600)).unwrap() * 1_000_000;
            processes.micros.fetch_add(step, Ordering::SeqCst);
            processes.work(&mut dice, &customers).await;
            if dice.roll(3) == 0 {
                // Usage comes only once everything due is done, as it does while a process runs.
                for customer in &customers {
                    processes.services[0].carry_out(customer.id).await.unwrap();
                }
                number += 1;
                burn(&processes, &mut customers, &mut dice, number).await;
            }
        }
        // Whatever claim was left by work that was cut off has run out.
        processes.micros.fetch_add(3 * HOUR_MICROS, Ordering::SeqCst);
        let service = processes.services[0].clone();
        service.run_schedule().await.unwrap();
        service.sweep().await.unwrap();
        assert_eq!(service.run_schedule().await.unwrap(), 0);
        let now = processes.now();
        for customer in &mut customers {
            is_as_expected(&service, customer, now, seed).await;
        }
        let verification = service.store().verify().await.unwrap();
        assert_eq!(verification.findings, [], "DRAWDOWN_TEST_SEED={seed}");
    }
}
