//! How often each shape of run was used, by customer and local day: folded out of the usage events when it is asked for,
//! once each, and kept. A simulation reads these rows and never the events of a whole period.

use std::collections::{BTreeMap, HashMap};

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::simulation::Shape;
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::bulk::{Kind, Rows, Target, Verb};
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::hold::json;
use crate::organization::key;
use crate::sets::{UuidSet, one_of};

/// Runs of one day by their shape.
pub type ShapeCounts = BTreeMap<Shape, i64>;

/// How far an organization's events are folded: up to this event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShapeCursor {
    batch: i64,
    event: Uuid,
}

/// Events that are not folded yet, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfolded {
    /// How far the organization is folded; `None` where nothing is.
    pub from: Option<ShapeCursor>,
    /// How far it is with these.
    pub to: ShapeCursor,
    /// When each occurred, and its shape.
    pub events: Vec<(Timestamp, Shape)>,
    /// Whether there may be more.
    pub more: bool,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    batch: i64,
    id: Uuid,
    use_case: String,
    mode: String,
    platform: String,
    quantities: String,
    occurred_at: i64,
}

impl EventRow {
    fn shape(&self) -> Result<Shape, StoreError> {
        Ok(Shape {
            use_case: key("use case", &self.use_case)?,
            mode: key("mode", &self.mode)?,
            platform: key("platform", &self.platform)?,
            quantities: json("quantities", &self.quantities)?,
        })
    }
}

fn written(counts: &ShapeCounts) -> Result<String, StoreError> {
    let counts: Vec<(&Shape, &i64)> = counts.iter().collect();
    serde_json::to_string(&counts).map_err(|error| StoreError::corrupt("shapes", error))
}

fn read(text: &str) -> Result<ShapeCounts, StoreError> {
    let counts: Vec<(Shape, i64)> = json("shapes", text)?;
    Ok(counts.into_iter().collect())
}

impl Store {
    /// The identifiers of the organizations, in their order, from after one on.
    pub async fn organizations_after(
        &self,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let ids: Vec<(Uuid,)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT id FROM organization WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after.map_or(Uuid::nil(), OrganizationId::uuid))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        Ok(ids.into_iter().map(|(id,)| OrganizationId::from_uuid(id)).collect())
    }

    /// Such organizations in which something has happened since their events were last folded.
    pub async fn unfolded_organizations(
        &self,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let ids: Vec<(Uuid,)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT o.id FROM organization o LEFT JOIN usage_shape_cursor f ON f.organization_id = o.id
             WHERE o.id > $1 AND o.version > COALESCE(f.batch, 0) ORDER BY o.id LIMIT $2",
        )
        .bind(after.map_or(Uuid::nil(), OrganizationId::uuid))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        Ok(ids.into_iter().map(|(id,)| OrganizationId::from_uuid(id)).collect())
    }

    /// How many organizations there are.
    pub async fn count_organizations(&self) -> Result<i64, StoreError> {
        let count: (i64,) = on!(pool: &self.db().read, |c| sqlx::query_as("SELECT COUNT(*) FROM organization")
            .fetch_one(c)
            .await)?;
        Ok(count.0)
    }

    /// The events of an organization that are not folded yet, of those recorded since an instant.
    pub async fn unfolded_events(
        &self,
        organization: OrganizationId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Unfolded, StoreError> {
        let pool = &self.db().read;
        let cursor: Option<(i64, Uuid)> = on!(pool: pool, |c| sqlx::query_as(
            "SELECT batch, event_id FROM usage_shape_cursor WHERE organization_id = $1",
        )
        .bind(organization.uuid())
        .fetch_optional(c)
        .await)?;
        let from = cursor.map(|(batch, event)| ShapeCursor { batch, event });
        let after = from.unwrap_or_default();
        let rows: Vec<EventRow> = on!(pool: pool, |c| sqlx::query_as(
            "SELECT batch, id, use_case, mode, platform, quantities, occurred_at FROM usage_event
             WHERE organization_id = $1 AND (batch, id) > ($2, $3) AND recorded_at >= $4
             ORDER BY batch, id LIMIT $5",
        )
        .bind(organization.uuid())
        .bind(after.batch)
        .bind(after.event)
        .bind(since.micros())
        .bind(i64::from(limit))
        .fetch_all(c)
        .await)?;
        let to = rows.last().map_or(after, |row| ShapeCursor {
            batch: row.batch,
            event: row.id,
        });
        let more = rows.len() >= limit as usize;
        let events = rows
            .iter()
            .map(|row| Ok((Timestamp::from_micros(row.occurred_at), row.shape()?)));
        Ok(Unfolded {
            from,
            to,
            events: events.collect::<Result<_, StoreError>>()?,
            more,
        })
    }

    /// Adds counts to an organization's days and moves its cursor on. False where somebody else moved it meanwhile:
    /// nothing was written, and what is left is to be asked for again.
    pub async fn fold_shapes(
        &self,
        organization: OrganizationId,
        unfolded: &Unfolded,
        days: &BTreeMap<Timestamp, ShapeCounts>,
    ) -> Result<bool, StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            if !move_cursor(&mut tx, organization, unfolded).await? {
                return Ok(false);
            }
            add_days(&mut tx, organization, days).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// The days of organizations from an instant on, in the order of time.
    pub async fn usage_shapes(
        &self,
        organizations: &[OrganizationId],
        since: Timestamp,
    ) -> Result<HashMap<OrganizationId, Vec<(Timestamp, ShapeCounts)>>, StoreError> {
        let pool = &self.db().read;
        let ids = UuidSet::new(organizations.iter().map(|id| id.uuid()));
        let sql = format!(
            "SELECT organization_id, day, shapes FROM usage_shape_day WHERE organization_id {} AND day >= $2 ORDER BY day",
            one_of(pool, 1)
        );
        let rows: Vec<(Uuid, i64, String)> = on!(pool: pool, |c| sqlx::query_as(&sql)
            .bind(&ids)
            .bind(since.micros())
            .fetch_all(c)
            .await)?;
        let mut found: HashMap<OrganizationId, Vec<(Timestamp, ShapeCounts)>> = HashMap::new();
        for (id, day, shapes) in rows {
            let day = (Timestamp::from_micros(day), read(&shapes)?);
            found.entry(OrganizationId::from_uuid(id)).or_default().push(day);
        }
        Ok(found)
    }
}

