//! A PostgreSQL database of its own for each test: one file for the tests of the store, the service and the server.

#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it leaves out, and one that cannot go on stops"
)]

use sqlx::{Connection as _, Executor as _, PgConnection};

/// Where the PostgreSQL server of the tests is.
pub(crate) const POSTGRES_URL: &str = "DRAWDOWN_TEST_POSTGRES_URL";

/// The URL of a database that was just made; `None` where PostgreSQL is left out on purpose. Without a server to make it
/// on the test fails.
pub(crate) async fn fresh_postgres() -> Option<String> {
    let Ok(server) = std::env::var(POSTGRES_URL) else {
        assert!(
            std::env::var("DRAWDOWN_TEST_SQLITE_ONLY").as_deref() == Ok("1"),
            "{POSTGRES_URL} is not set: name a PostgreSQL server (postgres://user@host:port/postgres) on which the tests \
             may make databases, or set DRAWDOWN_TEST_SQLITE_ONLY=1 to leave the PostgreSQL half out"
        );
        eprintln!("LEFT OUT: the PostgreSQL half of this test (DRAWDOWN_TEST_SQLITE_ONLY=1)");
        return None;
    };
    let name = format!("drawdown_test_{}", uuid::Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection
        .execute(format!("CREATE DATABASE {name}").as_str())
        .await
        .unwrap();
    let (base, options) = server.split_once('?').unwrap_or((server.as_str(), ""));
    let (host, _) = base.rsplit_once('/').unwrap();
    let question = if options.is_empty() { "" } else { "?" };
    Some(format!("{host}/{name}{question}{options}"))
}
