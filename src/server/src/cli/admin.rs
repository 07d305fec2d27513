//! The operator's commands on the database: schema, catalogue, customers, members, keys.
//!
//! Commands that change something need the database to themselves on SQLite; those that only list run beside a server.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use drawdown_domain::id::ApiKeyId;
use drawdown_domain::organization::Role;
use drawdown_domain::{Currency, Key, format};
use drawdown_service::catalogue::{Applied, CataloguePlan, Version};
use drawdown_service::customers::PutCustomer;
use drawdown_service::members::MemberInput;
use drawdown_service::{Actor, KeyScope, Randomness};
use secrecy::{ExposeSecret as _, SecretString};

use super::settings::Settings;
use super::{CliError, open, print};

/// Who acts, in the audit log.
pub(super) const OPERATOR: Actor = Actor::System("operator");
/// Customers of one page.
const PAGE: u32 = 200;

/// `drawdown catalogue …`.
#[derive(Debug, Subcommand)]
pub(super) enum CatalogueCommand {
    /// Print what is in force as a catalogue file
    Export,
    /// Print what applying a catalogue file would change; publish nothing
    Plan {
        /// Use cases, rates and plans in TOML
        #[arg(value_name = "FILE.toml")]
        file: PathBuf,
    },
    /// Publish a catalogue file; what did not change stays, what did gets a new version
    Apply {
        /// Use cases, rates and plans in TOML
        #[arg(value_name = "FILE.toml")]
        file: PathBuf,
    },
}

/// `drawdown customer …`.
#[derive(Debug, Subcommand)]
pub(super) enum CustomerCommand {
    /// Create a customer, or bring it to this state; prints its identifier
    Create {
        /// Your own key for the customer
        key: Key,
        /// Its name
        #[arg(long)]
        name: String,
        /// Its plan, by its key in the catalogue
        #[arg(long, value_name = "KEY")]
        plan: Key,
        /// Its IANA time zone [default: UTC]
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Currency of its payments [default: its plan's]
        #[arg(long, value_name = "CODE")]
        currency: Option<Currency>,
    },
    /// List all customers: key, plan, balance, name
    List,
}

/// `drawdown member …`.
#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Create a member who signs in for a customer; prints the first password, once
    Create {
        /// The customer
        #[arg(long, value_name = "KEY")]
        customer: Key,
        /// Mail address, by which the member signs in
        #[arg(long)]
        email: String,
        /// Name
        #[arg(long)]
        name: String,
        /// owner, billing or viewer
        #[arg(long, value_parser = role)]
        role: Role,
    },
}

/// `drawdown key …`.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Create an API key; prints its secret once, alone on standard output
    Create {
        /// What it is for, for people
        #[arg(long)]
        name: String,
        /// metering (authorize, holds, usage, quotes, reading), admin (everything) or read
        #[arg(long, value_parser = scope)]
        scope: KeyScope,
    },
    /// List all keys: identifier, scope, state, beginning of the secret, name
    List,
    /// Revoke a key, at once and for good
    Revoke {
        /// The key's identifier: key_…
        id: ApiKeyId,
    },
}

fn role(text: &str) -> Result<Role, String> {
    match text {
        "owner" => Ok(Role::Owner),
        "billing" => Ok(Role::Billing),
        "viewer" => Ok(Role::Viewer),
        _ => Err("one of owner, billing, viewer".to_owned()),
    }
}

fn scope(text: &str) -> Result<KeyScope, String> {
    text.parse().map_err(|_| "one of metering, admin, read".to_owned())
}

/// `drawdown migrate`.
pub(super) async fn migrate(settings: &Settings) -> Result<ExitCode, CliError> {
    let (store, _) = open::writing(settings).await?;
    store.close().await;
    print("the database is up to date")
}

pub(super) async fn catalogue(command: CatalogueCommand, settings: &Settings) -> Result<ExitCode, CliError> {
    let (file, publish) = match command {
        CatalogueCommand::Export => {
            let (store, service) = open::reading(settings).await?;
            let exported = service.export_catalogue(&OPERATOR).await;
            store.close().await;
            return print(exported?.trim_end());
        }
        CatalogueCommand::Plan { file } => (file, false),
        CatalogueCommand::Apply { file } => (file, true),
    };
    let text = std::fs::read_to_string(&file).map_err(|source| CliError::File {
        path: file.display().to_string(),
        source,
    })?;
    let (store, service) = if publish {
        open::writing(settings).await?
    } else {
        open::reading(settings).await?
    };
    let lines = if publish {
        service.apply_catalogue(&OPERATOR, &text).await.map(applied_lines)
    } else {
        service.plan_catalogue(&OPERATOR, &text).await.map(planned_lines)
    };
    store.close().await;
    print(&lines?.join("\n"))
}

