//! What the callers of a seed ask: requests that mostly make sense, at the edges of limits and times.

use drawdown_domain::limit::{CapAction, Each, LimitOwner, ThrottlePeriod, ThrottleThen, Window};

use crate::market::{DAY, Mode, PLANS, Platform, SECOND, Subject, UseCase, ZONES};
use crate::model::quantity_for;
use crate::operation::{Amount, Ask, CapAsk, Ceiling, GrantAsk, Kind, RateAsk, Report, Scope, ThrottleAsk, Used};
use crate::script::Script;
use crate::world::World;

/// All names of caps; a plan's ceilings may bear the same as a customer's caps.
pub(crate) const CAP_NAMES: [&str; 4] = ["one", "two", "three", "ceiling"];
const WINDOWS: [Window; 7] = [
    Window::Day,
    Window::Week,
    Window::Month,
    Window::BillingPeriod,
    Window::RollingHours(1),
    Window::RollingHours(7),
    Window::Lifetime,
];
const WHOLE: i64 = 1_000_000_000;

impl Script {
    pub(crate) fn ask(&mut self, world: &World, organization: usize) -> Ask {
        match self.random.from(0..100) {
            0..8 => self.authorize_at_the_edge(world, organization),
            8..38 => self.authorize(),
            38..57 => self.capture(world),
            57..61 => Ask::Release { run: self.run() },
            61..64 => Ask::Extend {
                run: self.run(),
                ttl_s: u32::try_from(self.random.from(1..5_000)).unwrap(),
            },
            64..75 => self.record(),
            75..82 => self.grant(),
            82..84 => Ask::Activate {
                grant: self.old_grant(),
            },
            84 => Ask::Void {
                grant: self.old_grant(),
            },
            85..90 => {
                let owner = self.choose(&[LimitOwner::Customer, LimitOwner::Customer, LimitOwner::Vendor]);
                Ask::PutCap(self.cap(owner))
            }
            90 => Ask::DropCap {
                name: self.choose(&CAP_NAMES),
                owner: LimitOwner::Customer,
            },
            91..94 => Ask::PutThrottle(self.throttle()),
            94 => Ask::DropThrottle {
                name: self.choose(&["rate", "pace"]),
                owner: LimitOwner::Customer,
            },
            95 => Ask::Suspend(self.chance(20)),
            96..98 => self.plan(),
            98 => Ask::Move {
                zone: self.choose(&ZONES),
            },
            _ => Ask::Sweep,
        }
    }

    /// Mostly a run that has not ended yet, as far as its caller knows.
    fn run(&mut self) -> u32 {
        if self.running.is_empty() || self.chance(8) {
            return u32::try_from(self.random.from(0..i64::from(self.messages) + 1)).unwrap();
        }
        let place = self.number(self.running.len());
        if self.chance(85) {
            return self.running.swap_remove(place);
        }
        self.running[place]
    }

    fn old_grant(&mut self) -> u32 {
        self.random.pick(&self.grants).copied().unwrap_or_default()
    }

    fn kind(&mut self) -> Kind {
        Kind {
            use_case: self.choose(&[UseCase::Render, UseCase::Render, UseCase::Render, UseCase::Code]),
            mode: self.choose(&[Mode::Fast, Mode::Fast, Mode::Relaxed]),
            platform: self.choose(&[Platform::Web, Platform::Web, Platform::Ios]),
            subject: self.choose(&[None, Some(Subject::Ann), Some(Subject::Bob)]),
            key: self.choose(&[None, Some(1), Some(2)]),
        }
    }

    fn amount(&mut self, kind: &Kind, credits: i64) -> Amount {
        let fraction = match self.random.from(0..3) {
            0 => 0,
            1 => self.random.from(0..2_000_000) * 500,
            _ => self.random.from(0..WHOLE),
        };
        let whole = self.random.from(0..credits);
        if kind.use_case == UseCase::Render {
            return Amount {
                first: whole * WHOLE + fraction,
                second: 0,
            };
        }
        Amount {
            first: whole * 250 * WHOLE + fraction,
            second: whole * 62 * WHOLE,
        }
    }

    pub(crate) fn authorize(&mut self) -> Ask {
        let kind = self.kind();
        Ask::Authorize {
            kind,
            amount: self.amount(&kind, 12),
            ttl_s: u32::try_from(self.random.from(1..4_000)).unwrap(),
            rehearsed: self.chance(15),
        }
    }

    /// A run that fits under a cap or into the credits just so, or just not.
    fn authorize_at_the_edge(&mut self, world: &World, organization: usize) -> Ask {
        let kind = Kind {
            use_case: UseCase::Render,
            platform: Platform::Web,
            ..self.kind()
        };
        let model = &world.models[organization];
        let edges = model.edges(&kind, world.clock);
        let edge = self.random.pick(&edges).copied().unwrap_or_default();
        let micros = (edge + self.random.from(-1..2)).max(0);
        Ask::Authorize {
            kind,
            amount: Amount {
                first: quantity_for(kind, micros, world.clock),
                second: 0,
            },
            ttl_s: u32::try_from(self.random.from(1..4_000)).unwrap(),
            rehearsed: false,
        }
    }

