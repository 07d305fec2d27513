//! What the tool is told: which lines to measure, for how long, and with what. `cargo xtask bench` gives the latter.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures Drawdown against baselines on this machine.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Which lines
    #[arg(value_enum, default_value_t = What::All)]
    pub(crate) what: What,
    /// Only these lines
    #[arg(long, value_enum, value_delimiter = ',', num_args = 1..)]
    pub(crate) only: Vec<Line>,
    /// How often each contestant runs, in turn with the others
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: u32,
    /// How long each run is measured, in seconds
    #[arg(long, default_value_t = 5)]
    pub(crate) seconds: u32,
    /// Only to see that it works: few organizations and events
    #[arg(long)]
    pub(crate) quick: bool,
    /// Leaves the baselines out: for trying changes
    #[arg(long)]
    pub(crate) no_baselines: bool,
    /// Connections of the load client for authorize
    #[arg(long, default_value_t = 128)]
    pub(crate) connections: usize,
    /// How many events the large database of the pages gets
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) events: u64,
    /// For how long at most events are put into it, in seconds
    #[arg(long, default_value_t = 600)]
    pub(crate) seed_seconds: u32,
    /// The binary `drawdown`
    #[arg(long)]
    pub(crate) server: PathBuf,
    /// Further arguments of `drawdown serve`
    #[arg(long = "server-argument", allow_hyphen_values = true)]
    pub(crate) server_arguments: Vec<String>,
    /// A PostgreSQL on which databases may be made
    #[arg(long)]
    pub(crate) postgres_url: String,
    /// The folder of pgbench
    #[arg(long)]
    pub(crate) postgres_programs: PathBuf,
    /// A folder on a disk for SQLite files, emptied by whoever gave it
    #[arg(long)]
    pub(crate) folder: PathBuf,
    /// Where the results are written
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Which commit is measured
    #[arg(long)]
    pub(crate) commit: String,
    /// The process whose descendants are all ours; other processors' time is counted as other use
    #[arg(long)]
    pub(crate) root_process: Option<u32>,
}

/// A group of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Authorize
    Engine,
    /// Usage events, and the server's memory
    Ingest,
    /// The dashboard
    Pages,
    /// Everything
    All,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Line {
    /// Authorize over many organizations
    AuthorizePostgres,
    /// Authorize of one organization
    AuthorizeHot,
    /// Latency at half of the highest rate
    AuthorizeLatency,
    /// Authorize on `SQLite`
    AuthorizeSqlite,
    /// Twice as many authorizations as can be answered, on `PostgreSQL`
    OverloadPostgres,
    /// Twice as many authorizations as can be answered, on `SQLite`
    OverloadSqlite,
    /// Authorize by several processes on one `PostgreSQL` against one
    Processes,
    /// Authorize with 100 000 organizations against 100
    Organizations,
    /// The staff's list of 100 000 customers
    Customers,
    /// Usage events on `PostgreSQL`, fresh and again, and the server's memory
    IngestPostgres,
    /// Usage events on `SQLite`, fresh and again
    IngestSqlite,
    /// Pages with many events against few
    Pages,
    /// A draft's price of many events
    Simulation,
}

impl Line {
    fn group(self) -> What {
        match self {
            Self::AuthorizePostgres
            | Self::AuthorizeHot
            | Self::AuthorizeLatency
            | Self::AuthorizeSqlite
            | Self::OverloadPostgres
            | Self::OverloadSqlite
            | Self::Processes
            | Self::Organizations => What::Engine,
            Self::IngestPostgres | Self::IngestSqlite => What::Ingest,
            Self::Customers | Self::Pages | Self::Simulation => What::Pages,
        }
    }
}

impl Options {
    /// Whether a line is to be measured.
    pub(crate) fn wants(&self, line: Line) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&line);
        }
        self.what == What::All || self.what == line.group()
    }

    /// Settles what `--quick` makes smaller.
    pub(crate) fn settled(mut self) -> Self {
        if self.quick {
            self.rounds = 1;
            self.seconds = self.seconds.min(2);
            self.events = self.events.min(200_000);
        }
        self
    }

    /// Organizations of the lines that have many.
    pub(crate) fn organizations(&self) -> u32 {
        if self.quick { 1_000 } else { 10_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> Options {
        let needed = [
            "bench",
            "--server=drawdown",
            "--postgres-url=postgres://a@127.0.0.1:1/b",
            "--postgres-programs=/bin",
            "--folder=/var/tmp",
            "--out=/var/tmp",
            "--commit=none",
        ];
        Options::try_parse_from(needed.iter().chain(words)).unwrap().settled()
    }

    #[test]
    fn a_group_or_lines_by_name_are_chosen() {
        let all = options(&[]);
        assert!(all.wants(Line::Pages) && all.wants(Line::AuthorizeHot));
        let engine = options(&["engine"]);
        assert!(engine.wants(Line::AuthorizeSqlite) && !engine.wants(Line::IngestSqlite));
        let one = options(&["engine", "--only", "pages,authorize-hot"]);
        assert!(one.wants(Line::Pages) && one.wants(Line::AuthorizeHot) && !one.wants(Line::AuthorizeSqlite));
    }

    #[test]
    fn quick_is_one_short_round() {
        let quick = options(&["--quick", "--seconds", "9"]);
        assert_eq!((quick.rounds, quick.seconds, quick.organizations()), (1, 2, 1_000));
    }
}
