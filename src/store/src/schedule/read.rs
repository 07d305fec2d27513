//! Reading agreements, and the steps that were done.

use std::collections::HashMap;

use drawdown_domain::contract::{Contract, ContractVersion};
use drawdown_domain::id::{ContractId, GrantId, OrganizationId, PlanVersionId};
use drawdown_domain::schedule::{Outlook, Progress, StepKey};
use drawdown_domain::{Money, Timestamp};
use uuid::Uuid;

use super::rows::{StoredChange, StoredContractVersion, StoredPhase, number};
use super::{Agreements, ContractRef, DoneStep, PhaseRow, PlanChange, StepGrants};
use crate::Store;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::hold::json;
use crate::sets::{UuidSet, one_of};

/// The organization, and its [`Outlook`] as it is stored.
type OutlookRow = (Uuid, Option<i64>, Option<i64>, Option<i64>);

#[derive(sqlx::FromRow)]
struct StepRow {
    key: String,
    kind: String,
    at: i64,
    done_at: i64,
    grant_id: Option<Uuid>,
    money_minor: Option<i64>,
    money_currency: Option<String>,
}

/// The kinds of steps, as they are stored.
const KINDS: [&str; 10] = [
    "expire",
    "plan_end",
    "contract_end",
    "contract_renewal",
    "renewal",
    "charge",
    "payment",
    "roll_over",
    "grant",
    "release",
];

impl TryFrom<StepRow> for DoneStep {
    type Error = StoreError;

    fn try_from(row: StepRow) -> Result<Self, StoreError> {
        let kind = KINDS.into_iter().find(|kind| *kind == row.kind);
        let money = match (row.money_minor, row.money_currency) {
            (Some(minor), Some(currency)) => {
                let currency = currency
                    .parse()
                    .map_err(|error| StoreError::corrupt("currency", error))?;
                Some(Money::new(minor, currency))
            }
            _ => None,
        };
        Ok(Self {
            key: row.key,
            kind: kind.ok_or_else(|| StoreError::corrupt("kind of step", row.kind))?,
            at: Timestamp::from_micros(row.at),
            done_at: Timestamp::from_micros(row.done_at),
            grant: row.grant_id.map(GrantId::from_uuid),
            money,
        })
    }
}

impl Store {
    /// What comes next by the agreements of these organizations; those without any are left out.
    pub async fn outlooks(&self, ids: &[OrganizationId]) -> Result<HashMap<OrganizationId, Outlook>, StoreError> {
        let read = &self.db().read;
        let sql = format!(
            "SELECT organization_id, next_step_at, next_credits_at, renews_at FROM schedule WHERE organization_id {}",
            one_of(read, 1)
        );
        let rows: Vec<OutlookRow> = on!(pool: read, |c| sqlx::query_as(&sql)
            .bind(UuidSet::new(ids.iter().map(|id| id.uuid())))
            .fetch_all(c)
            .await)?;
        let rows = rows.into_iter().map(|(id, step, credits, renews)| {
            let outlook = Outlook {
                step_at: step.map(Timestamp::from_micros),
                credits_at: credits.map(Timestamp::from_micros),
                renews_at: renews.map(Timestamp::from_micros),
            };
            (OrganizationId::from_uuid(id), outlook)
        });
        Ok(rows.collect())
    }

