//! The portfolio's lists on both engines: search, filters, order, pages, and the plans by which they are read.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::OrganizationStatus;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use super::on_both_engines;
use super::world::{START, World, credits, key};
use crate::portfolio_book::postings_since_marks;
use crate::portfolio_page::{Search, statement_for_plan};
use crate::{PortfolioQuery, PortfolioRow, PortfolioSort};

on_both_engines!(
    a_row_is_made_anew_when_it_is_due_or_long_behind,
    customers_are_found_sorted_and_paged,
    no_list_reads_more_than_its_indexes,
    the_months_are_made_of_new_and_lasting_postings_alone,
);

/// Customers, or postings, that the plan of a statement is asked for.
const MANY: i64 = 5_000;

fn row(organization: OrganizationId, name: &str, left: &str) -> PortfolioRow {
    PortfolioRow {
        organization,
        version: 0,
        made_at: START,
        due_at: START.plus_seconds(3_600),
        key: key(name),
        name: name.to_owned(),
        plan: None,
        status: OrganizationStatus::Active,
        available: credits(left),
        burned: credits("0"),
        pace: credits("0"),
        depletes_at: None,
        health: 4,
        seen_at: None,
        renews_at: None,
    }
}

async fn names(world: &World, query: &PortfolioQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut names = Vec::new();
    loop {
        let page = world.store.portfolio(&query, 2).await.unwrap();
        names.extend(page.rows.into_iter().map(|(row, _)| row.name));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return names,
        }
    }
}

/// Five customers with their rows.
async fn five(world: &World) -> Vec<PortfolioRow> {
    let store = &world.store;
    for name in ["Northwind-Studio", "northern-lights", "Acme", "acme-north", "zeta"] {
        world.organization(name).await;
    }
    let (behind, next) = store.portfolio_behind(None, START, START, 3).await.unwrap();
    assert_eq!((behind.len(), next), (3, Some(behind[2])));
    let (rest, next) = store.portfolio_behind(next, START, START, 3).await.unwrap();
    assert_eq!((rest.len(), next), (2, None));
    let ids: Vec<OrganizationId> = behind.into_iter().chain(rest).collect();
    let mut rows: Vec<PortfolioRow> = Vec::new();
    for source in store.portfolio_sources(&ids, START).await.unwrap() {
        let name = source.organization.key.to_string();
        let left = if name == "zeta" { "0" } else { "12.5" };
        let mut made = row(source.organization.state.id, &name, left);
        made.version = source.organization.state.version;
        rows.push(made);
    }
    store.put_portfolio(&rows).await.unwrap();
    rows
}

async fn a_row_is_made_anew_when_it_is_due_or_long_behind(world: World) {
    let store = &world.store;
    let mut rows = five(&world).await;
    store.put_portfolio(&rows).await.unwrap();
    let behind = async |now, made_before| store.portfolio_behind(None, now, made_before, 9).await.unwrap().0;
    assert_eq!(behind(START, START).await, []);
    let due = behind(START.plus_seconds(3_600), START).await;
    assert_eq!(due.len(), 5, "a row is stale from its time on");
    rows[0].version += 1;
    store.put_portfolio(&rows).await.unwrap();
    let just_made = behind(START, START.plus_seconds(-1)).await;
    assert_eq!(just_made, [], "a busy customer's row is left alone for a while");
    assert_eq!(behind(START, START).await, [rows[0].organization]);
}

