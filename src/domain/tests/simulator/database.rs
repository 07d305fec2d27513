//! The database of the simulated world: the rows of all organizations and the answers given to idempotency keys. A commit
//! is whole or not at all.

use std::collections::BTreeMap;

use drawdown_domain::account::{Changes, OrganizationState};
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::{Credits, Timestamp};
use uuid::Uuid;

use crate::lies::Lie;
use crate::market::{DAY, plan_id};
use crate::operation::Ask;
use crate::process::{Batch, Part, Reply};
use crate::rows::Rows;

/// Answers to keys live so long.
pub(crate) const KEY_DAYS: i64 = 35;

/// Body, answer and time of the first request under a key.
pub(crate) type Answered = (Ask, Outcome, i64);

pub(crate) struct Database {
    pub(crate) organizations: Vec<Rows>,
    /// By organization and key.
    keys: BTreeMap<(usize, u32), Answered>,
}

impl Database {
    /// Organizations by zone, anchor and plan.
    pub(crate) fn new(organizations: &[(&str, i64, usize)]) -> Self {
        let row = |(number, (zone, anchor, plan)): (usize, &(&str, i64, usize))| {
            Rows::new(OrganizationState {
                id: OrganizationId::from_uuid(Uuid::from_u128(1 + number as u128)),
                name: "Kumo".to_owned(),
                status: OrganizationStatus::Active,
                time_zone: (*zone).to_owned(),
                period_anchor: Timestamp::from_micros(*anchor),
                plan: Some(plan_id(*plan)),
                top_ups_rest: false,
                owed: Credits::ZERO,
                forgiven: Credits::ZERO,
                version: 0,
                posting_sequence: 0,
                posting_hash: [0; 32],
            })
        };
        Self {
            organizations: organizations.iter().enumerate().map(row).collect(),
            keys: BTreeMap::new(),
        }
    }

    pub(crate) fn answered(&self, organization: usize, key: u32) -> Option<&Answered> {
        self.keys.get(&(organization, key))
    }

    /// True where nobody has changed what the batch was decided on, and no key of it was used meanwhile.
    pub(crate) fn is_unchanged_since(&self, batch: &Batch) -> bool {
        batch.parts.iter().all(|part| {
            let version = self.organizations[part.organization].organization.version;
            let fresh = part.jobs.iter().filter(|(_, reply)| matches!(reply, Reply::Fresh(_)));
            let mut keyed = fresh.filter(|(envelope, _)| envelope.keyed);
            version == part.base
                && keyed.all(|(envelope, _)| self.answered(part.organization, envelope.message).is_none())
        })
    }

    /// Writes one organization's part of a batch.
    pub(crate) fn write(&mut self, part: &Part, changes: Changes, lie: Option<Lie>) {
        self.organizations[part.organization].apply(&part.account, changes);
        if lie == Some(Lie::KeyForgotten) {
            return;
        }
        for (envelope, reply) in &part.jobs {
            if let (true, Reply::Fresh(outcome)) = (envelope.keyed, reply) {
                let answered = (envelope.ask.clone(), outcome.clone(), part.now.micros());
                self.keys.insert((part.organization, envelope.message), answered);
            }
        }
    }

    /// Forgets the answers to keys that are too old.
    pub(crate) fn forget(&mut self, now: i64) {
        self.keys.retain(|_, (_, _, at)| *at >= now - KEY_DAYS * DAY);
    }
}
