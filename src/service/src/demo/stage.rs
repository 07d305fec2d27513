//! Plays the demo's story: puts every step in its order, sets the clock to it, and acts through the service.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use drawdown_domain::catalogue::Rates;
use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::Window;
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Quantity, Timestamp};
use drawdown_store::{Clock, Store};

use super::CATALOGUE;
use super::deals::Deal;
use super::story::{CUSTOMERS, Customer, ENTERPRISE, STUDIO, SUSPENDED, TRIAL};
use super::usage::{day, key};
use crate::actor::Actor;
use crate::error::ServiceError;
use crate::grants::GrantInput;
use crate::metering::{EventInput, Quantities, RunInput, resolve};
use crate::payments::SandboxAct;
use crate::randomness::Randomness;
use crate::service::{Service, ServiceSettings};

/// Events of one request.
const EVENTS_AT_ONCE: usize = 1_000;
/// Days back for which usage came in every day.
const DAILY_DAYS: i64 = 14;
/// Before that, it came in at the end of so many days: fewer commits, so the demo is there sooner.
const DAYS_AT_ONCE: i64 = 4;
/// Today it is reported so often.
const REPORT_SECONDS: i64 = 1_800;
/// The demo's seed.
const SEED: u64 = 42;
/// The least microseconds between two steps.
const STEP_MICROS: i64 = 1_000;
pub(super) const DAY_SECONDS: i64 = 86_400;
const HOUR_SECONDS: i64 = 3_600;
/// The days of the shortest month.
const MONTH_DAYS_MIN: i64 = 28;

/// A clock that goes where it is set.
#[derive(Clone, Debug)]
pub(super) struct SteppedClock(Arc<AtomicI64>);

