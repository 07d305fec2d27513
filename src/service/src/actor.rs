//! Who acts, and the one table of what each may do.
//!
//! Pages and `/v1` ask the same table. A member acts within its own organization only; staff act by their roles, account
//! managers for the customers in their hands; an API key speaks for the vendor, within its scope; the system does what
//! jobs and the command line need.

use drawdown_domain::id::{ApiKeyId, MemberId, OrganizationId};
use drawdown_domain::key::Key;
use drawdown_domain::organization::Role;
use drawdown_store::{AdjustmentAsker, ApiKeyScope, AuditScope};
use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::staff::Staff;

/// What an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// Authorize, holds, usage, quotes, and reading.
    Metering,
    /// Everything that the vendor may do.
    Admin,
    /// Reading only.
    Read,
}

impl KeyScope {
    /// All scopes, for messages and help.
    pub const ALL: [Self; 3] = [Self::Metering, Self::Admin, Self::Read];

    /// As it is written and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metering => "metering",
            Self::Admin => "admin",
            Self::Read => "read",
        }
    }
}

impl std::str::FromStr for KeyScope {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, ServiceError> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| ServiceError::field("scope", "unknown_scope", "one of metering, admin, read"))
    }
}

impl From<ApiKeyScope> for KeyScope {
    fn from(scope: ApiKeyScope) -> Self {
        match scope {
            ApiKeyScope::Metering => Self::Metering,
            ApiKeyScope::Admin => Self::Admin,
            ApiKeyScope::Read => Self::Read,
        }
    }
}

impl From<KeyScope> for ApiKeyScope {
    fn from(scope: KeyScope) -> Self {
        match scope {
            KeyScope::Metering => Self::Metering,
            KeyScope::Admin => Self::Admin,
            KeyScope::Read => Self::Read,
        }
    }
}

/// A person who is signed in, with what every page shows of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub id: MemberId,
    /// Mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// The organization.
    pub organization: OrganizationId,
    /// The vendor's key for the organization.
    pub organization_key: Key,
    /// The organization's name.
    pub organization_name: String,
    /// The organization's IANA zone.
    pub time_zone: String,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The vendor's product, by a key.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// The only organization it speaks for; `None`: it is the vendor's and speaks for all.
        organization: Option<OrganizationId>,
        /// What it may do.
        scope: KeyScope,
        /// Its name.
        name: String,
    },
    /// A person of an organization.
    Member(Member),
    /// A person of the vendor.
    Staff(Staff),
    /// A job or a command; the text names it in the audit log.
    System(&'static str),
}

/// What can be done. Each use case asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read balances, usage, limits, grants and postings.
    Read,
    /// Read payments.
    ReadPayments,
    /// Authorize, capture, release, extend, record.
    Meter,
    /// Ask for the price of a run.
    Quote,
    /// See the list of customers with their figures.
    ReadPortfolio,
    /// Create organizations; change their plan, name and zone; add members; say who looks after whom.
    ManageCustomers,
    /// Put a customer on another plan; sign, amend and end its contracts.
    ManageContracts,
    /// Suspend and resume.
    SuspendCustomers,
    /// Read and write the vendor's notes on a customer.
    ManageNotes,
    /// Add and void grants.
    ManageGrants,
    /// Approve and refuse what somebody else asks to give or take back above the limit; void what was paid for.
    AdjustAboveLimit,
    /// Set limits as the vendor.
    SetVendorLimits,
    /// Set the customer's own limits.
    SetCustomerLimits,
    /// Pay for credits.
    TopUp,
    /// Create, list and revoke API keys.
    ManageKeys,
    /// Read what is published of the catalogue: plans' terms, and what a run costs.
    ReadCatalogue,
    /// Write and publish the catalogue.
    ManageCatalogue,
    /// Add staff, change what they may do, see who there is.
    ManageStaff,
    /// Read the audit log.
    ReadAudit,
    /// Call `/v1/admin`, where each call asks for its own action besides.
    UseAdminApi,
    /// Run maintenance.
    Maintain,
}

