//! The roll-ups of a batch as rows: what it adds to each hour, day and day of a subject.

use std::collections::BTreeMap;

use drawdown_domain::account::{RollupDelta, RollupKey};
use drawdown_domain::id::OrganizationId;

use super::tables;
use super::writer::Failure;
use crate::bulk::{Rows, Value, WriteError};
use crate::database::Tx;
use crate::script::Script;

/// See the module.
pub(super) struct RollupRows {
    hours: Rows<12>,
    days: Rows<12>,
    subject_days: Rows<11>,
}

impl RollupRows {
    pub(super) fn new() -> Self {
        Self {
            hours: Rows::new(&tables::ROLLUP_HOUR),
            days: Rows::new(&tables::ROLLUP_DAY),
            subject_days: Rows::new(&tables::ROLLUP_SUBJECT_DAY),
        }
    }

    /// Adds the rows to a statement.
    pub(super) fn add_to(self, script: &mut Script) -> Result<(), sqlx::Error> {
        script.add(self.hours)?;
        script.add(self.days)?;
        script.add(self.subject_days)
    }

    /// Writes the rows, table by table.
    pub(super) async fn write(self, tx: &mut Tx) -> Result<(), WriteError> {
        self.hours.write(tx).await?;
        self.days.write(tx).await?;
        self.subject_days.write(tx).await
    }

    /// One row a roll-up and key: PostgreSQL does not touch a row twice in a statement.
    pub(super) fn add(
        &mut self,
        organization: OrganizationId,
        rollups: &[(RollupKey, RollupDelta)],
    ) -> Result<(), Failure> {
        let mut hours = BTreeMap::new();
        let mut days = BTreeMap::new();
        let mut subject_days = BTreeMap::new();
        for (key, delta) in rollups {
            let run = (&key.use_case, &key.mode, &key.platform);
            sum_up(hours.entry((key.hour, run)).or_default(), *delta)?;
            sum_up(days.entry((key.day, run)).or_default(), *delta)?;
            let subject = (&key.subject, &key.use_case);
            sum_up(subject_days.entry((key.day, subject)).or_default(), *delta)?;
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

fn sum_up(sum: &mut RollupDelta, delta: RollupDelta) -> Result<(), Failure> {
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
