//! The simulated world: callers, processes, a database, and the model beside it. One operation at a time, always alike.

use std::collections::{BTreeMap, BTreeSet};

use drawdown_domain::outcome::Outcome;

use crate::checks::{Books, ensure};
use crate::database::{Answered, Database, KEY_DAYS};
use crate::envelope::{AskedRun, Envelope, NUMBERS_APART, request};
use crate::lies::Lie;
use crate::market::{DAY, NOW, PLANS, ZONES};
use crate::model::Model;
use crate::operation::{Act, Ask, Fate, Journey, Operation};
use crate::process::{Batch, Part, Process, Reply};
use crate::random::Random;

pub(crate) const ORGANIZATIONS: usize = 3;
pub(crate) const PROCESSES: usize = 3;
/// The books are looked at as a whole after so many operations.
const WHOLE_EVERY: usize = 250;

/// What a caller knows of its message.
pub(crate) struct Message {
    pub(crate) organization: usize,
    pub(crate) ask: Ask,
    pub(crate) keyed: bool,
    sent_at: i64,
    /// The first answer that it heard, and when that was decided.
    answer: Option<(Outcome, i64)>,
    /// Number of the run or grant that came of it.
    made: u128,
}

pub(crate) struct World {
    pub(crate) clock: i64,
    pub(crate) database: Database,
    pub(crate) processes: Vec<Process>,
    pub(crate) messages: BTreeMap<u32, Message>,
    pub(crate) models: Vec<Model>,
    books: Vec<Books>,
    /// The first request under each key, as it was accepted.
    first: BTreeMap<(usize, u32), Answered>,
    /// Messages that arrive at an operation to come.
    flights: Vec<(usize, usize, Envelope)>,
    /// Runs of which a caller heard, in order.
    pub(crate) started: Vec<u32>,
    /// Messages that may be sent again and were not answered yet.
    pub(crate) silent: BTreeSet<u32>,
    envelopes: u128,
    done: usize,
    /// Requests that were decided and committed.
    pub(crate) decisions: u64,
    lie: Option<Lie>,
}

impl World {
    pub(crate) fn new(seed: u64, lie: Option<Lie>) -> Self {
        let mut random = Random::new(seed ^ 0x5eed);
        let clock = NOW + random.from(0..200) * DAY + random.from(0..86_400) * 1_000_000;
        let organizations: Vec<(&str, i64, usize)> = (0..ORGANIZATIONS)
            .map(|_| {
                let zone = *random.pick(&ZONES).unwrap();
                let plan = usize::try_from(random.from(0..i64::try_from(PLANS.len()).unwrap())).unwrap();
                (zone, NOW + random.from(0..31) * DAY, plan)
            })
            .collect();
        let models = organizations
            .iter()
            .map(|(zone, anchor, plan)| Model::new(zone, *anchor, *plan));
        Self {
            clock,
            database: Database::new(&organizations),
            processes: (0..PROCESSES).map(|_| Process::default()).collect(),
            messages: BTreeMap::new(),
            models: models.collect(),
            books: (0..ORGANIZATIONS).map(|_| Books::default()).collect(),
            first: BTreeMap::new(),
            flights: Vec::new(),
            started: Vec::new(),
            silent: BTreeSet::new(),
            envelopes: 1,
            done: 0,
            decisions: 0,
            lie,
        }
    }

    /// Lets one operation happen. Says what is wrong, if anything is.
    pub(crate) fn perform(&mut self, operation: &Operation) -> Result<(), String> {
        self.clock += operation.pass;
        self.done += 1;
        self.land();
        match &operation.act {
            Act::Send {
                message,
                organization,
                keyed,
                process,
                journey,
                ask,
            } => {
                self.new_message(*message, *organization, *keyed, ask);
                self.send(*message, *process, *journey, None);
            }
            Act::Retry {
                message,
                process,
                journey,
            } => self.send(*message, *process, *journey, None),
            Act::Reuse { message, process, ask } => self.send(*message, *process, Journey::Direct, Some(ask)),
            Act::Begin { process } => {
                self.processes[*process].begin(&self.database, self.clock, self.lie)?;
            }
            Act::Commit { process, fate } => self.commit(*process, *fate)?,
            Act::Skew { process, micros } => self.processes[*process].skew = *micros,
            Act::Kill { process } => self.processes[*process].restart(),
            // Not while somebody has read an answer and not yet told it.
            Act::Forget if self.processes.iter().any(|process| process.begun.is_some()) => {}
            Act::Forget => {
                let oldest = self.clock - KEY_DAYS * DAY;
                self.first.retain(|_, (_, _, at)| *at >= oldest);
                self.database.forget(self.clock);
            }
        }
        if self.done.is_multiple_of(WHOLE_EVERY) {
            self.check_whole()?;
        }
        Ok(())
    }

