//! Demo data: one vendor, three customers told in detail and nine smaller ones, ninety days of usage, made by the same code paths as the real thing, with a
//! clock that is stepped through the past.
//!
//! The same day gives the same data. A database that is not empty and was not marked as a demo is refused.

mod acts;
mod deals;
mod drafts;
mod people;
mod stage;
mod story;
mod usage;

use drawdown_domain::Timestamp;
use drawdown_store::{Installation, Store, StoreOptions};

use crate::error::ServiceError;
use crate::randomness::Randomness;
use crate::service::{Service, ServiceSettings};
use stage::{Stage, SteppedClock};

/// The demo's vendor.
pub const VENDOR: &str = "Acme Agents";
/// The password of every sign-in of the demo. Only a database that is marked as a demo has these sign-ins.
pub const PASSWORD: &str = "demo-credits";
/// What the demo sells: a catalogue file as any other.
pub const CATALOGUE: &str = include_str!("catalogue.toml");

/// A sign-in of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLogin {
    /// The organization's name; the vendor's own for its staff.
    pub organization: String,
    /// What the person is there for, in words.
    pub role: &'static str,
    /// Mail address.
    pub email: String,
    /// Password, the same for all.
    pub password: &'static str,
}

/// What the demo holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Sign-ins, the best to begin with first.
    pub logins: Vec<DemoLogin>,
    /// True where it was made now; false where it was there.
    pub made: bool,
}

/// Fills an empty database with demo data and marks it; of a marked one only says the logins.
///
/// It opens the database itself, because the clock of its ledger goes through ninety days: call it before the server
/// opens the database. `now` is where its story ends.
///
/// # Errors
/// [`ServiceError::Conflict`] with the code `not_a_demo` where the database holds anything that is not a demo, or
/// `demo_unfinished` where an earlier seeding was cut off.
pub async fn seed(database_url: &str, settings: ServiceSettings, now: Timestamp) -> Result<Demo, ServiceError> {
    let clock = SteppedClock::new(now);
    let options = StoreOptions {
        clock: clock.clock(),
        ..StoreOptions::default()
    };
    let store = Store::connect(database_url, options).await?;
    let demo = seed_open(&store, clock, settings, now).await;
    store.close().await;
    demo
}

async fn seed_open(
    store: &Store,
    clock: SteppedClock,
    settings: ServiceSettings,
    now: Timestamp,
) -> Result<Demo, ServiceError> {
    store.migrate().await?;
    let installation = store.installation().await?;
    let is_new = installation.is_none();
    if installation.is_some_and(|found| !found.demo) || (is_new && !is_empty(store).await?) {
        return Err(not_a_demo());
    }
    let mut logins = people::logins();
    if is_new {
        // Marked first: whatever happens, this database is never taken for a real one.
        store
            .set_up(&Installation {
                vendor_name: VENDOR.to_owned(),
                demo: true,
                created_at: now,
            })
            .await?;
        Stage::new(store.clone(), clock.clone(), settings.clone())
            .play(now)
            .await?;
    } else if !is_finished(store, &logins).await? {
        return Err(ServiceError::conflict(
            "demo_unfinished",
            "the demo data in this database were not finished; delete the database and start again",
        ));
    }
    let service = Service::new(
        store.clone(),
        settings,
        clock.clock(),
        Randomness::seeded(now.micros().unsigned_abs()),
    );
    logins.extend(people::staff(&service).await?);
    if is_new {
        drafts::write(&service, &people::person(&service, people::EDITOR).await?).await?;
        deals::ask(&service, &people::person(&service, people::MANAGER).await?).await?;
    }
    service.refresh_portfolio().await?;
    service.refresh_portfolio_months().await?;
    Ok(Demo { logins, made: is_new })
}

fn not_a_demo() -> ServiceError {
    ServiceError::conflict(
        "not_a_demo",
        "this database holds data that are not a demo; demo data go into an empty database only",
    )
}

async fn is_empty(store: &Store) -> Result<bool, ServiceError> {
    let organizations = store.organizations(None, 1).await?;
    let keys = store.api_keys(None).await?;
    let catalogue = store.catalogue().await?;
    let plans = store.plans().await?;
    Ok(organizations.rows.is_empty() && keys.is_empty() && catalogue.versions.is_empty() && plans.is_empty())
}

/// The members are made last.
async fn is_finished(store: &Store, logins: &[DemoLogin]) -> Result<bool, ServiceError> {
    for login in logins {
        if store.member_by_email(&login.email).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
