//! A server process: messages queue in it, it decides them in batches on what it remembers or reads, and commits.

use std::collections::BTreeMap;

use drawdown_domain::Timestamp;
use drawdown_domain::account::Account;
use drawdown_domain::id::GrantId;
use drawdown_domain::outcome::{Decision, Outcome};
use drawdown_domain::request::Request;

use crate::database::Database;
use crate::envelope::Envelope;
use crate::lies::{Lie, invert};
use crate::operation::Ask;

/// What a caller is told.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Decided now.
    Fresh(Outcome),
    /// What the key was answered before.
    Replayed(Outcome),
    /// The key stands for another body.
    Conflict,
}

/// One organization's part of a batch, decided but not committed.
pub(crate) struct Part {
    pub(crate) organization: usize,
    /// The version that it was decided on.
    pub(crate) base: i64,
    pub(crate) now: Timestamp,
    pub(crate) account: Account,
    pub(crate) jobs: Vec<(Envelope, Reply)>,
}

pub(crate) struct Batch {
    pub(crate) parts: Vec<Part>,
}

#[derive(Default)]
pub(crate) struct Process {
    /// Microseconds by which its clock is ahead.
    pub(crate) skew: i64,
    pub(crate) queue: Vec<Envelope>,
    /// What it remembers of each organization since it last wrote it.
    views: BTreeMap<usize, Account>,
    pub(crate) begun: Option<Batch>,
}

impl Process {
    /// Takes what waits and decides it.
    pub(crate) fn begin(&mut self, database: &Database, clock: i64, lie: Option<Lie>) -> Result<(), String> {
        if self.begun.is_some() || self.queue.is_empty() {
            return Ok(());
        }
        let jobs = std::mem::take(&mut self.queue);
        self.begun = Some(self.decide(database, clock, jobs, lie)?);
        Ok(())
    }

    /// Decides again, on what is there now: somebody else was faster.
    pub(crate) fn decide_again(
        &mut self,
        database: &Database,
        clock: i64,
        batch: Batch,
        lie: Option<Lie>,
    ) -> Result<Batch, String> {
        let jobs = batch.parts.into_iter().flat_map(|part| part.jobs);
        let jobs = jobs.map(|(envelope, _)| envelope).collect();
        self.decide(database, clock, jobs, lie)
    }

    fn decide(
        &mut self,
        database: &Database,
        clock: i64,
        jobs: Vec<Envelope>,
        lie: Option<Lie>,
    ) -> Result<Batch, String> {
        let now = Timestamp::from_micros(clock + self.skew);
        let mut by_organization: BTreeMap<usize, Vec<Envelope>> = BTreeMap::new();
        for job in jobs {
            by_organization.entry(job.organization).or_default().push(job);
        }
        let mut parts = Vec::new();
        for (organization, jobs) in by_organization {
            let rows = &database.organizations[organization];
            let requests: Vec<&Request> = jobs.iter().map(|job| &job.request).collect();
            let account = rows.load(self.views.remove(&organization), now, &requests);
            let mut part = Part {
                organization,
                base: account.organization.version,
                now,
                account,
                jobs: Vec::new(),
            };
            let inverted: Vec<GrantId> = match lie {
                Some(Lie::BurnOrder) => part.account.grants.iter().map(|grant| grant.id).collect(),
                _ => Vec::new(),
            };
            invert(&mut part.account, &inverted);
            for job in jobs {
                let reply = part.reply(database, &job, lie)?;
                part.jobs.push((job, reply));
            }
            invert(&mut part.account, &inverted);
            parts.push(part);
        }
        Ok(Batch { parts })
    }

    /// Remembers what it has just written, but for holds and events: those it reads by name.
    pub(crate) fn remember(&mut self, part: Part) {
        let mut account = part.account;
        account.holds.clear();
        account.known_events.clear();
        self.views.insert(part.organization, account);
    }

    /// Forgets everything that is not committed.
    pub(crate) fn restart(&mut self) {
        *self = Self {
            skew: self.skew,
            ..Self::default()
        };
    }
}

impl Part {
    fn reply(&mut self, database: &Database, job: &Envelope, lie: Option<Lie>) -> Result<Reply, String> {
        if job.keyed {
            let known = database
                .answered(self.organization, job.message)
                .map(|(ask, outcome, _)| (ask, outcome));
            let here = self.jobs.iter().find_map(|(envelope, reply)| match reply {
                Reply::Fresh(outcome) if envelope.keyed && envelope.message == job.message => {
                    Some((&envelope.ask, outcome))
                }
                _ => None,
            });
            if let Some((ask, outcome)) = known.or(here) {
                return Ok(if *ask == job.ask {
                    Reply::Replayed(outcome.clone())
                } else {
                    Reply::Conflict
                });
            }
        }
        let outcome = match lie {
            Some(lie) => lie.decide(&mut self.account, self.now, &job.request),
            None => self.decide(job)?,
        };
        Ok(Reply::Fresh(outcome))
    }

    fn decide(&mut self, job: &Envelope) -> Result<Outcome, String> {
        let rehearsal = match (&job.ask, &job.request) {
            (Ask::Authorize { rehearsed: true, .. }, Request::Authorize(authorize)) => {
                let mut dry = authorize.clone();
                dry.dry_run = true;
                Some(self.account.decide(self.now, &Request::Authorize(dry)))
            }
            _ => None,
        };
        let outcome = self.account.decide(self.now, &job.request);
        if let (Some(Outcome::Decision(dry)), Outcome::Decision(real)) = (rehearsal, &outcome) {
            let expected = Decision {
                dry_run: true,
                hold: None,
                ..(**real).clone()
            };
            if *dry != expected {
                return Err(format!("a dry run says {dry:?}, the run {real:?}"));
            }
        }
        Ok(outcome)
    }
}
