//! Staff: the vendor's own people, what each may do and for which customers, and how they are added and disabled.
//!
//! What a role may do is [`Staff::may`], the staff's part of the one table in `actor`. Customers are put into an account
//! manager's hands here too.

use std::collections::BTreeSet;
use std::sync::Arc;

use drawdown_domain::id::{OrganizationId, StaffId};
use drawdown_domain::staff::StaffRole;
use drawdown_store::{AdjustmentAsker, NewStaff, SessionOf};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::members::check_person;
use crate::password;
use crate::service::Service;

/// Which customers an account manager looks after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of them.
    All,
    /// These.
    Own(Arc<BTreeSet<OrganizationId>>),
}

/// A person of the vendor who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// The person.
    pub id: StaffId,
    /// Mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// What the person is there for.
    pub roles: Vec<StaffRole>,
    /// Whom the person looks after as an account manager. Other roles know all customers.
    pub reach: Reach,
}

/// A person of the staff to be added.
#[derive(Debug)]
pub struct StaffInput {
    /// Mail address, by which it signs in.
    pub email: String,
    /// Name.
    pub name: String,
    /// What it is there for; one at least.
    pub roles: Vec<StaffRole>,
    /// As an account manager: all customers, or those that are put into its hands.
    pub all_customers: bool,
    /// Password, 8 characters to 256 bytes.
    pub password: SecretString,
}

/// The staff's part of the table: what each role may do.
const fn role_may(role: StaffRole, action: Action) -> bool {
    use StaffRole::{AccountManager, Administrator, CatalogueEditor, Finance};
    match action {
        Action::Read
        | Action::ReadPortfolio
        | Action::ReadPayments
        | Action::ManageNotes
        | Action::ManageGrants
        | Action::ReadAudit => matches!(role, AccountManager | Finance | Administrator),
        Action::ManageContracts | Action::SuspendCustomers | Action::SetVendorLimits => {
            matches!(role, AccountManager | Administrator)
        }
        Action::AdjustAboveLimit => matches!(role, Finance | Administrator),
        // Whoever sells a plan may read it.
        Action::ReadCatalogue => matches!(role, AccountManager | CatalogueEditor | Administrator),
        Action::ManageCatalogue => matches!(role, CatalogueEditor | Administrator),
        Action::ManageCustomers | Action::ManageKeys | Action::ManageStaff => matches!(role, Administrator),
        Action::Meter
        | Action::Quote
        | Action::SetCustomerLimits
        | Action::TopUp
        | Action::UseAdminApi
        | Action::Maintain => false,
    }
}

impl Staff {
    /// May this person do that, with that customer (`None`: across the installation)?
    pub fn may(&self, action: Action, organization: Option<OrganizationId>) -> bool {
        let reaches = |role: StaffRole| match (role, &self.reach, organization) {
            (StaffRole::AccountManager, Reach::Own(own), Some(id)) => own.contains(&id),
            // Their list is of their own customers, and what they sell is for all to read; the rest of the installation is not theirs.
            (StaffRole::AccountManager, Reach::Own(_), None) => {
                matches!(
                    action,
                    Action::ReadPortfolio | Action::ReadAudit | Action::ReadCatalogue
                )
            }
            _ => true,
        };
        self.roles.iter().any(|role| role_may(*role, action) && reaches(*role))
    }

    /// May this person approve or refuse what `asked_by` has asked to give or take back? Never what it asked for itself.
    pub fn may_decide(&self, asked_by: AdjustmentAsker, organization: OrganizationId) -> bool {
        asked_by != AdjustmentAsker::Staff(self.id) && self.may(Action::AdjustAboveLimit, Some(organization))
    }

    /// Whether a role of this person allows it for some customer at least.
    pub(crate) fn has_role_for(&self, action: Action) -> bool {
        self.roles.iter().any(|role| role_may(*role, action))
    }

    /// The only customers that this person may know of; `None` for all.
    pub fn only(&self) -> Option<Arc<BTreeSet<OrganizationId>>> {
        let knows_all = self
            .roles
            .iter()
            .any(|role| *role != StaffRole::AccountManager && role_may(*role, Action::Read));
        match &self.reach {
            Reach::Own(own) if !knows_all => Some(Arc::clone(own)),
            Reach::Own(_) | Reach::All => None,
        }
    }
}

