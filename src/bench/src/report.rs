//! What was measured, as a table for people and as JSON: ratios against their requirements, and every round behind them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::bench::tell;
use crate::figures::{Required, median, shown};
use crate::machine::Machine;
use crate::options::Options;

/// One run of one contestant.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sample {
    /// Units a second, mostly.
    pub(crate) value: f64,
    /// Half of the answers came within.
    pub(crate) p50_ms: Option<f64>,
    /// 95 of 100 answers came within.
    pub(crate) p95_ms: Option<f64>,
    /// 99 of 100 answers came within.
    pub(crate) p99_ms: Option<f64>,
    /// The processor time of all our processes for one unit, in microseconds: client, server and database.
    pub(crate) processor_us: f64,
    /// The share of all processors that others used meanwhile.
    pub(crate) others: f64,
}

/// All runs of one contestant.
#[derive(Clone, Debug, Default, Serialize)]
struct Series {
    place: usize,
    unit: String,
    samples: Vec<Sample>,
}

/// A line of the table.
#[derive(Clone, Debug, Serialize)]
struct Row {
    what: String,
    measured: String,
    against: String,
    figure: f64,
    required: Required,
    reached: bool,
}

/// The results so far.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    command: String,
    rounds: u32,
    seconds: u32,
    rows: Vec<Row>,
    series: BTreeMap<String, Series>,
    notes: Vec<String>,
}

/// Which figure of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// The value itself.
    Value,
    /// The median time.
    P50,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// Processor time for one unit.
    Processor,
}

impl Report {
    /// Nothing yet.
    pub(crate) fn new(machine: Machine, options: &Options) -> Self {
        let mut command = "cargo xtask bench".to_owned();
        if options.quick {
            command.push_str(" --quick");
        }
        Self {
            machine,
            command,
            rounds: options.rounds,
            seconds: options.seconds,
            rows: Vec::new(),
            series: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// Notes one run.
    pub(crate) fn note(&mut self, contestant: &str, unit: &str, sample: Sample) {
        tell(&format!("{contestant:<58} {}", told(&sample, unit)));
        let place = self.series.len();
        let series = self.series.entry(contestant.to_owned()).or_insert_with(|| Series {
            place,
            unit: unit.to_owned(),
            samples: Vec::new(),
        });
        series.samples.push(sample);
    }

    /// A sentence that belongs to the results.
    pub(crate) fn remark(&mut self, sentence: String) {
        tell(&sentence);
        self.notes.push(sentence);
    }

    /// The median of a contestant's figure; `None` where it did not run.
    pub(crate) fn median(&self, contestant: &str, figure: Figure) -> Option<f64> {
        let series = self.series.get(contestant)?;
        let values: Vec<f64> = series.samples.iter().filter_map(|sample| sample.get(figure)).collect();
        (!values.is_empty()).then(|| median(&values))
    }

    /// A line that compares two contestants by the ratio of their medians; none where one of them did not run.
    pub(crate) fn compare(&mut self, what: &str, (one, other): (&str, &str), figure: Figure, required: Required) {
        let (Some(measured), Some(basis)) = (self.median(one, figure), self.median(other, figure)) else {
            return;
        };
        let unit = match figure {
            Figure::Value => self.series.get(one).map_or("", |series| series.unit.as_str()),
            Figure::P50 | Figure::P95 | Figure::P99 => "ms",
            Figure::Processor => "µs",
        };
        let measured_words = format!("{} {unit}", shown(measured));
        let against = format!("{other}: {}", shown(basis));
        self.row(what, measured_words, against, measured / basis, required);
    }

    /// A line of a figure by itself; none where the contestant did not run.
    pub(crate) fn require(&mut self, what: &str, contestant: &str, figure: Figure, required: Required) {
        if let Some(measured) = self.median(contestant, figure) {
            self.row(
                what,
                format!("{} ms", shown(measured)),
                String::new(),
                measured,
                required,
            );
        }
    }

    /// Any line.
    pub(crate) fn row(&mut self, what: &str, measured: String, against: String, figure: f64, required: Required) {
        self.rows.push(Row {
            what: what.to_owned(),
            measured,
            against,
            figure,
            required,
            reached: required.reached_by(figure),
        });
    }

    /// The report for people.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_markdown(&mut text);
        text
    }

    fn write_markdown(&self, text: &mut String) -> std::fmt::Result {
        let machine = &self.machine;
        writeln!(
            text,
            "\n{}, commit {}. {} processors ({}), {} MiB, Linux {}, {}; PostgreSQL {} with fsync, SQLite {}.\n\
             `{}`: {} rounds of {} s, contestants in turn, medians.\n",
            machine.date,
            machine.commit,
            machine.processors,
            machine.processor,
            machine.memory_mib,
            machine.kernel,
            machine.file_system,
            machine.postgres,
            machine.sqlite,
            self.command,
            self.rounds,
            self.seconds,
        )?;
        writeln!(
            text,
            "| what | measured | against | ratio | required | reached |\n|---|---|---|---|---|---|"
        )?;
        for row in &self.rows {
            let reached = if row.reached { "yes" } else { "**no**" };
            let ratio = if row.against.is_empty() {
                String::new()
            } else {
                shown(row.figure)
            };
            let (what, measured, against) = (&row.what, &row.measured, &row.against);
            writeln!(
                text,
                "| {what} | {measured} | {against} | {ratio} | {} | {reached} |",
                row.required.words()
            )?;
        }
        writeln!(
            text,
            "\n| contestant | unit | rounds | median | p50 ms | p95 ms | p99 ms | processor µs for one | others' processor time |\n\
             |---|---|---|---|---|---|---|---|---|"
        )?;
        let mut series: Vec<_> = self.series.iter().collect();
        series.sort_by_key(|(_, series)| series.place);
        for (contestant, series) in series {
            let rounds: Vec<String> = series.samples.iter().map(|sample| shown(sample.value)).collect();
            let of = |figure| self.median(contestant, figure).map_or_else(String::new, shown);
            let others: Vec<f64> = series.samples.iter().map(|sample| sample.others * 100.0).collect();
            writeln!(
                text,
                "| {contestant} | {} | {} | {} | {} | {} | {} | {} | {:.0} % |",
                series.unit,
                rounds.join(", "),
                of(Figure::Value),
                of(Figure::P50),
                of(Figure::P95),
                of(Figure::P99),
                of(Figure::Processor),
                median(&others),
            )?;
        }
        for note in &self.notes {
            write!(text, "\n{note}\n")?;
        }
        Ok(())
    }

    /// Writes `results.json` and `results.md`.
    pub(crate) fn write(&self, out: &Path) -> Result<()> {
        fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
        fs::write(out.join("results.json"), serde_json::to_string_pretty(self)?)?;
        fs::write(out.join("results.md"), self.markdown())?;
        tell(&format!("written to {}", out.join("results.md").display()));
        Ok(())
    }
}

impl Sample {
    fn get(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::Value => Some(self.value),
            Figure::P50 => self.p50_ms,
            Figure::P95 => self.p95_ms,
            Figure::P99 => self.p99_ms,
            Figure::Processor => Some(self.processor_us),
        }
    }
}

