//! `drawdown serve --demo`: demo data, keys and sign-ins to try it with, and usage that goes on.
//!
//! The data is made by the service through the same code paths as real data; what goes on is played through `/v1` over
//! HTTP, as a vendor's product would report it.

mod play;

use std::io::Write as _;
use std::time::Instant;

use drawdown_service::demo::{DemoLogin, seed as seed_database};
use drawdown_service::{Actor, KeyScope, Service, ServiceError, ServiceSettings};
use drawdown_store::Clock;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::PublicUrl;

pub use play::play;

const DEMO: Actor = Actor::System("demo");
const TRYING: &str = "Demo: for trying";
const PLAYER: &str = "Demo: live usage";

/// The API keys of a demo; made anew at each start, because secrets are not kept.
#[derive(Debug)]
pub struct Keys {
    /// For whoever tries `/v1`.
    pub trying: SecretString,
    /// For the usage that goes on.
    pub player: SecretString,
}

/// Fills an empty database, or finds it filled, and gives the sign-ins. To be called before the database is opened.
///
/// # Errors
/// Where the database holds real data.
pub async fn seed(database_url: &str, settings: ServiceSettings) -> Result<Vec<DemoLogin>, ServiceError> {
    tell("looking for demo data; the first time, ninety days of usage are made, which takes some seconds");
    let start = Instant::now();
    let demo = seed_database(database_url, settings, Clock::system().now()).await?;
    if demo.made {
        tell(&format!("made demo data in {} ms", start.elapsed().as_millis()));
    }
    Ok(demo.logins)
}

fn tell(line: &str) {
    // Nobody listens to a closed standard error.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Makes the demo's keys and revokes those of the last start.
///
/// # Errors
/// Where the service does not answer.
pub async fn keys(service: &Service) -> Result<Keys, ServiceError> {
    for key in service.keys(&DEMO).await? {
        if key.revoked.is_none() && [TRYING, PLAYER].contains(&key.name.as_str()) {
            service.revoke_key(&DEMO, key.id).await?;
        }
    }
    Ok(Keys {
        trying: service.create_key(&DEMO, TRYING, KeyScope::Admin).await?.secret,
        player: service.create_key(&DEMO, PLAYER, KeyScope::Metering).await?.secret,
    })
}

/// What a newcomer needs to know, to be printed.
pub fn welcome(public_url: &PublicUrl, logins: &[DemoLogin], keys: &Keys) -> String {
    let mut lines = vec![String::new(), "Sign in as one of".to_owned()];
    let width = logins.iter().map(|login| login.email.len()).max().unwrap_or(0);
    lines.extend(logins.iter().map(|login| {
        format!(
            "  {:width$}  {}  {} of {}",
            login.email, login.password, login.role, login.organization
        )
    }));
    lines.push(String::new());
    lines.push(format!(
        "Browse the API at {public_url}/v1/docs and try it with this key of scope admin"
    ));
    lines.push(format!("  {}", keys.trying.expose_secret()));
    lines.join("\n")
}
