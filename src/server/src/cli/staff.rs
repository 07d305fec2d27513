//! `drawdown staff …`: the vendor's own people, from the first administrator on.

use std::process::ExitCode;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use drawdown_domain::Key;
use drawdown_domain::staff::StaffRole;
use drawdown_service::staff::StaffInput;
use secrecy::ExposeSecret as _;

use super::admin::{OPERATOR, first_password, note};
use super::settings::Settings;
use super::{CliError, open, print};

/// `drawdown staff …`.
#[derive(Debug, Subcommand)]
pub(super) enum StaffCommand {
    /// Create a person who signs in for you, the vendor; prints the first password, once
    Create {
        /// Mail address, by which the person signs in
        #[arg(long)]
        email: String,
        /// Name
        #[arg(long)]
        name: String,
        /// What the person is there for; may be repeated
        #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role())]
        roles: Vec<StaffRole>,
        /// An account manager of the customers that are assigned to the person, not of all
        #[arg(long)]
        own_customers: bool,
    },
    /// List everybody: mail address, state, roles, name
    List,
    /// End all sessions of a person, who cannot sign in any more
    Disable {
        /// Mail address
        #[arg(long)]
        email: String,
    },
    /// Put a customer into an account manager's hands
    Assign {
        /// Mail address of the account manager
        #[arg(long)]
        email: String,
        /// The customer
        #[arg(long, value_name = "KEY")]
        customer: Key,
    },
}

fn role() -> impl TypedValueParser<Value = StaffRole> {
    PossibleValuesParser::new(StaffRole::ALL.map(StaffRole::as_str)).try_map(|text| text.parse::<StaffRole>())
}

pub(super) async fn staff(command: StaffCommand, settings: &Settings) -> Result<ExitCode, CliError> {
    match command {
        StaffCommand::Create {
            email,
            name,
            roles,
            own_customers,
        } => {
            let password = first_password();
            let input = StaffInput {
                email: email.clone(),
                name,
                roles,
                all_customers: !own_customers,
                password: password.clone(),
            };
            let (store, service) = open::writing(settings).await?;
            let made = service.add_staff(&OPERATOR, input).await;
            store.close().await;
            made?;
            note(&format!("the first password of {email}, shown once:"));
            print(password.expose_secret())
        }
        StaffCommand::List => {
            let (store, service) = open::reading(settings).await?;
            let staff = service.staff(&OPERATOR).await?;
            store.close().await;
            let lines = staff.iter().map(|person| {
                let state = if person.disabled { "disabled" } else { "valid" };
                let roles: Vec<&str> = person.roles.iter().map(|role| role.as_str()).collect();
                format!("{}\t{state}\t{}\t{}", person.email, roles.join(","), person.name)
            });
            print(&lines.collect::<Vec<_>>().join("\n"))
        }
        StaffCommand::Disable { email } => {
            let (store, service) = open::writing(settings).await?;
            let disabled = service.disable_staff(&OPERATOR, &email).await;
            store.close().await;
            disabled?;
            print(&format!("{email} is disabled"))
        }
        StaffCommand::Assign { email, customer } => {
            let (store, service) = open::writing(settings).await?;
            let assigned = async {
                let organization = service.organization_of(&OPERATOR, &customer).await?;
                service.assign_customer(&OPERATOR, organization, &email).await
            };
            let assigned = assigned.await;
            store.close().await;
            assigned?;
            print(&format!("{email} looks after {customer}"))
        }
    }
}
