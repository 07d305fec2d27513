//! What a large installation, of 100 000 organizations, loses to smaller ones: by authorize, and on the pages of the staff
//! that list them. Of 100 organizations a batch has many runs of one, which change its rows once; of 10 000 it has hardly
//! any, as of 100 000.

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

const SIZES: [u64; 3] = [100, 10_000, 100_000];
const SIZES_QUICK: [u64; 3] = [100, 1_000, 2_000];
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
    let sizes = if bench.options.quick { SIZES_QUICK } else { SIZES };
    let compares = bench.options.wants(Line::Organizations);
    let mut installations = Vec::new();
    for count in if compares { &sizes[..] } else { &sizes[2..] } {
        tell(&format!("organizations: making {count}"));
        installations.push((*count, made(bench, *count).await?));
    }
    if compares {
        authorize(bench, &installations).await?;
    }
    installations.drain(..installations.len() - 1);
    match installations.pop().filter(|_| bench.options.wants(Line::Customers)) {
        Some((count, largest)) => lists(bench, count, &largest).await,
        None => Ok(()),
    }
}

async fn made(bench: &Bench, count: u64) -> Result<Installation> {
    let installation = bench.on_postgres(&format!("organizations_{count}")).await?;
    seed::customers(&installation, count).await?;
    Ok(installation)
}

async fn authorize(bench: &mut Bench, installations: &[(u64, Installation)]) -> Result<()> {
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
    if let [smaller @ .., (many, _)] = installations {
        for (few, _) in smaller {
            let what = format!("authorize, {many} organizations against {few}");
            let pair = (name(*many), name(*few));
            let required = Required::AtLeast(0.9);
            bench.report.compare(&what, (&pair.0, &pair.1), Figure::Value, required);
        }
    }
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
