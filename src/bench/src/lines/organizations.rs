//! Authorize with 100 000 organizations against 100: what a large installation loses to a small one.

use std::rc::Rc;

use anyhow::Result;

use super::RUNS;
use crate::bench::{Bench, WARM_UP, tell};
use crate::figures::Required;
use crate::load;
use crate::report::Figure;
use crate::seed;
use crate::traffic::Authorize;

const FEW: u64 = 100;
const MANY: u64 = 100_000;
const MANY_QUICK: u64 = 2_000;

pub(super) async fn run(bench: &mut Bench) -> Result<()> {
    let many = if bench.options.quick { MANY_QUICK } else { MANY };
    let name = |count: u64| format!("authorize, {count} organizations");
    tell(&format!("organizations: making {FEW} and {many}"));
    let mut installations = Vec::new();
    for count in [FEW, many] {
        let installation = bench.on_postgres(&format!("organizations_{count}")).await?;
        seed::customers(&installation, count).await?;
        seed::meet(&installation, count).await?;
        installations.push((count, installation));
    }
    for round in bench.rounds() {
        for (count, installation) in &installations {
            let traffic = Rc::new(Authorize::new(&installation.key, *count, u64::from(round)));
            let (connections, span) = (bench.options.connections, bench.span());
            let load = load::closed(vec![installation.address], connections, WARM_UP, span, traffic);
            bench.sample(&name(*count), RUNS, load).await?;
        }
    }
    let pair = (name(many), name(FEW));
    let what = format!("authorize, {many} organizations against {FEW}");
    let required = Required::AtLeast(0.9);
    bench.report.compare(&what, (&pair.0, &pair.1), Figure::Value, required);
    Ok(())
}
