//! Plays the demo's story: puts every step in its order, sets the clock to it, and acts through the service.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use drawdown_domain::catalogue::Rates;
use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::{MemberId, OrganizationId};
use drawdown_domain::limit::{CapAction, CapLimit, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window};
use drawdown_domain::organization::Role;
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Currency, Money, Quantity, Timestamp};
use drawdown_store::{Clock, Store};

use super::story::{CUSTOMERS, Customer, ENTERPRISE, STUDIO, TRIAL};
use super::usage::{day, key};
use super::{CATALOGUE, PASSWORD};
use crate::actor::{Actor, Member};
use crate::customers::PutCustomer;
use crate::error::ServiceError;
use crate::grants::GrantInput;
use crate::limits::{CapInput, ThrottleInput};
use crate::members::MemberInput;
use crate::metering::{AuthorizeInput, EventInput, Quantities, RunInput, resolve};
use crate::payments::{SANDBOX_PATH, SandboxAct};
use crate::randomness::Randomness;
use crate::service::{Service, ServiceSettings};

/// Events of one request.
const EVENTS_AT_ONCE: usize = 500;
/// The demo's seed.
const SEED: u64 = 42;
/// The least microseconds between two steps.
const STEP_MICROS: i64 = 1_000;
const DAY_SECONDS: i64 = 86_400;
const HOUR_SECONDS: i64 = 3_600;

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
enum Step {
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
}

/// The stage.
#[derive(Debug)]
pub(super) struct Stage {
    service: Service,
    clock: SteppedClock,
    vendor: Actor,
    steps: BTreeMap<Timestamp, Step>,
    organizations: BTreeMap<&'static str, OrganizationId>,
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
        self.service.apply_catalogue(&self.vendor, CATALOGUE).await?;
        let rates = self.service.rates().await?;
        for customer in [&STUDIO, &ENTERPRISE, &TRIAL] {
            self.plan_customer(customer, now, &rates);
        }
        self.plan_studio(now);
        self.plan_others(now);
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

    /// Puts a step at an instant, or as soon as possible after it; what would lie in the future is left out.
    fn at(&mut self, at: Timestamp, now: Timestamp, step: Step) {
        let mut at = at;
        while self.steps.contains_key(&at) {
            at = at.plus_micros(STEP_MICROS);
        }
        if at < now {
            self.steps.insert(at, step);
        }
    }

