//! Twice as many authorizations as a server can answer, over more connections than it has room for: what it answers comes
//! as soon at the end as at the beginning, the rest is refused at once, its memory stays as it is, and its books are right.

use std::rc::Rc;

use anyhow::{Context, Result, bail};

use super::RUNS;
use crate::bench::{Bench, Engine, WARM_UP, tell};
use crate::figures::{Required, shown};
use crate::load;
use crate::options::Line;
use crate::report::Figure;
use crate::seed;
use crate::traffic::{Authorize, Flood};

const ORGANIZATIONS: u64 = 1_000;
/// Requests that the server lets in.
const ROOM: &str = "256";
/// Connections that ask: four for each place.
const CONNECTIONS: usize = 1_024;
/// By how much the wait of 99 in 100 may grow from the first half of the flood to the second. A queue without bounds makes
/// it grow by its own length, three times and more.
const P99_GROWTH_MAX: f64 = 1.5;
/// By how much memory may grow meanwhile. Allocators keep some of what they were lent.
const MEMORY_GROWTH_MAX: f64 = 1.2;

pub(super) async fn run(bench: &mut Bench) -> Result<()> {
    for (engine, line) in [
        (Engine::Postgres, Line::OverloadPostgres),
        (Engine::Sqlite, Line::OverloadSqlite),
    ] {
        if bench.options.wants(line) {
            on(bench, engine).await?;
        }
    }
    Ok(())
}

async fn on(bench: &mut Bench, engine: Engine) -> Result<()> {
    let name = engine.name();
    tell(&format!("overload, {name}: making {ORGANIZATIONS} organizations"));
    let folder = format!("overload_{}", name.to_lowercase());
    let server = bench.on(engine, &folder, &["--requests-max", ROOM]).await?;
    seed::customers(&server, ORGANIZATIONS).await?;
    seed::meet(&server, ORGANIZATIONS).await?;
    let contestant = |what: &str| format!("authorize, {name}, {what}");
    let capacity = contestant("as fast as it goes");
    let halves = ["first half", "second half"].map(|half| contestant(&format!("asked twice as fast, {half}")));
    let (mut memory, mut asked) = (Vec::new(), (0, 0));
    for round in bench.rounds() {
        let authorize = |seed: u32| Authorize::new(&server.key, ORGANIZATIONS, u64::from(seed));
        let span = bench.span();
        let (connections, traffic) = (bench.options.connections, Rc::new(authorize(round)));
        let load = load::closed(vec![server.address], connections, WARM_UP, span, traffic);
        bench.sample(&capacity, RUNS, load).await?;
        let rate = 2.0 * bench.report.median(&capacity, Figure::Value).context("just measured")?;
        for half in &halves {
            let traffic = Rc::new(Flood(authorize(1_000 + round)));
            let load = async {
                let measured = load::open(server.address, CONNECTIONS, rate, WARM_UP, span, traffic).await?;
                asked = (asked.0 + measured.requests, asked.1 + measured.refused);
                Ok(measured)
            };
            bench.sample(half, RUNS, load).await?;
            memory.push(server.resident_bytes()?);
        }
    }
    let verified = server.verified()?;
    if !verified.starts_with("right:") {
        bail!("the books after the flood: {verified}");
    }
    let report = &mut bench.report;
    let what = format!("authorize, {name}, asked twice as fast as it can");
    let [first, second] = halves.each_ref().map(String::as_str);
    let required = Required::AtMost(P99_GROWTH_MAX);
    report.compare(
        &format!("{what}: p99 of what is answered"),
        (second, first),
        Figure::P99,
        required,
    );
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    if let [first, .., last] = memory[..] {
        let (before, after) = (mebibytes(first), mebibytes(last));
        report.row(
            &format!("{what}: the server's memory"),
            format!("{} MiB", shown(after)),
            format!("after the first half: {}", shown(before)),
            after / before,
            Required::AtMost(MEMORY_GROWTH_MAX),
        );
    }
    report.remark(format!(
        "{what}: of {} asked, {} were refused at once and the others answered; then `drawdown verify` found the books {verified}.",
        asked.0, asked.1
    ));
    Ok(())
}
