//! Authorize by several processes on one PostgreSQL against one: any request may reach any of them, so that the same
//! organization is written by all in turn.

use std::rc::Rc;

use anyhow::Result;

use super::RUNS;
use crate::bench::{Bench, WARM_UP, tell};
use crate::figures::Required;
use crate::load;
use crate::report::Figure;
use crate::seed;
use crate::traffic::Authorize;

const ONE: &str = "authorize, spread, one process";
const SEVERAL: &str = "authorize, spread, three processes";
const PROCESSES: u32 = 3;
/// All processes together have about as many writers as the machine has processors, as one process has by itself.
const ONE_WRITER: [&str; 2] = ["--ledger-writers", "1"];

pub(super) async fn run(bench: &mut Bench) -> Result<()> {
    let organizations = u64::from(bench.options.organizations());
    tell(&format!("processes: making {organizations} organizations"));
    let one = bench.on_postgres("processes").await?;
    seed::customers(&one, organizations).await?;
    let mut several = Vec::new();
    for number in 1..=PROCESSES {
        several.push(one.one_more(&format!("process-{number}"), &ONE_WRITER)?);
    }
    for server in several.iter().chain([&one]) {
        seed::meet(server, organizations).await?;
    }
    let addresses: Vec<_> = several.iter().map(|server| server.address).collect();
    for round in bench.rounds() {
        for (contestant, servers) in [(ONE, vec![one.address]), (SEVERAL, addresses.clone())] {
            let traffic = Rc::new(Authorize::new(&one.key, organizations, u64::from(round)));
            let (connections, span) = (bench.options.connections, bench.span());
            let load = load::closed(servers, connections, WARM_UP, span, traffic);
            bench.sample(contestant, RUNS, load).await?;
        }
    }
    let what = "authorize, PostgreSQL, spread, three processes against one";
    bench
        .report
        .compare(what, (SEVERAL, ONE), Figure::Value, Required::AtLeast(0.8));
    Ok(())
}