    /// A customer's beginning, and its days.
    fn plan_customer(&mut self, customer: &'static Customer, now: Timestamp, rates: &Rates) {
        let mut budget = customer.credits_most.map(whole);
        let zone = Zone::parse(customer.time_zone).unwrap_or_else(|_| Zone::utc());
        let from = zone.local_day_start(now.plus_seconds(-i64::from(customer.days) * DAY_SECONDS));
        self.at(from, now, Step::Begin(customer));
        let days = zone.day_starts(from, now);
        for (place, start) in (0_u32..).zip(&days) {
            let age = u32::try_from(days.len()).unwrap_or(0).saturating_sub(place + 1);
            let end = zone.next_day_start(*start);
            // What happens at midnight: allotments. What was used comes in at the end of the day, and today so far.
            self.at(start.plus_micros(STEP_MICROS), now, Step::Allotments);
            let mut events = day(&customer.pattern, &zone, *start, age, customer.days);
            if end > now {
                events.retain(|event| event.occurred_at.is_some_and(|at| at.plus_seconds(1) < now));
            }
            if let Some(budget) = &mut budget {
                events.retain(|event| spend(budget, event, rates));
            }
            if age > 90 {
                // Before the ninety days that are told in detail, a tenth of the events with as much in each.
                events.truncate(events.len() / 10);
                events.iter_mut().for_each(tenfold);
            }
            let heard = end.plus_micros(-STEP_MICROS).min(now.plus_micros(-2 * STEP_MICROS));
            for events in events.chunks(EVENTS_AT_ONCE) {
                self.at(heard, now, Step::Use(events.to_vec()));
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
        self.at(
            ago(58, 2),
            now,
            Step::Run(customer, run("render", "cover-artist"), 40, 16),
        );
        self.at(
            ago(12, 3),
            now,
            Step::Run(customer, run("render", "cover-artist"), 40, 18),
        );
        let hour = now.plus_seconds(-20 * 60);
        self.at(hour, now, Step::Run(customer, run("search", "translator-ja-en"), 1, 41));
    }

    /// The commitment and the trial.
    fn plan_others(&mut self, now: Timestamp) {
        let ago = |days: i64, hours: i64| now.plus_seconds(-days * DAY_SECONDS - hours * HOUR_SECONDS);
        self.at(ago(9, 5), now, Step::TopUp(&ENTERPRISE, 2_500, SandboxAct::Pay));
        self.at(ago(3, 4), now, Step::Run(&TRIAL, run("voice", "jonas"), 60, 8));
    }

    async fn act(&mut self, step: Step) -> Result<(), ServiceError> {
        match step {
            Step::Begin(customer) => self.begin(customer).await,
            Step::Allotments => self.service.give_allotments().await.map(|_| ()),
            Step::Give(customer, grant) => {
                let organization = self.organization(customer)?;
                let given = self.service.add_grant(&self.vendor, organization, *grant, None).await;
                given.map(|_| ())
            }
            Step::Use(events) => self.service.record(&self.vendor, events, None).await.map(|_| ()),
            Step::Run(customer, run, quantity, times) => self.run(customer, &run, quantity, times).await,
            Step::TopUp(customer, units, act) => self.top_up(customer, units, act).await,
            Step::Limit(customer) => self.limit(customer).await,
        }
    }

    fn organization(&self, customer: &Customer) -> Result<OrganizationId, ServiceError> {
        let found = self.organizations.get(customer.key).copied();
        found.ok_or(ServiceError::NotFound("customer"))
    }

    async fn begin(&mut self, customer: &'static Customer) -> Result<(), ServiceError> {
        let put = PutCustomer {
            name: Some(customer.name.to_owned()),
            time_zone: Some(customer.time_zone.to_owned()),
            currency: None,
            plan: Some(key(customer.plan)),
        };
        let view = self.service.put_customer(&self.vendor, &key(customer.key), put).await?;
        self.organizations.insert(customer.key, view.id);
        let now = self.service.now();
        let grant = |kind: GrantKind, credits: i64, days: i64, paid: Option<Money>, note: &str| GrantInput {
            kind,
            credits: whole(credits),
            priority: None,
            effective_at: None,
            expires_at: Some(now.plus_seconds(days * DAY_SECONDS)),
            paid,
            scope: None,
            note: Some(note.to_owned()),
        };
        let first = match customer.key {
            "meridian" => {
                let paid = Money::new(4_800_000, Currency::USD);
                grant(GrantKind::Commitment, 6_000_000, 365, Some(paid), "Annual commitment")
            }
            "lumen" => grant(GrantKind::Trial, 400, 14, None, "Trial credits"),
            _ => return Ok(()),
        };
        self.service.add_grant(&self.vendor, view.id, first, None).await?;
        Ok(())
    }

    /// Asks for runs one after the other and captures those that may run.
    async fn run(&self, customer: &Customer, run: &RunInput, quantity: u32, times: u32) -> Result<(), ServiceError> {
        for _ in 0..times {
            let quantities = Quantities::Single(Quantity::from(quantity));
            let input = AuthorizeInput {
                customer: key(customer.key),
                run: run.clone(),
                quantities: quantities.clone(),
                ttl_s: None,
                dry_run: false,
            };
            let decision = self.service.authorize(&self.vendor, input, None).await?;
            if let Some(hold) = decision.hold {
                self.service
                    .capture(&self.vendor, hold.id, Some(quantities), None, None)
                    .await?;
            }
        }
        Ok(())
    }

    async fn top_up(&self, customer: &Customer, units: i64, act: SandboxAct) -> Result<(), ServiceError> {
        let organization = self.organization(customer)?;
        let owner = self.owner(customer, organization);
        let payment = self.service.new_payment_id();
        let money = Money::new(units * 100, Currency::USD);
        let started = self.service.start_top_up(&owner, organization, payment, money).await?;
        let reference = started.redirect.rsplit(SANDBOX_PATH).next().unwrap_or_default();
        self.service.sandbox_act(reference, act).await?;
        Ok(())
    }

    /// The owner, as if signed in: the members themselves are made last.
    fn owner(&self, customer: &Customer, organization: OrganizationId) -> Actor {
        let name = customer.people.first().map_or("", |person| person.name);
        let email = customer.people.first().map_or("", |person| person.email);
        Actor::Member(Member {
            id: MemberId::from_uuid(self.service.random().uuid(self.service.now())),
            email: email.to_owned(),
            name: name.to_owned(),
            role: Role::Owner,
            organization,
            organization_key: key(customer.key),
            organization_name: customer.name.to_owned(),
            time_zone: customer.time_zone.to_owned(),
        })
    }

    async fn limit(&self, customer: &Customer) -> Result<(), ServiceError> {
        let organization = self.organization(customer)?;
        let owner = self.owner(customer, organization);
        let scope = |use_case: &str| LimitScope {
            use_case: Some(key(use_case)),
            ..LimitScope::default()
        };
        let cap = |scope: LimitScope, window: Window, credits: i64| CapInput {
            owner: None,
            scope,
            window,
            limit: CapLimit::Credits(whole(credits)),
            action: CapAction::Block,
            thresholds: vec![50, 80, 100],
        };
        let renders = cap(scope("render"), Window::Day, 2_000);
        let month = cap(LimitScope::default(), Window::Month, 40_000);
        let throttle = ThrottleInput {
            owner: None,
            scope: scope("research"),
            limit: ThrottleLimit::Requests(20),
            per: ThrottlePeriod::Hour,
            burst: None,
            then: ThrottleThen::Reject,
        };
        let service = &self.service;
        service
            .put_cap(&owner, organization, &key("renders"), renders, None)
            .await?;
        service
            .put_cap(&owner, organization, &key("month"), month, None)
            .await?;
        service
            .put_throttle(&owner, organization, &key("research"), throttle, None)
            .await?;
        Ok(())
    }

    async fn people(&self, customer: &Customer) -> Result<(), ServiceError> {
        let organization = self.organization(customer)?;
        for person in customer.people {
            let input = MemberInput {
                email: person.email.to_owned(),
                name: person.name.to_owned(),
                role: person.role,
                password: PASSWORD.to_owned().into(),
            };
            self.service.add_member(&self.vendor, organization, input).await?;
        }
        Ok(())
    }
}

fn whole(credits: i64) -> Credits {
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