impl Service {
    /// Adds a person.
    pub async fn add_staff(&self, actor: &Actor, input: StaffInput) -> Result<StaffId, ServiceError> {
        actor.authorise(Action::ManageStaff, None)?;
        let email = input.email.trim().to_lowercase();
        let mut errors = FieldErrors::default();
        check_person(&mut errors, &email, &input.name, &input.password);
        if input.roles.is_empty() {
            errors.add("role", "required", "a person has one role at least");
        }
        errors.finish()?;
        let password_hash = password::hash(input.password, self.random().bytes()).await?;
        let now = self.now();
        let mut roles = input.roles;
        roles.sort_unstable();
        roles.dedup();
        let staff = drawdown_store::Staff {
            id: StaffId::from_uuid(self.random().uuid(now)),
            email,
            name: input.name,
            roles,
            all_customers: input.all_customers,
            disabled: false,
            created_at: now,
        };
        let line = self.audit_line(actor, None, "add", "staff", Some(described(&staff)));
        let id = staff.id;
        self.store()
            .create_staff(&NewStaff { staff, password_hash }, &[line])
            .await?;
        Ok(id)
    }

    /// Everybody, oldest first.
    pub async fn staff(&self, actor: &Actor) -> Result<Vec<drawdown_store::Staff>, ServiceError> {
        actor.authorise(Action::ManageStaff, None)?;
        Ok(self.store().all_staff().await?)
    }

    /// Disables the person of an address and ends all its sessions. Again is the same.
    pub async fn disable_staff(&self, actor: &Actor, email: &str) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageStaff, None)?;
        let before = self.staff_of(email).await?;
        if before.disabled {
            return Ok(());
        }
        let after = drawdown_store::Staff {
            disabled: true,
            ..before.clone()
        };
        let mut line = self.audit_line(actor, None, "disable", "staff", Some(described(&after)));
        line.before = Some(described(&before));
        self.store().change_staff(&after, &[line]).await?;
        self.store()
            .revoke_sessions(SessionOf::Staff(after.id), None, &[])
            .await?;
        Ok(())
    }

    /// Puts a customer into the hands of the person of an address.
    pub async fn assign_customer(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        email: &str,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageCustomers, Some(organization))?;
        let staff = self.staff_of(email).await?;
        if staff.disabled || !staff.roles.contains(&StaffRole::AccountManager) {
            return Err(ServiceError::field(
                "email",
                "not_an_account_manager",
                "the person must have the role account manager and not be disabled",
            ));
        }
        let before = self.store().account_manager(organization).await?;
        let after = json!({ "account_manager": staff.id });
        let mut line = self.audit_line(actor, Some(organization), "assign", "customer", Some(after));
        line.before = Some(json!({ "account_manager": before }));
        self.store()
            .set_account_manager(organization, Some(staff.id), &[line])
            .await?;
        Ok(())
    }

    async fn staff_of(&self, email: &str) -> Result<drawdown_store::Staff, ServiceError> {
        let found = self.store().staff_by_email(&email.trim().to_lowercase()).await?;
        found
            .map(|found| found.staff)
            .ok_or(ServiceError::NotFound("person of the staff"))
    }

    /// A stored person with the customers it looks after.
    pub(crate) async fn staff_signed_in(&self, staff: drawdown_store::Staff) -> Result<Staff, ServiceError> {
        let reach = if staff.all_customers || !staff.roles.contains(&StaffRole::AccountManager) {
            Reach::All
        } else {
            Reach::Own(Arc::new(self.store().looked_after(staff.id).await?))
        };
        Ok(Staff {
            id: staff.id,
            email: staff.email,
            name: staff.name,
            roles: staff.roles,
            reach,
        })
    }
}

/// A person as the audit log shows it.
fn described(staff: &drawdown_store::Staff) -> Value {
    json!({
        "id": staff.id, "email": staff.email, "name": staff.name, "roles": staff.roles,
        "all_customers": staff.all_customers, "disabled": staff.disabled,
    })
}
