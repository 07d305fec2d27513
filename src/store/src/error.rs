//! What can go wrong between the program and its database, for callers to tell apart and operators to act on.
//!
//! Nothing here is meant for customers: the service turns it into words of its own.

use std::path::PathBuf;

/// Why a read or a small write failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is neither `sqlite:` nor `postgres:`, or asks for what is not supported.
    #[error("database URL: {0}")]
    Url(String),
    /// Another process has the SQLite file.
    #[error(
        "{} is in use by another drawdown process (it holds {}): stop that one first, or use PostgreSQL to run several",
        .database.display(), .lock.display()
    )]
    InUse {
        /// The database file.
        database: PathBuf,
        /// The lock file.
        lock: PathBuf,
    },
    /// A file could not be opened or made.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database answered with an error or not at all.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database was lost at the commit: what was written may be there or not.
    #[error("database, at the commit: {0}")]
    Commit(#[source] sqlx::Error),
    /// A stored value does not mean what its column promises.
    #[error("the stored {what} cannot be read: {reason}")]
    Corrupt {
        /// The value.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// Something of that name exists already.
    #[error("there is already such a {0}")]
    AlreadyExists(&'static str),
    /// There is nothing of that identifier.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The question cannot be answered from what is kept.
    #[error("{0}")]
    NotKept(&'static str),
}

impl StoreError {
    /// A stored value that cannot be read.
    pub(crate) fn corrupt(what: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            what,
            reason: reason.to_string(),
        }
    }

    /// True where the database is away or busy: the same may pass another time.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Database(error) | Self::Commit(error) if is_passing(error))
    }

    /// True where nothing can have been committed, and the same may pass another time. A pool without a connection has been
    /// waited for already.
    pub(crate) fn is_undone_for_now(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::PoolTimedOut) => false,
            Self::Database(error) => is_passing(error),
            _ => false,
        }
    }

    /// Names the unique row that an insert ran into.
    pub(crate) fn or_exists(error: sqlx::Error, noun: &'static str) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::AlreadyExists(noun),
            _ => Self::Database(error),
        }
    }
}

/// True for errors that are the moment's, not the statement's: connections lost or refused, serialisation failures and
/// deadlocks (SQLSTATE 40), resources (53), shutdowns (57P), lock timeouts (55P03), a transaction that the database gave
/// up because its process had stopped for too long (25P03), and SQLite's busy and locked.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            let code = error.code();
            let code = code.as_deref().unwrap_or("");
            if code.len() == 5 {
                ["08", "40", "53", "57P"].iter().any(|class| code.starts_with(class))
                    || ["55P03", "25P03"].contains(&code)
            } else {
                // SQLite: the low byte of the extended code; 5 is busy, 6 is locked.
                code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
            }
        }
        _ => false,
    }
}

/// True where the database itself said that it did not commit. A shutdown (SQLSTATE 57P), a lost connection (08, as a pooler
/// tells it) and an unknown completion (40003) may come after the commit.
pub(crate) fn is_refusal(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let code = error.code();
    let code = code.as_deref().unwrap_or("");
    let is_open = code == "40003" || code.starts_with("57P") || code.starts_with("08");
    code.len() != 5 || !is_open
}

/// Why the ledger did not answer a request with an outcome. Unless it says otherwise, nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No such organization.
    #[error("there is no such organization")]
    UnknownOrganization,
    /// The organization was to be put on a plan version that is not published.
    #[error("there is no such plan version")]
    UnknownPlanVersion,
    /// The idempotency key was used with another request.
    #[error("the idempotency key was used with another request")]
    IdempotencyConflict,
    /// The payment to be settled does not exist.
    #[error("there is no such payment")]
    UnknownPayment,
    /// The payment to be opened exists already.
    #[error("there is already such a payment")]
    PaymentExists,
    /// The payment is settled already, in another way.
    #[error("the payment is already {0:?}")]
    PaymentSettled(crate::payment::PaymentState),
    /// The organization's agreements have changed since the change attached was worked out: read them again.
    #[error("the organization's agreements have changed meanwhile")]
    ScheduleMoved,
    /// What is given would be more than one person may give within the span of the limit attached.
    #[error("what is given adds up to more than one person may give")]
    GiftsAddUp,
    /// Too many requests wait already; try again a little later.
    #[error("too many requests wait for the ledger")]
    Overloaded,
    /// The database is away; try again.
    #[error("the database is away: {0}")]
    Unavailable(String),
    /// The connection was lost at the commit and the database did not come back to tell: the request may have been
    /// carried out. A retry with the same idempotency key finds out.
    #[error("the database went away at the commit: the request may or may not have been carried out")]
    Unknown,
    /// The ledger was closed, or opened for reading only.
    #[error("the ledger is closed")]
    Closed,
    /// A defect: the request could not be decided or written.
    #[error("the ledger failed: {0}")]
    Internal(String),
}
