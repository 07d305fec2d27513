//! What came of a replay: exact sums of what the server said, event by event.

use std::collections::BTreeMap;
use std::fmt;

use drawdown_domain::Credits;

use super::sender::EventAnswer;

/// What came of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Rows of the trace.
    pub rows: usize,
    /// Recorded now.
    pub recorded: usize,
    /// Known already: counted by an earlier replay, not again.
    pub duplicates: usize,
    /// Of those, reported by an earlier replay at other times (`--shift-to`); their credits are not in the sum.
    pub at_other_times: usize,
    /// Not taken, by code, with the first message of each.
    pub rejected: BTreeMap<String, (usize, String)>,
    /// What all recorded and known rows cost, exactly.
    pub credits: Credits,
    /// What of that was recorded now.
    pub credits_now: Credits,
    /// What of that no credits could pay.
    pub owed: Credits,
    /// True where a sum did not fit, so that the sums above are too small.
    pub overflow: bool,
}

impl Summary {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            rows,
            recorded: 0,
            duplicates: 0,
            at_other_times: 0,
            rejected: BTreeMap::new(),
            credits: Credits::ZERO,
            credits_now: Credits::ZERO,
            owed: Credits::ZERO,
            overflow: false,
        }
    }

    /// Counts the answers to a batch; says how many rows were known already.
    pub(super) fn add(&mut self, answers: &[EventAnswer], shifted: bool) -> usize {
        let mut known = 0;
        for answer in answers {
            let credits = amount(answer.credits.as_deref());
            match answer.status.as_str() {
                "recorded" => {
                    self.recorded += 1;
                    self.credits = self.sum(self.credits, credits);
                    self.credits_now = self.sum(self.credits_now, credits);
                    self.owed = self.sum(self.owed, amount(answer.owed.as_deref()));
                }
                "duplicate" => {
                    known += 1;
                    self.duplicates += 1;
                    self.credits = self.sum(self.credits, credits);
                }
                // The id says that it is this very row: only its time can be another.
                _ if shifted && answer.code.as_deref() == Some("event_id_reused") => {
                    known += 1;
                    self.duplicates += 1;
                    self.at_other_times += 1;
                }
                _ => self.reject(answer),
            }
        }
        known
    }

    fn reject(&mut self, answer: &EventAnswer) {
        let code = answer.code.clone().unwrap_or_else(|| "unknown".to_owned());
        let message = answer.message.clone().unwrap_or_default();
        let first = || (0, format!("{} ({})", message, answer.id));
        self.rejected.entry(code).or_insert_with(first).0 += 1;
    }

    fn sum(&mut self, left: Credits, right: Credits) -> Credits {
        let sum = left.checked_add(right);
        self.overflow |= sum.is_none();
        sum.unwrap_or(left)
    }

    /// Rows that were not taken.
    pub fn rejected_rows(&self) -> usize {
        self.rejected.values().map(|(count, _)| count).sum()
    }

    /// True where every row is in the ledger now and the sums are exact.
    pub fn is_complete(&self) -> bool {
        self.rejected.is_empty() && !self.overflow
    }

    pub(super) fn progress(&self) -> String {
        let done = self.recorded + self.duplicates + self.rejected_rows();
        let percent = done * 100 / self.rows.max(1);
        format!(
            "{percent:>3} %  {done} of {} rows, {} known already, {} credits",
            self.rows, self.duplicates, self.credits
        )
    }
}

fn amount(text: Option<&str>) -> Credits {
    text.and_then(|text| text.parse().ok()).unwrap_or(Credits::ZERO)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rows", self.rows)?;
        writeln!(f, "{} recorded", self.recorded)?;
        writeln!(f, "{} duplicates", self.duplicates)?;
        if self.at_other_times > 0 {
            writeln!(
                f,
                "  of those, {} recorded at other times and not in the sum below",
                self.at_other_times
            )?;
        }
        writeln!(f, "{} rejected", self.rejected_rows())?;
        for (code, (count, message)) in &self.rejected {
            writeln!(f, "  {count} {code}: {message}")?;
        }
        write!(f, "{} credits", self.credits)?;
        write!(f, " ({} recorded now, {} owed)", self.credits_now, self.owed)?;
        if self.overflow {
            write!(f, "\nthe sums are too small: an amount did not fit")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: &str, credits: Option<&str>, code: Option<&str>) -> EventAnswer {
        EventAnswer {
            id: "replay-1".to_owned(),
            status: status.to_owned(),
            credits: credits.map(str::to_owned),
            owed: None,
            code: code.map(str::to_owned),
            message: None,
        }
    }

    #[test]
    fn sums_are_exact_and_known_rows_count_once() {
        let mut summary = Summary::new(3);
        let answers = [
            answer("recorded", Some("9.616"), None),
            answer("duplicate", Some("0.000001"), None),
        ];
        assert_eq!(summary.add(&answers, false), 1);
        assert_eq!(summary.credits.to_string(), "9.616001");
        assert_eq!(summary.credits_now.to_string(), "9.616");
        assert!(summary.is_complete());
    }

    #[test]
    fn a_reused_id_is_known_only_where_the_times_were_shifted() {
        let reused = [answer("rejected", None, Some("event_id_reused"))];
        let mut shifted = Summary::new(1);
        assert_eq!(shifted.add(&reused, true), 1);
        assert!(shifted.is_complete());
        let mut plain = Summary::new(1);
        assert_eq!(plain.add(&reused, false), 0);
        assert!(!plain.is_complete());
        assert!(plain.to_string().contains("1 event_id_reused"), "{plain}");
    }
}
