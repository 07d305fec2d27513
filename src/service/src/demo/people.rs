//! Who signs in to the demo: the members of its customers, and the vendor's staff.

use drawdown_domain::organization::Role;
use drawdown_domain::staff::StaffRole;

use super::story::{CUSTOMERS, Customer};
use super::{DemoLogin, PASSWORD, VENDOR};
use crate::actor::Actor;
use crate::error::ServiceError;
use crate::service::Service;
use crate::staff::{Reach, Staff, StaffInput};

/// The demo's sign-ins.
pub(super) fn logins() -> Vec<DemoLogin> {
    let of = |customer: &Customer| {
        let name = customer.name;
        customer.people.iter().map(move |person| DemoLogin {
            organization: name.to_owned(),
            role: match person.role {
                Role::Owner => "owner",
                Role::Billing => "billing",
                Role::Viewer => "viewer",
            },
            email: person.email.to_owned(),
            password: PASSWORD,
        })
    };
    CUSTOMERS.iter().flat_map(of).collect()
}

/// The vendor's people: address, name, role.
const STAFF: [(&str, &str, StaffRole); 3] = [
    (MANAGER, "Amara Okafor", StaffRole::AccountManager),
    (EDITOR, "Ines Varga", StaffRole::CatalogueEditor),
    ("admin@acme.example", "Ruth Calder", StaffRole::Administrator),
];

/// Who writes rate cards and plans.
pub(super) const EDITOR: &str = "editor@acme.example";
/// Who looks after customers.
pub(super) const MANAGER: &str = "manager@acme.example";

/// A person of the vendor, as one who acts.
pub(super) async fn person(service: &Service, email: &str) -> Result<Actor, ServiceError> {
    let staff = service.store().staff_by_email(email).await?;
    let staff = staff.ok_or(ServiceError::NotFound("person"))?.staff;
    Ok(Actor::Staff(Staff {
        id: staff.id,
        email: staff.email,
        name: staff.name,
        roles: staff.roles,
        reach: Reach::All,
    }))
}

/// Makes the vendor's people where they are missing: demos made before there were any get them, too.
pub(super) async fn staff(service: &Service) -> Result<Vec<DemoLogin>, ServiceError> {
    for (email, name, role) in STAFF {
        if service.store().staff_by_email(email).await?.is_none() {
            let input = StaffInput {
                email: email.to_owned(),
                name: name.to_owned(),
                roles: vec![role],
                all_customers: true,
                password: PASSWORD.to_owned().into(),
            };
            service.add_staff(&Actor::System("demo"), input).await?;
        }
    }
    Ok(STAFF
        .iter()
        .map(|(email, _, role)| DemoLogin {
            organization: VENDOR.to_owned(),
            role: role.word(),
            email: (*email).to_owned(),
            password: PASSWORD,
        })
        .collect())
}