async fn customers_are_found_sorted_and_paged(world: World) {
    let rows = five(&world).await;
    let all = PortfolioQuery::default();
    let by_name = ["acme", "acme-north", "northern-lights", "northwind-studio", "zeta"];
    let lower = |names: Vec<String>| names.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>();
    assert_eq!(lower(names(&world, &all).await), by_name);
    let descending = PortfolioQuery {
        descending: true,
        ..all.clone()
    };
    let mut reversed = by_name;
    reversed.reverse();
    assert_eq!(lower(names(&world, &descending).await), reversed);
    // Equal values: organizations break the tie, and nobody is shown twice or left out.
    let by_left = PortfolioQuery {
        sort: PortfolioSort::Available,
        ..all.clone()
    };
    let found = names(&world, &by_left).await;
    assert_eq!((found.len(), found[0].as_str()), (5, "zeta"));
    let search = async |search: &str| {
        let query = PortfolioQuery {
            search: search.to_owned(),
            ..all.clone()
        };
        lower(names(&world, &query).await)
    };
    assert_eq!(
        search("NORTH").await,
        ["acme-north", "northern-lights", "northwind-studio"]
    );
    assert_eq!(search("nor ac").await, ["acme-north"]);
    assert_eq!(search("acme-north").await, ["acme-north"]);
    assert_eq!(search("orth").await, [""; 0]);
    assert_eq!(search("%").await, by_name, "signs are no words");
    let suspended = PortfolioQuery {
        status: Some(OrganizationStatus::Suspended),
        ..all.clone()
    };
    assert_eq!(names(&world, &suspended).await, [""; 0]);
    let only = PortfolioQuery {
        only: Some([rows[0].organization].into()),
        ..all.clone()
    };
    assert_eq!(names(&world, &only).await.len(), 1);
}

/// The statements of every order, with a search for a rare word, a common one, both and none.
fn statements(world: &World) -> Vec<String> {
    let search = |rare: &str, common: &str| Search {
        rare: Some(rare.to_owned()).filter(|word| !word.is_empty()),
        common: common.split_whitespace().map(str::to_owned).collect(),
    };
    let mut all = Vec::new();
    for sort in PortfolioSort::ALL {
        for descending in [false, true] {
            for (rare, common) in [("", ""), ("17", ""), ("17", "customer"), ("", "customer")] {
                let query = PortfolioQuery {
                    sort,
                    descending,
                    ..PortfolioQuery::default()
                };
                all.push(statement_for_plan(&query, &search(rare, common), &world.store));
            }
        }
    }
    all
}

async fn no_list_reads_more_than_its_indexes(world: World) {
    let plan = world.plan.plan.as_str();
    let fill = format!(
        "INSERT INTO organization (id, key, name, status, time_zone, currency, period_anchor, posting_hash, created_at)
         SELECT ID, 'customer-' || n, 'Customer ' || n, 'active', 'UTC', 'USD', 0, HASH, 0 FROM NUMBERS;
         INSERT INTO portfolio (organization_id, version, made_at, due_at, sort_name, plan, status, available, burned, pace,
            depletes_at, health, seen_at, renews_at)
         SELECT ID, 0, 0, 0, 'customer ' || n, '{plan}', 'active', n * 1000, n, n, n, n % 6, n, n FROM NUMBERS;
         INSERT INTO portfolio_word (organization_id, word) SELECT ID, '' || n FROM NUMBERS;
         INSERT INTO portfolio_word (organization_id, word) SELECT ID, 'customer' FROM NUMBERS;
         ANALYZE"
    );
    for statement in statements(&world) {
        assert!(
            !statement.contains("usage_event") && !statement.contains("rollup"),
            "{statement}"
        );
    }
    if world.store.engine() == "sqlite" {
        let numbers = format!(
            "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {MANY}) SELECT n FROM c)"
        );
        let fill = fill
            .replace("NUMBERS", &numbers)
            .replace("ID", "unhex(printf('%032x', n))")
            .replace("HASH", "zeroblob(32)");
        let mut connection = SqliteConnection::connect(&world.url).await.unwrap();
        sqlx::raw_sql(&fill).execute(&mut connection).await.unwrap();
        for statement in statements(&world) {
            let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(&format!("EXPLAIN QUERY PLAN {statement}"))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            let plan: Vec<String> = rows.into_iter().map(|row| row.3).collect();
            let scans = plan.iter().filter(|line| {
                line.starts_with("SCAN p ") && !line.contains("INDEX")
                    || line.starts_with("SCAN o ")
                    || line.starts_with("SCAN w ")
            });
            assert_eq!(scans.count(), 0, "{statement}\n{plan:#?}");
        }
    } else {
        let numbers = format!("generate_series(1, {MANY}) n");
        let fill = fill
            .replace("NUMBERS", &numbers)
            .replace("ID", "lpad(to_hex(n), 32, '0')::uuid")
            .replace("HASH", "decode(repeat('00', 32), 'hex')");
        let mut connection = PgConnection::connect(&world.url).await.unwrap();
        sqlx::raw_sql(&fill).execute(&mut connection).await.unwrap();
        // So few rows would be read whole: the question is whether they need be.
        let forced = sqlx::raw_sql("SET enable_seqscan = off");
        forced.execute(&mut connection).await.unwrap();
        for statement in statements(&world) {
            let rows: Vec<(String,)> = sqlx::query_as(&format!("EXPLAIN {statement}"))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            let plan: Vec<String> = rows.into_iter().map(|row| row.0).collect();
            let scans = plan.iter().filter(|line| line.contains("Seq Scan"));
            assert_eq!(scans.count(), 0, "{statement}\n{plan:#?}");
        }
    }
}

