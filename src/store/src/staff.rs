//! Staff: the vendor's own people who sign in, and which customers each of them looks after.

use std::collections::BTreeSet;

use drawdown_domain::Timestamp;
use drawdown_domain::id::{OrganizationId, StaffId};
use drawdown_domain::staff::StaffRole;
use uuid::Uuid;

use crate::Store;
use crate::again::again;
use crate::audit::{AuditLine, write_lines};
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;

/// One of the vendor's staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Its identifier.
    pub id: StaffId,
    /// The address by which it signs in, in lower case; unique in the installation, members included.
    pub email: String,
    /// Its name.
    pub name: String,
    /// What it is there for; one at least.
    pub roles: Vec<StaffRole>,
    /// As an account manager: true for all customers, false for those that it looks after itself.
    pub all_customers: bool,
    /// True where it may not sign in any more.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A new person of the staff with the hash of its password (PHC string; hashing is the service's affair).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStaff {
    /// The person.
    pub staff: Staff,
    /// The hash of its password.
    pub password_hash: String,
}

#[derive(sqlx::FromRow)]
struct StaffRow {
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
    roles: String,
    all_customers: bool,
    disabled: bool,
    created_at: i64,
}

impl TryFrom<StaffRow> for NewStaff {
    type Error = StoreError;

    fn try_from(row: StaffRow) -> Result<Self, StoreError> {
        Ok(Self {
            staff: Staff {
                id: StaffId::from_uuid(row.id),
                email: row.email,
                name: row.name,
                roles: serde_json::from_str(&row.roles).map_err(|error| StoreError::corrupt("staff roles", error))?,
                all_customers: row.all_customers,
                disabled: row.disabled,
                created_at: Timestamp::from_micros(row.created_at),
            },
            password_hash: row.password_hash,
        })
    }
}

fn roles_json(staff: &Staff) -> String {
    let names: Vec<&str> = staff.roles.iter().map(|role| role.as_str()).collect();
    serde_json::Value::from(names).to_string()
}

impl Store {
    /// Adds a person. The address is stored in lower case.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where the address is taken, by staff or by a member.
    pub async fn create_staff(&self, new: &NewStaff, audit: &[AuditLine]) -> Result<(), StoreError> {
        let staff = &new.staff;
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query(
                "INSERT INTO staff (id, email, name, password_hash, roles, all_customers, disabled, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(staff.id.uuid())
            .bind(staff.email.to_ascii_lowercase())
            .bind(&staff.name)
            .bind(&new.password_hash)
            .bind(roles_json(staff))
            .bind(staff.all_customers)
            .bind(staff.disabled)
            .bind(staff.created_at.micros())
            .execute(c)
            .await
            .map(|_| ()))
            .map_err(|error| StoreError::or_exists(error, "sign-in"))?;
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }

    /// Changes a person's name, roles, reach and standing (not its address or password).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such person.
    pub async fn change_staff(&self, staff: &Staff, audit: &[AuditLine]) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let changed = on!(tx: &mut tx, |c| sqlx::query(
                "UPDATE staff SET name = $2, roles = $3, all_customers = $4, disabled = $5 WHERE id = $1",
            )
            .bind(staff.id.uuid())
            .bind(&staff.name)
            .bind(roles_json(staff))
            .bind(staff.all_customers)
            .bind(staff.disabled)
            .execute(c)
            .await?
            .rows_affected());
            if changed == 0 {
                return Err(StoreError::NotFound("person of the staff"));
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }

    /// The person of an identifier.
    pub async fn staff(&self, id: StaffId) -> Result<Option<Staff>, StoreError> {
        let row: Option<StaffRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(staff, "WHERE id = $1"),
        )
        .bind(id.uuid())
        .fetch_optional(c)
        .await)?;
        row.map(|row| NewStaff::try_from(row).map(|found| found.staff))
            .transpose()
    }

    /// The person of an address, in any case, with the hash of its password.
    pub async fn staff_by_email(&self, email: &str) -> Result<Option<NewStaff>, StoreError> {
        let row: Option<StaffRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(staff, "WHERE email = $1"),
        )
        .bind(email.to_ascii_lowercase())
        .fetch_optional(c)
        .await)?;
        row.map(NewStaff::try_from).transpose()
    }

    /// Everybody, oldest first; 1000 at most.
    pub async fn all_staff(&self) -> Result<Vec<Staff>, StoreError> {
        let rows: Vec<StaffRow> = on!(pool: &self.db().read, |c| sqlx::query_as(
            select!(staff, "ORDER BY id LIMIT 1000"),
        )
        .fetch_all(c)
        .await)?;
        rows.into_iter()
            .map(|row| NewStaff::try_from(row).map(|found| found.staff))
            .collect()
    }

    /// The customers that a person looks after.
    pub async fn looked_after(&self, id: StaffId) -> Result<BTreeSet<OrganizationId>, StoreError> {
        let rows: Vec<(Uuid,)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT id FROM organization WHERE account_manager_id = $1",
        )
        .bind(id.uuid())
        .fetch_all(c)
        .await)?;
        Ok(rows.into_iter().map(|(id,)| OrganizationId::from_uuid(id)).collect())
    }

    /// Who looks after a customer; `None` where nobody does.
    pub async fn account_manager(&self, organization: OrganizationId) -> Result<Option<StaffId>, StoreError> {
        let row: Option<(Option<Uuid>,)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT account_manager_id FROM organization WHERE id = $1",
        )
        .bind(organization.uuid())
        .fetch_optional(c)
        .await)?;
        Ok(row.and_then(|(id,)| id).map(StaffId::from_uuid))
    }

    /// Puts a customer into somebody's hands, or into nobody's.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such customer.
    pub async fn set_account_manager(
        &self,
        organization: OrganizationId,
        staff: Option<StaffId>,
        audit: &[AuditLine],
    ) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            let changed = on!(tx: &mut tx, |c| sqlx::query(
                "UPDATE organization SET account_manager_id = $2 WHERE id = $1",
            )
            .bind(organization.uuid())
            .bind(staff.map(StaffId::uuid))
            .execute(c)
            .await?
            .rows_affected());
            if changed == 0 {
                return Err(StoreError::NotFound("customer"));
            }
            write_lines(&mut tx, audit).await?;
            tx.commit().await
        })
        .await
    }
}
