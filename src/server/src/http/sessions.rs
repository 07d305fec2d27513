//! Browser sessions: the cookie and where its record is kept (on SQLite a file of its own, on PostgreSQL a schema).
//!
//! The record holds an identifier only; whose session it is and whether it still holds is in the service's table.

use std::str::FromStr;
use std::time::Duration;

use axum::Router;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tower_sessions::cookie::SameSite;
use tower_sessions::{ExpiredDeletion, Expiry, SessionManagerLayer, SessionStore};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

use drawdown_service::sessions::SESSION_SECONDS;

/// Connections for sessions.
const CONNECTIONS_MAX: u32 = 4;
/// Two processes that start at once may both try to make the schema: one of them tries again.
const MIGRATE_ATTEMPTS: u32 = 5;

/// Why the sessions cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("the session store cannot be opened: {0}")]
pub struct SessionsError(#[from] sqlx::Error);

/// Where sessions are kept.
#[derive(Clone, Debug)]
pub enum Sessions {
    /// In a file.
    Sqlite(SqliteStore),
    /// In the database.
    Postgres(PostgresStore),
}

impl Sessions {
    /// Opens the store at `sqlite:…` or `postgres:…` and brings it up to date.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub async fn open(url: &str) -> Result<Self, SessionsError> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(Duration::from_secs(5));
            let pool = SqlitePoolOptions::new()
                .max_connections(CONNECTIONS_MAX)
                .connect_with(options)
                .await?;
            let store = SqliteStore::new(pool);
            store.migrate().await?;
            return Ok(Self::Sqlite(store));
        }
        let options = PgConnectOptions::from_str(url)?.application_name("drawdown sessions");
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .connect_with(options)
            .await?;
        let store = PostgresStore::new(pool);
        let mut attempt = 1;
        while let Err(error) = store.migrate().await {
            if attempt == MIGRATE_ATTEMPTS {
                return Err(error.into());
            }
            attempt += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(Self::Postgres(store))
    }

    /// Puts the session layer around `pages`. `https` makes the cookie one that is never sent without it.
    pub fn around(&self, pages: Router, https: bool) -> Router {
        match self {
            Self::Sqlite(store) => pages.layer(layer(store.clone(), https)),
            Self::Postgres(store) => pages.layer(layer(store.clone(), https)),
        }
    }

    /// Deletes the records of sessions that are over.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub async fn delete_expired(&self) -> Result<(), tower_sessions::session_store::Error> {
        match self {
            Self::Sqlite(store) => store.delete_expired().await,
            Self::Postgres(store) => store.delete_expired().await,
        }
    }
}

fn layer<S: SessionStore + Clone>(store: S, https: bool) -> SessionManagerLayer<S> {
    SessionManagerLayer::new(store)
        .with_name(if https { "__Host-drawdown" } else { "drawdown" })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::seconds(SESSION_SECONDS)))
}
