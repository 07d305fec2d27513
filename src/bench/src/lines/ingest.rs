//! Usage events, 500 a request, on both engines: fresh ones against raw inserts, the same ones again against fresh ones,
//! and the server's memory before and after a million.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::EVENTS;
use crate::baseline::sqlite::RawSqlite;
use crate::baseline::unnest::Unnest;
use crate::bench::{Bench, WARM_UP, tell};
use crate::figures::{Required, shown};
use crate::installation::Installation;
use crate::load;
use crate::machine;
use crate::report::Figure;
use crate::seed;
use crate::traffic::{self, Novelty, Usage};

const CUSTOMERS: u64 = 1_000;
/// Connections that report usage.
const CONNECTIONS: usize = 16;
const UNNEST: &str = "raw UNNEST with primary key, 500 rows a statement, 8 connections";
const RAW_SQLITE: &str = "raw SQLite with primary key, 500 rows a commit";
/// Events after which memory is looked at for the first and for the last time.
const EVENTS_FIRST: u64 = 100_000;
const EVENTS_LAST: u64 = 1_000_000;
/// Memory grows by no more than this factor between the two. Allocators keep some of what they were lent.
const GROWTH_MAX: f64 = 1.2;
const FILL_TIME_MAX: Duration = Duration::from_mins(3);

/// One engine's installation with the events that it has.
struct Ingest {
    installation: Installation,
    name: &'static str,
    times: Rc<[String]>,
    /// The first batch that was not sent.
    next: u64,
    /// Balances that the last replay changed.
    changed: usize,
}

pub(super) async fn on_postgres(bench: &mut Bench) -> Result<()> {
    let installation = bench.on_postgres("ingest").await?;
    let mut ingest = Ingest::prepare(installation, "PostgreSQL").await?;
    let raw = if bench.options.no_baselines {
        None
    } else {
        Some(Unnest::prepare(bench, CUSTOMERS).await?)
    };
    ingest.fill(EVENTS_FIRST).await?;
    let before = ingest.installation.resident_bytes()?;
    for round in bench.rounds() {
        if let Some(raw) = &raw {
            bench.rate(UNNEST, "rows/s", raw.run()).await?;
        }
        ingest.round(bench, round == bench.options.rounds).await?;
    }
    ingest.rows(bench, UNNEST, Required::AtLeast(0.25));
    let last = if bench.options.quick {
        EVENTS_FIRST * 2
    } else {
        EVENTS_LAST
    };
    ingest.fill(last).await?;
    ingest.memory(bench, before)
}

pub(super) async fn on_sqlite(bench: &mut Bench) -> Result<()> {
    let installation = bench.on_sqlite("ingest-sqlite").await?;
    let mut ingest = Ingest::prepare(installation, "SQLite").await?;
    let mut raw = if bench.options.no_baselines {
        None
    } else {
        Some(RawSqlite::prepare(&bench.options.folder, "raw-rows.db", CUSTOMERS)?)
    };
    let span = bench.span();
    for round in bench.rounds() {
        if let Some(raw) = &mut raw {
            bench.rate(RAW_SQLITE, "rows/s", async { raw.rows(span) }).await?;
        }
        ingest.round(bench, round == bench.options.rounds).await?;
    }
    ingest.rows(bench, RAW_SQLITE, Required::AtLeast(0.4));
    Ok(())
}

impl Ingest {
    async fn prepare(installation: Installation, name: &'static str) -> Result<Self> {
        tell(&format!("usage on {name}: making {CUSTOMERS} organizations"));
        seed::customers(&installation, CUSTOMERS).await?;
        Ok(Self {
            installation,
            name,
            times: Rc::new([machine::now()?]),
            next: 0,
            changed: 0,
        })
    }

    fn contestant(&self, novelty: Novelty) -> String {
        let word = match novelty {
            Novelty::Fresh => "fresh",
            Novelty::Known => "the same again",
        };
        format!("usage events, {}, {word}", self.name)
    }

    fn traffic(&self, batches: std::ops::Range<u64>, novelty: Novelty) -> Rc<Usage> {
        let key = &self.installation.key;
        Rc::new(Usage::new(key, CUSTOMERS, self.times.clone(), batches, novelty))
    }

    /// Fresh events, then the very same ones again.
    async fn round(&mut self, bench: &mut Bench, last: bool) -> Result<()> {
        let (address, span) = (self.installation.address, bench.span());
        let first = self.next;
        let fresh = self.traffic(first..u64::MAX, Novelty::Fresh);
        let load = load::closed(vec![address], CONNECTIONS, WARM_UP, span, fresh.clone());
        bench.sample(&self.contestant(Novelty::Fresh), EVENTS, load).await?;
        self.next = fresh.unsent();

        let balances = if last { self.balances().await? } else { Vec::new() };
        let known = self.traffic(first..self.next, Novelty::Known);
        let load = load::closed(vec![address], CONNECTIONS, Duration::ZERO, span, known);
        bench.sample(&self.contestant(Novelty::Known), EVENTS, load).await?;
        if last {
            let after = self.balances().await?;
            let pairs = balances.iter().zip(&after);
            self.changed = pairs.filter(|(before, after)| before != after).count();
        }
        Ok(())
    }

    async fn balances(&self) -> Result<Vec<String>> {
        seed::balances(&self.installation, CUSTOMERS).await
    }

    /// Reports events until there are so many.
    async fn fill(&mut self, events: u64) -> Result<()> {
        let batches = events / traffic::EVENTS;
        if batches > self.next {
            let fresh = self.traffic(self.next..batches, Novelty::Fresh);
            load::times(self.installation.address, CONNECTIONS, FILL_TIME_MAX, fresh.clone()).await?;
            self.next = fresh.unsent();
        }
        Ok(())
    }

    fn rows(&self, bench: &mut Bench, raw: &str, required: Required) {
        let (fresh, known) = (self.contestant(Novelty::Fresh), self.contestant(Novelty::Known));
        let report = &mut bench.report;
        let what = format!("usage ingest, {}, 500 events a request", self.name);
        report.compare(&what, (&fresh, raw), Figure::Value, required);
        let what = format!("the same events again, {}", self.name);
        report.compare(&what, (&known, &fresh), Figure::Value, Required::AtLeast(1.0));
        let what = format!("balances that the replay changed, {}", self.name);
        let measured = format!("{} of {CUSTOMERS}", self.changed);
        report.row(
            &what,
            measured,
            String::new(),
            self.changed as f64,
            Required::AtMost(0.0),
        );
    }

    fn memory(&self, bench: &mut Bench, before: u64) -> Result<()> {
        let after = self.installation.resident_bytes()?;
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let what = format!(
            "the server's memory after {} events",
            shown((self.next * traffic::EVENTS) as f64)
        );
        let measured = format!("{} MiB", shown(mebibytes(after)));
        let against = format!(
            "after {} events: {}",
            shown(EVENTS_FIRST as f64),
            shown(mebibytes(before))
        );
        let growth = after as f64 / before as f64;
        bench
            .report
            .row(&what, measured, against, growth, Required::AtMost(GROWTH_MAX));
        Ok(())
    }
}
