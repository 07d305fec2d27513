//! Writing what a batch changed: every table once, in bulk, in the batch's transaction.

use std::collections::BTreeMap;

use drawdown_domain::Timestamp;
use drawdown_domain::account::{RollupDelta, RollupKey};
use drawdown_domain::grant::Grant;
use drawdown_domain::hold::Hold;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::limit::{Cap, CapLimit, Throttle, ThrottleLimit};
use drawdown_domain::outcome::Outcome;
use drawdown_domain::posting::Posting;
use drawdown_domain::usage::UsageEvent;
use serde::Serialize;
use uuid::Uuid;

use super::Job;
use super::commit::Proof;
use super::decide::{Changed, Decided};
use super::tables;
use super::writer::Failure;
use crate::audit::write_lines;
use crate::bulk::{Rows, Value};
use crate::database::{Tx, on};
use crate::limit::window_columns;
use crate::names::Named;
use crate::organization::Organization;
use crate::payment::write_change;

/// Writes everything; `None` where there was nothing to write.
pub(super) async fn write(
    tx: &mut Tx,
    now: Timestamp,
    jobs: &[Job],
    decided: &[Decided],
    changed: Vec<Changed>,
    transaction: Option<String>,
) -> Result<Option<Proof>, Failure> {
    let attached = write_attached(tx, now, jobs, decided).await?;
    let mut batch = Batch::new();
    let mut raised = None;
    for Changed {
        organization,
        changes,
        book,
    } in changed
    {
        let id = organization.state.id;
        let number = organization.state.version;
        if !changes.organization {
            continue;
        }
        raised = Some((id, number));
        // Removed limits go first: one that is set may bear the name of one that is removed.
        for cap in &changes.caps_deleted {
            delete_limit(tx, ["cap_counter", "cap"], ["cap_id", "id"], id, cap.id.uuid()).await?;
        }
        for throttle in &changes.throttles_deleted {
            let tables = ["throttle_state", "throttle"];
            delete_limit(tx, tables, ["throttle_id", "id"], id, throttle.id.uuid()).await?;
        }
        let is_known = |hold: &Hold| book.known_holds.contains(&hold.id);
        batch.organizations.push(organization_row(&organization));
        changes.grants.iter().try_for_each(|grant| batch.grant(id, grant))?;
        for hold in &changes.holds {
            batch.hold(id, hold, is_known(hold))?;
        }
        changes.caps_put.iter().try_for_each(|cap| batch.cap(id, cap))?;
        changes
            .throttles_put
            .iter()
            .try_for_each(|throttle| batch.throttle(id, throttle))?;
        for (key, counter) in changes.counters {
            let (used, held) = (counter.used.into(), counter.held.into());
            let start = key.window_start.into();
            let (cap, each) = (key.cap.uuid().into(), key.each.into());
            batch
                .counters
                .push([id.uuid().into(), cap, each, start, used, held, counter.hit_at.into()]);
        }
        for ((throttle, each), arrival_ns) in changes.throttle_states {
            batch
                .throttle_states
                .push([id.uuid().into(), throttle.uuid().into(), each.into(), arrival_ns.into()]);
        }
        changes
            .events
            .iter()
            .try_for_each(|event| batch.event(id, number, event))?;
        changes.postings.iter().for_each(|posting| batch.posting(posting));
        batch.rollups(id, &changes.rollups)?;
    }
    if raised.is_none() && !attached {
        return Ok(None);
    }
    batch.write(tx).await?;
    Ok(Some(Proof { transaction, raised }))
}

/// Writes the answers to idempotency keys, and what goes along with requests that were carried out. True where there
/// was any.
async fn write_attached(tx: &mut Tx, now: Timestamp, jobs: &[Job], decided: &[Decided]) -> Result<bool, Failure> {
    let mut answers = Rows::new(&tables::IDEMPOTENCY);
    let mut lines = Vec::new();
    let mut pays = false;
    for (job, decided) in jobs.iter().zip(decided).filter(|(_, decided)| decided.fresh) {
        let Ok(outcome) = &decided.answer else { continue };
        if let Some(keyed) = job.keyed {
            answers.push([
                job.organization.uuid().into(),
                keyed.key_hash.as_slice().into(),
                keyed.request_hash.as_slice().into(),
                json(outcome)?,
                now.into(),
            ]);
        }
        if matches!(outcome, Outcome::Refused(_)) {
            continue;
        }
        lines.extend_from_slice(&job.attachments.audit);
        if let Some(change) = job.attachments.payment.as_ref().filter(|_| decided.pays) {
            pays = true;
            write_change(tx, change).await?;
        }
    }
    write_lines(tx, &lines).await?;
    let written = answers.write(tx).await?;
    Ok(written > 0 || !lines.is_empty() || pays)
}

