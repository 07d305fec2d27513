//! Connections: which engine by the URL's prefix, one door for writing on SQLite, pools elsewhere.
//!
//! Promises that a second writing process on one SQLite file is refused. What runs on the connections is the other
//! modules' affair; `on!` runs one SQL text on whichever engine is there.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Executor, PgConnection, PgPool, Sqlite, SqlitePool, Transaction};

use crate::connection::{End, PgTx};
use crate::error::{StoreError, is_refusal};

/// A pool of either engine.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A transaction on either engine. Dropped without a commit it is rolled back.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(PgTx),
}

/// Runs one statement on the engine behind a [`Pool`] or [`Tx`]: `on!(pool: p, |c| query.fetch_one(c).await)`.
macro_rules! on {
    (pool: $pool:expr, |$c:ident| $body:expr) => {
        match $pool {
            $crate::database::Pool::Sqlite($c) => $body,
            $crate::database::Pool::Postgres($c) => $body,
        }
    };
    (tx: $tx:expr, |$c:ident| $body:expr) => {
        match $tx {
            $crate::database::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::database::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        }
    };
}
pub(crate) use on;

impl Pool {
    /// Begins a transaction that writes. On SQLite it takes the file's write lock at once, so that nothing read in it
    /// can be stale.
    pub(crate) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(begin_sqlite(pool, "BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(PgTx::Pooled(pool.begin().await?)),
        })
    }

    /// Begins a transaction that reads one unchanging state of the whole database.
    pub(crate) async fn begin_snapshot(&self) -> Result<Tx, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(begin_sqlite(pool, "BEGIN DEFERRED").await?),
            Self::Postgres(pool) => Tx::Postgres(PgTx::Pooled(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            )),
        })
    }

    pub(crate) async fn close(&self) {
        on!(pool: self, |c| c.close().await);
    }
}

/// Begins in a task of its own: a caller that goes away just when the transaction has begun would leave it open on a
/// connection that goes back to the pool, and the next to begin there is refused. The task's transaction is rolled back.
async fn begin_sqlite(pool: &SqlitePool, how: &'static str) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(how).await });
    begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

impl Tx {
    /// Whether a statement may keep its plan that several indexes could serve. A writer's connection to PostgreSQL keeps a
    /// plan for ever, and one from when a table was small may have settled on the wrong index: there it is planned each
    /// time.
    pub(crate) fn may_keep_plans(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.end(End::Commit).await.map(|_| ()).map_err(|error| {
            if is_refusal(&error) {
                StoreError::Database(error)
            } else {
                StoreError::Commit(error)
            }
        })
    }

    /// The connection of a writer of the ledger, where it is one.
    pub(crate) fn into_own(self) -> Option<Box<PgConnection>> {
        match self {
            Self::Postgres(tx) => tx.into_own(),
            Self::Sqlite(_) => None,
        }
    }

    /// Ends it, and gives back the connection of a writer of the ledger.
    pub(crate) async fn end(self, how: End) -> Result<Option<Box<PgConnection>>, sqlx::Error> {
        match (self, how) {
            (Self::Sqlite(tx), End::Commit) => tx.commit().await.map(|()| None),
            (Self::Sqlite(tx), End::RollBack) => tx.rollback().await.map(|()| None),
            (Self::Postgres(tx), how) => tx.end(how).await,
        }
    }
}

/// What a process means to do with the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Read and write. On SQLite one process at a time.
    #[default]
    ReadWrite,
    /// Read only: `verify`, reports. Allowed beside a writing process.
    ReadOnly,
}

/// The open database: the pools, and on SQLite the lock that keeps others out for as long as this lives.
#[derive(Debug)]
pub(crate) struct Database {
    /// The ledger's and every small write's.
    pub(crate) write: Pool,
    /// Reads that must see the last commit.
    pub(crate) read: Pool,
    /// Reads for charts and lists, which may lag behind: the replica, where there is one.
    pub(crate) charts: Pool,
    pub(crate) sessions_url: String,
    /// PostgreSQL: how writers of the ledger connect, each by itself.
    own: Option<PgConnectOptions>,
    /// Held, never read: closing the file gives the lock up.
    _lock: Option<File>,
}

/// How many seconds a connection is waited for before the caller gets an error.
const ACQUIRE_SECONDS_MAX: u64 = 10;
/// Pages of SQLite's write-ahead log, of 4 KiB, after which a commit copies them into the database. A batch of many
/// organizations writes hundreds: the fewer copies, the more often is a page in them that many batches have changed.
const CHECKPOINT_PAGES: &str = "8192";
/// Readers on SQLite.
const SQLITE_READERS: u32 = 4;
/// Connections for small writes on PostgreSQL, beside the ledger's writers' own.
const SMALL_WRITERS: u32 = 4;
/// What connections that write begin with: they look rows up by key and nothing else, and plan each execution by the size
/// that its tables have by then. Nothing holds an organization's lock for ever: a process
/// that stands still within a transaction loses it before those who wait for the lock give up.
const WRITER_SETTINGS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET plan_cache_mode = force_custom_plan; SET jit = off;
    SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '3s'";