    /// Everything that is agreed with an organization, as of one instant.
    pub async fn agreements(&self, organization: OrganizationId) -> Result<Agreements, StoreError> {
        let mut tx = self.db().read.begin_snapshot().await?;
        let id = organization.uuid();
        let schedule: Option<(i64, String, Option<i64>)> = on!(tx: &mut tx, |c| sqlx::query_as(
            "SELECT revision, progress, next_step_at FROM schedule WHERE organization_id = $1",
        )
        .bind(id)
        .fetch_optional(c)
        .await)?;
        let (revision, progress, next_step_at) = match schedule {
            Some((revision, progress, next)) => (revision, json("progress", &progress)?, next),
            None => (0, Progress::default(), None),
        };
        let phases: Vec<StoredPhase> = on!(tx: &mut tx, |c| sqlx::query_as(
            "SELECT number, starts_at, anchor, plan_version_id, contract_id, contract_version
             FROM phase WHERE organization_id = $1 ORDER BY number",
        )
        .bind(id)
        .fetch_all(c)
        .await)?;
        let changes: Vec<StoredChange> = on!(tx: &mut tx, |c| sqlx::query_as(
            "SELECT id, plan_version_id, contract_id, contract_version, move_id, anchor, due_at, created_at
             FROM plan_change WHERE organization_id = $1 AND state = 'scheduled' ORDER BY id",
        )
        .bind(id)
        .fetch_all(c)
        .await)?;
        let mut all = read_contracts(&mut tx, &UuidSet::new([id])).await?;
        let known = all.remove(&id).unwrap_or_default();
        Ok(Agreements {
            revision,
            progress,
            next_step_at: next_step_at.map(Timestamp::from_micros),
            phases: phases.into_iter().map(PhaseRow::try_from).collect::<Result<_, _>>()?,
            contracts: known.agreed,
            contract_plans: known.plans,
            withdrawn: known.withdrawn,
            changes: changes
                .into_iter()
                .map(PlanChange::try_from)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The grants that came of those of an organization's steps that made one: a carry-over of nothing makes none.
    pub async fn grants_of_steps(
        &self,
        organization: OrganizationId,
        keys: &[StepKey],
    ) -> Result<StepGrants, StoreError> {
        let mut grants = StepGrants::new();
        for key in keys {
            let found: Option<(Option<Uuid>,)> = on!(pool: &self.db().read, |c| sqlx::query_as(
                "SELECT s.grant_id FROM step s
                 JOIN credit_grant g ON g.organization_id = s.organization_id AND g.id = s.grant_id
                 WHERE s.organization_id = $1 AND s.key = $2",
            )
            .bind(organization.uuid())
            .bind(key.to_string())
            .fetch_optional(c)
            .await)?;
            if let Some((Some(grant),)) = found {
                grants.push((key.clone(), GrantId::from_uuid(grant)));
            }
        }
        Ok(grants)
    }

    /// The steps that were done for an organization, the newest first, those due before an instant; `limit` at most.
    pub async fn done_steps(
        &self,
        organization: OrganizationId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<DoneStep>, StoreError> {
        let rows: Vec<StepRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT s.key, s.kind, s.at, s.done_at, g.id AS grant_id, s.money_minor, s.money_currency
             FROM step s LEFT JOIN credit_grant g ON g.organization_id = s.organization_id AND g.id = s.grant_id
             WHERE s.organization_id = $1 AND s.at < $2 ORDER BY s.at DESC, s.key LIMIT $3",
        )
        .bind(organization.uuid())
        .bind(before.micros())
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        rows.into_iter().map(DoneStep::try_from).collect()
    }
}

/// The contracts of an organization.
#[derive(Debug, Default)]
pub(crate) struct Contracts {
    /// As they are agreed.
    pub(crate) agreed: Vec<Contract>,
    /// The plan version of each version of them.
    plans: Vec<(ContractRef, PlanVersionId)>,
    /// Versions that were taken back.
    withdrawn: Vec<ContractRef>,
}

/// The contracts of each of these organizations that has some.
pub(crate) async fn read_contracts(tx: &mut Tx, ids: &UuidSet) -> Result<HashMap<Uuid, Contracts>, StoreError> {
    let sql = format!(
        "SELECT v.organization_id, v.contract_id, v.number, v.effective_at, v.terms, v.plan_version_id, w.withdrawn_at
         FROM contract_version v LEFT JOIN contract_withdrawal w ON w.organization_id = v.organization_id
            AND w.contract_id = v.contract_id AND w.number = v.number
         WHERE v.organization_id {} ORDER BY v.organization_id, v.contract_id, v.number",
        one_of(tx, 1)
    );
    let rows: Vec<StoredContractVersion> = on!(tx: tx, |c| sqlx::query_as(&sql).bind(ids).fetch_all(c).await)?;
    let mut found: HashMap<Uuid, Contracts> = HashMap::new();
    for row in rows {
        let known = found.entry(row.organization_id).or_default();
        let id = ContractId::from_uuid(row.contract_id);
        let of = ContractRef {
            contract: id,
            version: number("contract version", row.number)?,
        };
        if row.withdrawn_at.is_some() {
            known.withdrawn.push(of);
            continue;
        }
        let version = ContractVersion {
            number: of.version,
            effective_at: Timestamp::from_micros(row.effective_at),
            terms: json("contract terms", &row.terms)?,
        };
        known.plans.push((of, PlanVersionId::from_uuid(row.plan_version_id)));
        match known.agreed.last_mut().filter(|contract| contract.id == id) {
            Some(contract) => contract.versions.push(version),
            None => known.agreed.push(Contract {
                id,
                versions: vec![version],
            }),
        }
    }
    Ok(found)
}
