//! Asking for moves of groups, and for their taking back: a row for each customer that it concerns, by one statement.

use drawdown_domain::id::PlanVersionId;

use super::{NewPlanMove, PlanMoveAct};
use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::names::Named;

/// The versions of the plan of version `$1`.
const VERSIONS: &str = "(SELECT v.id FROM plan_version v JOIN plan_version t ON t.plan = v.plan WHERE t.id = $1)";

/// The customers of a group: those on a version, or those under contracts that build on it.
const fn members(contracts: bool) -> &'static str {
    if contracts {
        "SELECT o.id FROM organization o JOIN plan_version v ON v.id = o.plan_version_id WHERE v.base_id = $2"
    } else {
        "SELECT id FROM organization WHERE plan_version_id = $2"
    }
}

async fn write_head(tx: &mut Tx, to: PlanVersionId, new: &NewPlanMove) -> Result<(), StoreError> {
    on!(tx: tx, |c| sqlx::query(
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
    Ok(())
}

/// Writes the move of a group within a transaction. Who waits for the same already is left out.
pub(crate) async fn write_move(tx: &mut Tx, to: PlanVersionId, new: &NewPlanMove) -> Result<(), StoreError> {
    write_head(tx, to, new).await?;
    let sql = format!(
        "INSERT INTO plan_move_customer (move_id, organization_id, state)
         SELECT $1, g.id, 'waiting' FROM ({}) g
         WHERE NOT EXISTS (SELECT 1 FROM plan_move_customer c JOIN plan_move m ON m.id = c.move_id
            WHERE c.organization_id = g.id AND c.state = 'waiting' AND m.to_version_id = $3 AND m.act = $4)",
        members(new.contracts)
    );
    on!(tx: tx, |c| sqlx::query(&sql)
        .bind(new.id.uuid())
        .bind(new.from.unwrap_or(to).uuid())
        .bind(to.uuid())
        .bind(new.act.name())
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Writes the taking back of what waits for its turn or for a renewal, to whatever version of the plan. What somebody agreed on
/// with one customer is none of it. Who only waits for a turn
/// that nobody is at stays where it is from now; the others have their turn for it, after what it takes back. Gives how many
/// customers it concerns.
async fn write_withdrawal(tx: &mut Tx, to: PlanVersionId, new: &NewPlanMove) -> Result<u64, StoreError> {
    write_head(tx, to, new).await?;
    let waiting = format!(
        "c.state = 'waiting' AND c.move_id IN
            (SELECT id FROM plan_move WHERE act <> 'withdraw' AND to_version_id IN {VERSIONS})"
    );
    if matches!(tx, Tx::Postgres(_)) {
        // Nobody claims one of them until this is committed.
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM plan_move_customer c WHERE {waiting}
                ORDER BY c.organization_id, c.move_id FOR UPDATE) locked"
        );
        on!(tx: &mut *tx, |c| sqlx::query(&sql)
            .bind(to.uuid())
            .execute(c)
            .await
            .map(|_| ()))?;
    }
    let sql = format!(
        "INSERT INTO plan_move_customer (move_id, organization_id, state)
         SELECT $2, g.id, CASE WHEN MAX(g.is_busy) = 1 THEN 'waiting' ELSE 'done' END
         FROM (SELECT organization_id AS id, 1 AS is_busy FROM plan_change
               WHERE state = 'scheduled' AND move_id IS NOT NULL AND plan_version_id IN {VERSIONS}
               UNION ALL
               SELECT c.organization_id, CASE WHEN c.claimed_until > $3 THEN 1 ELSE 0 END
               FROM plan_move_customer c WHERE {waiting}) g
         WHERE NOT EXISTS (SELECT 1 FROM plan_move_customer e JOIN plan_move m ON m.id = e.move_id
            WHERE e.organization_id = g.id AND e.state = 'waiting' AND m.act = 'withdraw' AND m.to_version_id IN {VERSIONS})
         GROUP BY g.id"
    );
    let count = on!(tx: &mut *tx, |c| sqlx::query(&sql)
        .bind(to.uuid())
        .bind(new.id.uuid())
        .bind(new.at.micros())
        .execute(c)
        .await?
        .rows_affected());
    let sql =
        format!("UPDATE plan_move_customer AS c SET state = 'withdrawn' WHERE {waiting} AND c.claimed_until <= $2");
    on!(tx: tx, |c| sqlx::query(&sql)
        .bind(to.uuid())
        .bind(new.at.micros())
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(count)
}

impl Store {
    /// Writes down groups that are to be moved to a version.
    pub async fn ask_plan_moves(
        &self,
        to: PlanVersionId,
        moves: &[NewPlanMove],
        audit: &[AuditLine],
    ) -> Result<(), StoreError> {
        debug_assert!(moves.iter().all(|new| new.act != PlanMoveAct::Withdraw));
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            for new in moves {
                write_move(&mut tx, to, new).await?;
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }

    /// Writes down that the moves to versions of a plan, of which `to` is one, are taken back. Gives how many customers it
    /// concerns; where it is none, nothing is written.
    pub async fn withdraw_plan_moves(
        &self,
        to: PlanVersionId,
        new: &NewPlanMove,
        audit: &[AuditLine],
    ) -> Result<i64, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let count = write_withdrawal(&mut tx, to, new).await?;
            if count > 0 {
                write_lines(&mut tx, audit).await?;
                tx.commit().await?;
            }
            Ok(i64::try_from(count).unwrap_or(i64::MAX))
        })
        .await
    }
}
