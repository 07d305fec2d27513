//! Reads a usage trace: a CSV file with a column `TIMESTAMP` and one column for each meter.
//!
//! A meter's column is named as the meter, in snake case or any other: `ContextTokens` is `context_tokens`. Times
//! without an offset are UTC, as in published traces; what is finer than a microsecond is cut off. The whole file is read
//! and checked before anything is sent.

use std::fs::File;
use std::path::{Path, PathBuf};

use drawdown_domain::{Key, Quantity, Timestamp};
use sha2::{Digest, Sha256};

use super::RunLabels;
use crate::api::time;
use crate::hex::hex;

/// The most rows of a trace.
const ROWS_MAX: usize = 10_000_000;
/// The column of times.
const TIME_COLUMN: &str = "timestamp";

/// Why a file is not a trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// It cannot be read, or is no CSV file.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: csv::Error,
    },
    /// Its columns are not those of a trace.
    #[error("{}: {message}", .path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A row cannot be read.
    #[error("{}, row {row}: {message}", .path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Which row, from 1, without the head.
        row: usize,
        /// What is wrong.
        message: String,
    },
}

/// One row: an event to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) quantities: Vec<(Key, Quantity)>,
}

/// A trace, its rows in the order of time. Never empty.
#[derive(Debug)]
pub(super) struct Trace {
    rows: Vec<Row>,
}

impl Trace {
    pub(super) fn read(path: &Path, run: &RunLabels) -> Result<Self, TraceError> {
        let failed = |source| TraceError::Read {
            path: path.to_path_buf(),
            source,
        };
        let file = File::open(path).map_err(|error| failed(error.into()))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let head = reader.headers().map_err(failed)?.clone();
        let columns = Columns::of(&head).map_err(|message| TraceError::Columns {
            path: path.to_path_buf(),
            message,
        })?;
        let mut chain = Chain::new(run);
        chain.add(head.iter());
        let mut rows = Vec::new();
        for (place, record) in reader.into_records().enumerate() {
            let record = record.map_err(failed)?;
            let wrong = |message| TraceError::Row {
                path: path.to_path_buf(),
                row: place + 1,
                message,
            };
            if place == ROWS_MAX {
                return Err(wrong(format!("a trace has at most {ROWS_MAX} rows")));
            }
            let id = chain.add(record.iter());
            let (at, quantities) = columns.row(&record).map_err(wrong)?;
            if quantities.iter().any(|(_, quantity)| !quantity.is_zero()) {
                rows.push(Row { id, at, quantities });
            }
        }
        if rows.is_empty() {
            let message = "there is no row with a quantity above zero".to_owned();
            return Err(TraceError::Columns {
                path: path.to_path_buf(),
                message,
            });
        }
        rows.sort_by_key(|row| row.at);
        Ok(Self { rows })
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(super) fn first(&self) -> Timestamp {
        self.rows.first().map_or(Timestamp::EPOCH, |row| row.at)
    }

    pub(super) fn last(&self) -> Timestamp {
        self.rows.last().map_or(Timestamp::EPOCH, |row| row.at)
    }
}

/// Ids that depend on everything up to their row: equal rows get different ids, and a file that grew keeps the ids of
/// the rows that it had.
struct Chain([u8; 32]);

impl Chain {
    fn new(run: &RunLabels) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"drawdown replay 1\0");
        let optional = |key: &Option<Key>| key.as_ref().map(ToString::to_string).unwrap_or_default();
        for label in [
            run.customer.to_string(),
            run.use_case.to_string(),
            optional(&run.mode),
            optional(&run.platform),
            optional(&run.subject),
        ] {
            hasher.update(label.as_bytes());
            hasher.update([0]);
        }
        Self(hasher.finalize().into())
    }

    fn add<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        for cell in cells {
            hasher.update(cell.as_bytes());
            hasher.update([0]);
        }
        self.0 = hasher.finalize().into();
        format!("replay-{}", hex(&self.0[..16]))
    }
}

struct Columns {
    time: usize,
    meters: Vec<(usize, Key)>,
}