impl Action {
    /// All actions: the rows of the table.
    pub const ALL: [Self; 21] = [
        Self::Read,
        Self::ReadPayments,
        Self::Meter,
        Self::Quote,
        Self::ReadPortfolio,
        Self::ManageCustomers,
        Self::ManageContracts,
        Self::SuspendCustomers,
        Self::ManageNotes,
        Self::ManageGrants,
        Self::AdjustAboveLimit,
        Self::SetVendorLimits,
        Self::SetCustomerLimits,
        Self::TopUp,
        Self::ManageKeys,
        Self::ReadCatalogue,
        Self::ManageCatalogue,
        Self::ManageStaff,
        Self::ReadAudit,
        Self::UseAdminApi,
        Self::Maintain,
    ];

    /// What is missing, for people.
    const fn needs(self) -> &'static str {
        match self {
            Self::Read => "it needs access to this customer",
            Self::ReadPayments => "seeing payments needs the role owner or billing",
            Self::Meter => "metering needs a key of scope metering or admin",
            Self::Quote => "quotes need an API key",
            Self::ReadPortfolio => "seeing customers needs the role account manager, finance or administrator",
            Self::ManageCustomers | Self::ManageKeys => "it needs a key of scope admin or the role administrator",
            Self::ManageContracts => {
                "plans and contracts need a key of scope admin or the role account manager or administrator"
            }
            Self::SuspendCustomers => "suspending needs the role account manager or administrator",
            Self::ManageNotes => "notes need the role account manager, finance or administrator",
            Self::ManageGrants => {
                "changing grants needs a key of scope admin or the role account manager, finance or administrator"
            }
            Self::AdjustAboveLimit => {
                "approving what is above the limit, and taking back what was paid for, need the role finance or administrator"
            }
            Self::SetVendorLimits => "it needs a key of scope admin or the role account manager or administrator",
            Self::SetCustomerLimits => "setting limits needs the role owner or billing",
            Self::TopUp => "topping up needs the role owner or billing",
            Self::ReadCatalogue => "it needs the role account manager, catalogue editor or administrator",
            Self::ManageCatalogue => "publishing needs the role catalogue editor or administrator",
            Self::ManageStaff => "it needs the role administrator",
            Self::UseAdminApi => "/v1/admin needs a key of the vendor of scope admin",
            Self::Maintain => "it is for the operator",
            Self::ReadAudit => {
                "the audit log needs a key of scope admin or the role owner, account manager, finance or administrator"
            }
        }
    }
}

impl Actor {
    /// The table: may this actor do that, in that organization (`None`: across the installation)?
    pub fn may(&self, action: Action, organization: Option<OrganizationId>) -> bool {
        match self {
            Self::System(_) => true,
            Self::ApiKey {
                scope,
                organization: own,
                ..
            } => {
                (own.is_none() || *own == organization)
                    && match scope {
                        KeyScope::Admin => !matches!(action, Action::TopUp | Action::ManageStaff | Action::Maintain),
                        KeyScope::Metering => matches!(action, Action::Read | Action::Meter | Action::Quote),
                        KeyScope::Read => matches!(action, Action::Read | Action::Quote),
                    }
            }
            Self::Staff(staff) => staff.may(action, organization),
            Self::Member(member) => {
                organization == Some(member.organization)
                    && match action {
                        Action::Read => true,
                        Action::ReadPayments | Action::SetCustomerLimits | Action::TopUp => {
                            matches!(member.role, Role::Owner | Role::Billing)
                        }
                        Action::ReadAudit => member.role == Role::Owner,
                        Action::Meter
                        | Action::Quote
                        | Action::ReadPortfolio
                        | Action::ManageCustomers
                        | Action::ManageContracts
                        | Action::SuspendCustomers
                        | Action::ManageNotes
                        | Action::ManageGrants
                        | Action::AdjustAboveLimit
                        | Action::SetVendorLimits
                        | Action::ManageKeys
                        | Action::ReadCatalogue
                        | Action::ManageCatalogue
                        | Action::ManageStaff
                        | Action::UseAdminApi
                        | Action::Maintain => false,
                    }
            }
        }
    }