    fn capture(&mut self, world: &World) -> Ask {
        let run = self.run();
        let kind = match world.messages.get(&run).map(|message| &message.ask) {
            Some(Ask::Authorize { kind, .. }) => *kind,
            _ => self.kind(),
        };
        let used = match self.random.from(0..10) {
            0 => Used::Nothing,
            1..5 => Used::Other(self.amount(&kind, 18)),
            _ => Used::AsAsked,
        };
        Ask::Capture { run, used }
    }

    fn record(&mut self) -> Ask {
        let count = 1 + self.number(3);
        Ask::Record((0..count).map(|_| self.report()).collect())
    }

    fn report(&mut self) -> Report {
        self.events += 1;
        let event = if self.chance(12) {
            u32::try_from(self.random.from(0..i64::from(self.events))).unwrap()
        } else {
            self.events
        };
        let kind = self.kind();
        let ago = match self.random.from(0..6) {
            0 => self.random.from(0..40 * DAY),
            1 => self.random.from(0..2 * DAY),
            2 => -self.random.from(0..400 * SECOND),
            _ => 0,
        };
        Report {
            event,
            kind,
            amount: self.amount(&kind, 5),
            ago,
        }
    }

    pub(crate) fn grant(&mut self) -> Ask {
        let lives = self.choose(&[1, 2, 24, 96, 800]);
        Ask::Grant(GrantAsk {
            micros: self.random.from(1..120) * 1_000_000 + self.choose(&[0, 0, 1, 333_333]),
            priority: i32::try_from(self.random.from(0..3)).unwrap(),
            effective_hours: self.choose(&[0, 0, 0, 0, 1, 5, -24]),
            expires_hours: self.chance(60).then_some(lives),
            paid: self.chance(40),
            pending: self.chance(15),
            scope: self.choose(&[None, None, None, Some(UseCase::Render), Some(UseCase::Code)]),
        })
    }

    fn scope(&mut self) -> Scope {
        Scope {
            use_case: self.choose(&[None, None, Some(UseCase::Render)]),
            mode: self.choose(&[None, None, None, Some(Mode::Fast)]),
            subject: None,
            each: self.choose(&[None, None, Some(Each::Subject), Some(Each::Key)]),
        }
    }

    pub(crate) fn cap(&mut self, owner: LimitOwner) -> CapAsk {
        let limit = match self.random.from(0..10) {
            0 => Ceiling::Cents(self.random.from(0..80)),
            1..4 => Ceiling::Micros(self.random.from(0..80_000_000)),
            _ => Ceiling::Micros(self.random.from(0..80) * 1_000_000),
        };
        let names: &[&str] = if owner == LimitOwner::Vendor {
            &["one", "ceiling", "ceiling", "ceiling"]
        } else {
            &["one", "two", "three"]
        };
        CapAsk {
            name: self.choose(names),
            owner,
            scope: self.scope(),
            window: self.choose(&WINDOWS),
            limit,
            action: self.choose(&[CapAction::Block, CapAction::Block, CapAction::Block, CapAction::Notify]),
        }
    }

    pub(crate) fn throttle(&mut self) -> ThrottleAsk {
        let rate = if self.chance(60) {
            RateAsk::Runs(u32::try_from(self.random.from(1..9)).unwrap())
        } else {
            RateAsk::Micros(self.random.from(1..30) * 1_000_000 + self.choose(&[0, 1, 333_333]))
        };
        ThrottleAsk {
            name: self.choose(&["rate", "pace"]),
            owner: LimitOwner::Customer,
            scope: self.scope(),
            rate,
            per: self.choose(&[
                ThrottlePeriod::Second,
                ThrottlePeriod::Minute,
                ThrottlePeriod::Minute,
                ThrottlePeriod::Hour,
            ]),
            burst: self.choose(&[None, Some(3), Some(12)]),
            then: self.choose(&[ThrottleThen::Reject, ThrottleThen::Degrade]),
        }
    }

    fn plan(&mut self) -> Ask {
        let mut caps: Vec<CapAsk> = Vec::new();
        for _ in 0..self.number(3) {
            let cap = self.cap(LimitOwner::Vendor);
            if caps.iter().all(|known| known.name != cap.name) {
                caps.push(cap);
            }
        }
        let mut throttles = Vec::new();
        if self.chance(20) {
            throttles.push(ThrottleAsk {
                owner: LimitOwner::Vendor,
                ..self.throttle()
            });
        }
        Ask::Plan {
            number: self.number(PLANS.len()),
            caps,
            throttles,
        }
    }
}