    fn new_message(&mut self, number: u32, organization: usize, keyed: bool, ask: &Ask) {
        let message = Message {
            organization,
            ask: ask.clone(),
            keyed,
            sent_at: self.clock,
            answer: None,
            made: 0,
        };
        self.messages.insert(number, message);
        if keyed || matches!(ask, Ask::Record(_)) {
            self.silent.insert(number);
        }
    }

    /// Puts a message on its way, with another body where one is given.
    fn send(&mut self, number: u32, process: usize, journey: Journey, other: Option<&Ask>) {
        let Some(message) = self.messages.get(&number) else {
            return;
        };
        let ask = other.unwrap_or(&message.ask).clone();
        let about = match ask {
            Ask::Capture { run, .. } | Ask::Release { run } | Ask::Extend { run, .. } => self.messages.get(&run),
            Ask::Activate { grant } | Ask::Void { grant } => self.messages.get(&grant),
            _ => None,
        };
        // Nobody knows another organization's runs and grants.
        let about = about.filter(|about| about.organization == message.organization);
        let asked: AskedRun = match about.map(|about| &about.ask) {
            Some(Ask::Authorize { kind, amount, .. }) => Some((kind, *amount)),
            _ => None,
        };
        let target = about.map_or(0, |about| about.made);
        self.envelopes += 1;
        let number_of_ids = self.envelopes * NUMBERS_APART;
        let envelope = Envelope {
            message: number,
            organization: message.organization,
            keyed: message.keyed,
            number: number_of_ids,
            target,
            sent_at: message.sent_at,
            request: request(&ask, number_of_ids, target, message.sent_at, asked),
            ask,
        };
        let queue = &mut self.processes[process].queue;
        match journey {
            Journey::Direct => queue.push(envelope),
            Journey::First => queue.insert(0, envelope),
            Journey::Lost => {}
            Journey::Twice => {
                // Each copy gets identifiers of its own on arrival. Without a key it is another request.
                self.envelopes += 1;
                let number = self.envelopes * NUMBERS_APART;
                let request = request(&envelope.ask, number, target, envelope.sent_at, asked);
                queue.push(envelope.clone());
                queue.push(Envelope {
                    number,
                    request,
                    ..envelope
                });
            }
            Journey::Late(operations) => self.flights.push((self.done + operations, process, envelope)),
        }
    }

    fn land(&mut self) {
        let done = self.done;
        for (_, process, envelope) in self.flights.extract_if(.., |(due, _, _)| *due <= done) {
            self.processes[process].queue.push(envelope);
        }
    }

    fn commit(&mut self, process: usize, fate: Fate) -> Result<(), String> {
        let Some(mut batch) = self.processes[process].begun.take() else {
            return Ok(());
        };
        if !self.database.is_unchanged_since(&batch) && self.lie != Some(Lie::VersionIgnored) {
            batch = self.processes[process].decide_again(&self.database, self.clock, batch, self.lie)?;
        }
        if matches!(fate, Fate::Refused | Fate::UnknownUndone) {
            if self.lie == Some(Lie::FailureKept) {
                self.keep_failure(process, batch);
            }
            return Ok(());
        }
        for mut part in batch.parts {
            self.write(&mut part)?;
            if fate == Fate::Done {
                for (envelope, reply) in &part.jobs {
                    self.hear(envelope, reply)?;
                }
                self.processes[process].remember(part);
            }
        }
        Ok(())
    }

    fn keep_failure(&mut self, process: usize, batch: Batch) {
        for mut part in batch.parts {
            part.account.finish(part.now);
            self.processes[process].remember(part);
        }
    }

