//! Groups of customers that are to be moved to a version of a plan, or whose moves are taken back.
//!
//! Asking (`ask`) writes a row for each customer of the group, as it is then, and no more. A job claims some (`claim`), does what
//! was asked for each, and marks it. A customer's moves are claimed in the order in which they were asked for, so that taking
//! back comes after what it takes back. Here: what there is to tell of them, and how far they are.

mod ask;
mod claim;

use drawdown_domain::id::{OrganizationId, PlanMoveId, PlanVersionId};
use drawdown_domain::{Key, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::audit::ActorKind;
use crate::database::on;
use crate::error::StoreError;
use crate::names::Named;
use crate::sets::{UuidSet, one_of};

pub(crate) use ask::write_move;

/// What is to be done with each customer of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanMoveAct {
    /// It is moved at once.
    Now,
    /// It is moved at its renewal, or when its contract ends.
    AtRenewal,
    /// Its move that waits for a renewal is taken back.
    Withdraw,
}

/// What became of a customer of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanMoveState {
    /// Nothing yet.
    Waiting,
    /// It is on the version; or, where moves are taken back, it stays where it is.
    Done,
    /// It will be at its renewal.
    Scheduled,
    /// It could not be done.
    Refused,
    /// It was taken back before it was done.
    Withdrawn,
}

/// Who asked: as it stands in the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMoveAsker {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Its identifier.
    pub id: Option<Uuid>,
    /// Its name at that time.
    pub name: String,
}

/// A group to be moved, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPlanMove {
    /// Its identifier.
    pub id: PlanMoveId,
    /// What is to be done.
    pub act: PlanMoveAct,
    /// The version that the group is on; `None` where moves are taken back.
    pub from: Option<PlanVersionId>,
    /// Whether it is the group under contracts that build on it.
    pub contracts: bool,
    /// Who asks.
    pub asker: PlanMoveAsker,
    /// When.
    pub at: Timestamp,
}

/// A customer that is to be moved now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedMove {
    /// The move.
    pub id: PlanMoveId,
    /// The customer.
    pub organization: OrganizationId,
    /// What is to be done.
    pub act: PlanMoveAct,
    /// The version; where moves are taken back, one of the plan whose moves these are.
    pub to: PlanVersionId,
    /// The version that the customer was on; `None` where moves are taken back.
    pub from: Option<PlanVersionId>,
    /// Whether it was under a contract that builds on it.
    pub contracts: bool,
    /// Whether it was asked since that it be taken back.
    pub is_withdrawn: bool,
    /// Who asked.
    pub asker: PlanMoveAsker,
    /// Until when it is claimed.
    pub until: Timestamp,
}

/// How far the move of a group is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMoveProgress {
    /// The move.
    pub id: PlanMoveId,
    /// What is to be done.
    pub act: PlanMoveAct,
    /// The number of the version to which.
    pub to: i64,
    /// The version's number that the group was on; `None` where moves are taken back.
    pub from: Option<i64>,
    /// Whether it is the group under contracts.
    pub contracts: bool,
    /// Who asked, by name.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// Customers for whom nothing is done yet.
    pub waiting: i64,
    /// Customers for whom it is done.
    pub done: i64,
    /// Customers who are moved at their renewal.
    pub scheduled: i64,
    /// Customers for whom it could not be done.
    pub refused: i64,
    /// Customers for whom it was taken back before.
    pub withdrawn: i64,
}

#[derive(sqlx::FromRow)]
struct ProgressRow {
    id: Uuid,
    act: String,
    to_number: i64,
    from_number: Option<i64>,
    of_contracts: bool,
    asked_by_name: String,
    asked_at: i64,
    waiting: i64,
    done: i64,
    scheduled: i64,
    refused: i64,
    withdrawn: i64,
}

impl TryFrom<ProgressRow> for PlanMoveProgress {
    type Error = StoreError;

    fn try_from(row: ProgressRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: PlanMoveId::from_uuid(row.id),
            act: PlanMoveAct::from_name(&row.act)?,
            to: row.to_number,
            from: row.from_number,
            contracts: row.of_contracts,
            asked_by: row.asked_by_name,
            asked_at: Timestamp::from_micros(row.asked_at),
            waiting: row.waiting,
            done: row.done,
            scheduled: row.scheduled,
            refused: row.refused,
            withdrawn: row.withdrawn,
        })
    }
}

/// How far moves are, the newest first, of those that `moves` selects.
fn progress_of(moves: &str) -> String {
    format!(
        "SELECT m.id, m.act, t.number AS to_number, f.number AS from_number, m.of_contracts, m.asked_by_name, m.asked_at,
            COUNT(CASE WHEN c.state = 'waiting' THEN 1 END) AS waiting,
            COUNT(CASE WHEN c.state = 'done' THEN 1 END) AS done,
            COUNT(CASE WHEN c.state = 'scheduled' THEN 1 END) AS scheduled,
            COUNT(CASE WHEN c.state = 'refused' THEN 1 END) AS refused,
            COUNT(CASE WHEN c.state = 'withdrawn' THEN 1 END) AS withdrawn
         FROM ({moves}) m
         JOIN plan_version t ON t.id = m.to_version_id
         LEFT JOIN plan_version f ON f.id = m.from_version_id
         LEFT JOIN plan_move_customer c ON c.move_id = m.id
         GROUP BY m.id, m.act, t.number, f.number, m.of_contracts, m.asked_by_name, m.asked_at
         ORDER BY m.id DESC"
    )
}

impl Store {
    /// How far the moves of groups to versions of a plan are, the newest first, `limit` at most.
    pub async fn plan_moves(&self, plan: &Key, limit: u32) -> Result<Vec<PlanMoveProgress>, StoreError> {
        let sql = progress_of(
            "SELECT n.* FROM plan_move n JOIN plan_version v ON v.id = n.to_version_id WHERE v.plan = $1
             ORDER BY n.id DESC LIMIT $2",
        );
        let rows: Vec<ProgressRow> = on!(pool: &self.db().read, |c| sqlx::query_as(&sql)
            .bind(plan.as_str())
            .bind(i64::from(limit))
            .fetch_all(c)
            .await)?;
        rows.into_iter().map(PlanMoveProgress::try_from).collect()
    }

    /// How far these moves are, the newest first.
    pub async fn plan_moves_of(&self, ids: &[PlanMoveId]) -> Result<Vec<PlanMoveProgress>, StoreError> {
        let pool = &self.db().read;
        let sql = progress_of(&format!("SELECT n.* FROM plan_move n WHERE n.id {}", one_of(pool, 1)));
        let rows: Vec<ProgressRow> = on!(pool: pool, |c| sqlx::query_as(&sql)
            .bind(set_of(ids))
            .fetch_all(c)
            .await)?;
        rows.into_iter().map(PlanMoveProgress::try_from).collect()
    }

    /// Customers of a group for whom it could not be done, by key, with the reason; `limit` at most.
    pub async fn plan_move_refusals(&self, id: PlanMoveId, limit: u32) -> Result<Vec<(String, String)>, StoreError> {
        let rows: Vec<(String, Option<String>)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT o.key, c.reason FROM plan_move_customer c JOIN organization o ON o.id = c.organization_id
             WHERE c.move_id = $1 AND c.state = 'refused' ORDER BY c.organization_id LIMIT $2",
        )
        .bind(id.uuid())
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        let told = rows.into_iter().map(|(key, reason)| (key, reason.unwrap_or_default()));
        Ok(told.collect())
    }
}

fn set_of(ids: &[PlanMoveId]) -> UuidSet {
    UuidSet::new(ids.iter().map(|id| id.uuid()))
}