impl Columns {
    fn of(head: &csv::StringRecord) -> Result<Self, String> {
        let names: Vec<String> = head
            .iter()
            .map(|name| snake_case(name.trim_start_matches('\u{feff}')))
            .collect();
        let time = names
            .iter()
            .position(|name| name == TIME_COLUMN)
            .ok_or("there is no column TIMESTAMP; the first row names the columns: TIMESTAMP and one for each meter")?;
        let mut meters = Vec::new();
        for (place, name) in names.iter().enumerate().filter(|(place, _)| *place != time) {
            let key: Key = name.parse().map_err(|error| format!("column {}: {error}", place + 1))?;
            if meters.iter().any(|(_, known)| *known == key) {
                return Err(format!("there are two columns {key}"));
            }
            meters.push((place, key));
        }
        if meters.is_empty() {
            return Err("there is no column of a meter beside TIMESTAMP".to_owned());
        }
        Ok(Self { time, meters })
    }

    fn row(&self, record: &csv::StringRecord) -> Result<(Timestamp, Vec<(Key, Quantity)>), String> {
        let at = instant(record.get(self.time).unwrap_or_default())?;
        let mut quantities = Vec::with_capacity(self.meters.len());
        for (place, meter) in &self.meters {
            let text = record.get(*place).unwrap_or_default();
            let quantity = text.parse().map_err(|error| format!("{meter} is {text:?}: {error}"))?;
            quantities.push((meter.clone(), quantity));
        }
        Ok((at, quantities))
    }
}

/// `ContextTokens` and `Context tokens` as `context_tokens`; `TIMESTAMP` as `timestamp`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for letter in name.chars() {
        if letter == ' ' || letter == '-' {
            snake.push('_');
        } else {
            if letter.is_ascii_uppercase() && after_small {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        }
        after_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    snake
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("{text:?} is not a time such as 2023-11-16 18:17:03.979960 or 2023-11-16T18:17:03Z");
    let (date, clock) = text.split_once([' ', 'T']).ok_or_else(wrong)?;
    let end = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
    let (clock, offset) = clock.split_at(end);
    let clock = match clock.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{}", fraction.get(..6).unwrap_or(fraction)),
        None => clock.to_owned(),
    };
    let offset = if offset.is_empty() { "Z" } else { offset };
    time::parse(&format!("{date}T{clock}{offset}")).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> RunLabels {
        let key = |text: &str| text.parse().unwrap();
        RunLabels {
            customer: key("acme"),
            use_case: key("code"),
            mode: None,
            platform: None,
            subject: None,
        }
    }

    fn read(text: &str) -> Result<Vec<Row>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.csv");
        std::fs::write(&path, text).unwrap();
        Trace::read(&path, &labels())
            .map(|trace| trace.rows)
            .map_err(|error| error.to_string())
    }

    const HEAD: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\n";

    #[test]
    fn reads_the_columns_of_published_traces() {
        let rows = read(&format!("{HEAD}2023-11-16 18:17:03.9799605,4808,10\n")).unwrap();
        assert_eq!(time::format(rows[0].at), "2023-11-16T18:17:03.97996Z");
        let meters: Vec<_> = rows[0]
            .quantities
            .iter()
            .map(|(meter, q)| format!("{meter}={q}"))
            .collect();
        assert_eq!(meters, ["context_tokens=4808", "generated_tokens=10"]);
    }

    #[test]
    fn equal_rows_get_different_ids_and_a_file_that_grew_keeps_its_ids() {
        let row = "2023-11-16 18:17:03,1,1\n";
        let two = read(&format!("{HEAD}{row}{row}")).unwrap();
        assert_ne!(two[0].id, two[1].id);
        let three = read(&format!("{HEAD}{row}{row}{row}")).unwrap();
        assert_eq!(three[..2], two[..]);
    }

    #[test]
    fn another_use_case_gets_other_ids() {
        let mut other = labels();
        other.use_case = "chat".parse().unwrap();
        assert_ne!(
            Chain::new(&labels()).add(["a"].into_iter()),
            Chain::new(&other).add(["a"].into_iter())
        );
    }

    #[test]
    fn says_which_row_and_column_is_wrong() {
        assert!(read("a,b\n1,2\n").unwrap_err().contains("TIMESTAMP"));
        assert!(read("TIMESTAMP\n2023-11-16 18:17:03\n").unwrap_err().contains("meter"));
        let error = read(&format!("{HEAD}2023-11-16 18:17:03,1,1\nyesterday,1,1\n")).unwrap_err();
        assert!(error.contains("row 2") && error.contains("yesterday"), "{error}");
        let error = read(&format!("{HEAD}2023-11-16 18:17:03,-4,1\n")).unwrap_err();
        assert!(
            error.contains("row 1") && error.contains("context_tokens") && error.contains("negative"),
            "{error}"
        );
        assert!(read(HEAD).unwrap_err().contains("no row"));
    }
}
