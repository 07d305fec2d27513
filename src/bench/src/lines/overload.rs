//! Twice as many authorizations as a server can answer, over more connections than it lets requests in: what it answers comes
//! as soon at the end as at the beginning, the rest is refused sooner, its memory stays as it is, and its books are right.

use std::rc::Rc;

use anyhow::{Context, Result, bail};

use super::RUNS;
use crate::bench::{Bench, Engine, WARM_UP, tell};
use crate::figures::{Required, median, shown};
use crate::installation::Installation;
use crate::load;
use crate::machine;
use crate::options::Line;
use crate::report::Figure;
use crate::seed;
use crate::traffic::{Authorize, Flood};

const ORGANIZATIONS: u64 = 1_000;
/// Requests that the server lets in.
const ROOM: &str = "256";
/// Connections that ask: sixteen for each request that is let in.
const CONNECTIONS: usize = 4_096;
/// Files that the client may have open: twice its connections.
const OPEN_FILES: u64 = 8_192;
/// How often the rate that was reached is asked for.
const TIMES: f64 = 2.0;
/// By how much the wait of 99 in 100 may grow from the first half of a flood to the second: a queue without bounds makes it
/// grow by as much as it was.
const P99_GROWTH_MAX: f64 = 1.5;
/// How long 99 in 100 refusals may take, against 99 in 100 answers.
const REFUSAL_SHARE_MAX: f64 = 1.0;
/// By how much memory may grow from the end of the first flood to that of the last. Allocators keep some of what they
/// were lent, and SQLite's cache has pages to take up.
const MEMORY_GROWTH_MAX: f64 = 1.2;

/// What the floods of one server came to.
#[derive(Default)]
struct Floods {
    asked: u64,
    refused: u64,
    /// Of each flood: the 99th percentiles of its refusals, in milliseconds.
    refusals_ms: Vec<f64>,
    /// At the end of each flood, in bytes.
    memory: Vec<u64>,
}

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
    machine::allow_open_files(OPEN_FILES)?;
    tell(&format!("overload, {name}: making {ORGANIZATIONS} organizations"));
    let folder = format!("overload_{}", name.to_lowercase());
    let server = bench.on(engine, &folder, &["--requests-max", ROOM]).await?;
    seed::customers(&server, ORGANIZATIONS).await?;
    seed::meet(&server, ORGANIZATIONS).await?;
    let capacity = format!("authorize, {name}, as fast as it goes");
    let halves = ["first half", "second half"].map(|half| format!("authorize, {name}, asked twice as fast, {half}"));
    let mut floods = Floods::default();
    for round in bench.rounds() {
        let traffic = Rc::new(Authorize::new(&server.key, ORGANIZATIONS, u64::from(round)));
        let (connections, span) = (bench.options.connections, bench.span());
        let load = load::closed(vec![server.address], connections, WARM_UP, span, traffic);
        bench.sample(&capacity, RUNS, load).await?;
        flood(bench, &server, &capacity, &halves, round, &mut floods).await?;
    }
    let verified = server.verified()?;
    if !verified.starts_with("right:") {
        bail!("the books after the flood: {verified}");
    }
    rows(bench, name, &halves, &floods, &verified)
}

async fn flood(
    bench: &mut Bench,
    server: &Installation,
    capacity: &str,
    halves: &[String; 2],
    round: u32,
    floods: &mut Floods,
) -> Result<()> {
    let rate = TIMES * bench.report.median(capacity, Figure::Value).context("measured first")?;
    let traffic = Rc::new(Flood(Authorize::new(
        &server.key,
        ORGANIZATIONS,
        1_000 + u64::from(round),
    )));
    let parts = (2, bench.span());
    let flood = load::in_parts(server.address, CONNECTIONS, rate, WARM_UP, parts, traffic);
    let parts = bench.samples(halves, RUNS, flood).await?;
    floods.asked += parts.iter().map(|part| part.requests).sum::<u64>();
    floods.refused += parts.iter().map(|part| part.refused).sum::<u64>();
    let refusals = parts.iter().map(|part| part.refusal_ms(0.99));
    floods.refusals_ms.push(refusals.fold(0.0, f64::max));
    floods.memory.push(server.resident_bytes()?);
    Ok(())
}

fn rows(bench: &mut Bench, name: &str, halves: &[String; 2], floods: &Floods, verified: &str) -> Result<()> {
    if floods.refused == 0 {
        bail!("nothing was refused: the server was not flooded");
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
    let answered = report.median(second, Figure::P99).context("measured before")?;
    let refused = median(&floods.refusals_ms);
    report.row(
        &format!("{what}: p99 of what is refused"),
        format!("{} ms", shown(refused)),
        format!("{second}: {}", shown(answered)),
        refused / answered,
        Required::AtMost(REFUSAL_SHARE_MAX),
    );
    let mebibytes = |bytes: &u64| *bytes as f64 / f64::from(1 << 20);
    if let [before, .., after] = &floods.memory[..] {
        report.row(
            &format!("{what}: the server's memory after the last flood"),
            format!("{} MiB", shown(mebibytes(after))),
            format!("after the first: {}", shown(mebibytes(before))),
            mebibytes(after) / mebibytes(before),
            Required::AtMost(MEMORY_GROWTH_MAX),
        );
    }
    report.remark(format!(
        "{what}: of {} asked, {} were refused and the others answered; then `drawdown verify` found the books {verified}.",
        floods.asked, floods.refused
    ));
    Ok(())
}
