//! One run of the bench: what it was told, what it has, and what it has measured so far.

use std::future::Future;
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _};

use crate::installation::{Installation, Place};
use crate::load::Measured;
use crate::machine::Machine;
use crate::options::Options;
use crate::processor::Ticks;
use crate::report::{Report, Sample};

/// What a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

impl Engine {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

/// How long each run of a contestant goes unmeasured before it is measured.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// The run.
pub(crate) struct Bench {
    /// What it was told.
    pub(crate) options: Options,
    /// What it found.
    pub(crate) report: Report,
}

impl Bench {
    /// Looks at the machine.
    pub(crate) async fn new(options: Options) -> Result<Self> {
        let options = options.settled();
        let mut postgres = PgConnection::connect(&options.postgres_url)
            .await
            .context("PostgreSQL is out of reach")?;
        let version: String = sqlx::query_scalar("SHOW server_version")
            .fetch_one(&mut postgres)
            .await?;
        postgres.close().await?;
        let machine = Machine::describe(&options.folder, &options.commit, version)?;
        let report = Report::new(machine, &options);
        Ok(Self { options, report })
    }

    /// How long each run is measured.
    pub(crate) fn span(&self) -> Duration {
        Duration::from_secs(u64::from(self.options.seconds))
    }

    /// The numbers of the rounds.
    pub(crate) fn rounds(&self) -> std::ops::RangeInclusive<u32> {
        1..=self.options.rounds
    }

    /// Makes a database of this name and gives its address.
    pub(crate) async fn database(&self, name: &str) -> Result<String> {
        let mut postgres = PgConnection::connect(&self.options.postgres_url).await?;
        postgres.execute(format!("CREATE DATABASE {name}").as_str()).await?;
        postgres.close().await?;
        let options = PgConnectOptions::from_str(&self.options.postgres_url)?;
        let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
        Ok(format!("postgres://{user}@{host}:{port}/{name}"))
    }

    /// An installation on a new database of this name on PostgreSQL.
    pub(crate) async fn on_postgres(&self, name: &str) -> Result<Installation> {
        self.on(Engine::Postgres, name, &[]).await
    }

    /// An installation on a new file on SQLite.
    pub(crate) async fn on_sqlite(&self, name: &str) -> Result<Installation> {
        self.on(Engine::Sqlite, name, &[]).await
    }

    /// An installation on either, with further arguments of its server.
    pub(crate) async fn on(&self, engine: Engine, name: &str, arguments: &[&str]) -> Result<Installation> {
        let url = match engine {
            Engine::Postgres => Some(self.database(name).await?),
            Engine::Sqlite => None,
        };
        Place::new(&self.options, name, url)?.install(arguments)
    }

    /// Runs a contestant once and notes how it fared, what it cost, and how busy others kept the machine meanwhile.
    pub(crate) async fn sample(
        &mut self,
        contestant: &str,
        unit: &str,
        run: impl Future<Output = Result<Measured>>,
    ) -> Result<()> {
        let run = async { Ok(vec![run.await?]) };
        self.samples(&[contestant.to_owned()], unit, run).await.map(drop)
    }

    /// The same for a run in parts, each a contestant of its own; what it cost is that of the whole.
    pub(crate) async fn samples(
        &mut self,
        contestants: &[String],
        unit: &str,
        run: impl Future<Output = Result<Vec<Measured>>>,
    ) -> Result<Vec<Measured>> {
        let (before, started) = (self.ticks()?, Instant::now());
        let parts = run.await.with_context(|| contestants.join(", "))?;
        let units: u64 = parts.iter().map(|part| part.units).sum();
        let span: Duration = parts.iter().map(|part| part.span).sum();
        let rate = units as f64 / span.as_secs_f64().max(f64::MIN_POSITIVE);
        let whole = self.sampled(rate, before, started)?;
        for (contestant, part) in contestants.iter().zip(&parts) {
            let sample = Sample {
                value: part.rate(),
                p50_ms: Some(part.latency_ms(0.5)),
                p95_ms: Some(part.latency_ms(0.95)),
                p99_ms: Some(part.latency_ms(0.99)),
                ..whole.clone()
            };
            self.report.note(contestant, unit, sample);
        }
        Ok(parts)
    }

    /// The same for what only tells a rate.
    pub(crate) async fn rate(
        &mut self,
        contestant: &str,
        unit: &str,
        run: impl Future<Output = Result<f64>>,
    ) -> Result<()> {
        let (before, started) = (self.ticks()?, Instant::now());
        let value = run.await.with_context(|| contestant.to_owned())?;
        let sample = self.sampled(value, before, started)?;
        self.report.note(contestant, unit, sample);
        Ok(())
    }

    fn sampled(&self, value: f64, before: Ticks, started: Instant) -> Result<Sample> {
        let after = self.ticks()?;
        // The warm-up has cost as much as the rest.
        let units = value * started.elapsed().as_secs_f64();
        Ok(Sample {
            value,
            p50_ms: None,
            p95_ms: None,
            p99_ms: None,
            processor_us: after.own_us_since(before) / units.max(1.0),
            others: after.others_since(before),
        })
    }

    fn ticks(&self) -> Result<Ticks> {
        Ticks::now(self.options.root_process.unwrap_or_else(std::process::id))
    }

    /// Prints the table and writes it.
    pub(crate) fn report(&self) -> Result<()> {
        print!("{}", self.report.markdown());
        self.report.write(&self.options.out)
    }
}

/// Tells the person what is going on.
pub(crate) fn tell(what: &str) {
    eprintln!("  {what}");
}
