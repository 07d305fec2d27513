//! Writers: each asks one thing after the other, by the choices of its own seed, until it is told that it is enough or
//! hears something other than an acknowledgement.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

use super::asks::{Ask, Journal, Kind, Open, Reply};

/// Writers at once.
pub(super) const WRITERS: usize = 8;
/// How long a hold lives that is captured or released.
const TTL_S: u32 = 600;
/// How long a hold lives that nobody ends.
pub(super) const TTL_S_SHORT: u32 = 1;

/// What the writers of one cycle share.
pub(super) struct Stage {
    /// Names everything of this cycle.
    pub(super) name: String,
    /// Customers of one parent, each with a grant that is never used up.
    pub(super) customers: Vec<(String, String)>,
    pub(super) secret: String,
    pub(super) enough: AtomicBool,
    /// Acknowledged so far, by writer.
    pub(super) acknowledged: [AtomicUsize; WRITERS],
}

impl Stage {
    /// Acknowledged by the writers that `which` says.
    pub(super) fn acknowledged(&self, which: impl Fn(usize) -> bool) -> usize {
        let counts = self
            .acknowledged
            .iter()
            .enumerate()
            .filter(|(writer, _)| which(*writer));
        counts.map(|(_, count)| count.load(Ordering::SeqCst)).sum()
    }
}

/// One writer.
pub(super) struct Writer {
    stage: Arc<Stage>,
    number: usize,
    random: StdRng,
    url: String,
    http: reqwest::Client,
    asked: u32,
    /// Open holds of its own, with their images.
    holds: Vec<(String, String, u32)>,
    journal: Journal,
}

impl Writer {
    pub(super) fn new(stage: Arc<Stage>, number: usize, seed: u64, url: String) -> Self {
        Self {
            stage,
            number,
            random: StdRng::seed_from_u64(seed.wrapping_add(number as u64)),
            url,
            // A connection of its own, as a client on a machine of its own has.
            http: reqwest::Client::new(),
            asked: 0,
            holds: Vec::new(),
            journal: Journal::default(),
        }
    }

    pub(super) async fn run(mut self) -> Journal {
        while !self.stage.enough.load(Ordering::SeqCst) {
            let go_on = if self.random.random_ratio(1, 8) {
                self.repeat().await
            } else {
                self.ask().await
            };
            if !go_on {
                break;
            }
            self.stage.acknowledged[self.number].fetch_add(1, Ordering::SeqCst);
        }
        self.journal
    }

    /// Asks something new; true where it was acknowledged.
    async fn ask(&mut self) -> bool {
        let ask = self.invent();
        match ask.send(&self.http, &self.url, &self.stage.secret).await {
            Reply::Acknowledged(answer) => {
                self.keep_hold(&ask, &answer);
                self.journal.answered.push((ask, answer));
                return true;
            }
            Reply::Nothing => self.leave_open(ask, true, "overloaded".to_owned()),
            Reply::Unknown(said) => self.leave_open(ask, false, said),
            Reply::Refused(said) => self.journal.wrong.push(said),
        }
        false
    }

    /// Asks again what was answered before; true where the answer is the same.
    async fn repeat(&mut self) -> bool {
        if self.journal.answered.is_empty() {
            return true;
        }
        let choice = self.random.random_range(0..self.journal.answered.len());
        let (ask, before) = &self.journal.answered[choice];
        match ask.send(&self.http, &self.url, &self.stage.secret).await {
            Reply::Acknowledged(answer) => {
                if let Some(wrong) = differs(ask, before, &answer) {
                    self.journal.wrong.push(wrong);
                }
                true
            }
            Reply::Nothing | Reply::Unknown(_) => false,
            Reply::Refused(said) => {
                self.journal.wrong.push(said);
                false
            }
        }
    }

    fn leave_open(&mut self, ask: Ask, nothing: bool, said: String) {
        self.journal.open.push(Open { ask, nothing, said });
    }

    fn keep_hold(&mut self, ask: &Ask, answer: &Value) {
        if let (
            Kind::Authorize {
                images, ttl_s: TTL_S, ..
            },
            Some(hold),
        ) = (&ask.kind, ask.hold(answer))
        {
            self.holds.push((ask.customer.clone(), hold, *images));
        }
    }

    fn invent(&mut self) -> Ask {
        self.asked += 1;
        let name = format!("{}-{}-{}", self.stage.name, self.number, self.asked);
        let customers = &self.stage.customers;
        let chosen = self.random.random_range(0..customers.len());
        let (customer, grant) = customers[chosen].clone();
        let mut key = Some(name.clone());
        let micros = i64::try_from(self.number).unwrap() * 1_000_000 + i64::from(self.asked) + 1_000_000;
        let (customer, kind) = match self.random.random_range(0..20) {
            0 => (customer, Kind::Grant { micros }),
            1 => {
                let (to, _) = customers[(chosen + 1) % customers.len()].clone();
                (customer, Kind::Transfer { grant, to, micros })
            }
            2..4 => {
                let events = (0..self.random.random_range(1..=12)).map(|event| format!("{name}-{event}"));
                if self.random.random_ratio(1, 2) {
                    key = None;
                }
                (
                    customer,
                    Kind::Record {
                        events: events.collect(),
                    },
                )
            }
            4..11 if !self.holds.is_empty() => {
                let choice = self.random.random_range(0..self.holds.len());
                let (customer, hold, reserved) = self.holds.swap_remove(choice);
                let kind = if self.random.random_ratio(1, 4) {
                    Kind::Release { hold }
                } else {
                    // Less than was held, all of it, or more.
                    let images = self.random.random_range(0..=reserved + 2);
                    Kind::Capture { hold, images }
                };
                (customer, kind)
            }
            _ => {
                let ttl_s = if self.random.random_ratio(1, 6) {
                    TTL_S_SHORT
                } else {
                    TTL_S
                };
                let images = self.random.random_range(1..=9);
                (
                    customer,
                    Kind::Authorize {
                        subject: name,
                        images,
                        ttl_s,
                    },
                )
            }
        };
        Ask { key, customer, kind }
    }
}

/// An answer without what it tells of the moment: the place of a grant in the burn order.
fn settled(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("burn_position");
    }
    answer
}

/// What is wrong with the answer to a repeated request, if anything is.
pub(super) fn differs(ask: &Ask, before: &Value, again: &Value) -> Option<String> {
    let same = if ask.key.is_some() {
        settled(before) == settled(again)
    } else {
        // Known by the events' identifiers: not counted again, at the same price.
        let results = |answer: &Value| answer["results"].as_array().cloned().unwrap_or_default();
        let (before, again) = (results(before), results(again));
        before.len() == again.len()
            && again
                .iter()
                .zip(&before)
                .all(|(again, before)| again["status"] == "duplicate" && again["credits"] == before["credits"])
    };
    (!same).then(|| format!("{ask:?}: answered {before}, and then {again}"))
}
