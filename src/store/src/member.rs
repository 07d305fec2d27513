//! Members: the people of an organization who sign in.

use std::sync::Arc;

use drawdown_domain::Timestamp;
use drawdown_domain::id::{MemberId, OrganizationId, PlanVersionId};
use drawdown_domain::organization::Role;
use drawdown_domain::plan::{PlanVersion, Seat};
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::columns::select;
use crate::database::{Tx, on};
use crate::error::StoreError;
use crate::names::Named;

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its identifier.
    pub id: MemberId,
    /// Its organization.
    pub organization: OrganizationId,
    /// The address by which it signs in, in lower case; unique in the installation.
    pub email: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// True where it may not sign in any more.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A new member with the hash of its password (PHC string; hashing is the service's affair).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMember {
    /// The member.
    pub member: Member,
    /// The hash of its password.
    pub password_hash: String,
}

/// What a member that was to be added is by its organization's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seated {
    /// Its seat; where there is none it was not added.
    pub seat: Seat,
    /// The plan.
    pub plan: Option<Arc<PlanVersion>>,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    organization_id: Uuid,
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
    role: String,
    disabled: bool,
    created_at: i64,
}

impl TryFrom<MemberRow> for NewMember {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        Ok(Self {
            member: Member {
                id: MemberId::from_uuid(row.id),
                organization: OrganizationId::from_uuid(row.organization_id),
                email: row.email,
                name: row.name,
                role: Role::from_name(&row.role)?,
                disabled: row.disabled,
                created_at: Timestamp::from_micros(row.created_at),
            },
            password_hash: row.password_hash,
        })
    }
}

impl Store {
    /// Adds a member, where the plan of its organization has a seat for it: those who may sign in are counted in the same
    /// transaction. The address is stored in lower case.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where the address is taken.
    pub async fn create_member(&self, new: &NewMember, audit: &[AuditLine]) -> Result<Seated, StoreError> {
        let member = &new.member;
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let (members, plan) = lock_seats(&mut tx, member.organization).await?;
            let plan = match plan {
                Some(plan) => self.inner.catalogue.plan_in(&mut tx, plan).await?,
                None => None,
            };
            on!(tx: &mut tx, |c| sqlx::query(
                "INSERT INTO member (organization_id, id, email, name, password_hash, role, disabled, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(member.organization.uuid())
            .bind(member.id.uuid())
            .bind(member.email.to_ascii_lowercase())
            .bind(&member.name)
            .bind(&new.password_hash)
            .bind(member.role.name())
            .bind(member.disabled)
            .bind(member.created_at.micros())
            .execute(c)
            .await
            .map(|_| ()))
            .map_err(|error| StoreError::or_exists(error, "member"))?;
            let seat = plan.as_ref().map(|plan| plan.terms.next_seat(members));
            let seat = seat.unwrap_or(Seat::Included);
            if matches!(seat, Seat::Taken(_)) {
                // The transaction ends without what was written.
                return Ok(Seated { seat, plan });
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await?;
            Ok(Seated { seat, plan })
        })
        .await
    }

    /// Changes a member's name, role and standing (not its organization, address or password).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such member in its organization.
    pub async fn change_member(&self, member: &Member, audit: &[AuditLine]) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let changed = on!(tx: &mut tx, |c| sqlx::query(
                "UPDATE member SET name = $3, role = $4, disabled = $5 WHERE organization_id = $1 AND id = $2",
            )
            .bind(member.organization.uuid())
            .bind(member.id.uuid())
            .bind(&member.name)
            .bind(member.role.name())
            .bind(member.disabled)
            .execute(c)
            .await?
            .rows_affected());
            if changed == 0 {
                return Err(StoreError::NotFound("member"));
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }

    /// Sets the hash of a member's password.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such member.
    pub async fn set_password(&self, id: MemberId, password_hash: &str, audit: &[AuditLine]) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let changed = on!(tx: &mut tx, |c| sqlx::query("UPDATE member SET password_hash = $2 WHERE id = $1")
                .bind(id.uuid())
                .bind(password_hash)
                .execute(c)
                .await?
                .rows_affected());
            if changed == 0 {
                return Err(StoreError::NotFound("member"));
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }

    /// The member of an identifier.
    pub async fn member(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        let row: Option<MemberRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(member, "WHERE id = $1"),
        )
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        row.map(|row| NewMember::try_from(row).map(|found| found.member))
            .transpose()
    }

    /// The member of an address, in any case, with the hash of its password.
    pub async fn member_by_email(&self, email: &str) -> Result<Option<NewMember>, StoreError> {
        let row: Option<MemberRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(member, "WHERE email = $1"),
        )
        .bind(email.to_ascii_lowercase())
        .fetch_optional(c)
        .await)?;
        row.map(NewMember::try_from).transpose()
    }

    /// The members of an organization, oldest first; 1000 at most.
    pub async fn members(&self, organization: OrganizationId) -> Result<Vec<Member>, StoreError> {
        let rows: Vec<MemberRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(member, "WHERE organization_id = $1 ORDER BY id LIMIT 1000"),
        )
        .bind(organization.uuid())
        .fetch_all(c)
        .await)?;
        rows.into_iter()
            .map(|row| NewMember::try_from(row).map(|found| found.member))
            .collect()
    }
}

/// How many members of an organization may sign in, and its plan: both stay so until the transaction ends. On SQLite the transaction
/// is the lock.
async fn lock_seats(tx: &mut Tx, organization: OrganizationId) -> Result<(u32, Option<PlanVersionId>), StoreError> {
    let locking = match tx {
        Tx::Sqlite(_) => "",
        Tx::Postgres(_) => "FOR NO KEY UPDATE",
    };
    let sql = format!("SELECT plan_version_id FROM organization WHERE id = $1 {locking}");
    let plan: Option<(Option<Uuid>,)> = on!(tx: &mut *tx, |c| sqlx::query_as(&sql)
        .bind(organization.uuid())
        .fetch_optional(c)
        .await)?;
    let (plan,) = plan.ok_or(StoreError::NotFound("organization"))?;
    // A statement of its own: it sees what was committed while the lock was waited for.
    let members: i64 = on!(tx: tx, |c| sqlx::query_scalar(
        "SELECT COUNT(*) FROM member WHERE organization_id = $1 AND disabled = FALSE",
    )
    .bind(organization.uuid())
    .fetch_one(c)
    .await)?;
    Ok((
        u32::try_from(members).unwrap_or(u32::MAX),
        plan.map(PlanVersionId::from_uuid),
    ))
}
