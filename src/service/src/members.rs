//! Members: the people of an organization who sign in. Inviting and changing them by pages comes with the team page;
//! here they are added and listed.

use drawdown_domain::id::{MemberId, OrganizationId};
use drawdown_domain::organization::Role;
use drawdown_domain::plan::Seat;
use drawdown_domain::{Money, format};
use drawdown_store::{NewMember, Seated};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::password::{self, PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN};
use crate::service::Service;

/// A member to be added.
#[derive(Debug)]
pub struct MemberInput {
    /// Mail address, by which it signs in.
    pub email: String,
    /// Name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Password, 8 characters to 256 bytes.
    pub password: SecretString,
}

/// A member that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberAdded {
    /// Its identifier.
    pub id: MemberId,
    /// What it costs each interval of the plan, beyond the members included; `None` where it is one of them.
    pub costs: Option<Money>,
}

impl Service {
    /// Adds a member to an organization. Those that are there stay, whatever the plan has.
    ///
    /// # Errors
    /// `seats_taken` (conflict) where the plan, as this customer has it, includes no more members and sells none.
    pub async fn add_member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: MemberInput,
    ) -> Result<MemberAdded, ServiceError> {
        actor.authorise(Action::ManageCustomers, Some(organization))?;
        let email = input.email.trim().to_lowercase();
        let mut errors = FieldErrors::default();
        check_person(&mut errors, &email, &input.name, &input.password);
        errors.finish()?;
        let hash = password::hash(input.password, self.random().bytes()).await?;
        let now = self.now();
        let id = MemberId::from_uuid(self.random().uuid(now));
        let after = json!({ "id": id, "email": email, "role": input.role });
        let new = NewMember {
            member: drawdown_store::Member {
                id,
                organization,
                email,
                name: input.name,
                role: input.role,
                disabled: false,
                created_at: now,
            },
            password_hash: hash,
        };
        let line = self.audit_line(actor, Some(organization), "add", "member", Some(after));
        let seated = self.store().create_member(&new, &[line]).await?;
        match seated.seat {
            Seat::Included => Ok(MemberAdded { id, costs: None }),
            Seat::Extra(price) => Ok(MemberAdded { id, costs: Some(price) }),
            Seat::Taken(seats) => Err(seats_taken(&seated, seats)),
        }
    }
}

fn seats_taken(seated: &Seated, seats: u32) -> ServiceError {
    let plan = seated.plan.as_ref().map_or("the plan", |plan| plan.terms.name.as_str());
    let members = match seats {
        1 => "1 member".to_owned(),
        seats => format!("{} members", format::count(seats.into())),
    };
    let message = format!(
        "{plan} includes {members}, and all are taken; move the customer to a plan with more, or agree on more by a contract"
    );
    ServiceError::conflict("seats_taken", message)
}

/// What holds for whoever signs in: an address in lower case, a name, a password.
pub(crate) fn check_person(errors: &mut FieldErrors, email: &str, name: &str, password: &SecretString) {
    if !email.contains('@') || email.len() > 254 {
        errors.add(
            "email",
            "not_a_mail_address",
            "a mail address such as ada@example.com is expected",
        );
    }
    if !(1..=200).contains(&name.chars().count()) {
        errors.add("name", "length", "a name has 1 to 200 characters");
    }
    let password = password.expose_secret();
    if password.chars().count() < PASSWORD_CHARACTERS_MIN || password.len() > PASSWORD_BYTES_MAX {
        errors.add(
            "password",
            "length",
            "a password has 8 characters or more, and 256 bytes at most",
        );
    }
}