impl SteppedClock {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.micros())))
    }

    pub(super) fn clock(&self) -> Clock {
        let micros = self.0.clone();
        Clock::new(move || Timestamp::from_micros(micros.load(Ordering::SeqCst)))
    }

    fn set(&self, at: Timestamp) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A customer begins.
    Begin(&'static Customer),
    /// Allotments that are due.
    Allotments,
    /// The vendor gives credits.
    Give(&'static Customer, Box<GrantInput>),
    /// What was used.
    Use(Vec<EventInput>),
    /// So many runs of one kind ask, and those that may run.
    Run(&'static Customer, RunInput, u32, u32),
    /// The owner pays, or tries to.
    TopUp(&'static Customer, i64, SandboxAct),
    /// The owner sets limits of the customer's own.
    Limit(&'static Customer),
    /// A contract is signed.
    Sign(&'static Customer, &'static Deal),
    /// It is amended.
    Amend(&'static Customer, &'static Deal),
    /// One customer becomes the parent of another, and gives it unspent credits.
    Transfer(&'static Customer, &'static Customer, i64),
    /// The vendor suspends the customer, for a reason.
    Suspend(&'static Customer, &'static str),
}

/// The stage.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) service: Service,
    clock: SteppedClock,
    pub(super) vendor: Actor,
    steps: BTreeMap<Timestamp, Step>,
    pub(super) organizations: BTreeMap<&'static str, OrganizationId>,
}

impl Stage {
    pub(super) fn new(store: Store, clock: SteppedClock, settings: ServiceSettings) -> Self {
        let service = Service::new(store, settings, clock.clock(), Randomness::seeded(SEED));
        Self {
            service,
            clock,
            vendor: Actor::System("demo"),
            steps: BTreeMap::new(),
            organizations: BTreeMap::new(),
        }
    }

    /// Plays everything up to `now`.
    pub(super) async fn play(mut self, now: Timestamp) -> Result<(), ServiceError> {
        let today = Zone::utc().local_day_start(now);
        let first = today.plus_seconds(-i64::from(ENTERPRISE.days + 1) * DAY_SECONDS);
        self.clock.set(first);
        self.make_months(first, now).await?;
        self.service.apply_catalogue(&self.vendor, CATALOGUE).await?;
        let rates = self.service.rates().await?;
        let mut events = Vec::new();
        for customer in &CUSTOMERS {
            events.append(&mut self.plan_customer(customer, now, &rates));
        }
        self.plan_usage(events, now);
        self.plan_studio(now);
        self.plan_others(now);
        self.plan_deals(now);
        for (at, step) in std::mem::take(&mut self.steps) {
            self.clock.set(at);
            self.act(step).await?;
        }
        self.clock.set(now);
        for customer in &CUSTOMERS {
            self.people(customer).await?;
        }
        Ok(())
    }

    /// What is played is recorded in the past, for which no partitions were made ahead.
    async fn make_months(&self, first: Timestamp, now: Timestamp) -> Result<(), ServiceError> {
        let mut at = first;
        while at < now {
            self.service.store().make_partitions(at).await?;
            at = at.plus_seconds(MONTH_DAYS_MIN * DAY_SECONDS);
        }
        Ok(())
    }

    /// Puts a step at an instant, or as soon as possible after it; what would lie in the future is left out.
    pub(super) fn at(&mut self, at: Timestamp, now: Timestamp, step: Step) {
        let mut at = at;
        while self.steps.contains_key(&at) {
            at = at.plus_micros(STEP_MICROS);
        }
        if at < now {
            self.steps.insert(at, step);
        }
    }

    /// A customer's beginning, its allotments, and what it uses.
    fn plan_customer(&mut self, customer: &'static Customer, now: Timestamp, rates: &Rates) -> Vec<EventInput> {
        let mut budget = customer.credits_most.map(whole);
        let zone = customer.zone();
        let from = zone.local_day_start(now.plus_seconds(-i64::from(customer.days) * DAY_SECONDS));
        self.at(from, now, Step::Begin(customer));
        let days = zone.day_starts(from, now);
        let mut used = Vec::new();
        for (place, start) in (0_u32..).zip(&days) {
            let age = u32::try_from(days.len()).unwrap_or(0).saturating_sub(place + 1);
            // Allotments come at midnight.
            if zone.window(Window::BillingPeriod, *start, from).start == *start {
                self.at(start.plus_micros(STEP_MICROS), now, Step::Allotments);
            }
            let mut events = day(&customer.pattern, &zone, *start, age, customer.days);
            if let Some(budget) = &mut budget {
                events.retain(|event| spend(budget, event, rates));
            }
            if age > 90 {
                // Before the ninety days that are told in detail, a tenth of the events with as much in each.
                events.truncate(events.len() / 10);
                events.iter_mut().for_each(tenfold);
            }
            used.append(&mut events);
        }
        used
    }

    /// When the usage of all customers comes in: at the end of each day (UTC), long ago at the end of some days,
    /// today's every half an hour.
    fn plan_usage(&mut self, mut events: Vec<EventInput>, now: Timestamp) {
        events.retain(|event| event.occurred_at.is_some_and(|at| at.plus_seconds(1) < now));
        events.sort_by_key(|event| event.occurred_at);
        let today = Zone::utc().local_day_start(now);
        let heard = |at: Timestamp| {
            if at >= today {
                let since = at.micros_since(today).div_euclid(1_000_000) / REPORT_SECONDS;
                let reported = today.plus_seconds((since + 1) * REPORT_SECONDS);
                return reported.min(now).plus_micros(-2 * STEP_MICROS);
            }
            let days_ago = today.micros_since(at).div_euclid(DAY_SECONDS * 1_000_000);
            let together = if days_ago < DAILY_DAYS { 1 } else { DAYS_AT_ONCE };
            let days = days_ago / together * together;
            today.plus_seconds(-days * DAY_SECONDS).plus_micros(-STEP_MICROS)
        };
        let mut parts: BTreeMap<Timestamp, Vec<EventInput>> = BTreeMap::new();
        for event in events {
            let at = heard(event.occurred_at.unwrap_or(now));
            parts.entry(at).or_default().push(event);
        }
        for (at, events) in parts {
            for events in events.chunks(EVENTS_AT_ONCE) {
                self.at(at, now, Step::Use(events.to_vec()));
            }
        }
    }

    /// The monthly tier: limits of its own, a gift that expires, a big night that is owed, top-ups, a cap hit and a
    /// throttled hour.
    fn plan_studio(&mut self, now: Timestamp) {
        let customer = &STUDIO;
        let ago = |days: i64, hours: i64| now.plus_seconds(-days * DAY_SECONDS - hours * HOUR_SECONDS);
        let gift = GrantInput {
            kind: GrantKind::Promotional,
            credits: whole(2_000),
            priority: Some(80),
            effective_at: None,
            expires_at: Some(ago(41, 0)),
            paid: None,
            scope: Some(vec![key("research")]),
            note: Some("To try the research agent".to_owned()),
        };
        self.at(ago(86, 3), now, Step::Give(customer, Box::new(gift)));
        self.at(ago(80, 2), now, Step::Limit(customer));
        self.at(ago(33, 5), now, Step::Use(vec![big_night(ago(33, 6))]));
        self.at(ago(32, 21), now, Step::TopUp(customer, 100, SandboxAct::Decline));
        self.at(ago(32, 20), now, Step::TopUp(customer, 100, SandboxAct::Pay));
        self.at(ago(4, 7), now, Step::TopUp(customer, 50, SandboxAct::Pay));
        let covers = Step::Run(customer, run("render", "cover-artist"), 80, 8);
        self.at(ago(12, 3), now, covers);
        let hour = now.plus_seconds(-20 * 60);
        self.at(hour, now, Step::Run(customer, run("search", "translator-ja-en"), 1, 24));
    }

    /// The commitment, the trial and the smaller ones.
    fn plan_others(&mut self, now: Timestamp) {
        let ago = |days: i64, hours: i64| now.plus_seconds(-days * DAY_SECONDS - hours * HOUR_SECONDS);
        self.at(ago(9, 5), now, Step::TopUp(&ENTERPRISE, 2_500, SandboxAct::Pay));
        self.at(ago(3, 4), now, Step::Run(&TRIAL, run("voice", "jonas"), 60, 6));
        self.at(
            ago(2, 6),
            now,
            Step::Suspend(&SUSPENDED, "The second invoice is unpaid"),
        );
    }
}

/// So many credits.
pub(super) fn whole(credits: i64) -> Credits {
    Credits::from_whole(credits).expect("the demo's credits are small")
}

fn run(use_case: &str, subject: &str) -> RunInput {
    RunInput {
        use_case: key(use_case),
        mode: None,
        platform: Some(key("web")),
        subject: Some(key(subject)),
    }
}

/// A whole backlist of audio books in one night: more than was left.
fn big_night(at: Timestamp) -> EventInput {
    EventInput {
        id: "demo-big-night".to_owned(),
        customer: key(STUDIO.key),
        run: run("voice", "audiobook-agent"),
        quantities: Quantities::Single(Quantity::from(20_000)),
        occurred_at: Some(at),
    }
}

/// True where an event fits into what is left of the budget, and then takes it from there.
fn spend(budget: &mut Credits, event: &EventInput, rates: &Rates) -> bool {
    let actor = Actor::System("demo");
    let price = resolve(rates, &actor, event.run.clone(), event.quantities.clone())
        .and_then(|(run, quantities)| rates.price(&run, &quantities));
    let left = price.ok().and_then(|price| budget.checked_sub(price.credits));
    match left.filter(|left| !left.is_negative()) {
        Some(left) => {
            *budget = left;
            true
        }
        None => false,
    }
}

fn tenfold(event: &mut EventInput) {
    if let Quantities::ByMeter(quantities) = &mut event.quantities {
        for quantity in quantities.values_mut() {
            let more = format!("{quantity}0");
            *quantity = more.parse().unwrap_or(*quantity);
        }
    }
}
