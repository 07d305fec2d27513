//! What happens in a seed's world: a generator that looks at the world, so that most of what it makes up makes sense.

use drawdown_domain::hold::HoldState;
use drawdown_domain::limit::LimitOwner;

use crate::market::{DAY, HOUR, MINUTE, SECOND, ZONES};
use crate::operation::{Act, Ask, Fate, Journey, Operation};
use crate::random::Random;
use crate::world::{ORGANIZATIONS, PROCESSES, World};

pub(crate) struct Script {
    pub(crate) random: Random,
    pub(crate) messages: u32,
    pub(crate) events: u32,
    /// Runs to be ended, and how many of the world's runs were seen.
    pub(crate) running: Vec<u32>,
    seen: usize,
    pub(crate) grants: Vec<u32>,
    /// What is sent next, from the last: where, and by which process.
    errands: Vec<(usize, usize, Ask)>,
}

impl Script {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            messages: 0,
            events: 0,
            running: Vec::new(),
            seen: 0,
            grants: Vec::new(),
            errands: Vec::new(),
        }
    }

    /// The next thing to happen.
    pub(crate) fn next(&mut self, world: &World) -> Operation {
        self.running.extend(&world.started[self.seen..]);
        self.seen = world.started.len();
        Operation {
            pass: self.pass(world),
            act: self.act(world),
        }
    }

    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.random.percent(percent)
    }

    pub(crate) fn number(&mut self, below: usize) -> usize {
        usize::try_from(self.random.from(0..i64::try_from(below).unwrap())).unwrap()
    }

    pub(crate) fn choose<T: Copy>(&mut self, items: &[T]) -> T {
        *self.random.pick(items).unwrap()
    }

    fn pass(&mut self, world: &World) -> i64 {
        let span = match self.random.from(0..100) {
            0..2 => self.random.from(0..4 * DAY),
            2..9 => self.random.from(0..3 * HOUR),
            9..35 => self.random.from(0..10 * MINUTE),
            35..65 => self.random.from(0..20 * SECOND),
            65..75 => return self.until_something(world),
            _ => 0,
        };
        if self.chance(60) { span / SECOND * SECOND } else { span }
    }

    /// The time until just when a hold or a grant ends or a day begins, give or take a microsecond.
    fn until_something(&mut self, world: &World) -> i64 {
        let organization = self.number(ORGANIZATIONS);
        let model = &world.models[organization];
        let open = model.holds.iter().filter(|hold| hold.state == HoldState::Open);
        let grants = model.grants.iter().filter_map(|grant| grant.expires_at);
        let mut instants: Vec<i64> = open.map(|hold| hold.expires_at).chain(grants).collect();
        instants.push(model.days.day(world.clock + DAY));
        instants.retain(|at| *at > world.clock && *at < world.clock + 2 * DAY);
        match self.random.pick(&instants).copied() {
            Some(at) => (at - world.clock + self.random.from(-1..2)).max(0),
            None => 0,
        }
    }

    fn act(&mut self, world: &World) -> Act {
        if let Some((organization, process, ask)) = self.errands.pop() {
            self.messages += 1;
            return Act::Send {
                message: self.messages,
                organization,
                keyed: true,
                process,
                journey: Journey::Direct,
                ask,
            };
        }
        match self.random.from(0..1_000) {
            560..760 => self.begin(world),
            760..920 => self.commit(world),
            920..960 => self.retry(world),
            960..970 => self.reuse(world),
            970..980 => Act::Skew {
                process: self.number(PROCESSES),
                micros: self.choose(&[0, 0, 0, SECOND, -SECOND, 150 * SECOND, -150 * SECOND]),
            },
            980..990 => Act::Kill {
                process: self.number(PROCESSES),
            },
            990..998 => Act::Forget,
            _ => self.send(world),
        }
    }

    fn begin(&mut self, world: &World) -> Act {
        let ready = |process: &usize| {
            let process = &world.processes[*process];
            process.begun.is_none() && !process.queue.is_empty()
        };
        let ready: Vec<usize> = (0..PROCESSES).filter(ready).collect();
        match self.random.pick(&ready).copied() {
            Some(process) => Act::Begin { process },
            None => self.send(world),
        }
    }

    fn commit(&mut self, world: &World) -> Act {
        let begun: Vec<usize> = (0..PROCESSES)
            .filter(|process| world.processes[*process].begun.is_some())
            .collect();
        let Some(process) = self.random.pick(&begun).copied() else {
            return self.begin(world);
        };
        let fate = match self.random.from(0..100) {
            0..5 => Fate::Refused,
            5..10 => Fate::UnknownDone,
            10..14 => Fate::UnknownUndone,
            _ => Fate::Done,
        };
        Act::Commit { process, fate }
    }

    fn retry(&mut self, world: &World) -> Act {
        // Mostly one that heard nothing, now and then one that did, lately or long ago.
        let silent: Vec<u32> = world.silent.iter().copied().collect();
        let message = match self.random.pick(&silent) {
            Some(message) if self.random.from(0..4) > 0 => *message,
            _ => u32::try_from(self.random.from(0..i64::from(self.messages) + 1)).unwrap(),
        };
        let may = world
            .messages
            .get(&message)
            .is_some_and(|message| message.keyed || matches!(message.ask, Ask::Record(_)));
        if !may {
            return self.send(world);
        }
        Act::Retry {
            message,
            process: self.number(PROCESSES),
            journey: self.journey(),
        }
    }

    fn reuse(&mut self, world: &World) -> Act {
        let message = u32::try_from(self.random.from(0..i64::from(self.messages) + 1)).unwrap();
        if !world.messages.get(&message).is_some_and(|message| message.keyed) {
            return self.send(world);
        }
        Act::Reuse {
            message,
            process: self.number(PROCESSES),
            ask: self.authorize(),
        }
    }

    fn journey(&mut self) -> Journey {
        match self.random.from(0..100) {
            0..4 => Journey::First,
            4..8 => Journey::Lost,
            8..12 => Journey::Twice,
            12..16 => Journey::Late(1 + self.number(12)),
            _ => Journey::Direct,
        }
    }

    fn send(&mut self, world: &World) -> Act {
        self.messages += 1;
        let message = self.messages;
        let mut organization = self.number(ORGANIZATIONS);
        let ask = match (message - 1) / 3 {
            0..3 => {
                organization = (message as usize - 1) % 3;
                match (message - 1) / 3 {
                    0 => self.grant(),
                    1 => Ask::PutCap(self.cap(LimitOwner::Customer)),
                    _ => Ask::PutThrottle(self.throttle()),
                }
            }
            _ => self.ask(world, organization),
        };
        let about = match &ask {
            Ask::Capture { run, .. } | Ask::Release { run } | Ask::Extend { run, .. } => world.messages.get(run),
            Ask::Activate { grant } | Ask::Void { grant } => world.messages.get(grant),
            _ => None,
        };
        if let Some(about) = about {
            organization = about.organization;
        }
        if matches!(ask, Ask::Grant(_)) {
            self.grants.push(message);
        }
        let process = self.number(PROCESSES);
        if matches!(ask, Ask::Move { .. }) && self.chance(30) {
            self.errands = self.round_trip(world, organization, process);
        }
        Act::Send {
            message,
            organization,
            keyed: self.chance(80),
            process,
            journey: self.journey(),
            ask,
        }
    }

    /// Away and back at once, with a run in between and one afterwards.
    fn round_trip(&mut self, world: &World, organization: usize, process: usize) -> Vec<(usize, usize, Ask)> {
        let here = &world.database.organizations[organization].organization.time_zone;
        let back = ZONES.into_iter().find(|zone| zone == here);
        let runs = [self.authorize(), self.authorize()];
        let asks = back.into_iter().flat_map(|zone| {
            let [between, after] = runs.clone();
            [after, Ask::Move { zone }, between]
        });
        asks.map(|ask| (organization, process, ask)).collect()
    }
}