fn told(sample: &Sample, unit: &str) -> String {
    let mut text = format!("{:>10} {unit}", shown(sample.value));
    if let (Some(p50), Some(p99)) = (sample.p50_ms, sample.p99_ms) {
        let _ = write!(text, ", p50 {} ms, p99 {} ms", shown(p50), shown(p99));
    }
    let (processor, others) = (shown(sample.processor_us), sample.others * 100.0);
    let _ = write!(text, ", {processor} µs of processors each, others {others:.0} %");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let machine = Machine {
            date: "2026-11-22T12:00:00Z".to_owned(),
            commit: "abc".to_owned(),
            processors: 2,
            processor: "a processor".to_owned(),
            memory_mib: 8000,
            kernel: "6".to_owned(),
            file_system: "ext4".to_owned(),
            postgres: "15".to_owned(),
            sqlite: "3".to_owned(),
        };
        Report {
            machine,
            command: "cargo xtask bench".to_owned(),
            rounds: 3,
            seconds: 5,
            rows: Vec::new(),
            series: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    fn sample(value: f64, p50: Option<f64>) -> Sample {
        Sample {
            value,
            p50_ms: p50,
            p95_ms: p50,
            p99_ms: p50,
            processor_us: 7.0,
            others: 0.05,
        }
    }

    #[test]
    fn contestants_are_compared_by_their_medians() {
        let mut report = report();
        for (product, raw) in [(30.0, 10.0), (10.0, 9.0), (40.0, 50.0)] {
            report.note("product", "/s", sample(product, None));
            report.note("raw", "/s", sample(raw, None));
        }
        report.compare("speed", ("product", "raw"), Figure::Value, Required::AtLeast(3.0));
        report.compare("speed", ("product", "raw"), Figure::Value, Required::AtLeast(3.1));
        report.compare("nothing", ("product", "absent"), Figure::Value, Required::AtLeast(1.0));
        let reached: Vec<bool> = report.rows.iter().map(|row| row.reached).collect();
        assert_eq!(reached, [true, false]);
        let text = report.markdown();
        assert!(
            text.contains("| speed | 30.0 /s | raw: 10.0 | 3.00 | at least 3 | yes |"),
            "{text}"
        );
        assert!(text.contains("| at least 3.1 | **no** |"), "{text}");
        assert!(
            text.contains("| product | /s | 30.0, 10.0, 40.0 | 30.0 |  |  |  | 7.00 | 5 % |"),
            "{text}"
        );
    }

    #[test]
    fn a_time_stands_by_itself() {
        let mut report = report();
        report.note("product", "/s", sample(1.0, Some(0.8)));
        report.require("latency", "product", Figure::P50, Required::AtMost(1.0));
        assert!(
            report
                .markdown()
                .contains("| latency | 0.80 ms |  |  | at most 1 | yes |")
        );
        assert!(serde_json::to_string(&report).unwrap().contains("\"at_most\":1.0"));
    }
}