fn applied_lines(applied: Applied) -> Vec<String> {
    let plans = applied.plans.into_iter();
    let plans = plans.map(|(plan, made)| format!("plan {plan}  {}", version(made)));
    let card = format!("rate card  {}", version(applied.rate_card));
    std::iter::once(card).chain(plans).collect()
}

/// Each changed part with its changes below; one line where nothing changes.
fn planned_lines(planned: Vec<CataloguePlan>) -> Vec<String> {
    let changed = planned.into_iter().filter(|one| !one.changes.is_empty());
    let lines: Vec<String> = changed
        .flat_map(|one| {
            let head = one
                .plan
                .map_or_else(|| "rate card".to_owned(), |plan| format!("plan {plan}"));
            let below = one.changes.into_iter().map(|change| format!("  {change}"));
            std::iter::once(head).chain(below)
        })
        .collect();
    if lines.is_empty() {
        return vec!["nothing changes".to_owned()];
    }
    lines
}

fn version(version: Version) -> String {
    match version {
        Version::New(number) => format!("version {number}, new"),
        Version::Same(number) => format!("version {number}, unchanged"),
    }
}

pub(super) async fn customer(command: CustomerCommand, settings: &Settings) -> Result<ExitCode, CliError> {
    match command {
        CustomerCommand::Create {
            key,
            name,
            plan,
            time_zone,
            currency,
        } => {
            let (store, service) = open::writing(settings).await?;
            let put = PutCustomer {
                name: Some(name),
                time_zone,
                currency,
                plan: Some(plan),
            };
            let customer = service.put_customer(&OPERATOR, &key, put).await;
            store.close().await;
            print(&customer?.id.to_string())
        }
        CustomerCommand::List => {
            let (store, service) = open::reading(settings).await?;
            let mut after: Option<Key> = None;
            let mut lines = Vec::new();
            loop {
                let page = service.customers(&OPERATOR, after.as_ref(), PAGE).await?;
                lines.extend(page.items.iter().map(|customer| {
                    let plan = customer.plan.as_ref().map_or("-", |plan| plan.key.as_str());
                    format!("{}\t{plan}\t{}\t{}", customer.key, customer.balance, customer.name)
                }));
                after = page.next.and_then(|next| next.parse().ok());
                if after.is_none() {
                    break;
                }
            }
            store.close().await;
            print(&lines.join("\n"))
        }
    }
}

pub(super) async fn member(command: MemberCommand, settings: &Settings) -> Result<ExitCode, CliError> {
    let MemberCommand::Create {
        customer,
        email,
        name,
        role,
    } = command;
    let (store, service) = open::writing(settings).await?;
    let password = first_password();
    let input = MemberInput {
        email: email.clone(),
        name,
        role,
        password: password.clone(),
    };
    let made = async {
        let organization = service.organization_of(&OPERATOR, &customer).await?;
        service.add_member(&OPERATOR, organization, input).await
    };
    let made = made.await;
    store.close().await;
    if let Some(costs) = made?.costs {
        let costs = format::money(costs);
        note(&format!(
            "{email} is beyond the members included: {costs} more each interval of the plan"
        ));
    }
    note(&format!("the first password of {email}, shown once:"));
    print(password.expose_secret())
}

/// Twenty letters and digits that are not mistaken for each other: 100 bits.
pub(super) fn first_password() -> SecretString {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes: [u8; 20] = Randomness::system().bytes();
    let password: String = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    SecretString::from(password)
}

pub(super) async fn key(command: KeyCommand, settings: &Settings) -> Result<ExitCode, CliError> {
    match command {
        KeyCommand::Create { name, scope } => {
            let (store, service) = open::writing(settings).await?;
            let created = service.create_key(&OPERATOR, &name, scope).await;
            store.close().await;
            let created = created?;
            note(&format!(
                "{} of scope {}; its secret, shown once:",
                created.id,
                scope.as_str()
            ));
            print(created.secret.expose_secret())
        }
        KeyCommand::List => {
            let (store, service) = open::reading(settings).await?;
            let keys = service.keys(&OPERATOR).await?;
            store.close().await;
            let lines = keys.iter().map(|key| {
                let state = if key.revoked.is_some() { "revoked" } else { "valid" };
                format!(
                    "{}\t{}\t{state}\t{}…\t{}",
                    key.id,
                    key.scope.as_str(),
                    key.prefix,
                    key.name
                )
            });
            print(&lines.collect::<Vec<_>>().join("\n"))
        }
        KeyCommand::Revoke { id } => {
            let (store, service) = open::writing(settings).await?;
            let revoked = service.revoke_key(&OPERATOR, id).await;
            store.close().await;
            revoked?;
            print(&format!("{id} is revoked"))
        }
    }
}

/// For people, on standard error: standard output carries the answer alone.
pub(super) fn note(line: &str) {
    // Nobody listens to a closed standard error.
    let _ = writeln!(std::io::stderr(), "{line}");
}
