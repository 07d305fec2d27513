//! The lines of the table, a file for what shares an installation.

mod authorize_postgres;
mod authorize_sqlite;
mod ingest;
mod organizations;
mod overload;
mod pages;
mod processes;
mod simulation;

use anyhow::Result;

use crate::bench::Bench;
use crate::options::Line;

/// Unit of authorize.
const RUNS: &str = "runs/s";
/// Unit of ingest.
const EVENTS: &str = "events/s";

/// Measures every line that is wanted.
pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    let wants = |bench: &Bench, lines: &[Line]| lines.iter().any(|line| bench.options.wants(*line));
    if wants(
        bench,
        &[Line::AuthorizePostgres, Line::AuthorizeHot, Line::AuthorizeLatency],
    ) {
        authorize_postgres::run(bench).await?;
    }
    if wants(bench, &[Line::AuthorizeSqlite]) {
        authorize_sqlite::run(bench).await?;
    }
    overload::run(bench).await?;
    if wants(bench, &[Line::Processes]) {
        processes::run(bench).await?;
    }
    if wants(bench, &[Line::Organizations, Line::Customers]) {
        organizations::run(bench).await?;
    }
    if wants(bench, &[Line::IngestPostgres]) {
        ingest::on_postgres(bench).await?;
    }
    if wants(bench, &[Line::IngestSqlite]) {
        ingest::on_sqlite(bench).await?;
    }
    if wants(bench, &[Line::Pages, Line::Simulation]) {
        pages::run(bench).await?;
    }
    Ok(())
}