/// Of a hundred customers with marks the newest postings are read by an index, and of them those alone that last.
async fn the_months_are_made_of_new_and_lasting_postings_alone(world: World) {
    let fill = "INSERT INTO organization (id, key, name, status, time_zone, currency, period_anchor, posting_hash, created_at)
            SELECT ID, 'customer-' || n, 'Customer ' || n, 'active', 'UTC', 'USD', 0, HASH, 0 FROM NUMBERS WHERE n <= 100;
         INSERT INTO portfolio_book (organization_id, sequence, version, made_at, due_at)
            SELECT id, 140, 0, 0, 0 FROM organization;
         INSERT INTO posting (organization_id, sequence, batch, at, from_account, to_account, credits, events, events_digest,
            previous_hash, hash)
            SELECT id, n, 1, n, 'available', CASE WHEN n % 10 = 0 THEN 'held' ELSE 'burned' END, 1, 0, HASH, HASH, HASH
            FROM organization CROSS JOIN NUMBERS WHERE n <= 150;
         ANALYZE";
    let sql = postings_since_marks(&world.store.db().read);
    let found: Vec<(Uuid, i64, Option<Uuid>, String, String, i64)>;
    let plan: Vec<String>;
    if world.is_sqlite() {
        let numbers = format!(
            "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {MANY}) SELECT n FROM c)"
        );
        let fill = fill
            .replace("NUMBERS", &numbers)
            .replace("ID", "unhex(printf('%032x', n))");
        let fill = fill.replace("HASH", "zeroblob(32)");
        let mut connection = SqliteConnection::connect(&world.url).await.unwrap();
        sqlx::raw_sql(&fill).execute(&mut connection).await.unwrap();
        let sql = sql.replace("$1", "(SELECT json_group_array(hex(id)) FROM organization)");
        found = sqlx::query_as(&sql).fetch_all(&mut connection).await.unwrap();
        let explained = format!("EXPLAIN QUERY PLAN {sql}");
        let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(&explained).fetch_all(&mut connection).await.unwrap();
        plan = rows.into_iter().map(|row| row.3).collect();
    } else {
        let fill = fill.replace("NUMBERS", &format!("generate_series(1, {MANY}) n"));
        let fill = fill.replace("ID", "lpad(to_hex(n), 32, '0')::uuid");
        let fill = fill.replace("HASH", "decode(repeat('00', 32), 'hex')");
        let mut connection = PgConnection::connect(&world.url).await.unwrap();
        sqlx::raw_sql(&fill).execute(&mut connection).await.unwrap();
        let sql = sql.replace("ANY($1)", "ANY(ARRAY(SELECT id FROM organization))");
        found = sqlx::query_as(&sql).fetch_all(&mut connection).await.unwrap();
        let rows: Vec<(String,)> = sqlx::query_as(&format!("EXPLAIN {sql}"))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        plan = rows.into_iter().map(|row| row.0).collect();
    }
    assert_eq!(found.len(), 100);
    // Of the postings 141 to 150 all but the one that holds credits.
    assert!(
        found
            .iter()
            .all(|row| (row.3.as_str(), row.4.as_str(), row.5) == ("available", "burned", 9)),
        "{found:?}"
    );
    assert!(plan.iter().any(|line| line.contains("posting_lasting")), "{plan:#?}");
    assert!(
        !plan.iter().any(|line| line.contains("Seq Scan on posting")),
        "{plan:#?}"
    );
}
