//! A transaction on PostgreSQL: one of a pool's connections, or the connection that a writer of the ledger keeps for
//! itself.
//!
//! A writer's own connection costs no look at its health before and after every batch, and remembers the statements that
//! it prepared. It can also carry one statement that is a transaction by itself: then nothing is begun.

use std::ops::{Deref, DerefMut};

use sqlx::{Executor, PgConnection, Postgres, Transaction};

/// See the module. Dropped before it has ended it is rolled back.
#[derive(Debug)]
pub(crate) enum PgTx {
    /// Of a pool.
    Pooled(Transaction<'static, Postgres>),
    /// A writer's own.
    Own(Box<PgConnection>),
}

impl Deref for PgTx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Self::Pooled(tx) => tx,
            Self::Own(connection) => connection,
        }
    }
}

impl DerefMut for PgTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Pooled(tx) => tx,
            Self::Own(connection) => connection,
        }
    }
}

impl PgTx {
    /// Begins a transaction on a writer's own connection.
    pub(crate) async fn begin(mut connection: Box<PgConnection>) -> Result<Self, sqlx::Error> {
        connection.execute("BEGIN").await?;
        Ok(Self::Own(connection))
    }

    /// The writer's connection, where it is one.
    pub(crate) fn into_own(self) -> Option<Box<PgConnection>> {
        match self {
            Self::Own(connection) => Some(connection),
            Self::Pooled(_) => None,
        }
    }

    /// Ends the transaction and gives back the writer's connection, where it is one. A connection on which that failed
    /// is closed.
    pub(crate) async fn end(self, how: End) -> Result<Option<Box<PgConnection>>, sqlx::Error> {
        match (self, how) {
            (Self::Pooled(tx), End::Commit) => tx.commit().await.map(|()| None),
            (Self::Pooled(tx), End::RollBack) => tx.rollback().await.map(|()| None),
            (Self::Own(mut connection), how) => {
                let word = match how {
                    End::Commit => "COMMIT",
                    End::RollBack => "ROLLBACK",
                };
                connection.execute(word).await?;
                Ok(Some(connection))
            }
        }
    }
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// For ever.
    Commit,
    /// As if it had never been.
    RollBack,
}