/// The ledger's writers plan each statement once. A plan kept from when a table was small must be right for ever, so each
/// of their statements has one index that serves it, or is no prepared one.
const LEDGER_SETTINGS: &str = "SET plan_cache_mode = force_generic_plan";
/// Prepared statements kept a connection: every statement of this crate, in each of its chunk sizes.
const STATEMENTS_MAX: usize = 400;

impl Database {
    /// Opens a connection for a writer of the ledger; `None` on SQLite, where all share one.
    pub(crate) async fn own_connection(&self) -> Result<Option<Box<PgConnection>>, sqlx::Error> {
        let Some(options) = &self.own else { return Ok(None) };
        let opening = tokio::time::timeout(Duration::from_secs(ACQUIRE_SECONDS_MAX), options.connect());
        let mut connection = opening.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        connection.execute(WRITER_SETTINGS).await?;
        connection.execute(LEDGER_SETTINGS).await?;
        Ok(Some(Box::new(connection)))
    }

    pub(crate) async fn open(
        url: &str,
        read_url: Option<&str>,
        access: Access,
        connections_max: u32,
    ) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            open_sqlite(url, access).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_postgres(url, read_url, connections_max).await
        } else {
            Err(StoreError::Url(
                "it must begin with sqlite: (such as sqlite:data/drawdown.db) or postgres:".to_owned(),
            ))
        }
    }
}

async fn open_sqlite(url: &str, access: Access) -> Result<Database, StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| StoreError::Url(error.to_string()))?;
    let path = options.get_filename().to_path_buf();
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::Url(
            "a database in memory would be lost: name a file".to_owned(),
        ));
    }
    let lock = match access {
        Access::ReadWrite => Some(lock_file(&path)?),
        Access::ReadOnly => None,
    };
    let options = options
        .create_if_missing(access == Access::ReadWrite)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(STATEMENTS_MAX)
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
    let pool = |size: u32| {
        SqlitePoolOptions::new()
            .max_connections(size)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(ACQUIRE_SECONDS_MAX))
    };
    let reading = options.clone().pragma("query_only", "on");
    let (write, read) = match access {
        Access::ReadWrite => {
            let write = pool(1).connect_with(options).await?;
            (write, pool(SQLITE_READERS).connect_with(reading).await?)
        }
        Access::ReadOnly => {
            let read = pool(SQLITE_READERS).connect_with(reading).await?;
            (read.clone(), read)
        }
    };
    Ok(Database {
        write: Pool::Sqlite(write),
        charts: Pool::Sqlite(read.clone()),
        read: Pool::Sqlite(read),
        sessions_url: format!("sqlite:{}", beside(&path, "-sessions.db").display()),
        own: None,
        _lock: lock,
    })
}

/// `data/drawdown.db` and `-sessions.db` give `data/drawdown-sessions.db`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}{ending}"))
}

fn lock_file(database: &Path) -> Result<File, StoreError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let lock = PathBuf::from(name);
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| StoreError::File { path, source }
    };
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let file = File::create(&lock).map_err(failed(&lock))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
            database: database.to_path_buf(),
            lock,
        }),
        Err(TryLockError::Error(source)) => Err(StoreError::File { path: lock, source }),
    }
}

async fn open_postgres(url: &str, read_url: Option<&str>, connections_max: u32) -> Result<Database, StoreError> {
    let write = postgres_pool(url, SMALL_WRITERS, WRITER_SETTINGS).await?;
    let read = postgres_pool(url, connections_max, "").await?;
    let charts = match read_url {
        Some(url) => postgres_pool(url, connections_max, "").await?,
        None => read.clone(),
    };
    Ok(Database {
        write: Pool::Postgres(write),
        read: Pool::Postgres(read),
        charts: Pool::Postgres(charts),
        sessions_url: url.to_owned(),
        own: Some(postgres_options(url)?),
        _lock: None,
    })
}

fn postgres_options(url: &str) -> Result<PgConnectOptions, StoreError> {
    Ok(PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Url(error.to_string()))?
        .application_name("drawdown")
        .statement_cache_capacity(STATEMENTS_MAX))
}

/// A pool whose connections begin with the statements `set_up`.
async fn postgres_pool(url: &str, connections_max: u32, set_up: &'static str) -> Result<PgPool, StoreError> {
    let options = postgres_options(url)?;
    let pool = PgPoolOptions::new()
        .max_connections(connections_max.max(2))
        .acquire_timeout(Duration::from_secs(ACQUIRE_SECONDS_MAX))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if !set_up.is_empty() {
                    connection.execute(set_up).await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    Ok(pool)
}