async fn delete_limit(
    tx: &mut Tx,
    tables: [&str; 2],
    columns: [&str; 2],
    organization: OrganizationId,
    id: Uuid,
) -> Result<(), Failure> {
    for (table, column) in tables.into_iter().zip(columns) {
        let sql = format!("DELETE FROM {table} WHERE organization_id = $1 AND {column} = $2");
        on!(tx: &mut *tx, |c| sqlx::query(&sql)
            .bind(organization.uuid())
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

fn json(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_string(value)
        .map(Value::Text)
        .map_err(|error| Failure::Lasting(error.to_string()))
}

/// The rows of a batch, table by table.
struct Batch {
    organizations: Rows<14>,
    grants: Rows<18>,
    new_holds: Rows<17>,
    holds: Rows<17>,
    caps: Rows<12>,
    throttles: Rows<10>,
    counters: Rows<7>,
    throttle_states: Rows<4>,
    events: Rows<20>,
    postings: Rows<12>,
    hours: Rows<12>,
    days: Rows<12>,
    subject_days: Rows<11>,
}

impl Batch {
    fn new() -> Self {
        Self {
            organizations: Rows::new(&tables::ORGANIZATION),
            grants: Rows::new(&tables::GRANT),
            new_holds: Rows::new(&tables::NEW_HOLD),
            holds: Rows::new(&tables::HOLD),
            caps: Rows::new(&tables::CAP),
            throttles: Rows::new(&tables::THROTTLE),
            counters: Rows::new(&tables::COUNTER),
            throttle_states: Rows::new(&tables::THROTTLE_STATE),
            events: Rows::new(&tables::EVENT),
            postings: Rows::new(&tables::POSTING),
            hours: Rows::new(&tables::ROLLUP_HOUR),
            days: Rows::new(&tables::ROLLUP_DAY),
            subject_days: Rows::new(&tables::ROLLUP_SUBJECT_DAY),
        }
    }

    async fn write(self, tx: &mut Tx) -> Result<(), Failure> {
        let ended = self.holds.len() as u64;
        self.organizations.write(tx).await?;
        self.grants.write(tx).await?;
        self.new_holds.write(tx).await?;
        if self.holds.write(tx).await? != ended {
            return Err(Failure::Lasting("a hold has ended already".to_owned()));
        }
        self.caps.write(tx).await?;
        self.throttles.write(tx).await?;
        self.counters.write(tx).await?;
        self.throttle_states.write(tx).await?;
        self.events.write(tx).await?;
        self.postings.write(tx).await?;
        self.hours.write(tx).await?;
        self.days.write(tx).await?;
        self.subject_days.write(tx).await?;
        Ok(())
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
            hold.run.api_key.map(|key| key.uuid()).into(),
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
        self.events.push([
            organization.uuid().into(),
            number.into(),
            event.id.uuid().into(),
            event.key.as_str().into(),
            event.content_hash.as_slice().into(),
            (&event.run.use_case).into(),
            (&event.run.mode).into(),
            (&event.run.platform).into(),
            event.run.subject.as_ref().into(),
            event.run.api_key.map(|key| key.uuid()).into(),
            json(&event.quantities)?,
            event.occurred_at.into(),
            event.recorded_at.into(),
            event.rate_card_version.uuid().into(),
            event.exact.to_string().into(),
            event.credits.into(),
            json(&event.charges)?,
            event.owed.into(),
            event.forgiven.into(),
            event.hold.map(|hold| hold.uuid()).into(),
        ]);
        Ok(())
    }

    fn posting(&mut self, posting: &Posting) {
        self.postings.push([
            posting.organization.uuid().into(),
            posting.sequence.into(),
            posting.batch.into(),
            posting.at.into(),
            posting.grant.map(|grant| grant.uuid()).into(),
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
                let [a, b, c, d, e, f, g] = sums_of(&sum);
                rows.push([
                    id.into(),
                    start.into(),
                    use_case.into(),
                    mode.into(),
                    platform.into(),
                    a,
                    b,
                    c,
                    d,
                    e,
                    f,
                    g,
                ]);
            }
        }
        for ((day, (subject, use_case)), sum) in subject_days {
            let [a, b, c, d, e, f, g] = sums_of(&sum);
            let subject = subject.as_str().into();
            self.subject_days
                .push([id.into(), day.into(), subject, use_case.into(), a, b, c, d, e, f, g]);
        }
        Ok(())
    }
}

fn organization_row(organization: &Organization) -> [Value; 14] {
    let state = &organization.state;
    [
        state.id.uuid().into(),
        (&organization.key).into(),
        state.name.as_str().into(),
        state.status.name().into(),
        state.time_zone.as_str().into(),
        organization.currency.as_str().into(),
        state.period_anchor.into(),
        state.plan.map(|plan| plan.uuid()).into(),
        state.owed.into(),
        state.forgiven.into(),
        state.version.into(),
        state.posting_sequence.into(),
        state.posting_hash.as_slice().into(),
        organization.created_at.into(),
    ]
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
