//! Opening what a command works on: the database, and the service over it.

use drawdown_service::{Randomness, Service, ServiceSettings};
use drawdown_store::{Access, Clock, Store, StoreOptions};
use secrecy::{ExposeSecret as _, SecretString};

use super::CliError;
use super::settings::Settings;

/// Opens the database. On SQLite a second process that writes is refused, with the reason.
pub(super) async fn store(
    url: &SecretString,
    settings: &Settings,
    access: Access,
    clock: Clock,
) -> Result<Store, CliError> {
    let options = StoreOptions {
        access,
        read_url: settings
            .database_read_url
            .as_ref()
            .map(|url| url.expose_secret().to_owned()),
        connections_max: settings.connections,
        ledger_writers: settings.ledger_writers,
        clock,
        ..StoreOptions::default()
    };
    Ok(Store::connect(url.expose_secret(), options).await?)
}

/// The use cases over an open database, for a command: nobody pays through it.
pub(super) fn service(store: &Store, settings: &Settings) -> Service {
    let settings = ServiceSettings {
        vendor: settings.vendor.clone(),
        public_url: String::new(),
        sandbox_secret: None,
        adjustment_limit_credits: settings.adjustment_limit,
    };
    Service::new(store.clone(), settings, Clock::system(), Randomness::system())
}

/// Opens the database for a command that changes it, and brings its schema up to date.
pub(super) async fn writing(settings: &Settings) -> Result<(Store, Service), CliError> {
    let store = store(&settings.database_url(), settings, Access::ReadWrite, Clock::system()).await?;
    store.migrate().await?;
    let service = service(&store, settings);
    Ok((store, service))
}

/// Opens the database for a command that only reads: beside a running server, too.
pub(super) async fn reading(settings: &Settings) -> Result<(Store, Service), CliError> {
    let url = settings.database_url();
    let store = store(&url, settings, Access::ReadOnly, Clock::system()).await?;
    if store.installation().await.is_err() {
        let message = "there is no Drawdown in this database yet: name another one by --database-url (DATABASE_URL), or \
                       let `drawdown migrate` prepare this one";
        return Err(CliError::Refused(message.to_owned()));
    }
    let service = service(&store, settings);
    Ok((store, service))
}
