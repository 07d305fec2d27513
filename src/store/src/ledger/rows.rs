//! The rows of a batch, table by table: domain types as columns, written in bulk.

use std::mem;

use drawdown_domain::Timestamp;
use drawdown_domain::account::{Counter, OrganizationState, ThrottleKey};
use drawdown_domain::grant::Grant;
use drawdown_domain::hold::{CounterKey, Hold};
use drawdown_domain::id::{ApiKeyId, GrantId, HoldId, OrganizationId, PlanVersionId, RateCardVersionId};
use drawdown_domain::limit::{Cap, CapLimit, Throttle, ThrottleLimit};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::posting::Posting;
use drawdown_domain::usage::UsageEvent;
use serde::Serialize;

use super::Job;
use super::decide::Changed;
use super::rollups::RollupRows;
use super::shelf::Book;
use super::tables;
use super::writer::Failure;
use crate::bulk::{Rows, Value, WriteError};
use crate::database::Tx;
use crate::event_key::{EVENT_KEY, key_row};
use crate::limit::window_columns;
use crate::names::Named;
use crate::script::Script;

pub(super) fn json(value: &impl Serialize) -> Result<Value, Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::Lasting(error.to_string()))?;
    Ok(Value::Text(text))
}

/// How rows that are there already are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Inserted like all others, and changed where that finds them: right whatever is there.
    Insert,
    /// Changed, which PostgreSQL does for less (it locks and logs the row that an insertion runs into). The
    /// statement proves that they were there.
    Change,
}

/// The rows of a batch, table by table.
pub(super) struct BatchRows {
    known: Known,
    answers: Rows<5>,
    organizations: Rows<8>,
    profiles: Rows<7>,
    grants: Rows<18>,
    known_grants: Rows<8>,
    new_holds: Rows<19>,
    holds: Rows<19>,
    caps: Rows<12>,
    throttles: Rows<10>,
    counters: Rows<7>,
    known_counters: Rows<7>,
    throttle_states: Rows<4>,
    known_throttle_states: Rows<4>,
    events: Rows<19>,
    event_keys: Rows<6>,
    postings: Rows<12>,
    rollups: RollupRows,
}

impl BatchRows {
    /// No rows yet.
    pub(super) fn new(known: Known) -> Self {
        Self {
            known,
            answers: Rows::new(&tables::IDEMPOTENCY),
            organizations: Rows::new(&tables::ORGANIZATION),
            profiles: Rows::new(&tables::PROFILE),
            grants: Rows::new(&tables::GRANT),
            known_grants: Rows::new(&tables::KNOWN_GRANT),
            new_holds: Rows::new(&tables::NEW_HOLD),
            holds: Rows::new(&tables::HOLD),
            caps: Rows::new(&tables::CAP),
            throttles: Rows::new(&tables::THROTTLE),
            counters: Rows::new(&tables::COUNTER),
            known_counters: Rows::new(&tables::KNOWN_COUNTER),
            throttle_states: Rows::new(&tables::THROTTLE_STATE),
            known_throttle_states: Rows::new(&tables::KNOWN_THROTTLE_STATE),
            events: Rows::new(&tables::EVENT),
            event_keys: Rows::new(&EVENT_KEY),
            postings: Rows::new(&tables::POSTING),
            rollups: RollupRows::new(),
        }
    }

    /// Adds everything that changed in one organization.
    pub(super) fn add(&mut self, of: &Changed) -> Result<(), Failure> {
        let (changes, state) = (&of.changes, &of.book.account.organization);
        let id = state.id;
        self.organization(&of.book);
        if of.book.profile {
            self.profile(state);
        }
        for grant in &changes.grants {
            if self.changes(of.book.known_grants.contains(&grant.id)) {
                self.known_grant(id, grant);
            } else {
                self.grant(id, grant)?;
            }
        }
        for hold in &changes.holds {
            self.hold(id, hold, of.book.known_holds.contains(&hold.id))?;
        }
        changes.caps_put.iter().try_for_each(|cap| self.cap(id, cap))?;
        let mut throttles = changes.throttles_put.iter();
        throttles.try_for_each(|throttle| self.throttle(id, throttle))?;
        for (key, counter) in &changes.counters {
            self.counter(id, key, counter, !of.book.absent_counters.contains(key));
        }
        for (key, arrival_ns) in &changes.throttle_states {
            let known = !of.book.absent_throttle_states.contains(key);
            self.throttle_state(id, key, *arrival_ns, known);
        }
        for event in &changes.events {
            self.event(id, state.version, event)?;
        }
        changes.postings.iter().for_each(|posting| self.posting(posting));
        self.rollups.add(id, &changes.rollups)
    }

