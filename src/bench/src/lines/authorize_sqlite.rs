//! Authorize on SQLite with `synchronous=FULL`, against a raw commit for each.

use std::rc::Rc;

use anyhow::Result;

use super::RUNS;
use crate::baseline::sqlite::RawSqlite;
use crate::bench::{Bench, WARM_UP, tell};
use crate::figures::Required;
use crate::load;
use crate::report::Figure;
use crate::seed;
use crate::traffic::Authorize;

const PRODUCT: &str = "authorize, SQLite, spread";
const RAW: &str = "raw SQLite, authorize with a commit for each";

pub(super) async fn run(bench: &mut Bench) -> Result<()> {
    let organizations = u64::from(bench.options.organizations());
    tell(&format!("authorize on SQLite: making {organizations} organizations"));
    let installation = bench.on_sqlite("engine-sqlite").await?;
    seed::customers(&installation, organizations).await?;
    seed::meet(&installation, organizations).await?;
    let mut raw = if bench.options.no_baselines {
        None
    } else {
        Some(RawSqlite::prepare(
            &bench.options.folder,
            "raw-commits.db",
            organizations,
        )?)
    };
    let span = bench.span();
    for round in bench.rounds() {
        if let Some(raw) = &mut raw {
            bench.rate(RAW, RUNS, async { raw.commits(span) }).await?;
        }
        let traffic = Rc::new(Authorize::new(&installation.key, organizations, u64::from(round)));
        let connections = bench.options.connections;
        let load = load::closed(vec![installation.address], connections, WARM_UP, span, traffic);
        bench.sample(PRODUCT, RUNS, load).await?;
    }
    let required = Required::AtLeast(2.0);
    bench.report.compare(
        "authorize, SQLite, synchronous=FULL",
        (PRODUCT, RAW),
        Figure::Value,
        required,
    );
    Ok(())
}
