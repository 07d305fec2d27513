//! Claiming customers of groups that are to be moved, and marking what became of each.
//!
//! A claim lasts a while: when its holder is gone, the customer is claimed again. Whoever marks a customer names its claim, and
//! one that has lost it changes nothing.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{OrganizationId, PlanMoveId, PlanVersionId};
use uuid::Uuid;

use super::{ClaimedMove, PlanMoveAct, PlanMoveAsker, PlanMoveState, set_of};
use crate::Store;
use crate::audit::ActorKind;
use crate::bulk::{Kind, Rows, Target, Verb};
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::names::Named;
use crate::schedule::CLAIM_SECONDS;
use crate::sets::one_of;

/// For how long whoever asked for a move has it alone, so that the answer tells of its first round.
const HEAD_START_SECONDS: i64 = 5;

#[derive(sqlx::FromRow)]
struct ClaimedRow {
    move_id: Uuid,
    organization_id: Uuid,
    act: String,
    to_version_id: Uuid,
    from_version_id: Option<Uuid>,
    of_contracts: bool,
    is_withdrawn: bool,
    asked_kind: String,
    asked_by: Option<Uuid>,
    asked_by_name: String,
}

impl ClaimedRow {
    fn claimed(self, until: Timestamp) -> Result<ClaimedMove, StoreError> {
        Ok(ClaimedMove {
            id: PlanMoveId::from_uuid(self.move_id),
            organization: OrganizationId::from_uuid(self.organization_id),
            act: PlanMoveAct::from_name(&self.act)?,
            to: PlanVersionId::from_uuid(self.to_version_id),
            from: self.from_version_id.map(PlanVersionId::from_uuid),
            contracts: self.of_contracts,
            is_withdrawn: self.is_withdrawn,
            asker: PlanMoveAsker {
                kind: ActorKind::from_name(&self.asked_kind)?,
                id: self.asked_by,
                name: self.asked_by_name,
            },
            until,
        })
    }
}

static CLAIM: Target<3> = Target {
    table: "plan_move_customer",
    columns: [
        ("organization_id", Kind::Uuid),
        ("move_id", Kind::Uuid),
        ("claimed_until", Kind::Int),
    ],
    verb: Verb::Update { key: 2, only: "" },
    whole: true,
};

impl Store {
    /// Claims customers that are to be moved, `limit` at most, the oldest moves first: of `only` these moves, where they are
    /// named, and otherwise of moves that were asked for some seconds ago.
    pub async fn claim_plan_moves(
        &self,
        now: Timestamp,
        only: Option<&[PlanMoveId]>,
        limit: u32,
    ) -> Result<Vec<ClaimedMove>, StoreError> {
        if !self.some_plan_move_waits().await? {
            return Ok(Vec::new());
        }
        let mut tx = self.db().write.begin().await?;
        let skips = match tx {
            Tx::Sqlite(_) => "",
            Tx::Postgres(_) => "FOR UPDATE OF c SKIP LOCKED",
        };
        let of = match only {
            Some(_) => format!("c.move_id {}", one_of(&tx, 3)),
            None => "m.asked_at <= $3".to_owned(),
        };
        let sql = format!(
            "SELECT c.move_id, c.organization_id, m.act, m.to_version_id, m.from_version_id, m.of_contracts,
                EXISTS (SELECT 1 FROM plan_move_customer b JOIN plan_move w ON w.id = b.move_id
                    JOIN plan_version wt ON wt.id = w.to_version_id JOIN plan_version mt ON mt.id = m.to_version_id
                    WHERE b.organization_id = c.organization_id AND b.state = 'waiting' AND b.move_id > c.move_id
                        AND w.act = 'withdraw' AND wt.plan = mt.plan) AS is_withdrawn,
                m.asked_kind, m.asked_by, m.asked_by_name
             FROM plan_move_customer c JOIN plan_move m ON m.id = c.move_id
             WHERE c.state = 'waiting' AND c.claimed_until <= $1 AND {of}
                AND NOT EXISTS (SELECT 1 FROM plan_move_customer e
                    WHERE e.organization_id = c.organization_id AND e.state = 'waiting' AND e.move_id < c.move_id)
             ORDER BY c.move_id, c.organization_id LIMIT $2 {skips}"
        );
        let rows: Vec<ClaimedRow> = on!(tx: &mut tx, |c| {
            let query = sqlx::query_as(&sql).bind(now.micros()).bind(i64::from(limit));
            match only {
                Some(ids) => query.bind(set_of(ids)).fetch_all(c).await,
                None => query.bind(now.plus_seconds(-HEAD_START_SECONDS).micros()).fetch_all(c).await,
            }
        })?;
        let until = now.plus_seconds(CLAIM_SECONDS);
        let mut claims = Rows::new(&CLAIM);
        for row in &rows {
            claims.push([row.organization_id.into(), row.move_id.into(), until.into()]);
        }
        claims.write(&mut tx).await?;
        tx.commit().await?;
        rows.into_iter().map(|row| row.claimed(until)).collect()
    }

    /// Whether anybody waits at all: a read, since the job asks every second.
    async fn some_plan_move_waits(&self) -> Result<bool, StoreError> {
        let found: Option<(i64,)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT CAST(1 AS BIGINT) FROM plan_move_customer WHERE state = 'waiting' LIMIT 1",
        )
        .fetch_optional(c)
        .await)?;
        Ok(found.is_some())
    }

    /// Whether a customer still waits under this claim.
    pub async fn plan_move_waits(&self, claim: &ClaimedMove) -> Result<bool, StoreError> {
        let found: Option<(i64,)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT claimed_until FROM plan_move_customer
             WHERE organization_id = $1 AND move_id = $2 AND state = 'waiting' AND claimed_until = $3",
        )
        .bind(claim.organization.uuid())
        .bind(claim.id.uuid())
        .bind(claim.until.micros())
        .fetch_optional(c)
        .await)?;
        Ok(found.is_some())
    }

    /// Writes down what became of a customer, unless the claim is lost.
    pub async fn end_plan_move(
        &self,
        claim: &ClaimedMove,
        state: PlanMoveState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut tx = self.db().write.begin().await?;
        on!(tx: &mut tx, |c| sqlx::query(
            "UPDATE plan_move_customer SET state = $3, reason = $4
             WHERE organization_id = $1 AND move_id = $2 AND state = 'waiting' AND claimed_until = $5",
        )
        .bind(claim.organization.uuid())
        .bind(claim.id.uuid())
        .bind(state.name())
        .bind(reason)
        .bind(claim.until.micros())
        .execute(c)
        .await
        .map(|_| ()))?;
        tx.commit().await
    }
}
