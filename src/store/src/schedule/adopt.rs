//! Customers from before there were phases: each gets a first phase by its plan and anchor, and the progress of a customer
//! whose steps are all done, so that nothing is given twice. An allotment of the present period that was not given yet
//! (the process was down) stays due.

use std::collections::HashMap;
use std::sync::Arc;

use drawdown_domain::Timestamp;
use drawdown_domain::id::{GrantId, PlanVersionId};
use drawdown_domain::limit::Window;
use drawdown_domain::plan::PlanVersion;
use drawdown_domain::schedule::{Due, Phase, Progress, Schedule};
use drawdown_domain::window::Zone;
use uuid::Uuid;

use super::write::{write_phase, write_step};
use super::{DoneStep, PhaseRow};
use crate::catalogue::Cache;
use crate::database::{Database, Tx, on};
use crate::error::StoreError;

/// Organizations of one transaction.
const ORGANIZATIONS_A_PAGE: i64 = 200;

#[derive(sqlx::FromRow)]
struct Unscheduled {
    id: Uuid,
    time_zone: String,
    period_anchor: i64,
    plan_version_id: Uuid,
}

/// Adopts every organization that has a plan and no schedule. Doing it again does nothing.
pub(crate) async fn adopt(db: &Database, cache: &Cache, now: Timestamp) -> Result<(), StoreError> {
    let mut plans: HashMap<PlanVersionId, Arc<PlanVersion>> = HashMap::new();
    loop {
        let mut tx = db.write.begin().await?;
        let locking = match tx {
            Tx::Sqlite(_) => "",
            Tx::Postgres(_) => "FOR NO KEY UPDATE OF o",
        };
        let sql = format!(
            "SELECT o.id, o.time_zone, o.period_anchor, o.plan_version_id FROM organization o
             WHERE o.plan_version_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM schedule s WHERE s.organization_id = o.id)
             ORDER BY o.id LIMIT $1 {locking}"
        );
        let page: Vec<Unscheduled> = on!(tx: &mut tx, |c| sqlx::query_as(&sql)
            .bind(ORGANIZATIONS_A_PAGE)
            .fetch_all(c)
            .await)?;
        if page.is_empty() {
            return Ok(());
        }
        for organization in page {
            let id = PlanVersionId::from_uuid(organization.plan_version_id);
            if !plans.contains_key(&id)
                && let Some(plan) = cache.plan_in(&mut tx, id).await?
            {
                plans.insert(id, plan);
            }
            let plan = plans.get(&id).ok_or(StoreError::NotFound("plan version"))?;
            adopt_one(&mut tx, &organization, plan, now).await?;
        }
        tx.commit().await?;
    }
}

async fn adopt_one(
    tx: &mut Tx,
    organization: &Unscheduled,
    plan: &PlanVersion,
    now: Timestamp,
) -> Result<(), StoreError> {
    let zone = Zone::parse(&organization.time_zone).unwrap_or_else(|_| Zone::utc());
    let anchor = Timestamp::from_micros(organization.period_anchor);
    let period = zone.window(Window::BillingPeriod, now, anchor).start;
    let given: Option<Uuid> = on!(tx: &mut *tx, |c| sqlx::query_scalar(
        "SELECT id FROM credit_grant WHERE organization_id = $1 AND kind = 'allotment' AND effective_at >= $2 LIMIT 1",
    )
    .bind(organization.id)
    .bind(period.micros())
    .fetch_optional(c)
    .await)?;
    let phases = [Phase {
        from: anchor,
        anchor,
        terms: Some(&plan.terms),
    }];
    let schedule = Schedule {
        zone: &zone,
        phases: &phases,
        contracts: &[],
    };
    // Where the present period's was not given, nothing of this period is done.
    let done_until = if given.is_some() || plan.terms.allotments.is_empty() {
        now
    } else {
        period.plus_micros(-1)
    };
    let progress = schedule.done_by(done_until);
    let phase = PhaseRow {
        number: 1,
        from: anchor,
        anchor,
        plan: Some(plan.id),
        contract: None,
    };
    write_phase(tx, organization.id, &phase, now).await?;
    if let Some(step) = given.and_then(|grant| given_step(&schedule, grant, now)) {
        write_step(tx, organization.id, &step).await?;
    }
    write_schedule(tx, organization.id, &schedule, &progress, now).await
}

/// The step that the present period's allotment was: what a later carry-over takes from.
fn given_step(schedule: &Schedule<'_>, grant: Uuid, now: Timestamp) -> Option<DoneStep> {
    let steps = schedule.due(&Progress::default(), now);
    let last = steps.into_iter().rfind(|step| matches!(step.due, Due::Grant { .. }))?;
    Some(DoneStep {
        key: last.key.to_string(),
        kind: "grant",
        at: last.at,
        done_at: now,
        grant: Some(GrantId::from_uuid(grant)),
        money: None,
    })
}

async fn write_schedule(
    tx: &mut Tx,
    organization: Uuid,
    schedule: &Schedule<'_>,
    progress: &Progress,
    now: Timestamp,
) -> Result<(), StoreError> {
    let outlook = schedule.outlook(progress, now);
    let text = serde_json::to_string(progress).map_err(|error| StoreError::corrupt("progress", error))?;
    on!(tx: tx, |c| sqlx::query(
        "INSERT INTO schedule (organization_id, revision, progress, next_step_at, next_credits_at, renews_at)
         VALUES ($1, 1, $2, $3, $4, $5)",
    )
    .bind(organization)
    .bind(text)
    .bind(outlook.step_at.map(Timestamp::micros))
    .bind(outlook.credits_at.map(Timestamp::micros))
    .bind(outlook.renews_at.map(Timestamp::micros))
    .execute(c)
    .await
    .map(|_| ()))?;
    Ok(())
}