async fn move_cursor(tx: &mut Tx, organization: OrganizationId, unfolded: &Unfolded) -> Result<bool, StoreError> {
    let statement = if unfolded.from.is_some() {
        "UPDATE usage_shape_cursor SET batch = $2, event_id = $3
         WHERE organization_id = $1 AND batch = $4 AND event_id = $5"
    } else {
        "INSERT INTO usage_shape_cursor (organization_id, batch, event_id)
         VALUES ($1, $2, $3) ON CONFLICT (organization_id) DO NOTHING"
    };
    let moved = on!(tx: tx, |c| {
        let query = sqlx::query(statement)
            .bind(organization.uuid())
            .bind(unfolded.to.batch)
            .bind(unfolded.to.event);
        let query = match unfolded.from {
            Some(from) => query.bind(from.batch).bind(from.event),
            None => query,
        };
        query.execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(moved > 0)
}

/// Adds counts to days: one statement reads what they have, one writes them all.
async fn add_days(
    tx: &mut Tx,
    organization: OrganizationId,
    days: &BTreeMap<Timestamp, ShapeCounts>,
) -> Result<(), StoreError> {
    let (Some((first, _)), Some((last, _))) = (days.first_key_value(), days.last_key_value()) else {
        return Ok(());
    };
    let known: Vec<(i64, String)> = on!(tx: &mut *tx, |c| sqlx::query_as(
        "SELECT day, shapes FROM usage_shape_day WHERE organization_id = $1 AND day BETWEEN $2 AND $3",
    )
    .bind(organization.uuid())
    .bind(first.micros())
    .bind(last.micros())
    .fetch_all(c)
    .await)?;
    let known: HashMap<i64, String> = known.into_iter().collect();
    let mut rows = Rows::new(&SHAPE_DAY);
    for (day, counts) in days {
        let mut sums = match known.get(&day.micros()) {
            Some(text) => read(text)?,
            None => ShapeCounts::new(),
        };
        for (shape, runs) in counts {
            *sums.entry(shape.clone()).or_default() += runs;
        }
        rows.push([organization.uuid().into(), (*day).into(), written(&sums)?.into()]);
    }
    Ok(rows.write(tx).await?)
}

static SHAPE_DAY: Target<3> = Target {
    table: "usage_shape_day",
    columns: [
        ("organization_id", Kind::Uuid),
        ("day", Kind::Int),
        ("shapes", Kind::Text),
    ],
    verb: Verb::Replace { key: 2 },
    whole: true,
};
