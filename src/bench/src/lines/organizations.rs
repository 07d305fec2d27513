//! What a large installation, of 100 000 organizations, loses to a small one of 100: by authorize, and on the pages of
//! the staff that list them.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::RUNS;
use crate::bench::{Bench, WARM_UP, tell};
use crate::figures::Required;
use crate::installation::Installation;
use crate::load;
use crate::options::Line;
use crate::reader;
use crate::report::Figure;
use crate::seed;
use crate::traffic::{Authorize, Pages};

const FEW: u64 = 100;
const MANY: u64 = 100_000;
const MANY_QUICK: u64 = 2_000;
/// Pages of the list: as it opens, found by words, and sorted.
const LISTS: [&str; 4] = [
    "/manage/customers",
    "/manage/customers?search=customer+777",
    "/manage/customers?sort=-left",
    "/manage/customers?health=on_pace&sort=ends",
];
/// How long a page of the list may take, in milliseconds.
const LIST_MS: f64 = 100.0;
/// For how long the job that keeps the list is waited for.
const LISTED_TIME_MAX: Duration = Duration::from_mins(15);
const POLL_INTERVAL: Duration = Duration::from_millis(500);

pub(super) async fn run(bench: &mut Bench) -> Result<()> {
    let many = if bench.options.quick { MANY_QUICK } else { MANY };
    tell(&format!("organizations: making {FEW} and {many}"));
    let few_organizations = made(bench, FEW).await?;
    let many_organizations = made(bench, many).await?;
    if bench.options.wants(Line::Organizations) {
        authorize(bench, &[(FEW, &few_organizations), (many, &many_organizations)]).await?;
    }
    drop(few_organizations);
    if bench.options.wants(Line::Customers) {
        lists(bench, many, &many_organizations).await?;
    }
    Ok(())
}

async fn made(bench: &Bench, count: u64) -> Result<Installation> {
    let installation = bench.on_postgres(&format!("organizations_{count}")).await?;
    seed::customers(&installation, count).await?;
    Ok(installation)
}

async fn authorize(bench: &mut Bench, installations: &[(u64, &Installation); 2]) -> Result<()> {
    let name = |count: u64| format!("authorize, {count} organizations");
    for (count, installation) in installations {
        seed::meet(installation, *count).await?;
    }
    for round in bench.rounds() {
        for (count, installation) in installations {
            let traffic = Rc::new(Authorize::new(&installation.key, *count, u64::from(round)));
            let (connections, span) = (bench.options.connections, bench.span());
            let load = load::closed(vec![installation.address], connections, WARM_UP, span, traffic);
            bench.sample(&name(*count), RUNS, load).await?;
        }
    }
    let [(few, _), (many, _)] = installations;
    let what = format!("authorize, {many} organizations against {few}");
    let required = Required::AtLeast(0.9);
    bench
        .report
        .compare(&what, (&name(*many), &name(*few)), Figure::Value, required);
    Ok(())
}

async fn lists(bench: &mut Bench, count: u64, installation: &Installation) -> Result<()> {
    tell(&format!("customers: waiting until {count} are listed"));
    let started = Instant::now();
    // A bounded poll: the job that keeps the list tells nobody when it is through.
    while listed(installation).await? < count {
        if started.elapsed() > LISTED_TIME_MAX {
            bail!("the customers were not listed within {} s", LISTED_TIME_MAX.as_secs());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    let cookies = [reader::administrator(installation).await?];
    let name = |path: &str| format!("{path}, {count} customers");
    for _ in bench.rounds() {
        for path in LISTS {
            let traffic = Rc::new(Pages::new(path, &cookies));
            let span = bench.span() / 2;
            let load = load::closed(vec![installation.address], 1, WARM_UP / 2, span, traffic);
            bench.sample(&name(path), "pages/s", load).await?;
        }
    }
    for path in LISTS {
        let what = format!("{path}, p95 in ms with {count} customers");
        let required = Required::AtMost(LIST_MS);
        bench.report.require(&what, &name(path), Figure::P95, required);
    }
    Ok(())
}

/// How many customers the list has.
async fn listed(installation: &Installation) -> Result<u64> {
    let mut postgres = PgConnection::connect(installation.database_url()).await?;
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM portfolio")
        .fetch_one(&mut postgres)
        .await?;
    postgres.close().await?;
    Ok(count.unsigned_abs())
}
