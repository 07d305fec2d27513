//! The rows of a batch, table by table: domain types as columns, written in bulk.

use std::collections::BTreeMap;
use std::mem;

use drawdown_domain::Timestamp;
use drawdown_domain::account::{Counter, OrganizationState, RollupDelta, RollupKey};
use drawdown_domain::grant::Grant;
use drawdown_domain::hold::{CounterKey, Hold};
use drawdown_domain::id::{ApiKeyId, GrantId, HoldId, OrganizationId, PlanVersionId};
use drawdown_domain::limit::{Cap, CapLimit, Throttle, ThrottleLimit};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::posting::Posting;
use drawdown_domain::usage::UsageEvent;
use serde::Serialize;

use super::Job;
use super::decide::Changed;
use super::tables;
use super::writer::Failure;
use crate::bulk::{Rows, Value, WriteError};
use crate::database::Tx;
use crate::event_key::{EVENT_KEY, key_row};
use crate::limit::window_columns;
use crate::names::Named;
use crate::script::Script;

pub(super) fn json(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_string(value)
        .map(Value::Text)
        .map_err(|error| Failure::Lasting(error.to_string()))
}

/// The rows of a batch, table by table.
pub(super) struct BatchRows {
    answers: Rows<5>,
    organizations: Rows<6>,
    profiles: Rows<6>,
    grants: Rows<18>,
    new_holds: Rows<17>,
    holds: Rows<17>,
    caps: Rows<12>,
    throttles: Rows<10>,
    counters: Rows<7>,
    throttle_states: Rows<4>,
    events: Rows<19>,
    event_keys: Rows<6>,
    postings: Rows<12>,
    hours: Rows<12>,
    days: Rows<12>,
    subject_days: Rows<11>,
}

impl BatchRows {
    pub(super) fn new() -> Self {
        Self {
            answers: Rows::new(&tables::IDEMPOTENCY),
            organizations: Rows::new(&tables::ORGANIZATION),
            profiles: Rows::new(&tables::PROFILE),
            grants: Rows::new(&tables::GRANT),
            new_holds: Rows::new(&tables::NEW_HOLD),
            holds: Rows::new(&tables::HOLD),
            caps: Rows::new(&tables::CAP),
            throttles: Rows::new(&tables::THROTTLE),
            counters: Rows::new(&tables::COUNTER),
            throttle_states: Rows::new(&tables::THROTTLE_STATE),
            events: Rows::new(&tables::EVENT),
            event_keys: Rows::new(&EVENT_KEY),
            postings: Rows::new(&tables::POSTING),
            hours: Rows::new(&tables::ROLLUP_HOUR),
            days: Rows::new(&tables::ROLLUP_DAY),
            subject_days: Rows::new(&tables::ROLLUP_SUBJECT_DAY),
        }
    }

    /// Adds everything that changed in one organization.
    pub(super) fn add(&mut self, of: &Changed) -> Result<(), Failure> {
        let (changes, state) = (&of.changes, &of.book.account.organization);
        let id = state.id;
        self.organization(state);
        if of.book.profile {
            self.profile(state);
        }
        changes.grants.iter().try_for_each(|grant| self.grant(id, grant))?;
        for hold in &changes.holds {
            self.hold(id, hold, of.book.known_holds.contains(&hold.id))?;
        }
        changes.caps_put.iter().try_for_each(|cap| self.cap(id, cap))?;
        for throttle in &changes.throttles_put {
            self.throttle(id, throttle)?;
        }
        for (key, counter) in &changes.counters {
            self.counter(id, key, counter);
        }
        for ((throttle, each), arrival_ns) in &changes.throttle_states {
            let (organization, throttle) = (id.uuid().into(), throttle.uuid().into());
            let state = [organization, throttle, each.as_str().into(), (*arrival_ns).into()];
            self.throttle_states.push(state);
        }
        for event in &changes.events {
            self.event(id, state.version, event)?;
        }
        changes.postings.iter().for_each(|posting| self.posting(posting));
        self.rollups(id, &changes.rollups)
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
        self.hours.write(tx).await?;
        self.days.write(tx).await?;
        self.subject_days.write(tx).await
    }

    /// The one statement that writes everything on PostgreSQL, but profiles.
    pub(super) fn script(self) -> Result<Script, sqlx::Error> {
        let mut script = Script::default();
        script.add(self.organizations)?;
        script.add(self.answers)?;
        script.add(self.grants)?;
        script.add(self.new_holds)?;
        script.add(self.holds)?;
        script.add(self.caps)?;
        script.add(self.throttles)?;
        script.add(self.counters)?;
        script.add(self.throttle_states)?;
        script.add(self.events)?;
        script.add(self.event_keys)?;
        script.add(self.postings)?;
        script.add(self.hours)?;
        script.add(self.days)?;
        script.add(self.subject_days)?;
        Ok(script)
    }

    fn organization(&mut self, state: &OrganizationState) {
        self.organizations.push([
            state.id.uuid().into(),
            state.version.into(),
            state.owed.into(),
            state.forgiven.into(),
            state.posting_sequence.into(),
            state.posting_hash.as_slice().into(),
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

    fn counter(&mut self, organization: OrganizationId, key: &CounterKey, counter: &Counter) {
        self.counters.push([
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

    /// One row a roll-up and key: PostgreSQL does not touch a row twice in a statement.
    fn rollups(&mut self, organization: OrganizationId, rollups: &[(RollupKey, RollupDelta)]) -> Result<(), Failure> {
        let mut hours = BTreeMap::new();
        let mut days = BTreeMap::new();
        let mut subject_days = BTreeMap::new();
        for (key, delta) in rollups {
            let run = (&key.use_case, &key.mode, &key.platform);
            add(hours.entry((key.hour, run)).or_default(), *delta)?;
            add(days.entry((key.day, run)).or_default(), *delta)?;
            let subject = (&key.subject, &key.use_case);
            add(subject_days.entry((key.day, subject)).or_default(), *delta)?;
        }
        let id = organization.uuid();
        for (rows, sums) in [(&mut self.hours, hours), (&mut self.days, days)] {
            for ((start, (use_case, mode, platform)), sum) in sums {
                let key = [id.into(), start.into(), use_case.into(), mode.into(), platform.into()];
                rows.push(key.into_iter().chain(sums_of(&sum)));
            }
        }
        for ((day, (subject, use_case)), sum) in subject_days {
            let key = [id.into(), day.into(), subject.as_str().into(), use_case.into()];
            self.subject_days.push(key.into_iter().chain(sums_of(&sum)));
        }
        Ok(())
    }
}

fn add(sum: &mut RollupDelta, delta: RollupDelta) -> Result<(), Failure> {
    *sum = sum
        .checked_add(delta)
        .ok_or_else(|| Failure::Lasting("the sums of a batch do not fit".to_owned()))?;
    Ok(())
}

fn sums_of(sum: &RollupDelta) -> [Value; 7] {
    let counts = [
        sum.events,
        sum.authorized,
        sum.degraded,
        sum.throttled,
        sum.capped,
        sum.refused,
    ];
    let [events, authorized, degraded, throttled, capped, refused] = counts.map(Value::Int);
    [
        sum.credits.into(),
        events,
        authorized,
        degraded,
        throttled,
        capped,
        refused,
    ]
}