    /// Adds the answer to an idempotency key.
    pub(super) fn answer(&mut self, job: &Job, outcome: &Outcome, now: Timestamp) -> Result<(), Failure> {
        let Some(keyed) = job.keyed else { return Ok(()) };
        self.answers.push([
            job.organization.uuid().into(),
            keyed.key_hash.as_slice().into(),
            keyed.request_hash.as_slice().into(),
            json(outcome)?,
            now.into(),
        ]);
        Ok(())
    }

    /// True where there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.organizations.is_empty()
    }

    /// Writes everything in a transaction: on PostgreSQL by one statement.
    pub(super) async fn write(mut self, tx: &mut Tx) -> Result<(), WriteError> {
        // A statement does not change a row twice.
        mem::replace(&mut self.profiles, Rows::new(&tables::PROFILE))
            .write(tx)
            .await?;
        if let Tx::Postgres(tx) = tx {
            return self.script()?.run(tx).await;
        }
        self.organizations.write(tx).await?;
        self.answers.write(tx).await?;
        self.grants.write(tx).await?;
        self.new_holds.write(tx).await?;
        self.holds.write(tx).await?;
        self.caps.write(tx).await?;
        self.throttles.write(tx).await?;
        self.counters.write(tx).await?;
        self.throttle_states.write(tx).await?;
        self.events.write(tx).await?;
        self.event_keys.write(tx).await?;
        self.postings.write(tx).await?;
        self.rollups.write(tx).await
    }

    /// The one statement that writes everything on PostgreSQL, but profiles.
    pub(super) fn script(self) -> Result<Script, sqlx::Error> {
        let mut script = Script::default();
        script.add(self.organizations)?;
        script.add(self.answers)?;
        script.add(self.grants)?;
        script.add(self.known_grants)?;
        script.add(self.new_holds)?;
        script.add(self.holds)?;
        script.add(self.caps)?;
        script.add(self.throttles)?;
        script.add(self.counters)?;
        script.add(self.known_counters)?;
        script.add(self.throttle_states)?;
        script.add(self.known_throttle_states)?;
        script.add(self.events)?;
        script.add(self.event_keys)?;
        script.add(self.postings)?;
        self.rollups.add_to(&mut script)?;
        Ok(script)
    }

    fn organization(&mut self, book: &Book) {
        let state = &book.account.organization;
        self.organizations.push([
            state.id.uuid().into(),
            state.version.into(),
            book.settings_after().into(),
            state.owed.into(),
            state.forgiven.into(),
            state.posting_sequence.into(),
            state.posting_hash.as_slice().into(),
            book.hold_due_after().map_or(0, Timestamp::micros).into(),
        ]);
    }

    fn profile(&mut self, state: &OrganizationState) {
        self.profiles.push([
            state.id.uuid().into(),
            state.name.as_str().into(),
            state.status.name().into(),
            state.time_zone.as_str().into(),
            state.period_anchor.into(),
            state.plan.map(PlanVersionId::uuid).into(),
            i64::from(state.top_ups_rest).into(),
        ]);
    }

    /// Whether a row is to be changed rather than inserted.
    fn changes(&self, is_there: bool) -> bool {
        is_there && self.known == Known::Change
    }

    fn known_grant(&mut self, organization: OrganizationId, grant: &Grant) {
        self.known_grants.push([
            organization.uuid().into(),
            grant.id.uuid().into(),
            grant.state.name().into(),
            grant.remaining.into(),
            grant.held.into(),
            grant.burned.into(),
            grant.expired.into(),
            grant.voided.into(),
        ]);
    }

    fn grant(&mut self, organization: OrganizationId, grant: &Grant) -> Result<(), Failure> {
        self.grants.push([
            organization.uuid().into(),
            grant.id.uuid().into(),
            grant.kind.name().into(),
            grant.state.name().into(),
            grant.amount.into(),
            grant.remaining.into(),
            grant.held.into(),
            grant.burned.into(),
            grant.expired.into(),
            grant.voided.into(),
            grant.priority.into(),
            grant.effective_at.into(),
            grant.expires_at.into(),
            grant.paid.map(|paid| paid.minor).into(),
            grant.paid.map(|paid| paid.currency.as_str().to_owned()).into(),
            grant.scope.as_ref().map(json).transpose()?.unwrap_or(Value::Null),
            grant.created_at.into(),
            grant.note.clone().into(),
        ]);
        Ok(())
    }

    fn hold(&mut self, organization: OrganizationId, hold: &Hold, known: bool) -> Result<(), Failure> {
        let rows = if known { &mut self.holds } else { &mut self.new_holds };
        rows.push([
            organization.uuid().into(),
            hold.id.uuid().into(),
            hold.state.name().into(),
            (&hold.run.use_case).into(),
            (&hold.run.mode).into(),
            (&hold.run.platform).into(),
            hold.run.subject.as_ref().into(),
            hold.run.api_key.map(ApiKeyId::uuid).into(),
            json(&hold.quantities)?,
            hold.credits.into(),
            json(&hold.shares)?,
            json(&hold.counters)?,
            hold.authorized_at.into(),
            hold.expires_at.into(),
            hold.ended_at.into(),
            hold.captured.into(),
            hold.end_reason.clone().into(),
            hold.requested_mode.as_ref().into(),
            hold.rate_card_version.map(RateCardVersionId::uuid).into(),
        ]);
        Ok(())
    }

    fn cap(&mut self, organization: OrganizationId, cap: &Cap) -> Result<(), Failure> {
        let (window, hours) = window_columns(cap.window);
        let (credits, money) = match cap.limit {
            CapLimit::Credits(credits) => (Some(credits), None),
            CapLimit::Money(money) => (None, Some(money)),
        };
        self.caps.push([
            organization.uuid().into(),
            cap.id.uuid().into(),
            (&cap.name).into(),
            cap.owner.name().into(),
            json(&cap.scope)?,
            window.into(),
            hours.into(),
            credits.into(),
            money.map(|money| money.minor).into(),
            money.map(|money| money.currency.as_str().to_owned()).into(),
            cap.action.name().into(),
            json(&cap.thresholds)?,
        ]);
        Ok(())
    }

    fn throttle_state(&mut self, organization: OrganizationId, key: &ThrottleKey, arrival_ns: i64, known: bool) {
        let rows = if self.changes(known) {
            &mut self.known_throttle_states
        } else {
            &mut self.throttle_states
        };
        rows.push([
            organization.uuid().into(),
            key.0.uuid().into(),
            key.1.as_str().into(),
            arrival_ns.into(),
        ]);
    }

    fn counter(&mut self, organization: OrganizationId, key: &CounterKey, counter: &Counter, known: bool) {
        let rows = if self.changes(known) {
            &mut self.known_counters
        } else {
            &mut self.counters
        };
        rows.push([
            organization.uuid().into(),
            key.cap.uuid().into(),
            key.each.as_str().into(),
            key.window_start.into(),
            counter.used.into(),
            counter.held.into(),
            counter.hit_at.into(),
        ]);
    }

    fn throttle(&mut self, organization: OrganizationId, throttle: &Throttle) -> Result<(), Failure> {
        let (requests, credits) = match throttle.limit {
            ThrottleLimit::Requests(requests) => (Some(i64::from(requests)), None),
            ThrottleLimit::Credits(credits) => (None, Some(credits)),
        };
        self.throttles.push([
            organization.uuid().into(),
            throttle.id.uuid().into(),
            (&throttle.name).into(),
            throttle.owner.name().into(),
            json(&throttle.scope)?,
            requests.into(),
            credits.into(),
            throttle.per.name().into(),
            throttle.burst.map(i64::from).into(),
            throttle.then.name().into(),
        ]);
        Ok(())
    }

    fn event(&mut self, organization: OrganizationId, number: i64, event: &UsageEvent) -> Result<(), Failure> {
        self.event_keys.push(key_row(organization, number, event));
        self.events.push([
            organization.uuid().into(),
            number.into(),
            event.id.uuid().into(),
            event.key.as_str().into(),
            (&event.run.use_case).into(),
            (&event.run.mode).into(),
            (&event.run.platform).into(),
            event.run.subject.as_ref().into(),
            event.run.api_key.map(ApiKeyId::uuid).into(),
            json(&event.quantities)?,
            event.occurred_at.into(),
            event.recorded_at.into(),
            event.rate_card_version.uuid().into(),
            event.exact.to_string().into(),
            event.credits.into(),
            json(&event.charges)?,
            event.owed.into(),
            event.forgiven.into(),
            event.hold.map(HoldId::uuid).into(),
        ]);
        Ok(())
    }

    fn posting(&mut self, posting: &Posting) {
        self.postings.push([
            posting.organization.uuid().into(),
            posting.sequence.into(),
            posting.batch.into(),
            posting.at.into(),
            posting.grant.map(GrantId::uuid).into(),
            posting.from.name().into(),
            posting.to.name().into(),
            posting.credits.into(),
            posting.events.into(),
            posting.events_digest.as_slice().into(),
            posting.previous_hash.as_slice().into(),
            posting.hash.as_slice().into(),
        ]);
    }
}
