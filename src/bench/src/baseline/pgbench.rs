//! pgbench: its own TPC-B at scale 10, and scripts of ours that authorize a run by one statement, a conditional UPDATE of
//! a balance and the INSERT of a hold. Eight clients, as it is commonly run.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

use crate::bench::Bench;

const CLIENTS: &str = "8";
const THREADS: &str = "2";
/// `--scale` of TPC-B.
const SCALE: &str = "10";
const TABLES: &str = "
    CREATE TABLE one_balance (
        organization INTEGER PRIMARY KEY,
        available    BIGINT  NOT NULL CHECK (available >= 0),
        held         BIGINT  NOT NULL
    ) WITH (fillfactor = 50);
    CREATE TABLE one_hold (
        id           BIGSERIAL PRIMARY KEY,
        organization INTEGER   NOT NULL,
        credits      BIGINT    NOT NULL,
        expires_at   TIMESTAMPTZ NOT NULL
    );";
const AUTHORIZE: &str = "
    WITH held AS (
        UPDATE one_balance SET available = available - 12800000, held = held + 12800000
        WHERE organization = :organization AND available >= 12800000 RETURNING organization
    )
    INSERT INTO one_hold (organization, credits, expires_at)
    SELECT organization, 12800000, now() + interval '10 minutes' FROM held;
";

/// A database with the tables of all scripts.
pub(crate) struct Pgbench {
    program: PathBuf,
    folder: PathBuf,
    url: String,
    seconds: String,
}

impl Pgbench {
    /// Makes the database and fills it.
    pub(crate) async fn prepare(bench: &Bench) -> Result<Self> {
        let url = bench.database("baseline").await?;
        let folder = bench.options.folder.join("pgbench");
        std::fs::create_dir_all(&folder)?;
        let organizations = bench.options.organizations();
        for (name, chosen) in [("spread", organizations), ("hot", 1)] {
            let script = format!("\\set organization random(1, {chosen})\n{AUTHORIZE}");
            std::fs::write(folder.join(name), script)?;
        }
        let mut postgres = PgConnection::connect(&url).await?;
        postgres.execute(TABLES).await?;
        let fill = "INSERT INTO one_balance SELECT n, 1000000000000000, 0 FROM generate_series(1, $1) AS n";
        sqlx::query(fill)
            .bind(i32::try_from(organizations)?)
            .execute(&mut postgres)
            .await?;
        postgres.execute("VACUUM ANALYZE one_balance").await?;
        postgres.close().await?;
        let pgbench = Self {
            program: bench.options.postgres_programs.join("pgbench"),
            folder,
            url,
            seconds: bench.options.seconds.to_string(),
        };
        pgbench.run(&["--initialize", "--quiet", "--scale", SCALE]).await?;
        Ok(pgbench)
    }

    /// Transactions a second of TPC-B.
    pub(crate) async fn tpcb(&self) -> Result<f64> {
        self.measured(&[]).await
    }

    /// Authorizes a second, spread over all organizations.
    pub(crate) async fn spread(&self) -> Result<f64> {
        self.script("spread").await
    }

    /// Authorizes a second of one organization.
    pub(crate) async fn hot(&self) -> Result<f64> {
        self.script("hot").await
    }

    async fn script(&self, name: &str) -> Result<f64> {
        let file = self.folder.join(name);
        let file = file.to_str().context("the folder's name is text")?;
        self.measured(&["--file", file, "--protocol", "prepared"]).await
    }

    async fn measured(&self, arguments: &[&str]) -> Result<f64> {
        let common = [
            "--no-vacuum",
            "--client",
            CLIENTS,
            "--jobs",
            THREADS,
            "--time",
            &self.seconds,
        ];
        let told = self.run(&[&common, arguments].concat()).await?;
        rate(&told).with_context(|| format!("pgbench told no rate: {told}"))
    }

    async fn run(&self, arguments: &[&str]) -> Result<String> {
        let run = tokio::process::Command::new(&self.program)
            .args(arguments)
            .arg(&self.url)
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = run.await.context("pgbench cannot be started")?;
        if !output.status.success() {
            bail!("pgbench failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The rate in what pgbench prints at its end.
fn rate(told: &str) -> Option<f64> {
    let line = told.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_without_connecting() {
        let told = "latency average = 1.3 ms\ntps = 5898.125 (without initial connection time)\n";
        assert!((rate(told).unwrap() - 5898.125).abs() < 1e-9);
        assert_eq!(rate("nothing"), None);
    }
}
