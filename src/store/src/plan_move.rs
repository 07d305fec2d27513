//! Groups of customers that are to be moved to a version of a plan, or whose moves to it are taken back.
//!
//! Asking writes a row for each customer of the group, as it is then, and no more. A job claims some, does what was asked for
//! each, and marks it. A claim saves work only: what is done to a customer is done once, because its agreements say so. A
//! customer's moves are claimed in the order in which they were asked for.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{OrganizationId, PlanMoveId, PlanVersionId};
use uuid::Uuid;

use crate::Store;
use crate::audit::{ActorKind, AuditLine, write_lines};
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::names::Named;
use crate::schedule::CLAIM_SECONDS;

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
    /// The version.
    pub to: PlanVersionId,
    /// Who asked.
    pub asker: PlanMoveAsker,
}

/// How far the move of a group is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMoveProgress {
    /// The move.
    pub id: PlanMoveId,
    /// What is to be done.
    pub act: PlanMoveAct,
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
struct ClaimedRow {
    move_id: Uuid,
    organization_id: Uuid,
    act: String,
    to_version_id: Uuid,
    asked_kind: String,
    asked_by: Option<Uuid>,
    asked_by_name: String,
}

impl TryFrom<ClaimedRow> for ClaimedMove {
    type Error = StoreError;

    fn try_from(row: ClaimedRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: PlanMoveId::from_uuid(row.move_id),
            organization: OrganizationId::from_uuid(row.organization_id),
            act: PlanMoveAct::from_name(&row.act)?,
            to: PlanVersionId::from_uuid(row.to_version_id),
            asker: PlanMoveAsker {
                kind: ActorKind::from_name(&row.asked_kind)?,
                id: row.asked_by,
                name: row.asked_by_name,
            },
        })
    }
}

#[derive(sqlx::FromRow)]
struct ProgressRow {
    id: Uuid,
    act: String,
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

/// The customers of a group: those on a version, those under contracts that build on it, those that wait to be moved.
const fn members(act: PlanMoveAct, contracts: bool) -> &'static str {
    match (act, contracts) {
        (PlanMoveAct::Withdraw, _) => {
            "SELECT DISTINCT organization_id AS id FROM plan_change
             WHERE state = 'scheduled' AND plan_version_id = $2 AND contract_id IS NULL"
        }
        (_, false) => "SELECT id FROM organization WHERE plan_version_id = $2",
        (_, true) => {
            "SELECT o.id FROM organization o JOIN plan_version v ON v.id = o.plan_version_id WHERE v.base_id = $2"
        }
    }
}

