//! Everything that Drawdown keeps: migrations, all SQL, and the one writer through which credits move.
//!
//! [`Store`] is the one handle. Its methods are grouped by noun, one file each; a method is one transaction. Credits
//! move only through [`Ledger::submit`]. Who may do what is the service's affair: nothing is authorised here.

mod adjustment;
mod admin_call;
mod again;
mod api_key;
mod audit;
mod audit_query;
mod bulk;
mod catalogue;
mod catalogue_draft;
mod clock;
mod columns;
mod connection;
mod credit_transfer;
mod customer_note;
mod database;
mod error;
mod event;
mod event_key;
mod grant;
mod hold;
mod installation;
mod jobs;
mod ledger;
mod limit;
mod member;
mod names;
mod organization;
mod page;
mod partitions;
mod payment;
mod plan_move;
mod plan_version;
mod portfolio;
mod portfolio_book;
mod portfolio_month;
mod portfolio_month_write;
mod portfolio_page;
mod posting;
mod schedule;
mod script;
mod session;
mod sets;
mod staff;
mod usage;
mod usage_shape;
mod verify;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use adjustment::{AdjustmentAsker, AdjustmentDecision, AdjustmentKind, AdjustmentRequest, AdjustmentState};
pub use admin_call::AdminCall;
pub use api_key::{ApiKey, ApiKeyScope, NewApiKey};
pub use audit::{ActorKind, AuditLine};
pub use audit_query::{AuditQuery, AuditScope};
pub use catalogue::{PlanSummary, Published};
pub use catalogue_draft::{Draft, DraftOf, ListedRateCard, PublishedDraft, begins_as};
pub use clock::Clock;
pub use credit_transfer::{CreditTransfer, GivenAway, ParentRefusal, TransferTo};
pub use customer_note::CustomerNote;
pub use database::Access;
pub use error::{LedgerError, StoreError};
pub use event::{EventCursor, KeptEvent};
pub use grant::{Balance, GrantCursor};
pub use installation::Installation;
pub use jobs::Pruned;
pub use ledger::{Attachments, GiftLimit, Idempotency, Ledger};
pub use limit::{CapHit, CapUse, CapWindow, Limits};
pub use member::{Member, NewMember, Seated};
pub use organization::{NewOrganization, Organization, OrganizationSummary};
pub use page::{PAGE_ROWS_MAX, Page};
pub use partitions::Partitions;
pub use payment::{Payment, PaymentChange, PaymentCursor, PaymentState};
pub use plan_move::{ClaimedMove, NewPlanMove, PlanMoveAct, PlanMoveAsker, PlanMoveProgress, PlanMoveState};
pub use plan_version::ListedPlanVersion;
pub use portfolio::{PortfolioRow, PortfolioSource};
pub use portfolio_book::{DayPosting, PortfolioBookSource, Received};
pub use portfolio_month::{BookMark, GrantBook, MonthFigures, Months, PortfolioBook};
pub use portfolio_page::{PortfolioCursor, PortfolioQuery, PortfolioSort};
pub use schedule::{
    Agreements, CLAIM_SECONDS, ContractRef, DoneStep, PhaseRow, PlanChange, PlanChangeEnd, ScheduleChange,
    SignedVersion, StepGrants,
};
pub use session::{Session, SessionOf};
pub use staff::{NewStaff, Staff};
pub use usage::{Bucket, Dimension, UsageLine, UsageQuery, UsageRow};
pub use usage_shape::{ShapeCounts, ShapeCursor, Unfolded};
pub use verify::{Finding, Verification};

use database::Database;

/// How the store is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Read and write, or only read.
    pub access: Access,
    /// PostgreSQL: where charts and lists are read, if not where is written (a replica).
    pub read_url: Option<String>,
    /// PostgreSQL: the most connections for reading.
    pub connections_max: u32,
    /// PostgreSQL: how many of the ledger's writers run side by side, each with its share of the organizations.
    /// SQLite has one.
    pub ledger_writers: u32,
    /// How many organizations the ledger remembers between batches, some kilobytes each. Others are read when they are
    /// written to.
    pub ledger_organizations: u32,
    /// The clock of the ledger and of `verify`.
    pub clock: Clock,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            access: Access::ReadWrite,
            read_url: None,
            connections_max: 10,
            ledger_writers: 2,
            ledger_organizations: 131_072,
            clock: Clock::system(),
        }
    }
}

/// The open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: Arc<Database>,
    catalogue: Arc<catalogue::Cache>,
    clock: Clock,
    ledger: Ledger,
}

impl Store {
    /// Opens `sqlite:PATH` or `postgres:…` and starts the ledger's writers (on the running tokio runtime).
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has the SQLite file; [`StoreError::Url`], [`StoreError::File`] and
    /// [`StoreError::Database`] where it cannot be opened.
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let shards = options.ledger_writers.clamp(1, 64);
        let read_url = options.read_url.as_deref();
        let db = Arc::new(Database::open(url, read_url, options.access, options.connections_max).await?);
        let catalogue = Arc::new(catalogue::Cache::default());
        let ledger = match options.access {
            Access::ReadWrite => {
                let remembered = options.ledger_organizations;
                Ledger::start(&db, &catalogue, &options.clock, shards, remembered)
            }
            Access::ReadOnly => Ledger::closed(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                db,
                catalogue,
                clock: options.clock,
                ledger,
            }),
        })
    }

    /// Brings the schema up to date. Run by one process at a time (PostgreSQL: sqlx takes a lock for it). On PostgreSQL
    /// the coming months of usage events have their partitions from then on: see [`Store::make_partitions`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.inner.db.write {
            database::Pool::Sqlite(pool) => {
                sqlx::migrate!("../../migrations/sqlite").run(pool).await?;
                event_key::fill_event_keys(self.db()).await?;
            }
            database::Pool::Postgres(pool) => {
                sqlx::migrate!("../../migrations/postgres").run(pool).await?;
                // Without them events go to the default partition: no reason to stay away.
                if let Err(error) = self.make_partitions(self.inner.clock.now()).await {
                    tracing::warn!(%error, "the months of usage events were not made; will be tried again by a job");
                }
            }
        }
        schedule::adopt(self.db(), &self.inner.catalogue, self.inner.clock.now()).await
    }

    /// The door through which credits move.
    pub fn ledger(&self) -> Ledger {
        self.inner.ledger.clone()
    }

    /// Where the web layer keeps its sessions: on SQLite a file of their own, so that a sign-in never waits for the
    /// ledger's connection; on PostgreSQL the same database.
    pub fn sessions_url(&self) -> &str {
        &self.inner.db.sessions_url
    }

    /// `sqlite` or `postgres`.
    pub fn engine(&self) -> &'static str {
        match &self.inner.db.write {
            database::Pool::Sqlite(_) => "sqlite",
            database::Pool::Postgres(_) => "postgres",
        }
    }

    /// Asks the database for a sign of life: what a readiness probe needs.
    pub async fn ping(&self) -> Result<(), StoreError> {
        database::on!(pool: &self.inner.db.read, |c| sqlx::query("SELECT 1").execute(c).await.map(|_| ()))?;
        Ok(())
    }

    /// Lets the ledger finish what is queued, then closes every connection. Requests that come later are refused with
    /// [`LedgerError::Closed`].
    pub async fn close(&self) {
        self.inner.ledger.close().await;
        self.inner.db.write.close().await;
        self.inner.db.read.close().await;
        self.inner.db.charts.close().await;
    }

    fn db(&self) -> &Database {
        &self.inner.db
    }
}
