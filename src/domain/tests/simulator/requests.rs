//! Random requests that mostly make sense.

use std::sync::Arc;

use drawdown_domain::grant::GrantState;
use drawdown_domain::hold::HoldState;
use drawdown_domain::id::{HoldId, UsageEventId};
use drawdown_domain::limit::{
    Cap, CapAction, Each, LimitOwner, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::plan::{OveragePolicy, PlanTerms, PlanVersion};
use drawdown_domain::request::{Capture, OrganizationChange, Request};
use drawdown_domain::{Credits, Money};

use crate::bench::*;
use crate::random::Random;
use crate::rows::Rows;

const ZONES: [&str; 6] = [
    "Asia/Tokyo",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
];
const WINDOWS: [Window; 6] = [
    Window::Day,
    Window::Week,
    Window::Month,
    Window::BillingPeriod,
    Window::RollingHours(3),
    Window::Lifetime,
];

/// One seed's organization and habits.
pub(crate) struct Player {
    pub(crate) bench: Bench,
    /// A tame one never captures more than it holds, never records and never touches limits: its caps hold strictly.
    pub(crate) is_tame: bool,
    plans: Vec<Arc<PlanVersion>>,
    started: Vec<HoldId>,
    events: i64,
    setup: u32,
}

impl Player {
    pub(crate) fn new(random: &mut Random) -> Self {
        let overage = [
            OveragePolicy::Owe,
            OveragePolicy::Block,
            OveragePolicy::Forgive(credits("2")),
        ];
        let overage = *random.pick(&overage).unwrap();
        let first = PlanTerms {
            overage,
            degrade_without_credits: random.percent(50),
            ..terms()
        };
        let second = PlanTerms {
            overage: OveragePolicy::Owe,
            ..first.clone()
        };
        let plans = vec![plan_version(1, first.clone()), plan_version(2, second)];
        let mut bench = Bench::with(first);
        bench.account.plans = plans.iter().map(|plan| (plan.id, Arc::clone(plan))).collect();
        (*random.pick(&ZONES).unwrap()).clone_into(&mut bench.account.organization.time_zone);
        bench.now = bench.now.plus_seconds(random.from(0..60 * DAY));
        Self {
            bench,
            is_tame: random.percent(40),
            plans,
            started: Vec::new(),
            events: 0,
            setup: 0,
        }
    }

    pub(crate) fn pass_time(&mut self, random: &mut Random) {
        let seconds = match random.from(0..20) {
            0 => random.from(0..3 * DAY),
            1..5 => random.from(0..3 * HOUR),
            5..12 => random.from(0..10 * MINUTE),
            _ => random.from(0..20),
        };
        self.bench.now = self
            .bench
            .now
            .plus_micros(seconds * 1_000_000 + random.from(0..1_000_000));
    }

    pub(crate) fn request(&mut self, random: &mut Random, rows: &Rows) -> Request {
        self.setup += 1;
        match self.setup {
            1 => return self.add_grant(random),
            2 | 3 => return Request::PutCap(Box::new(self.random_cap(random))),
            4 => return self.throttle(random),
            _ => {}
        }
        match random.from(0..100) {
            0..45 => self.authorize(random),
            45..65 => self.capture(random, rows),
            65..70 => Request::Release {
                hold: self.some_hold(random, rows),
                reason: None,
            },
            70..73 => Request::Extend {
                hold: self.some_hold(random, rows),
                ttl_seconds: u32::try_from(random.from(1..5_000)).unwrap(),
            },
            73..79 => self.add_grant(random),
            79..82 => Self::change_grant(random, rows),
            82..84 => Request::Sweep,
            84..86 => Self::standing(random),
            _ if self.is_tame => self.authorize(random),
            86..94 => self.record(random),
            94..98 => self.change_cap(random, rows),
            _ => self.change_organization(random),
        }
    }

    fn number(random: &mut Random, most: i64) -> String {
        let micros = random.from(0..most * 1_000_000);
        Credits::from_micros(micros).to_string()
    }

    fn authorize(&mut self, random: &mut Random) -> Request {
        let number = Self::number(random, 12);
        let mut authorize = self.bench.authorize_of(&number);
        authorize.run.subject = random
            .pick(&[None, Some("ann"), Some("bob")])
            .copied()
            .flatten()
            .map(key);
        if random.percent(30) {
            authorize.run.mode = key("relaxed");
        }
        if random.percent(20) {
            authorize.run.use_case = key("code");
            authorize.quantities = [(key("context_tokens"), number.parse().unwrap())].into();
        }
        authorize.ttl_seconds = u32::try_from(random.from(1..4_000)).unwrap();
        self.started.push(authorize.hold);
        Request::Authorize(authorize)
    }

    /// Mostly a hold that is open, sometimes one that has ended, or was never made.
    fn some_hold(&mut self, random: &mut Random, rows: &Rows) -> HoldId {
        let open: Vec<HoldId> = rows
            .holds
            .values()
            .filter(|hold| hold.state == HoldState::Open)
            .map(|hold| hold.id)
            .collect();
        let open = random.pick(&open).filter(|_| random.from(0..10) > 0);
        let started = open.or_else(|| random.pick(&self.started)).copied();
        started.unwrap_or_else(|| HoldId::from_uuid(self.bench.id()))
    }

    fn capture(&mut self, random: &mut Random, rows: &Rows) -> Request {
        let hold = self.some_hold(random, rows);
        let mut quantities = images(&Self::number(random, 20));
        if let Some(hold) = rows.holds.get(&hold) {
            if self.is_tame || random.percent(70) {
                quantities.clone_from(&hold.quantities);
            }
            if hold.run.use_case != key("render") {
                quantities.clone_from(&hold.quantities);
            }
        } else if self.is_tame {
            quantities.clear();
        }
        if random.percent(10) {
            quantities.clear();
        }
        Request::Capture(Capture {
            hold,
            event: UsageEventId::from_uuid(self.bench.id()),
            quantities,
            reason: None,
        })
    }

    fn add_grant(&mut self, random: &mut Random) -> Request {
        let amount = Self::number(random, 120);
        let mut grant = self.bench.grant_of(&amount);
        grant.priority = i32::try_from(random.from(0..3)).unwrap();
        grant.effective_at = self.bench.now.plus_seconds(random.from(-DAY..DAY / 2));
        if random.percent(50) {
            grant.expires_at = Some(self.bench.now.plus_seconds(random.from(60..4 * DAY)));
        }
        if random.percent(20) {
            grant.scope = Some(vec![key("render")]);
        }
        if random.percent(30) {
            grant.paid = Some(Money::new(100, drawdown_domain::Currency::USD));
        }
        if random.percent(20) {
            grant.state = GrantState::Pending;
        }
        Request::AddGrant(Box::new(grant))
    }

    fn change_grant(random: &mut Random, rows: &Rows) -> Request {
        let ids: Vec<_> = rows
            .grants
            .values()
            .filter(|grant| grant.state != GrantState::Expired)
            .collect();
        match random.pick(&ids) {
            Some(grant) if grant.state == GrantState::Pending && random.percent(80) => {
                Request::ActivateGrant { grant: grant.id }
            }
            Some(grant) if random.percent(20) => Request::VoidGrant {
                grant: grant.id,
                reason: "refunded".to_owned(),
            },
            _ => Request::Sweep,
        }
    }

    fn record(&mut self, random: &mut Random) -> Request {
        let count = random.from(1..4);
        let events = (0..count).map(|_| {
            // Now and then an identifier that was used before.
            let number = if random.percent(15) {
                random.from(0..self.events + 1)
            } else {
                self.events
            };
            self.events += 1;
            let amount = Self::number(random, 6);
            let mut event = self.bench.event_of(&format!("event-{number}"), &amount);
            event.occurred_at = self.bench.now.plus_seconds(match random.from(0..4) {
                0 => random.from(-20 * DAY..0),
                1 => random.from(-DAY..400),
                _ => 0,
            });
            event.run.subject = random.pick(&[None, Some("ann")]).copied().flatten().map(key);
            event
        });
        Request::Record(events.collect())
    }

    fn random_cap(&mut self, random: &mut Random) -> Cap {
        let window = *random.pick(&WINDOWS).unwrap();
        let name = *random.pick(&["one", "two", "three"]).unwrap();
        let amount = Self::number(random, 60);
        let mut cap = self.bench.cap_of(name, window, &amount);
        cap.scope = LimitScope {
            use_case: random.percent(30).then(|| key("render")),
            mode: random.percent(20).then(|| key("fast")),
            each: random.percent(30).then_some(Each::Subject),
            ..LimitScope::default()
        };
        if random.percent(15) {
            cap.action = CapAction::Notify;
        }
        cap
    }

    fn change_cap(&mut self, random: &mut Random, rows: &Rows) -> Request {
        match random.pick(&rows.caps) {
            Some(cap) if random.percent(25) => Request::DeleteCap {
                name: cap.name.clone(),
                owner: cap.owner,
            },
            Some(cap) if random.percent(30) => {
                let amount = Self::number(random, 60);
                let raised = self.bench.cap_of("x", cap.window, &amount);
                Request::PutCap(Box::new(Cap {
                    id: raised.id,
                    limit: raised.limit,
                    ..cap.clone()
                }))
            }
            _ => Request::PutCap(Box::new(self.random_cap(random))),
        }
    }

    fn throttle(&mut self, random: &mut Random) -> Request {
        let mut throttle = self.bench.throttle_of("rate", 5, ThrottlePeriod::Minute);
        if random.percent(50) {
            throttle.limit = ThrottleLimit::Credits(credits("7"));
            throttle.burst = Some(20);
        }
        if random.percent(50) {
            throttle.then = ThrottleThen::Degrade;
        }
        Request::PutThrottle(Box::new(throttle))
    }

    fn standing(random: &mut Random) -> Request {
        let status = if random.percent(20) {
            OrganizationStatus::Suspended
        } else {
            OrganizationStatus::Active
        };
        Request::Organization(OrganizationChange::Status(status))
    }

    fn change_organization(&mut self, random: &mut Random) -> Request {
        if random.percent(50) {
            return Request::Organization(OrganizationChange::Profile {
                name: "Kumo".to_owned(),
                time_zone: (*random.pick(&ZONES).unwrap()).to_owned(),
            });
        }
        let mut ceiling = self.random_cap(random);
        ceiling.owner = LimitOwner::Vendor;
        Request::Organization(OrganizationChange::Plan {
            version: random.pick(&self.plans).unwrap().id,
            caps: vec![ceiling],
            throttles: vec![],
        })
    }
}
