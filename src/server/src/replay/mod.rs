//! `drawdown replay`: plays a usage trace from a CSV file through `/v1`, as the vendor's product would report it.
//!
//! Every row becomes one event whose id is derived from the file's content up to that row and from what it is reported
//! as (customer, use case, mode, platform, subject), and from nothing else. So a replay that is repeated, resumed or
//! killed half-way counts each row once: the server knows the rows that it has. `--shift-to` moves the times and leaves
//! the ids: rows that an earlier replay reported at other times are known too, and stay as they are.

mod pace;
mod sender;
mod summary;
mod trace;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use drawdown_domain::{Key, Timestamp};
use secrecy::SecretString;

pub use pace::Speed;
pub use sender::SendError;
pub use summary::Summary;
pub use trace::TraceError;

use crate::api::time;
use pace::Pace;
use sender::Sender;
use trace::Trace;

/// Rows of one request at most.
const BATCH_MAX: usize = 500;
/// How often progress is told: on a terminal, and in a log.
const TELL_EVERY_TERMINAL: Duration = Duration::from_millis(250);
const TELL_EVERY_LOG: Duration = Duration::from_secs(5);

/// What to replay, and to whom.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The file.
    pub file: PathBuf,
    /// What its rows are reported as.
    pub run: RunLabels,
    /// How fast.
    pub speed: Speed,
    /// The server.
    pub url: String,
    /// The API key's secret.
    pub secret: SecretString,
    /// Where the last row shall fall; its own time where absent.
    pub shift_to: Option<ShiftTo>,
}

/// What every row of a trace is reported as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunLabels {
    /// The customer.
    pub customer: Key,
    /// The use case.
    pub use_case: Key,
    /// The mode; the server's choice where absent.
    pub mode: Option<Key>,
    /// The platform; the server's choice where absent.
    pub platform: Option<Key>,
    /// Who or which agent ran.
    pub subject: Option<Key>,
}

/// Where the last row of a trace shall fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShiftTo {
    /// At the start of the replay.
    Now,
    /// At that instant.
    At(Timestamp),
}

impl FromStr for ShiftTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "now" {
            return Ok(Self::Now);
        }
        time::parse(text)
            .map(Self::At)
            .map_err(|error| format!("{error}; or now"))
    }
}

/// Why a replay ended early. Repeating it goes on where it ended.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file is not a trace.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The server did not take a batch.
    #[error("{0}; run the same command again to go on from there")]
    Send(#[from] SendError),
}

/// Plays the trace and says what came of it. Progress goes to standard error.
///
/// # Errors
/// Where the file is not a trace, or the server refuses or stays away.
pub async fn run(replay: &Replay) -> Result<Summary, ReplayError> {
    let trace = Trace::read(&replay.file, &replay.run)?;
    let now = now();
    let shift_to = replay.shift_to.map(|to| match to {
        ShiftTo::Now => now,
        ShiftTo::At(at) => at,
    });
    let shift_micros = shift_to.map_or(0, |to| to.micros_since(trace.last()));
    if let Some(to) = shift_to {
        tell(&format!(
            "the last row falls at {}; --shift-to with that time repeats the same times",
            time::format(to)
        ));
    }
    let sender = Sender::new(&replay.url, &replay.secret, replay.run.clone())?;
    let mut summary = Summary::new(trace.rows().len());
    let mut progress = Progress::new();
    let mut pace = Pace::start(replay.speed, trace.first());
    let mut rest = trace.rows();
    while let Some(next) = rest.first() {
        tokio::time::sleep(pace.until_due(next.at)).await;
        let due = rest
            .iter()
            .take(BATCH_MAX)
            .take_while(|row| pace.is_due(row.at))
            .count()
            .max(1);
        let (batch, later) = rest.split_at(due);
        let results = sender.send(batch, shift_micros).await?;
        let known = summary.add(&results, shift_to.is_some());
        if known == batch.len() {
            // Known already: an earlier replay got this far. Go on without waiting for its time to pass again.
            if let Some(row) = later.first() {
                pace.go_on_from(row.at);
            }
        }
        rest = later;
        progress.tell(&summary);
    }
    progress.end(&summary);
    Ok(summary)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn tell(line: &str) {
    // Nobody listens to a closed standard error.
    let _ = writeln!(std::io::stderr(), "{line}");
}

struct Progress {
    terminal: bool,
    told: Instant,
}

impl Progress {
    fn new() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            told: Instant::now(),
        }
    }

    fn tell(&mut self, summary: &Summary) {
        let every = if self.terminal {
            TELL_EVERY_TERMINAL
        } else {
            TELL_EVERY_LOG
        };
        if self.told.elapsed() < every {
            return;
        }
        self.told = Instant::now();
        self.line(summary);
    }

    fn end(&mut self, summary: &Summary) {
        self.line(summary);
        if self.terminal {
            tell("");
        }
    }

    fn line(&self, summary: &Summary) {
        let line = summary.progress();
        if self.terminal {
            let _ = write!(std::io::stderr(), "\r{line}");
            let _ = std::io::stderr().flush();
        } else {
            tell(&line);
        }
    }
}
