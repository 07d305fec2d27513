//! What the dashboards read: their statements are taken down as they run, and their plans are read. No plan may go through
//! the raw usage events of a period; the newest events come by an index, a page at a time. So a customer with ten million
//! events sees its pages as fast as one with ten thousand.
//!
//! A program of its own: it listens to the statements of the whole process.

#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

#[path = "../../store/src/tests/fresh_postgres.rs"]
mod fresh_postgres;

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, PoisonError};

use drawdown_domain::Timestamp;
use drawdown_domain::id::OrganizationId;
use drawdown_service::adjustments::ADJUSTMENT_LIMIT_CREDITS_DEFAULT;
use drawdown_service::portfolio::{HealthFilter, PortfolioInput, PortfolioSort};
use drawdown_service::usage::{Bucket, GroupBy, UsageQuery};
use drawdown_service::{Actor, Randomness, Service, ServiceSettings, demo};
use drawdown_store::{Clock, Store, StoreOptions};
use fresh_postgres::fresh_postgres;
use sqlx::{Connection, PgConnection, Row, SqliteConnection};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

/// 2026-11-22T10:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_795_341_600);
const RAW: &str = "usage_event";

/// The statements that ran so far.
static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Takes down the text of each statement that sqlx runs.
struct Listener;

#[derive(Default)]
struct Said {
    summary: String,
    statement: String,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        let text = if said.statement.is_empty() {
            said.summary
        } else {
            said.statement
        };
        statements().insert(text);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn statements() -> std::sync::MutexGuard<'static, BTreeSet<String>> {
    STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn settings() -> ServiceSettings {
    ServiceSettings {
        vendor: "Tests".to_owned(),
        public_url: "http://127.0.0.1".to_owned(),
        sandbox_secret: Some("0123456789abcdef0123456789abcdef".to_owned().into()),
        adjustment_limit_credits: ADJUSTMENT_LIMIT_CREDITS_DEFAULT,
    }
}

/// Everything that a customer's pages show, of an organization of the demo.
async fn open_the_dashboards(service: &Service, organization: OrganizationId) {
    let actor = Actor::System("tests");
    service.overview(&actor, organization).await.unwrap();
    service.live_figures(&actor, organization).await.unwrap();
    for group_by in [GroupBy::UseCase, GroupBy::Mode, GroupBy::Platform, GroupBy::Subject] {
        for bucket in [Bucket::Hour, Bucket::Day] {
            let query = UsageQuery {
                group_by,
                bucket,
                ..UsageQuery::default()
            };
            // By subject there are days only.
            let _ = service.usage(&actor, organization, query).await;
        }
    }
    let newest = service.newest_events(&actor, organization, None, 50).await.unwrap();
    let next = newest.next.unwrap();
    service
        .newest_events(&actor, organization, Some(&next), 50)
        .await
        .unwrap();
    let credits = service.credits(&actor, organization, None).await.unwrap();
    let behind = credits
        .postings
        .items
        .iter()
        .find(|posting| posting.events > 0)
        .unwrap();
    service
        .postings(&actor, organization, Some(behind.sequence), 50)
        .await
        .unwrap();
    service.limits(&actor, organization).await.unwrap();
}

/// The list of customers in each of its orders, two days later: every row is stale then, so that it is made anew.
async fn open_the_portfolio(store: Store) {
    let clock = Clock::new(|| NOW.plus_seconds(2 * 86_400));
    let service = Service::new(store, settings(), clock, Randomness::seeded(9));
    let actor = Actor::System("tests");
    for sort in PortfolioSort::ALL {
        for (search, health) in [("", None), ("hanami", None), ("", Some(HealthFilter::AtRisk))] {
            let input = PortfolioInput {
                search: search.to_owned(),
                health,
                sort,
                ..PortfolioInput::default()
            };
            service.portfolio(&actor, input, 50).await.unwrap();
        }
    }
    assert!(service.refresh_portfolio().await.unwrap() >= 3);
    let customer = service.organization_of(&actor, &"hanami".parse().unwrap()).await;
    service.account(&actor, customer.unwrap()).await.unwrap();
}

/// The statements of the dashboards over the demo's data in a fresh database.
async fn taken_down(url: &str) -> BTreeSet<String> {
    demo::seed(url, settings(), NOW).await.unwrap();
    let clock = Clock::new(|| NOW);
    let options = StoreOptions {
        clock: clock.clone(),
        ..StoreOptions::default()
    };
    let store = Store::connect(url, options).await.unwrap();
    let service = Service::new(store, settings(), clock, Randomness::seeded(9));
    let vendor = Actor::System("tests");
    let customer = service
        .organization_of(&vendor, &"hanami".parse().unwrap())
        .await
        .unwrap();
    statements().clear();
    open_the_dashboards(&service, customer).await;
    open_the_portfolio(service.store().clone()).await;
    let taken = std::mem::take(&mut *statements());
    service.store().close().await;
    assert!(
        taken.len() > 10,
        "the dashboards' statements were taken down: {taken:?}"
    );
    let raw: Vec<_> = taken.iter().filter(|text| text.contains(RAW)).collect();
    assert!(!raw.is_empty(), "the newest events were asked for");
    taken
}

/// True where the plan is right: it leaves raw events alone, or takes a page of them by an index. (On PostgreSQL by an index
/// of each month, of which the sorted beginnings are merged: that has a sort key, and sorts nothing.)
fn spares_events(plan: &str) -> bool {
    let reads = plan.lines().filter(|line| line.contains(RAW));
    let by_index = |line: &str| {
        line.contains(&format!("Index Scan using {RAW}"))
            || line.contains(&format!("Index Scan Backward using {RAW}"))
            || line.contains(&format!("SEARCH {RAW} USING INDEX"))
            || line.trim_start().starts_with("Index Cond")
            || line.trim_start().starts_with("Sort Key")
    };
    let mut reads = reads.peekable();
    if reads.peek().is_none() {
        return true;
    }
    let sums = ["Sort  (", "Aggregate", "TEMP B-TREE", "Hash"]
        .iter()
        .any(|word| plan.contains(word));
    reads.all(by_index) && !sums && plan.contains("LIMIT")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_dashboard_reads_the_raw_events_of_a_period() {
    tracing::subscriber::set_global_default(Listener).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plans.db");
    let taken = taken_down(&format!("sqlite:{}", path.display())).await;
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    for statement in taken.iter().filter(|text| is_query(text)) {
        let rows = sqlx::query(&format!("EXPLAIN QUERY PLAN {statement}"))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let mut plan = rows.iter().fold(String::new(), |mut plan, row| {
            let _ = writeln!(plan, "{}", row.get::<String, _>("detail"));
            plan
        });
        // SQLite's plans do not tell of limits.
        let _ = writeln!(plan, "{}", limit_of(statement));
        assert!(spares_events(&plan), "SQLite:\n{statement}\n{plan}");
    }
    let Some(url) = fresh_postgres().await else { return };
    let taken = taken_down(&url).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    // So few rows would be read whole: the question is whether they need be.
    let forced = "ANALYZE; SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_partition_pruning = off;
        SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(forced).execute(&mut connection).await.unwrap();
    for statement in taken.iter().filter(|text| is_query(text)) {
        let plan = explained(&mut connection, statement).await;
        assert!(spares_events(&plan), "PostgreSQL:\n{statement}\n{plan}");
    }
    for wrong in [
        "SELECT SUM(credits) FROM usage_event",
        "SELECT id FROM usage_event ORDER BY exact LIMIT 10",
    ] {
        assert!(!spares_events(&explained(&mut connection, wrong).await), "{wrong}");
    }
}

fn is_query(statement: &str) -> bool {
    statement.starts_with("SELECT") || statement.starts_with("WITH")
}

fn limit_of(statement: &str) -> &'static str {
    if statement.contains("LIMIT") { "LIMIT" } else { "" }
}

async fn explained(connection: &mut PgConnection, statement: &str) -> String {
    sqlx::raw_sql(&format!("DEALLOCATE ALL; PREPARE asked AS {statement}"))
        .execute(&mut *connection)
        .await
        .unwrap();
    let count = "SELECT COALESCE(ARRAY_LENGTH(parameter_types, 1), 0) FROM pg_prepared_statements WHERE name = 'asked'";
    let rows = sqlx::raw_sql(count).fetch_one(&mut *connection).await.unwrap();
    let parameters: i32 = rows.get(0);
    let given = vec!["NULL"; usize::try_from(parameters).unwrap()].join(", ");
    let given = if given.is_empty() { given } else { format!("({given})") };
    let rows = sqlx::raw_sql(&format!("EXPLAIN EXECUTE asked{given}"))
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    format!("{}\n{}", plan.join("\n"), limit_of(statement))
}