    /// The same as a result. To a member, another organization does not exist; to an account manager, one that somebody
    /// else looks after.
    pub(crate) fn authorise(&self, action: Action, organization: Option<OrganizationId>) -> Result<(), ServiceError> {
        if self.may(action, organization) {
            return Ok(());
        }
        match self {
            Self::Member(member) if organization.is_some_and(|id| id != member.organization) => {
                Err(ServiceError::NotFound("organization"))
            }
            Self::Staff(staff) if staff.has_role_for(action) => Err(ServiceError::NotFound("customer")),
            _ => Err(ServiceError::Forbidden(action.needs())),
        }
    }

    /// Lets keys of the vendor of scope admin into `/v1/admin`, and nobody else: staff have their pages, and a customer's own
    /// key speaks for that customer.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] for all others.
    pub fn authorise_admin_api(&self) -> Result<(), ServiceError> {
        self.authorise(Action::UseAdminApi, None)
    }

    /// The person, where it may approve or refuse what `asked_by` has asked for: another person, with the role for it.
    pub(crate) fn authorise_second_person(
        &self,
        asked_by: AdjustmentAsker,
        organization: OrganizationId,
    ) -> Result<&Staff, ServiceError> {
        self.authorise(Action::AdjustAboveLimit, Some(organization))?;
        match self {
            Self::Staff(staff) if staff.may_decide(asked_by, organization) => Ok(staff),
            Self::Staff(_) => Err(ServiceError::Forbidden(
                "it takes somebody else of finance or an administrator: nobody approves what it asked for itself",
            )),
            _ => Err(ServiceError::Forbidden("it takes a person of the staff")),
        }
    }

    /// Who asks for what is above the limit, by name: a person of the staff, or a key of the vendor.
    pub(crate) fn authorise_asking(
        &self,
        organization: OrganizationId,
    ) -> Result<(AdjustmentAsker, &str), ServiceError> {
        self.authorise(Action::ManageGrants, Some(organization))?;
        match self {
            Self::Staff(staff) => Ok((AdjustmentAsker::Staff(staff.id), &staff.name)),
            Self::ApiKey { id, name, .. } => Ok((AdjustmentAsker::Key(*id), name)),
            Self::Member(_) | Self::System(_) => Err(ServiceError::Forbidden(
                "above the limit it takes somebody of the staff, or a key, that asks",
            )),
        }
    }

    /// The person of the staff that asked, who alone withdraws what it asked for.
    pub(crate) fn authorise_withdrawing(
        &self,
        asked_by: AdjustmentAsker,
        organization: OrganizationId,
    ) -> Result<&Staff, ServiceError> {
        self.authorise(Action::ManageGrants, Some(organization))?;
        match self {
            Self::Staff(staff) if asked_by == AdjustmentAsker::Staff(staff.id) => Ok(staff),
            _ => Err(ServiceError::Forbidden(
                "only the person who asked withdraws it; what a key asked for is refused by a person",
            )),
        }
    }

    /// Of whom this actor may read the audit log, where no customer is named. What is written about the installation as a
    /// whole (staff, keys, the catalogue) is for whoever manages the staff.
    pub(crate) fn audit_scope(&self) -> AuditScope {
        match self {
            Self::Member(member) => AuditScope::Only(vec![member.organization]),
            Self::Staff(staff) => match staff.only() {
                Some(own) => AuditScope::Only(own.iter().copied().collect()),
                None if staff.may(Action::ManageStaff, None) => AuditScope::Everything,
                None => AuditScope::Customers,
            },
            Self::ApiKey {
                organization: Some(own),
                ..
            } => AuditScope::Only(vec![*own]),
            Self::ApiKey { organization: None, .. } | Self::System(_) => AuditScope::Everything,
        }
    }

    /// Within what an idempotency key is unique: the vendor's keys share theirs, so that a retry survives a change of
    /// key.
    pub(crate) fn idempotency_scope(&self) -> String {
        match self {
            Self::ApiKey { organization: None, .. } => "vendor".to_owned(),
            Self::ApiKey { id, .. } => id.to_string(),
            Self::Member(member) => member.id.to_string(),
            Self::Staff(staff) => staff.id.to_string(),
            Self::System(name) => format!("system:{name}"),
        }
    }

    /// The API key's identifier, which runs and limits by key count.
    pub fn api_key(&self) -> Option<ApiKeyId> {
        match self {
            Self::ApiKey { id, .. } => Some(*id),
            Self::Member(_) | Self::Staff(_) | Self::System(_) => None,
        }
    }
}