    /// Writes one organization's part of a batch, and holds it against the model.
    fn write(&mut self, part: &mut Part) -> Result<(), String> {
        let organization = part.organization;
        let changes = part.account.finish(part.now);
        let rows = &self.database.organizations[organization];
        self.books[organization].changes(rows, &part.account, &changes)?;
        let model = &mut self.models[organization];
        for (envelope, reply) in &part.jobs {
            let known = self.first.get(&(organization, envelope.message));
            check_reply(envelope, reply, known.filter(|_| envelope.keyed))?;
            let Reply::Fresh(outcome) = reply else {
                continue;
            };
            self.decisions += 1;
            Books::outcome(outcome)?;
            let accepted = model.accept(part.now.micros(), envelope, outcome);
            accepted.map_err(|why| format!("{why}\n  at {} for {:?}", part.now.micros(), envelope.ask))?;
            if envelope.keyed {
                let answered = (envelope.ask.clone(), outcome.clone(), part.now.micros());
                self.first.insert((organization, envelope.message), answered);
            }
        }
        Books::agree(model, &part.account, &changes)?;
        self.database.write(part, changes, self.lie);
        Ok(())
    }

    /// A caller hears an answer: the same as ever.
    fn hear(&mut self, envelope: &Envelope, reply: &Reply) -> Result<(), String> {
        let (Reply::Fresh(outcome) | Reply::Replayed(outcome)) = reply else {
            self.silent.remove(&envelope.message);
            return Ok(());
        };
        let first = self.first.get(&(envelope.organization, envelope.message));
        let decided_at = first.map_or(self.clock, |(_, _, at)| *at);
        let Some(message) = self
            .messages
            .get_mut(&envelope.message)
            .filter(|message| message.ask == envelope.ask)
        else {
            return Ok(());
        };
        self.silent.remove(&envelope.message);
        if let Some((first, at)) = &message.answer {
            let same = !message.keyed || first == outcome || self.clock - at > KEY_DAYS * DAY;
            ensure!(
                same,
                "message {} was answered {first:?}, then {outcome:?}",
                envelope.message
            );
            return Ok(());
        }
        message.answer = Some((outcome.clone(), decided_at));
        match outcome {
            Outcome::Decision(decision) => {
                if let Some(held) = &decision.hold {
                    message.made = held.id.uuid().as_u128();
                    self.started.push(envelope.message);
                }
            }
            Outcome::Grant(grant) if matches!(message.ask, Ask::Grant(_)) => message.made = grant.id.uuid().as_u128(),
            _ => {}
        }
        Ok(())
    }

    /// Everything that is still under way arrives and is answered; then the books are looked at once more.
    pub(crate) fn close(&mut self) -> Result<(), String> {
        for process in 0..PROCESSES {
            self.commit(process, Fate::Done)?;
        }
        self.done += 1_000;
        self.land();
        let silent: Vec<u32> = self.silent.iter().copied().collect();
        for message in silent {
            self.send(message, 0, Journey::Direct, None);
        }
        for process in 0..PROCESSES {
            self.processes[process].begin(&self.database, self.clock, self.lie)?;
            self.commit(process, Fate::Done)?;
        }
        ensure!(self.silent.is_empty(), "messages {:?} were never answered", self.silent);
        self.check_whole()
    }

    fn check_whole(&self) -> Result<(), String> {
        for (rows, model) in self.database.organizations.iter().zip(&self.models) {
            Books::whole(rows, model)?;
        }
        Ok(())
    }
}

/// A key is carried out once and repeats its answer until it is forgotten, after 35 days and not before; another body
/// under it is refused.
fn check_reply(envelope: &Envelope, reply: &Reply, known: Option<&Answered>) -> Result<(), String> {
    match (reply, known) {
        (Reply::Fresh(_), None) => Ok(()),
        (Reply::Fresh(_), Some(_)) => Err(format!("message {} was carried out twice", envelope.message)),
        (Reply::Replayed(outcome), Some((ask, first, _))) => {
            ensure!(
                *ask == envelope.ask && outcome == first,
                "another answer: {outcome:?}, at first {first:?}"
            );
            Ok(())
        }
        (Reply::Conflict, Some((ask, _, _))) => {
            ensure!(
                *ask != envelope.ask,
                "message {} conflicts with itself",
                envelope.message
            );
            Ok(())
        }
        (Reply::Replayed(_) | Reply::Conflict, None) => Err(format!("message {} was never accepted", envelope.message)),
    }
}
