//! Authorize on PostgreSQL: spread over many organizations, of one hot one, and the latency at half of the highest rate;
//! against TPC-B and against authorize by one statement.

use std::rc::Rc;

use anyhow::{Context, Result};

use super::RUNS;
use crate::baseline::pgbench::Pgbench;
use crate::bench::{Bench, WARM_UP, tell};
use crate::figures::{Required, shown};
use crate::installation::Installation;
use crate::load;
use crate::options::Line;
use crate::report::Figure;
use crate::seed;
use crate::traffic::Authorize;

const SPREAD: &str = "authorize, spread";
const HOT: &str = "authorize, one hot organization";
const LATENCY: &str = "authorize, open loop at half of the rate";
const TPCB: &str = "pgbench TPC-B, 8 clients";
const ONE_SPREAD: &str = "authorize by one statement, spread, 8 clients";
const ONE_HOT: &str = "authorize by one statement, hot, 8 clients";

pub(super) async fn run(bench: &mut Bench) -> Result<()> {
    let organizations = u64::from(bench.options.organizations());
    tell(&format!(
        "authorize on PostgreSQL: making {organizations} organizations"
    ));
    let installation = bench.on_postgres("engine").await?;
    seed::customers(&installation, organizations).await?;
    seed::meet(&installation, organizations).await?;
    let wanted = |line| bench.options.wants(line);
    let latency = wanted(Line::AuthorizeLatency);
    let (spread, hot) = (wanted(Line::AuthorizePostgres) || latency, wanted(Line::AuthorizeHot));
    let pgbench = if bench.options.no_baselines {
        None
    } else {
        Some(Pgbench::prepare(bench).await?)
    };
    for round in bench.rounds() {
        if let Some(pgbench) = &pgbench {
            if wants(bench, Line::AuthorizePostgres) {
                bench.rate(TPCB, "transactions/s", pgbench.tpcb()).await?;
                bench.rate(ONE_SPREAD, RUNS, pgbench.spread()).await?;
            }
            if hot {
                bench.rate(ONE_HOT, RUNS, pgbench.hot()).await?;
            }
        }
        if spread {
            authorize(bench, &installation, SPREAD, organizations, round).await?;
        }
        if hot {
            authorize(bench, &installation, HOT, 1, round).await?;
        }
    }
    if latency {
        at_half(bench, &installation, organizations).await?;
    }
    rows(bench);
    Ok(())
}

fn wants(bench: &Bench, line: Line) -> bool {
    bench.options.wants(line)
}

/// One run as fast as it goes.
async fn authorize(
    bench: &mut Bench,
    installation: &Installation,
    contestant: &str,
    customers: u64,
    round: u32,
) -> Result<()> {
    let traffic = Rc::new(Authorize::new(&installation.key, customers, u64::from(round)));
    let (connections, span) = (bench.options.connections, bench.span());
    let load = load::closed(vec![installation.address], connections, WARM_UP, span, traffic);
    bench.sample(contestant, RUNS, load).await
}

async fn at_half(bench: &mut Bench, installation: &Installation, customers: u64) -> Result<()> {
    let highest = bench
        .report
        .median(SPREAD, Figure::Value)
        .context("the highest rate is measured first")?;
    for round in bench.rounds() {
        let traffic = Rc::new(Authorize::new(&installation.key, customers, 1000 + u64::from(round)));
        let (connections, span) = (bench.options.connections, bench.span());
        let load = load::open(installation.address, connections, highest / 2.0, WARM_UP, span, traffic);
        bench.sample(LATENCY, RUNS, load).await?;
    }
    let sentence = format!(
        "Latency was measured at {} runs/s, from when each was due.",
        shown(highest / 2.0)
    );
    bench.report.remark(sentence);
    Ok(())
}

fn rows(bench: &mut Bench) {
    let report = &mut bench.report;
    let what = "authorize, PostgreSQL, spread, two caps and a throttle";
    report.compare(what, (SPREAD, TPCB), Figure::Value, Required::AtLeast(3.0));
    report.compare(what, (SPREAD, ONE_SPREAD), Figure::Value, Required::AtLeast(1.2));
    let what = "authorize, PostgreSQL, one hot organization";
    report.compare(what, (HOT, ONE_HOT), Figure::Value, Required::AtLeast(4.0));
    report.compare(what, (HOT, SPREAD), Figure::Value, Required::AtLeast(0.9));
    report.require(
        "authorize, p50 at half of its rate",
        LATENCY,
        Figure::P50,
        Required::AtMost(1.0),
    );
    report.require(
        "authorize, p99 at half of its rate",
        LATENCY,
        Figure::P99,
        Required::AtMost(5.0),
    );
}