/// Writes what is asked for within a transaction. Gives how many customers it concerns. Who waits for the same already is left
/// out; where moves are taken back, so are those that have not begun.
pub(crate) async fn write_move(tx: &mut Tx, to: PlanVersionId, new: &NewPlanMove) -> Result<i64, StoreError> {
    on!(tx: &mut *tx, |c| sqlx::query(
        "INSERT INTO plan_move (id, act, to_version_id, from_version_id, of_contracts, asked_kind, asked_by,
            asked_by_name, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id.uuid())
    .bind(new.act.name())
    .bind(to.uuid())
    .bind(new.from.map(PlanVersionId::uuid))
    .bind(new.contracts)
    .bind(new.asker.kind.name())
    .bind(new.asker.id)
    .bind(&new.asker.name)
    .bind(new.at.micros())
    .execute(c)
    .await
    .map(|_| ()))?;
    let mut count = 0;
    if new.act == PlanMoveAct::Withdraw {
        count += on!(tx: &mut *tx, |c| sqlx::query(
            "UPDATE plan_move_customer SET state = 'withdrawn' WHERE state = 'waiting' AND move_id IN
                (SELECT id FROM plan_move WHERE to_version_id = $1 AND act <> 'withdraw')",
        )
        .bind(to.uuid())
        .execute(c)
        .await?
        .rows_affected());
    }
    let sql = format!(
        "INSERT INTO plan_move_customer (move_id, organization_id, state)
         SELECT $1, g.id, 'waiting' FROM ({}) g
         WHERE NOT EXISTS (SELECT 1 FROM plan_move_customer c JOIN plan_move m ON m.id = c.move_id
            WHERE c.organization_id = g.id AND c.state = 'waiting' AND m.to_version_id = $3 AND m.act = $4)",
        members(new.act, new.contracts)
    );
    count += on!(tx: tx, |c| sqlx::query(&sql)
        .bind(new.id.uuid())
        .bind(new.from.unwrap_or(to).uuid())
        .bind(to.uuid())
        .bind(new.act.name())
        .execute(c)
        .await?
        .rows_affected());
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

impl Store {
    /// Writes down groups that are to be moved to a version. Gives how many customers each concerns.
    pub async fn ask_plan_moves(
        &self,
        to: PlanVersionId,
        moves: &[NewPlanMove],
        audit: &[AuditLine],
    ) -> Result<Vec<i64>, StoreError> {
        let mut tx = self.db().write.begin().await?;
        let mut counts = Vec::with_capacity(moves.len());
        for new in moves {
            counts.push(write_move(&mut tx, to, new).await?);
        }
        write_lines(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(counts)
    }

    /// Claims customers that are to be moved, `limit` at most, the oldest moves first; of `only` one move, where it is named.
    pub async fn claim_plan_moves(
        &self,
        now: Timestamp,
        only: Option<PlanMoveId>,
        limit: u32,
    ) -> Result<Vec<ClaimedMove>, StoreError> {
        let mut tx = self.db().write.begin().await?;
        let skips = match tx {
            Tx::Sqlite(_) => "",
            Tx::Postgres(_) => "FOR UPDATE OF c SKIP LOCKED",
        };
        let of = only.map_or("", |_| "AND c.move_id = $3");
        let sql = format!(
            "SELECT c.move_id, c.organization_id, m.act, m.to_version_id, m.asked_kind, m.asked_by, m.asked_by_name
             FROM plan_move_customer c JOIN plan_move m ON m.id = c.move_id
             WHERE c.state = 'waiting' AND c.claimed_until <= $1 {of}
                AND NOT EXISTS (SELECT 1 FROM plan_move_customer e
                    WHERE e.organization_id = c.organization_id AND e.state = 'waiting' AND e.move_id < c.move_id)
             ORDER BY c.move_id, c.organization_id LIMIT $2 {skips}"
        );
        let rows: Vec<ClaimedRow> = on!(tx: &mut tx, |c| {
            let query = sqlx::query_as(&sql).bind(now.micros()).bind(i64::from(limit));
            match only {
                Some(id) => query.bind(id.uuid()).fetch_all(c).await,
                None => query.fetch_all(c).await,
            }
        })?;
        for row in &rows {
            on!(tx: &mut tx, |c| sqlx::query(
                "UPDATE plan_move_customer SET claimed_until = $3 WHERE move_id = $1 AND organization_id = $2",
            )
            .bind(row.move_id)
            .bind(row.organization_id)
            .bind(now.plus_seconds(CLAIM_SECONDS).micros())
            .execute(c)
            .await
            .map(|_| ()))?;
        }
        tx.commit().await?;
        rows.into_iter().map(ClaimedMove::try_from).collect()
    }

    /// Writes down what became of a customer of a group. False where it does not wait any more: somebody else was faster, or
    /// it was taken back meanwhile. What is done is done, though it was taken back meanwhile.
    pub async fn end_plan_move(
        &self,
        id: PlanMoveId,
        organization: OrganizationId,
        state: PlanMoveState,
        reason: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db().write.begin().await?;
        let ended = on!(tx: &mut tx, |c| sqlx::query(
            "UPDATE plan_move_customer SET state = $3, reason = $4
             WHERE move_id = $1 AND organization_id = $2
                AND (state = 'waiting' OR (state = 'withdrawn' AND $3 = 'done'))",
        )
        .bind(id.uuid())
        .bind(organization.uuid())
        .bind(state.name())
        .bind(reason)
        .execute(c)
        .await?
        .rows_affected());
        tx.commit().await?;
        Ok(ended > 0)
    }

    /// What became of a customer of a group.
    pub async fn plan_move_state(
        &self,
        id: PlanMoveId,
        organization: OrganizationId,
    ) -> Result<Option<PlanMoveState>, StoreError> {
        let state: Option<String> = on!(pool: &self.db().read, |c| sqlx::query_scalar(
            "SELECT state FROM plan_move_customer WHERE move_id = $1 AND organization_id = $2",
        )
        .bind(id.uuid())
        .bind(organization.uuid())
        .fetch_optional(c)
        .await)?;
        state.map(|state| PlanMoveState::from_name(&state)).transpose()
    }

    /// How far the moves of groups to a version are, the newest first, `limit` at most.
    pub async fn plan_moves(&self, to: PlanVersionId, limit: u32) -> Result<Vec<PlanMoveProgress>, StoreError> {
        let rows: Vec<ProgressRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT m.id, m.act, v.number AS from_number, m.of_contracts, m.asked_by_name, m.asked_at,
                COUNT(CASE WHEN c.state = 'waiting' THEN 1 END) AS waiting,
                COUNT(CASE WHEN c.state = 'done' THEN 1 END) AS done,
                COUNT(CASE WHEN c.state = 'scheduled' THEN 1 END) AS scheduled,
                COUNT(CASE WHEN c.state = 'refused' THEN 1 END) AS refused,
                COUNT(CASE WHEN c.state = 'withdrawn' THEN 1 END) AS withdrawn
             FROM plan_move m
             LEFT JOIN plan_version v ON v.id = m.from_version_id
             LEFT JOIN plan_move_customer c ON c.move_id = m.id
             WHERE m.to_version_id = $1
             GROUP BY m.id, m.act, v.number, m.of_contracts, m.asked_by_name, m.asked_at
             ORDER BY m.id DESC LIMIT $2",
        )
        .bind(to.uuid())
        .bind(i64::from(limit))
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
