//! What the database says: the other half of the truth, read without the program's own code.

use std::collections::BTreeMap;

use sqlx::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use uuid::Uuid;

/// A connection to the database beside the server.
pub(crate) enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs one query on either engine; rows are read by the same expression.
macro_rules! rows {
    ($database:expr, $sql:expr, $bound:expr, |$row:ident| $read:expr) => {
        match $database {
            $crate::crash::Database::Sqlite(pool) => {
                use sqlx::Row as _;
                let rows = sqlx::query($sql).bind($bound).fetch_all(pool).await.unwrap();
                rows.iter().map(|$row| $read).collect::<Vec<_>>()
            }
            $crate::crash::Database::Postgres(pool) => {
                use sqlx::Row as _;
                let rows = sqlx::query($sql).bind($bound).fetch_all(pool).await.unwrap();
                rows.iter().map(|$row| $read).collect::<Vec<_>>()
            }
        }
    };
}

pub(crate) use rows;

/// A hold's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HoldFact {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) credits: i64,
    pub(super) captured: Option<i64>,
}

/// A usage event's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EventFact {
    pub(super) credits: i64,
    pub(super) hold: Option<String>,
}

/// Everything of some customers. Rows that ought to be one are lists, so that a second one shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// By customer and amount in micro-credits.
    pub(super) grants: BTreeMap<(String, i64), usize>,
    /// By subject.
    pub(super) holds: BTreeMap<String, Vec<HoldFact>>,
    /// By the reporter's identifier.
    pub(super) events: BTreeMap<String, Vec<EventFact>>,
}

impl Facts {
    /// The hold of an identifier.
    pub(super) fn hold(&self, id: &str) -> Option<&HoldFact> {
        self.holds.values().flatten().find(|hold| hold.id == id)
    }

    /// The events that captures of a hold made.
    pub(super) fn events_of(&self, hold: &str) -> Vec<&EventFact> {
        let all = self.events.values().flatten();
        all.filter(|event| event.hold.as_deref() == Some(hold)).collect()
    }
}

impl Database {
    /// Opens it for reading.
    pub(crate) async fn open(url: &str) -> Self {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::new().filename(path).read_only(true);
            let pool = SqlitePoolOptions::new().max_connections(2);
            Self::Sqlite(pool.connect_with(options).await.unwrap())
        } else {
            Self::Postgres(PgPool::connect(url).await.unwrap())
        }
    }

    /// Everything of the customers whose keys begin so.
    pub(super) async fn facts(&self, customers: &str) -> Facts {
        let like = format!("{customers}%");
        let mut facts = Facts::default();
        let grants = rows!(
            self,
            "SELECT o.key, g.amount FROM credit_grant g JOIN organization o ON o.id = g.organization_id
             WHERE o.key LIKE $1",
            &like,
            |row| (row.get::<String, _>(0), row.get::<i64, _>(1))
        );
        for grant in grants {
            *facts.grants.entry(grant).or_default() += 1;
        }
        let holds = rows!(
            self,
            "SELECT h.subject, h.id, h.state, h.credits, h.captured FROM hold h
             JOIN organization o ON o.id = h.organization_id WHERE o.key LIKE $1",
            &like,
            |row| {
                let hold = HoldFact {
                    id: hold_id(row.get(1)),
                    state: row.get(2),
                    credits: row.get(3),
                    captured: row.get(4),
                };
                (row.get::<String, _>(0), hold)
            }
        );
        for (subject, hold) in holds {
            facts.holds.entry(subject).or_default().push(hold);
        }
        let events = rows!(
            self,
            "SELECT e.event_key, e.credits, e.hold_id FROM usage_event e
             JOIN organization o ON o.id = e.organization_id WHERE o.key LIKE $1",
            &like,
            |row| {
                let hold = row.get::<Option<Uuid>, _>(2).map(hold_id);
                let credits = row.get(1);
                (row.get::<String, _>(0), EventFact { credits, hold })
            }
        );
        for (key, event) in events {
            facts.events.entry(key).or_default().push(event);
        }
        facts
    }
}

fn hold_id(id: Uuid) -> String {
    format!("hold_{}", id.simple())
}
